"""Draw noise of mean zero from several distributions, and evaluate its density."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from aitia.core.errors import BadOption, near
from aitia.core.noun import Noun, noun

NoiseName = Literal["gaussian", "exponential", "gumbel", "uniform", "logistic", "laplace", "student-t", "poisson"]
NOISES: tuple[str, ...] = get_args(NoiseName)
EULER = 0.5772156649015329
ROOT3, ROOT6 = math.sqrt(3.0), math.sqrt(6.0)
FEWEST_DEGREES = 2.0


@noun
class Noise(Noun):
    """Name a distribution of mean zero and its standard deviation; `degrees` of freedom are those of student-t, above 2."""

    name: NoiseName = "gaussian"
    scale: float = 1.0
    degrees: float = 5.0

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw n values of standard deviation one; the mechanism multiplies them by `scale`."""
        return DRAW[self.name](n, rng, self.degrees)

    def log_density(self, unit: np.ndarray) -> np.ndarray:
        """Return the log density of values of standard deviation one (the log probability for poisson)."""
        return LOG_DENSITY[self.name](unit, self.degrees)


def noise(name: str, scale: float = 1.0, degrees: float = 5.0) -> Noise:
    """Return a noise; raises `BadOption` for a name or size that is none."""
    if name not in NOISES:
        raise BadOption(f"There is no noise {name!r}.", next=near(name, NOISES))
    if not scale > 0 or not math.isfinite(scale):
        raise BadOption(f"A noise cannot have the standard deviation {scale:g}.", next="Give a number above 0.")
    if not degrees > FEWEST_DEGREES:
        raise BadOption(f"student-t with {degrees:g} degrees of freedom has no standard deviation.", next="Give more than 2.")
    return Noise(name=name, scale=scale, degrees=degrees)  # type: ignore[arg-type]


def log_poisson(unit: np.ndarray) -> np.ndarray:
    """Return the log probability of centred Poisson values of rate 1, minus infinity beside the whole numbers."""
    from scipy import special

    count = np.round(unit + 1)
    whole = (np.abs(unit + 1 - count) < 1e-6) & (count >= 0)
    return np.where(whole, -1.0 - special.gammaln(np.maximum(count, 0) + 1), -np.inf)


def log_student(unit: np.ndarray, degrees: float) -> np.ndarray:
    """Return the log density of student-t shrunk to standard deviation one."""
    shrink = math.sqrt((degrees - 2) / degrees)
    start = math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2) - 0.5 * math.log(degrees * math.pi) - math.log(shrink)
    return start - (degrees + 1) / 2 * np.log1p((unit / shrink) ** 2 / degrees)


def log_gumbel(unit: np.ndarray) -> np.ndarray:
    """Return the log density of Gumbel values centred and shrunk to standard deviation one."""
    stretch = math.pi / ROOT6
    raw = unit * stretch + EULER
    return math.log(stretch) - raw - np.exp(-np.maximum(raw, -700.0))


def log_logistic(unit: np.ndarray) -> np.ndarray:
    """Return the log density of logistic values shrunk to standard deviation one."""
    stretch = math.pi / ROOT3
    raw = np.abs(unit) * stretch
    return math.log(stretch) - raw - 2 * np.log1p(np.exp(-raw))


Draw = Callable[[int, np.random.Generator, float], np.ndarray]
DRAW: dict[str, Draw] = {
    "gaussian": lambda n, rng, _: rng.normal(size=n),
    "exponential": lambda n, rng, _: rng.exponential(size=n) - 1,
    "gumbel": lambda n, rng, _: (rng.gumbel(size=n) - EULER) * ROOT6 / math.pi,
    "uniform": lambda n, rng, _: rng.uniform(-ROOT3, ROOT3, size=n),
    "logistic": lambda n, rng, _: rng.logistic(size=n) * ROOT3 / math.pi,
    "laplace": lambda n, rng, _: rng.laplace(size=n) / math.sqrt(2),
    "student-t": lambda n, rng, degrees: rng.standard_t(degrees, size=n) * math.sqrt((degrees - 2) / degrees),
    "poisson": lambda n, rng, _: rng.poisson(1.0, size=n) - 1.0,
}
LOG_DENSITY: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "gaussian": lambda u, _: -0.5 * u**2 - 0.5 * math.log(2 * math.pi),
    "exponential": lambda u, _: np.where(u >= -1, -(u + 1), -np.inf),
    "gumbel": lambda u, _: log_gumbel(u),
    "uniform": lambda u, _: np.where(np.abs(u) <= ROOT3, -math.log(2 * ROOT3), -np.inf),
    "logistic": lambda u, _: log_logistic(u),
    "laplace": lambda u, _: 0.5 * math.log(2) - math.sqrt(2) * np.abs(u) - math.log(2),
    "student-t": log_student,
    "poisson": lambda u, _: log_poisson(u),
}
