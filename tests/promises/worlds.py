"""Draw data whose true effects are known by enumeration, made to what a card says an estimator assumes and takes."""

from __future__ import annotations

import dataclasses
import functools
import itertools

import numpy as np

from aitia.core.card import Card
from aitia.core.design import Design
from aitia.core.query import Query
from aitia.nuisance.design import Material, assemble

SUPPORT = np.array(list(itertools.product((-1.0, 0.0, 1.0), (0.0, 1.0), (-1.0, 1.0))))
CHANCE = np.array([{-1.0: 0.3, 0.0: 0.4, 1.0: 0.3}[x[0]] * 0.25 for x in SUPPORT])
# Intercept, slope and size of an effect, so that means of counts stay positive and chances inside (0, 1).
SIZES = {"continuous": (1.0, 1.0, 1.0), "count": (3.0, 1.0, 0.9), "binary": (0.35, 0.08, 0.12)}
ARMS = {"binary": 2, "categorical": 3}
CLUSTER = 5


@dataclasses.dataclass(frozen=True)
class World:
    """Name one generating process; `wrong` is the model that the linear learner cannot fit."""

    outcome: str
    treatment: str
    effect: str
    n: int
    errors: str = "hc1"
    heterogeneous: bool = False
    wrong: str = ""

    def __str__(self) -> str:
        parts = [self.outcome, self.treatment, self.effect, str(self.n), self.errors, self.wrong and f"{self.wrong} model wrong"]
        return " ".join(part for part in parts if part)


def logits(world: World, x: np.ndarray) -> np.ndarray:
    """Log odds (n, arms) against the reference."""
    bend = 1.2 * (x[:, 0] ** 2 - 0.6) if world.wrong == "treatment" else 0.0
    columns = [np.zeros(len(x)), -0.2 + 0.6 * x[:, 0] + 0.5 * x[:, 1] + bend, 0.1 - 0.4 * x[:, 0] + 0.3 * x[:, 2]]
    return np.column_stack(columns[: ARMS[world.treatment]])


def chances(world: World, x: np.ndarray) -> np.ndarray:
    found = np.exp(logits(world, x))
    return found / found.sum(axis=1, keepdims=True)


def effects(world: World, x: np.ndarray) -> np.ndarray:
    """Effect (n, arms) of each arm against the reference at x."""
    size, vary = SIZES[world.outcome][2], float(world.heterogeneous)
    columns = [np.zeros(len(x)), 1 + vary * (0.5 * x[:, 0] + 0.3 * x[:, 1]), -0.7 + vary * 0.3 * x[:, 2]]
    return size * np.column_stack(columns[: ARMS[world.treatment]])


PER_UNIT = 0.6


def truth(world: World) -> np.ndarray:
    """True effects, one per contrast: averages over the finite support of the covariates."""
    if world.treatment not in ARMS:
        return np.array([PER_UNIT * SIZES[world.outcome][2]])
    e, tau = chances(world, SUPPORT), effects(world, SUPPORT)
    tilts = {
        "ate": lambda k: np.ones(len(e)),
        "att": lambda k: e[:, k],
        "atc": lambda k: e[:, 0],
        "ato": lambda k: e[:, k] * e[:, 0] / (e[:, k] + e[:, 0]),
    }
    weights = [CHANCE * tilts[world.effect](k) for k in range(1, e.shape[1])]
    return np.array([w @ tau[:, k + 1] / w.sum() for k, w in enumerate(weights)])


def draw_treatment(world: World, x: np.ndarray, shared: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Treatment (n,); `shared` uniforms (n,) are equal within clusters."""
    if world.treatment in ARMS:
        return (shared[:, None] > np.cumsum(chances(world, x), axis=1)[:, :-1]).sum(axis=1).astype(float)
    makers = {
        "continuous": lambda: 0.5 * x[:, 0] + 2 * shared - 1,
        "count": lambda: rng.binomial(4, 0.5 + 0.2 * x[:, 0] - 0.1 * x[:, 2]).astype(float),
        "ordinal": lambda: np.clip(np.round(1.5 + 0.6 * x[:, 0] + rng.normal(size=len(x))), 0, 3),
    }
    return makers[world.treatment]()


def draw_outcome(world: World, x: np.ndarray, t: np.ndarray, group: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Outcome (n,): noise varies with covariates and treatment, save where classical errors want it equal."""
    start, slope, size = SIZES[world.outcome]
    mean = start + slope * (x[:, 0] - 0.5 * x[:, 1] + 0.5 * x[:, 2])
    mean += 0.8 * size * (x[:, 0] ** 2 - 0.6) if world.wrong == "outcome" else 0.0
    mean += effects(world, x)[np.arange(len(t)), t.astype(int)] if world.treatment in ARMS else PER_UNIT * size * t
    if world.outcome == "binary":
        return (rng.random(len(t)) < mean).astype(float)
    if world.outcome == "count":
        return rng.poisson(mean).astype(float)
    spread = 1.0 if world.errors == "classical" else 0.5 + 0.5 * (x[:, 0] > 0) + 0.2 * np.abs(t)
    together = rng.normal(size=group.max() + 1)[group] if world.errors == "cluster" else 0.0
    return mean + spread * rng.normal(size=len(t)) + together


def draw(world: World, rng: np.random.Generator) -> Design:
    """Draw one design."""
    size = CLUSTER if world.errors == "cluster" else 1
    group = np.arange(world.n) // size
    x = SUPPORT[rng.choice(len(SUPPORT), size=world.n, p=CHANCE)]
    t = draw_treatment(world, x, rng.random(group.max() + 1)[group], rng)
    y = draw_outcome(world, x, t, group, rng)
    arms = tuple(range(ARMS.get(world.treatment, 0)))
    material = Material(
        outcome=y,
        treatment=t,
        covariates=x,
        names=("x1", "x2", "x3"),
        sources=("x1", "x2", "x3"),
        clusters=group if size > 1 else None,
        arms=arms,
        query=Query(treatment="t", outcome="y", effect=world.effect, arm=1 if arms else None, versus=0 if arms else None),  # type: ignore[arg-type]
        outcome_kind=world.outcome,
        treatment_kind=world.treatment,
        adjustment=("x1", "x2", "x3"),
        errors=world.errors,  # type: ignore[arg-type]
    )
    return assemble(material).design


@functools.cache
def _ordered(items: frozenset[str], order: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(item for item in order if item in items)


def worlds(card: Card, sizes: tuple[int, ...] = (500, 5000)) -> list[World]:
    """The cells of a card: every outcome kind with every treatment kind, every effect with every treatment kind, every
    effect with a binary outcome, every kind of errors, and where the card lets one model be wrong, each of them wrong.

    The overlap effect averages over a population that the propensities themselves define, so with their model wrong
    there is a right answer only where the effect is the same for everyone; that is what its cell has.
    """
    outcomes = _ordered(card.kinds, ("continuous", "count", "binary"))
    treatments = _ordered(card.treatments, ("binary", "categorical", "continuous", "count", "ordinal"))
    names = _ordered(card.effects, ("ate", "att", "atc", "ato"))
    first = names[0]
    cells = [(o, t, first, "hc1", "") for o in outcomes for t in treatments]
    cells += [(outcomes[0], t, e, "hc1", "") for t in treatments for e in names]
    cells += [(outcomes[-1], treatments[0], e, "hc1", "") for e in names]
    cells += [(outcomes[0], treatments[0], first, errors, "") for errors in _ordered(card.errors, ("classical", "cluster"))]
    if "outcome or treatment model right" in card.assumes:
        cells += [(outcomes[0], treatments[0], e, "hc1", wrong) for e in names for wrong in ("outcome", "treatment")]
    vary = "same effect for everyone" not in card.assumes
    return [
        World(o, t, e, n, errors, vary and (e, wrong) != ("ato", "treatment"), wrong)
        for n in sizes
        for o, t, e, errors, wrong in dict.fromkeys(cells)
    ]
