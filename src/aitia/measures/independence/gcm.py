"""Test independence given others by the covariance of what any learner leaves of both sides. [shah2020, scheidegger2022]

Each side is predicted from the given columns by a learner, out of fold, and the products of both errors are tested for a
mean of zero: the errors of the two learners enter only as a product. Weighted, the products are multiplied by the sign
that they are expected to have, learned in the other folds, so that dependence which cancels on average is found too.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.independence import Test
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.core.table import Table
from aitia.learners.cross_fitting import cross_fit, folds_of
from aitia.learners.named import learner as named
from aitia.measures.content import Roles, Variable, alike, distinct, in_order, rows_by_content
from aitia.measures.effective_n import EFFECTIVE, Dependence, Effective, Spread, dependence_of, spread_of
from aitia.measures.kinds import Triple, names_in, need_kinds
from aitia.measures.residuals import expand_codes, expand_number, indicators_of, merge_sparse
from aitia.measures.testwise import Rows, each
from aitia.measures.weighted_chi_square import weighted_tail

NAME = "gcm"
CARD = Card(
    says="Tests whether what any learner leaves of two columns of any kind, given others, still covaries.",
    kinds=frozenset({"continuous", "count", "binary", "categorical", "ordinal", "environment"}),
    assumes=frozenset({"linear relations"}),
    needs=frozenset({"rows"}),
    random=True,
    minimum_n=300,
    cost="rows",
    dependent=True,
    cites=("shah2020", "scheidegger2022"),
)
NOTHING_LEFT = 1e-9
MANY = 90  # degrees of freedom above which a covariance counts as known


@dataclasses.dataclass(frozen=True)
class Choice:
    """Hold the options of one call, and how rows depend on each other."""

    learner: str
    folds: int
    weighted: bool
    dependence: Dependence | None
    run: Run


def gcm_batch(
    table: Table,
    triples: Sequence[Triple],
    run: Run,
    *,
    learner: str = "linear",
    folds: int = 5,
    weighted: bool = False,
    effective: Effective = "auto",
) -> list[Test]:
    """Test many triples (first, second, given); one column's errors given one set are learned once."""
    need_kinds(table, names_in(triples), CARD.kinds, NAME)
    choice = Choice(learner, folds, weighted, dependence_of(table, effective), run)
    return each(table, triples, run, lambda rows, first, second, given: answer(rows, first, second, given, choice))


@independence.add(NAME, CARD, batch=gcm_batch)
def gcm(
    table: Table,
    x: str,
    y: str,
    given: tuple[str, ...],
    run: Run,
    *,
    learner: Annotated[str, Option("linear, boosting, forest or IMPORT.PATH of a scikit-learn estimator")] = "linear",
    folds: Annotated[int, Option("parts of the rows, each predicted by fits on the others; 1 fits on all")] = 5,
    weighted: Annotated[bool, Option("weigh products by the sign expected of them, learned in other folds")] = False,
    effective: Annotated[Effective, Option(EFFECTIVE)] = "auto",
) -> Test:
    """Test x and y given others on the rows complete in all of them; the effect is the correlation of both errors (or like Cramér's V)."""
    options = {"learner": learner, "folds": folds, "weighted": weighted}
    return gcm_batch(table, [(x, y, tuple(given))], run, **options, effective=effective)[0]  # type: ignore[arg-type]


def answer(rows: Rows, first: str, second: str, given: tuple[str, ...], choice: Choice) -> Test:
    """Answer one triple; no evidence (p = 1) when a side does not vary or the given columns say what it says."""
    one, other, rest = rows.variables[first], rows.variables[second], distinct([rows.variables[name] for name in given])
    if rows.n < 2 * choice.folds or one.constant or other.constant or any(alike(side, v) for side in (one, other) for v in rest):
        return Test(p=1.0, statistic=0.0, n_used=rows.n, effect=0.0)
    roles = in_order(one, other, rest)
    dependence = None if choice.dependence is None else choice.dependence.taken(rows.where)
    clusters = None if dependence is None else dependence.clusters
    fold = split(roles, rows.n, clusters, choice)
    left = [errors(side, roles.given, fold, choice, rows.kept) for side in (roles.first, roles.second)]
    if any(part.shape[1] == 0 or float((part**2).mean()) < NOTHING_LEFT for part in left):
        return Test(p=1.0, statistic=0.0, n_used=rows.n, effect=0.0)
    products = (left[0][:, :, None] * left[1][:, None, :]).reshape(rows.n, -1)
    if choice.weighted and roles.given:
        products = np.column_stack([products, signed(products, design(roles.given), fold, choice)])
    return tested(products, left, dependence)


def tested(products: np.ndarray, left: Sequence[np.ndarray], dependence: Dependence | None) -> Test:
    """Test whether products of standardised errors (n, d) have mean zero, by the sum of their squared means."""
    n, width = len(products), left[0].shape[1] * left[1].shape[1]
    sizes = [np.sqrt((part**2).mean(axis=0)) for part in left]
    scale = np.outer(*sizes).ravel()
    products = products / np.tile(scale, products.shape[1] // width)
    correlations = products[:, :width].mean(axis=0)
    statistic = float((products.sum(axis=0) ** 2).sum()) / n
    centred = products - products.mean(axis=0)
    spread = Spread(centred.T @ centred, float(n - 1), n) if dependence is None else spread_of(products, dependence)
    p = mixed_tail(statistic, spread.covariance / n, spread.freedom)
    effect = float(correlations[0]) if width == 1 else math.sqrt(float((correlations**2).mean()))
    return Test(p=p, statistic=statistic, n_used=spread.rows, effect=min(max(effect, -1.0), 1.0), degrees=products.shape[1])


def mixed_tail(statistic: float, covariance: np.ndarray, freedom: float) -> float:
    """Return the tail of the squared length of a normal vector whose covariance (d, d) was found with these degrees of freedom."""
    from scipy import special

    weights = np.maximum(np.linalg.eigvalsh(covariance), 0.0)
    total = float(weights.sum())
    if total <= 0:
        return 1.0
    if len(weights) > 1 and freedom > MANY:
        return weighted_tail(statistic, weights)
    return float(special.fdtrc(total**2 / float((weights**2).sum()), freedom, statistic / total))


def split(roles: Roles, n: int, clusters: np.ndarray | None, choice: Choice) -> np.ndarray:
    """Return the fold (n,) of each row, by the content of the given columns, and of the sides where that leaves ties."""
    if not roles.given or choice.folds < 2:
        return np.zeros(n, dtype=np.int64)
    keys = rows_by_content(roles.given)
    if len(np.unique(keys)) < n:
        keys = rows_by_content([roles.first, roles.second, *roles.given])
    seed = int(choice.run.rng(NAME, "folds").integers(2**31))
    return folds_of(keys, seed, choice.folds, clusters=clusters)


def errors(side: Variable, given: Sequence[Variable], fold: np.ndarray, choice: Choice, kept: dict[object, object]) -> np.ndarray:
    """Return what the learner leaves of a side (n, d), out of fold: numbers standardised, levels as indicators."""
    behind = tuple(id(v.values) for v in given)
    if kept.get("given") != behind:
        kept.clear()
        kept["given"] = behind
    key = (id(side.values), hash(fold.tobytes()))
    if key not in kept:
        kept[key] = learned(side, given, fold, choice)
    found = kept[key]
    assert isinstance(found, np.ndarray)
    return found


def learned(side: Variable, given: Sequence[Variable], fold: np.ndarray, choice: Choice) -> np.ndarray:
    """Learn one side from the given columns; without any, its mean is taken away."""
    target = indicators_of(side.values) if side.coded else expand_number(side.values).values
    if not given or not target.shape[1]:
        return target - target.mean(axis=0)
    seed = int(choice.run.rng(NAME, "learner").integers(2**31))
    if not side.coded:
        return target - cross_fit(named(choice.learner, "mean", seed), design(given), target[:, 0], fold)[:, None]
    codes = merge_sparse(side.values.astype(np.int64))
    chances = cross_fit(named(choice.learner, "probability", seed), design(given), codes.astype(float), fold)
    return np.asarray(target - (chances[:, 1:] if target.shape[1] == 1 else chances))


def design(given: Sequence[Variable]) -> np.ndarray:
    """Return the given columns as features (n, p): numbers standardised, an indicator for each level but one."""
    return np.column_stack([(expand_codes(v.values) if v.coded else expand_number(v.values)).values for v in given])


def signed(products: np.ndarray, features: np.ndarray, fold: np.ndarray, choice: Choice) -> np.ndarray:
    """Return products (n, d) times the sign that the learner, in other folds, expects of them at these given values."""
    seed = int(choice.run.rng(NAME, "sign").integers(2**31))
    fit = named(choice.learner, "mean", seed)
    return np.column_stack([column * np.sign(cross_fit(fit, features, column, fold)) for column in products.T])
