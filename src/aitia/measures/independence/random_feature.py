"""Test independence of columns of any kind by a few random features of each side and of the given columns. [strobl2019]

The features of a numeric column are drawn by a key of its content beside the others', so that the test is symmetric and depends on no
name and no order.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Annotated, cast

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.independence import Test
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.core.table import Table
from aitia.measures.content import Variable, alike, distinct, in_order, keys_of, recoded
from aitia.measures.kernel_laws import product_features
from aitia.measures.kernels import joined, median_width, points_of
from aitia.measures.kinds import Triple, names_in, need_kinds
from aitia.measures.residuals import basis, indicators_of
from aitia.measures.testwise import Rows, each
from aitia.measures.weighted_chi_square import weighted_tail

NAME = "random-feature"
CARD = Card(
    says="Tests whether two columns of any kind are unrelated in any way given others, by random features.",
    kinds=frozenset({"continuous", "count", "binary", "categorical", "ordinal", "environment"}),
    needs=frozenset({"rows"}),
    random=True,
    minimum_n=100,
    cost="rows",
    cites=("strobl2019",),
)
ROWS_PER_FEATURE = 10
FINER = (1.0, 1.0, 2.0, 4.0)  # widths of the given columns' features: half by the median rule, others a half and a fourth of it


@dataclasses.dataclass(frozen=True)
class Choice:
    """Hold the options of one call."""

    sides: int
    behind: int
    beside: bool
    run: Run


def random_feature_batch(
    table: Table, triples: Sequence[Triple], run: Run, *, features: int = 5, given_features: int = 100, beside: bool = False
) -> list[Test]:
    """Test many triples (first, second, given); those with one given set share its features."""
    need_kinds(table, names_in(triples), CARD.kinds, NAME)
    choice = Choice(features, given_features, beside, run)
    return each(table, triples, run, lambda rows, first, second, given: answer(rows, first, second, given, choice))


@independence.add(NAME, CARD, batch=random_feature_batch)
def random_feature(
    table: Table,
    x: str,
    y: str,
    given: tuple[str, ...],
    run: Run,
    *,
    features: Annotated[int, Option("random features of each numeric side")] = 5,
    given_features: Annotated[int, Option("random features of the given columns, at most a tenth of the rows")] = 100,
    beside: Annotated[bool, Option("take the given columns together with one side, as RCIT does and RCoT does not")] = False,
) -> Test:
    """Test x and y given others on the rows complete in all of them; the effect is the size of the features' correlations."""
    triples = [(x, y, tuple(given))]
    return random_feature_batch(table, triples, run, features=features, given_features=given_features, beside=beside)[0]


def answer(rows: Rows, first: str, second: str, given: tuple[str, ...], choice: Choice) -> Test:
    """Answer one triple; no evidence (p = 1) when a side does not vary or the given columns say what it says."""
    one, other, rest = rows.variables[first], rows.variables[second], distinct([rows.variables[name] for name in given])
    if one.constant or other.constant or any(alike(side, v) for side in (one, other) for v in rest):
        return Test(p=1.0, statistic=0.0, n_used=rows.n, effect=0.0)
    roles = in_order(one, other, rest)
    fitted = regressors(roles.given, rows.n, choice, rows.kept)
    if rows.n <= fitted.shape[1] + 3:
        return Test(p=1.0, statistic=0.0, n_used=rows.n, effect=0.0)
    beside = list(roles.given) if choice.beside else []
    one_left = left_of([roles.first, *beside], roles.keys[0], fitted, choice)
    return tested(one_left, left_of([roles.second], roles.keys[1], fitted, choice), fitted.shape[1])


def tested(one: np.ndarray, other: np.ndarray, rank: int) -> Test:
    """Test two sides by what is left of their features (n, a) and (n, b), standardised, after a regression of this rank."""
    n = len(one)
    if not one.shape[1] or not other.shape[1]:
        return Test(p=1.0, statistic=0.0, n_used=n, effect=0.0)
    correlations = one.T @ other / n
    statistic = n * float((correlations**2).sum())
    products = product_features(one, other)
    # Both fits follow their own data: each side's spread is too small by 1 - rank / n, their product only once.
    weights = np.maximum(np.linalg.eigvalsh(products.T @ products / n), 0.0) / (1 - rank / n)
    effect = math.sqrt(min(float((correlations**2).mean()), 1.0))
    return Test(p=weighted_tail(statistic, weights), statistic=statistic, n_used=n, effect=effect)


def left_of(side: Sequence[Variable], key: int, fitted: np.ndarray, choice: Choice) -> np.ndarray:
    """Return what the regression on a basis (n, r) leaves of a side's standardised features (n, m)."""
    drawn = fourier(side, key, choice.sides, choice.run) if len(side) > 1 or not side[0].coded else indicators_of(side[0].values)
    found = scaled(drawn)
    left = found - fitted @ (fitted.T @ found / len(found))
    return left[:, (left**2).mean(axis=0) > 1e-9]


def regressors(given: Sequence[Variable], n: int, choice: Choice, kept: dict[object, object]) -> np.ndarray:
    """Return a basis (n, r) of a constant, the given columns and random features of them, one for ten rows at most."""
    key = tuple(id(v.values) for v in given)
    last = cast("tuple[object, np.ndarray] | None", kept.get("given"))
    if last is None or last[0] != key:
        plain = [indicators_of(v.values) if v.coded else v.values[:, None] for v in given]
        room = min(choice.behind, n // ROWS_PER_FEATURE - sum(part.shape[1] for part in plain))
        drawn = (
            [fourier(given, tuple(keys_of(given, [1] * len(given)).tolist()), room, choice.run, FINER)]
            if room > 0 and any(not v.coded for v in given)
            else []
        )
        strata = [labels(given)] if len(given) > 1 and all(v.coded for v in given) else []
        last = kept["given"] = (key, basis([*plain, *drawn, *strata], n))
    return last[1]


def fourier(variables: Sequence[Variable], key: object, count: int, run: Run, finer: Sequence[float] = (1.0,)) -> np.ndarray:
    """Return random features (n, count) of Gaussian kernels on numbers and on indicators of levels together, of widths in turn."""
    variables = recoded(variables)
    numbers = points_of([v for v in variables if not v.coded])
    places = np.column_stack([numbers.numbers, *(indicators_of(v.values) for v in variables if v.coded)])
    rng = run.rng(NAME, key)
    turns, shift = rng.normal(size=(places.shape[1], count)) * np.resize(finer, count), rng.uniform(0, 2 * math.pi, count)
    return np.asarray(np.cos(places @ turns * math.sqrt(2) / median_width(numbers) + shift))


def labels(given: Sequence[Variable]) -> np.ndarray:
    """Return an indicator (n, strata) of every combination of levels, rare ones together."""
    found = np.zeros(len(given[0].values), dtype=np.int64)
    for variable in given:
        found = joined(found, variable.values.astype(np.int64))
    return indicators_of(found)


def scaled(found: np.ndarray) -> np.ndarray:
    """Return columns (n, m) with mean 0 and mean square 1; those that do not vary drop out."""
    centred = found - found.mean(axis=0)
    sizes = np.sqrt((centred**2).mean(axis=0))
    return np.asarray(centred[:, sizes > 1e-9] / sizes[sizes > 1e-9])
