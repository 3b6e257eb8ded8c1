"""Draw Gumbel noise that is known to have made one level the highest. [maddison2014, oberst2019]"""

from __future__ import annotations

import numpy as np


def log_shares(scores: np.ndarray) -> np.ndarray:
    """Return the log probability (n, levels) that each level is the highest."""
    top = scores.max(axis=1, keepdims=True)
    return scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))


def log_share(scores: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return the log probability (n,) of each code, minus infinity for a value that is no code."""
    known = (value >= 0) & (value < scores.shape[1]) & (value == np.floor(value))
    code = np.where(known, value, 0).astype(np.intp)
    return np.where(known, log_shares(scores)[np.arange(len(code)), code], -np.inf)


def draw_given_highest(scores: np.ndarray, code: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw Gumbel noise (n, levels) from its law given that score plus noise is highest at `code`.

    The height of the highest sum does not depend on which level it is; the other sums are Gumbel below that height.
    A score of minus infinity never wins, and its noise is drawn freely.
    """
    n, levels = scores.shape
    rows = np.arange(n)
    top = scores.max(axis=1)
    height = rng.gumbel(size=n) + top + np.log(np.exp(scores - top[:, None]).sum(axis=1))
    spread = rng.exponential(size=(n, levels))
    with np.errstate(over="ignore"):
        noise = -np.log(np.exp(scores - height[:, None]) + spread)  # a Gumbel value below height - score
    noise[rows, code] = height - scores[rows, code]
    return noise
