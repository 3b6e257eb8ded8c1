"""Keep chance on the scale of log odds, where both tails keep their digits.

A standard logistic value L stands for the chance 1 / (1 + exp(-L)). Coded and counted nodes are made from such a value,
so that the same noise tells what they would have been under other causes.
"""

from __future__ import annotations

import numpy as np

LARGEST = 700.0  # exp overflows beyond


def draw(n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw n standard logistic values."""
    return rng.logistic(size=n)


def below(value: np.ndarray) -> np.ndarray:
    """Return the chance of a smaller value, 1 / (1 + exp(-value))."""
    return 1 / (1 + np.exp(-np.clip(value, -LARGEST, LARGEST)))


def log_below(value: np.ndarray) -> np.ndarray:
    """Return the log of the chance of a smaller value."""
    return -np.logaddexp(0.0, -value)


def log_between(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the log chance of a value in (low, high], with its digits in both tails."""
    # P = sigma(high) sigma(-low) (1 - exp(low - high))
    with np.errstate(divide="ignore", invalid="ignore"):
        width = np.where(np.isneginf(low) | np.isposinf(high), -np.inf, low - high)
        return log_below(high) + log_below(-low) + np.log(-np.expm1(np.minimum(width, 0.0)))


def draw_between(low: np.ndarray, high: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw standard logistic values known to lie in (low, high], each bound an array (n,) and possibly infinite."""
    share = rng.random(len(low))
    flip = np.where(np.isneginf(low), -np.inf, low) > 0  # in the upper tail the mirror image has the digits
    a, b = np.where(flip, -high, low), np.where(flip, -low, high)
    chance_a, chance_b = below(a), below(b)
    chance_a, chance_b = np.where(np.isneginf(a), 0.0, chance_a), np.where(np.isposinf(b), 1.0, chance_b)
    chance = chance_a + share * (chance_b - chance_a)
    with np.errstate(divide="ignore"):
        value = np.log(chance) - np.log1p(-chance)
    value = np.where(flip, -value, value)
    return inside(value, low, high)


def inside(value: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Move values that rounding put onto or over a bound back into (low, high]."""
    with np.errstate(invalid="ignore"):
        middle = (np.where(np.isfinite(low), low, high - 2.0) + np.where(np.isfinite(high), high, low + 2.0)) / 2
    return np.where(np.isfinite(value) & (value > low) & (value <= high), value, middle)


def odds(chance: np.ndarray) -> np.ndarray:
    """Return log odds, infinite for the chances 0 and 1."""
    with np.errstate(divide="ignore"):
        return np.log(chance) - np.log1p(-chance)


def normal_at(value: np.ndarray) -> np.ndarray:
    """Return the standard normal quantile at the chance of each value."""
    from scipy import special

    return np.where(value > 0, -special.ndtri_exp(log_below(-value)), special.ndtri_exp(log_below(value)))


def odds_of_normal(z: np.ndarray) -> np.ndarray:
    """Return the log odds that a standard normal value is smaller than z."""
    from scipy import special

    return special.log_ndtr(z) - special.log_ndtr(-z)
