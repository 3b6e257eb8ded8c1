"""Draw the missing values of one column given the others: first the parameters of a regression, then the values. [vanbuuren2018]"""

from __future__ import annotations

from typing import Literal

import numpy as np

from aitia.data.imputation.ordered import draw_ordered
from aitia.learners.linear import Logits, newton, problem, softmax
from aitia.learners.solving import inverse_of

RIDGE = 1e-5
MOST_LEVELS = 12
ROWS_PER_FEATURE = 3
Way = Literal["residuals", "matching", "normal"]


def draw_numbers(
    known: np.ndarray, target: np.ndarray, missing: np.ndarray, rng: np.random.Generator, *, donors: int, way: Way
) -> np.ndarray:
    """Draw numbers for rows `missing` (m, q) from rows `known` (n, q) with values `target` (n,).

    - "residuals": a prediction and the residual of one of the rows whose prediction is nearest, so that the noise keeps its
      shape and gaps where nothing is known are reached along the line [schenker1996]; nothing falls below the smallest
      known value when none is negative.
    - "matching": the value of one of those rows, so that only values that occur are drawn [little1988b].
    - "normal": a prediction and normal noise.
    """
    best, drawn, spread = linear_draw(known, target, rng)
    fitted, predicted = with_one(known) @ best, with_one(missing) @ drawn
    if way == "normal":
        return np.asarray(predicted + spread * rng.standard_normal(len(missing)))
    donor = nearest(fitted, predicted, donors, rng)
    if way == "matching":
        return target[donor]
    left = target - fitted
    size = float(np.sqrt(np.mean(left**2)))
    found = predicted + left[donor] * (spread / size if size > 0 else 0.0)
    lowest = target.min()
    return np.maximum(found, lowest) if lowest >= 0 else found


def draw_codes(
    known: np.ndarray,
    codes: np.ndarray,
    missing: np.ndarray,
    rng: np.random.Generator,
    *,
    donors: int,
    ordered: bool,
    kept: dict[str, np.ndarray] | None = None,
) -> np.ndarray:
    """Draw codes for rows `missing` (m, q) from rows `known` (n, q) with `codes` (n,): logistic, multinomial or ordered.

    With many levels each row gets the code of one of the rows whose prediction is nearest, the levels scored so that
    the others foretell them best, or by rank when they are ordered. `kept` carries the last fit of the same column, from
    which the next one starts.
    """
    kept = {} if kept is None else kept
    levels, place = np.unique(codes, return_inverse=True)
    if len(levels) == 1:
        return np.full(len(missing), levels[0])
    if len(levels) > MOST_LEVELS or len(codes) < ROWS_PER_FEATURE * known.shape[1]:
        scores = levels if ordered else level_scores(known, place)
        best, drawn, _ = linear_draw(known, scores[place], rng)
        return codes[nearest(with_one(known) @ best, with_one(missing) @ drawn, donors, rng)]
    draw = draw_ordered if ordered and len(levels) > 2 else draw_logistic
    chances = draw(*augmented(known, place), missing, rng, kept)
    chosen = (chances.cumsum(axis=1) < rng.random(len(missing))[:, None]).sum(axis=1)
    return levels[np.minimum(chosen, len(levels) - 1)]


def with_one(features: np.ndarray) -> np.ndarray:
    """Put a column of ones before the features."""
    return np.column_stack([np.ones(len(features)), features])


def linear_draw(features: np.ndarray, target: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, float]:
    """Return least-squares coefficients (q + 1,), a draw of them from what the data leave open, and a drawn spread."""
    full = with_one(features)
    gram = full.T @ full
    gram += np.diag(np.r_[0.0, RIDGE * np.diag(gram)[1:]])
    inverse, rank = inverse_of(gram)
    best = inverse @ (full.T @ target)
    left = target - full @ best
    spread = float(np.sqrt(left @ left / rng.chisquare(max(len(target) - rank, 1))))
    return best, best + spread * root_of(inverse) @ rng.standard_normal(len(best)), spread


def root_of(covariance: np.ndarray) -> np.ndarray:
    """Return a matrix whose product with its transpose is the covariance."""
    sizes, directions = np.linalg.eigh((covariance + covariance.T) / 2)
    return np.asarray(directions * np.sqrt(np.maximum(sizes, 0.0)))


def nearest(known: np.ndarray, wanted: np.ndarray, donors: int, rng: np.random.Generator) -> np.ndarray:
    """Return for each wanted number (m,) the position of one of the `donors` nearest known ones (n,), drawn at random."""
    count = min(donors, len(known))
    shuffled = rng.permutation(len(known))  # so that which of equal ones are near is a matter of chance
    order = shuffled[np.argsort(known[shuffled], kind="stable")]
    ordered = known[order]
    low, high = np.searchsorted(ordered, wanted, "left"), np.searchsorted(ordered, wanted, "right")
    place = low + np.floor(rng.random(len(wanted)) * (high - low + 1)).astype(np.int64)
    around = place[:, None] + np.arange(-count, count)[None, :]
    inside = np.clip(around, 0, len(known) - 1)
    gap = np.where((around < 0) | (around >= len(known)), np.inf, np.abs(ordered[inside] - wanted[:, None]))
    near = np.argsort(gap, axis=1, kind="stable")[:, :count]
    chosen = near[np.arange(len(wanted)), rng.integers(0, count, len(wanted))]
    return np.asarray(order[inside[np.arange(len(wanted)), chosen]])


def level_scores(features: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return a number per level: the first canonical variate of the levels with the features."""
    counts = np.bincount(place).astype(float)
    sums = (
        np.column_stack([np.bincount(place, weights=column) for column in features.T]) if features.shape[1] else np.zeros((len(counts), 1))
    )
    means = sums / counts[:, None]
    centred = (means - (counts @ means) / counts.sum()) * np.sqrt(counts)[:, None]
    inverse = inverse_of(np.cov(features.T, ddof=0).reshape(features.shape[1], -1))[0] if features.shape[1] else np.eye(1)
    left = np.linalg.svd(centred @ root_of(inverse), full_matrices=False)[0]
    return np.asarray(left[:, 0] / np.sqrt(counts))


def augmented(features: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return features, classes and weights with a few light rows added, which keep separated classes finite. [white2010]

    For every feature and class there is a row one spread above the mean and one below, all of them together weighing as
    much as there are features and one.
    """
    width, classes = features.shape[1], int(place.max()) + 1
    mean, spread = features.mean(axis=0), features.std(axis=0)
    shifts = np.concatenate([np.diag(spread), -np.diag(spread)])
    added = np.tile(mean + shifts, (classes, 1)) if width else np.empty((0, 0))
    labels = np.repeat(np.arange(classes), 2 * width)
    weights = np.concatenate([np.ones(len(place)), np.full(len(labels), (width + 1) / max(len(labels), 1))])
    return np.concatenate([features, added]) if width else features, np.concatenate([place, labels]), weights


def draw_logistic(
    features: np.ndarray, place: np.ndarray, weights: np.ndarray, missing: np.ndarray, rng: np.random.Generator, kept: dict[str, np.ndarray]
) -> np.ndarray:
    """Return the chance (m, classes) of each class, by (multinomial) logistic coefficients drawn from their normal law."""
    found = problem(features, place, weights)
    start = kept.get("fit")
    fitted = newton(found, start if start is not None and start.shape == (len(found.hot), found.full.shape[1]) else None).coefficients
    kept["fit"] = fitted
    information = found.curvature(softmax(fitted @ found.full.T)[0]) + np.diag(found.penalty.ravel())
    drawn = root_of(inverse_of(information)[0]) @ rng.standard_normal(fitted.size)
    return Logits(fitted + drawn.reshape(fitted.shape), True).probabilities(missing)
