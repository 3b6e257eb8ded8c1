"""Test independence of columns of any kind by kernels, given others by what kernel ridge regression leaves. [zhang2011]

Without given columns the statistic is the Hilbert-Schmidt criterion. With them, the kernel of one side together with
the given columns is related to the kernel of the other side after the given columns' part is taken from both. Which
side is taken together with the given ones follows from their content, so that the test is symmetric.

The published fit takes the width of the given columns' kernel from a rule and a fixed ridge, as other programs do. It
misses relations that bend more than the rule foresees, and it takes no account of the freedom it uses: with rows of 100
it rejects a true independence up to twice too often. By default width and ridge are chosen by leaving rows out, and the
law accounts for the freedom.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Annotated, Literal, cast

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.independence import Test
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.core.table import Table
from aitia.measures.content import Roles, Variable, alike, distinct, drawn_rows, in_order
from aitia.measures.kernel_laws import gamma_tail, product_moments, shuffled, spectral_marginal, spectral_products, spread_of
from aitia.measures.kernels import Points, Ridge, chosen_ridge, compressed, features, median_width, points_of, ridges_on
from aitia.measures.kinds import Triple, names_in, need_kinds
from aitia.measures.testwise import Rows, each

NAME = "kci"
CARD = Card(
    says="Tests whether two columns of any kind are unrelated in any way given others, by kernels.",
    kinds=frozenset({"continuous", "count", "binary", "categorical", "ordinal", "environment"}),
    needs=frozenset({"rows"}),
    minimum_n=50,
    cost="rows^2",
    cites=("zhang2011",),
)
FEWEST = 8
BESIDE = 0.5  # weight of the given columns beside the first side, and the other numbers here, as in the authors' program
EMPIRICAL = {"alone": (0.8, 0.5, 0.3), "given": (1.2, 0.7, 0.4)}
EMPIRICAL_ROWS = (200, 1200)
LEADING = 1e-2  # features of a side this large beside its largest decide on the fit
OUTSIDE = 0.01  # the trace of the given columns' kernel that its features may miss, as a share of the ridge
Width = float | Literal["median", "empirical"]
Null = Literal["auto", "gamma", "spectral"]
Fit = Literal["chosen", "published"]


@dataclasses.dataclass(frozen=True)
class Choice:
    """Hold the options of one call."""

    width: Width
    null: Null
    fit: Fit
    ridge: float
    most: int
    run: Run


def kci_batch(
    table: Table,
    triples: Sequence[Triple],
    run: Run,
    *,
    width: Width = "median",
    null: Null = "auto",
    fit: Fit = "chosen",
    ridge: float = 1e-3,
    most: int = 10_000,
) -> list[Test]:
    """Test many triples (first, second, given); a column's features are found once, and so is a published fit."""
    need_kinds(table, names_in(triples), CARD.kinds, NAME)
    choice = Choice(width, null, fit, ridge, most, run)
    return each(table, triples, run, lambda rows, first, second, given: answer(rows, first, second, given, choice))


@independence.add(NAME, CARD, batch=kci_batch)
def kci(
    table: Table,
    x: str,
    y: str,
    given: tuple[str, ...],
    run: Run,
    *,
    width: Annotated[Width, Option("width of the Gaussian kernels in standard deviations, or a rule: median or empirical")] = "median",
    null: Annotated[
        Null, Option("law: gamma of the same moments, spectral (weighted chi-squares), or auto: gamma where columns are given")
    ] = "auto",
    fit: Annotated[Fit, Option("regression on the given columns: width and ridge chosen by leaving rows out, or as published")] = "chosen",
    ridge: Annotated[float, Option("ridge of the regression on the given columns, as published")] = 1e-3,
    most: Annotated[int, Option("rows used at most; of more, some are chosen by their content")] = 10_000,
) -> Test:
    """Test x and y given others on the rows complete in all of them; the effect is the alignment of what is left of both kernels."""
    return kci_batch(table, [(x, y, tuple(given))], run, width=width, null=null, fit=fit, ridge=ridge, most=most)[0]


def answer(rows: Rows, first: str, second: str, given: tuple[str, ...], choice: Choice) -> Test:
    """Answer one triple; no evidence (p = 1) when a side does not vary or the given columns say what it says."""
    one, other, rest = rows.variables[first], rows.variables[second], distinct([rows.variables[name] for name in given])
    if rows.n < FEWEST or one.constant or other.constant or any(alike(side, v) for side in (one, other) for v in rest):
        return Test(p=1.0, statistic=0.0, n_used=rows.n, effect=0.0)
    roles = in_order(one, other, rest)
    if rows.n <= choice.most:
        return tested(roles, choice, rows.kept)
    kept = drawn_rows([roles.first, roles.second, *roles.given], choice.most, choice.run.rng(NAME, roles.key))
    found = tested(roles.taken(kept), choice, {})
    return dataclasses.replace(found, note=f"{choice.most} of {rows.n} rows were used, chosen by their content.")


def tested(roles: Roles, choice: Choice, kept: dict[object, object]) -> Test:
    """Test two sides given others; `kept` holds the features of columns and the regression on the last given set."""
    if not roles.given:
        return marginal(alone(roles.first, 0, choice, kept), alone(roles.second, 0, choice, kept), choice)
    depth = max(sum(not v.coded for v in roles.given), 1)
    behind = points_of(roles.given)
    beside = points_of([roles.first]).beside(behind, BESIDE)
    one, other = features(beside, width_of(beside, depth, choice), choice.run), alone(roles.second, depth, choice, kept)
    if choice.fit == "published":
        fit, growth = regression(behind, roles.given, depth, choice, kept), 1.0
    else:
        fit = chosen_ridge(behind, [compressed(one, LEADING), compressed(other, LEADING)], choice.run)
        growth = fit.growth
    return conditional(compressed(fit.left_of(one)), compressed(fit.left_of(other)), growth, choice)


def alone(side: Variable, depth: int, choice: Choice, kept: dict[object, object]) -> np.ndarray:
    """Return the features of one column by itself."""
    key = ("side", id(side.values), depth if choice.width == "empirical" else 0)
    if key not in kept:
        points = points_of([side])
        kept[key] = features(points, width_of(points, depth, choice), choice.run)
    return cast(np.ndarray, kept[key])


def regression(points: Points, given: Sequence[Variable], depth: int, choice: Choice, kept: dict[object, object]) -> Ridge:
    """Return the kernel ridge regression on the given columns, by the rule for widths and the ridge that was asked for."""
    key = tuple(id(v.values) for v in given)
    last = cast("tuple[object, Ridge] | None", kept.get("given"))
    if last is None or last[0] != key:
        found = features(points, width_of(points, depth, choice), choice.run, choice.ridge * OUTSIDE / len(points.labels))
        last = kept["given"] = (key, ridges_on(found, [choice.ridge])[0])
    return last[1]


def width_of(points: Points, depth: int, choice: Choice) -> float:
    """Return the width of a kernel; `depth` is the number of given numeric columns, 0 where none are given."""
    if choice.width == "median":
        return median_width(points)
    if choice.width == "empirical":
        steps = EMPIRICAL["alone" if depth == 0 else "given"]
        size = steps[int(np.searchsorted(EMPIRICAL_ROWS, len(points.labels), side="right"))]
        return size * math.sqrt(max(depth, 1))
    return float(choice.width)


def marginal(one: np.ndarray, other: np.ndarray, choice: Choice) -> Test:
    """Test two columns from their kernels' features (n, a) and (n, b)."""
    n, statistic = len(one), float(((one.T @ other) ** 2).sum())
    spreads = spread_of(one), spread_of(other)
    p = gamma_tail(statistic, *shuffled(*spreads, n)) if choice.null == "gamma" else spectral_marginal(statistic, one, other)
    return Test(p=p, statistic=statistic, n_used=n, effect=alignment(statistic, spreads[0].square, spreads[1].square))


def conditional(one: np.ndarray, other: np.ndarray, growth: float, choice: Choice) -> Test:
    """Test two columns from the features (n, a) and (n, b) that the given columns leave of their kernels."""
    statistic = float(((one.T @ other) ** 2).sum())
    reached = statistic / growth
    p = (
        gamma_tail(reached, *product_moments(one, other, choice.run))
        if choice.null != "spectral"
        else spectral_products(reached, one, other)
    )
    squares = [float(((side**2).sum(axis=0) ** 2).sum()) for side in (one, other)]
    return Test(p=p, statistic=statistic, n_used=len(one), effect=alignment(statistic, *squares))


def alignment(statistic: float, one: float, other: float) -> float:
    """Return the cosine between two kernel matrices of these squared sizes."""
    return min(statistic / math.sqrt(one * other), 1.0) if one * other > 0 else 0.0
