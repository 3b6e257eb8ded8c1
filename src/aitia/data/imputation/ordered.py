"""Draw ordered levels by a proportional-odds regression: one slope for every threshold. [mccullagh1980]"""

from __future__ import annotations

import numpy as np

from aitia.learners.solving import inverse_of

MOST_STEPS, MOST_HALVINGS = 50, 20
SETTLED = 1e-9
SMALLEST = 1e-12


def draw_ordered(
    features: np.ndarray, place: np.ndarray, weights: np.ndarray, missing: np.ndarray, rng: np.random.Generator, kept: dict[str, np.ndarray]
) -> np.ndarray:
    """Return the chance (m, levels) of each level, by thresholds and slopes drawn from their normal law."""
    fitted, covariance = fit_ordered(features, place, weights, kept.get("fit"))
    kept["fit"] = fitted
    sizes, directions = np.linalg.eigh((covariance + covariance.T) / 2)
    drawn = fitted + (directions * np.sqrt(np.maximum(sizes, 0.0))) @ rng.standard_normal(len(fitted))
    steps = int(place.max())
    drawn[:steps] = np.sort(drawn[:steps])
    return chances(missing, drawn, steps)[0]


def fit_ordered(
    features: np.ndarray, place: np.ndarray, weights: np.ndarray, start: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return thresholds and slopes (levels - 1 + q,) of P(level ≤ k) = 1 / (1 + exp(slopes·x - threshold k)), and their covariance."""
    steps = int(place.max())
    shares = np.bincount(place, weights=weights, minlength=steps + 1).cumsum()[:-1] / weights.sum()
    plain = np.concatenate([np.log(shares / (1 - shares)), np.zeros(features.shape[1])])
    found = plain if start is None or start.shape != plain.shape else start
    likelihood = fit_of(features, place, weights, found, steps)
    covariance = np.eye(len(found))
    for _ in range(MOST_STEPS):
        score, information = derivatives(features, place, weights, found, steps)
        covariance = inverse_of(information)[0]
        step = covariance @ score
        if float(score @ step) < SETTLED:
            break
        for halving in range(MOST_HALVINGS):
            tried = found + step * 0.5**halving
            reached = fit_of(features, place, weights, tried, steps)
            if reached > likelihood:
                found, likelihood = tried, reached
                break
        else:
            break
    return found, covariance


def chances(features: np.ndarray, parameters: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the chance (n, levels) of each level, and the logistic density (n, levels + 1) at its bounds, 0 at the ends."""
    bounds = parameters[:steps][None, :] - (features @ parameters[steps:])[:, None]
    below = 1 / (1 + np.exp(-np.clip(bounds, -500, 500)))
    edge = np.zeros((len(features), 1))
    cumulated = np.concatenate([edge, below, edge + 1], axis=1)
    density = np.concatenate([edge, below * (1 - below), edge], axis=1)
    return np.diff(cumulated, axis=1), density


def fit_of(features: np.ndarray, place: np.ndarray, weights: np.ndarray, parameters: np.ndarray, steps: int) -> float:
    """Return the log-likelihood; minus infinity when the thresholds cross."""
    if (np.diff(parameters[:steps]) <= 0).any():
        return -np.inf
    own = chances(features, parameters, steps)[0][np.arange(len(place)), place]
    return float(weights @ np.log(np.maximum(own, SMALLEST)))


def derivatives(
    features: np.ndarray, place: np.ndarray, weights: np.ndarray, parameters: np.ndarray, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the score and the expected information of thresholds and slopes."""
    found, density = chances(features, parameters, steps)
    found = np.maximum(found, SMALLEST)
    n = len(features)
    # Derivative of each level's chance: + density at its upper threshold, - density at its lower, their difference along the slope.
    by_threshold = np.zeros((n, steps + 1, steps))
    inner = np.arange(steps)
    by_threshold[:, inner, inner] = density[:, 1:-1]
    by_threshold[:, inner + 1, inner] = -density[:, 1:-1]
    by_slope = density[:, :-1] - density[:, 1:]  # (n, levels)
    rows = np.arange(n)
    own = weights / found[rows, place]
    score = np.concatenate([own @ by_threshold[rows, place], (own * by_slope[rows, place]) @ features])
    scaled = weights[:, None] / found
    flat = by_threshold.reshape(-1, steps)  # (n levels, levels - 1)
    corner = (flat * scaled.reshape(-1, 1)).T @ flat
    border = ((by_threshold * (scaled * by_slope)[:, :, None]).sum(axis=1)).T @ features
    inside = (features * (scaled * by_slope**2).sum(axis=1)[:, None]).T @ features
    return score, np.block([[corner, border], [border.T, inside]])
