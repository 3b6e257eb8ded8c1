"""Score by the marginal likelihood of a normal network under a normal-Wishart prior. [geiger2002, kuipers2014]

The prior: the means are normal around `prior_mean` with the precision of `alpha_mu` rows, the precision matrix is
Wishart with `alpha_w` degrees of freedom and scale matrix t I. The score is exact, and Bayes factors of graphs are
differences of sums of it.
"""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.errors import BadOption
from aitia.core.run import Run
from aitia.core.shelf import scores
from aitia.core.table import Moments, Table
from aitia.measures.families import kernels, score_one, usable
from aitia.measures.gaussian_families import GaussianFamilies, covariance_of, without_constants
from aitia.measures.kinds import need_kinds

NAME = "bge"
CARD = Card(
    says="Scores numeric columns by the marginal likelihood of a linear regression on the parents under a normal-Wishart prior.",
    kinds=frozenset({"continuous", "count"}),
    assumes=frozenset({"linear relations", "normal errors"}),
    needs=frozenset({"moments"}),
    minimum_n=1,
    equivalent=True,
    cost="moments",
    cites=("geiger2002", "kuipers2014"),
)


def prepare(
    table: Table,
    names: tuple[str, ...],
    run: Run,
    *,
    alpha_mu: float = 1.0,
    alpha_w: float | None = None,
    standardize: bool = True,
    prior_mean: float = 0.0,
    prior_scale: float | None = None,
) -> GaussianFamilies:
    """Take the moments of the rows complete in the named columns and join them with the prior.

    The network is that of all numeric columns of the table, d of them; its prior implies one for every part of it.
    """
    need_kinds(table, names, CARD.kinds, NAME)
    freedom = 2.0 if alpha_w is None else alpha_w - usable(table, CARD.kinds)  # alpha_w - d
    if alpha_mu <= 0 or freedom <= -1 or (prior_scale is None and freedom <= 1) or (prior_scale is not None and prior_scale <= 0):
        raise BadOption(
            "The prior of bge is not proper.",
            why=f"It has alpha_mu = {alpha_mu:g}, alpha_w - columns = {freedom:g}, scale {prior_scale}.",
            next="alpha_mu and prior_scale are above 0, alpha_w is above the number of numeric columns + 1.",
        )
    t = alpha_mu * (freedom - 1) / (alpha_mu + 1) if prior_scale is None else prior_scale
    moments = table.moments(names)
    scatter = scatter_of(moments, alpha_mu, standardize=standardize, prior_mean=prior_mean)
    count = len(names)
    widths = np.ones(count, dtype=np.int64)
    kernel = covariance_of(scatter + t * np.eye(count), widths, ridge=0.0)
    weight = 0.5 * (moments.n + freedom + np.arange(count + 1))
    extra = np.concatenate([[0.0], np.cumsum([constant(moments.n, k, alpha_mu, freedom, t) for k in range(count)])])
    return GaussianFamilies(tuple(names), moments.n, kernel, widths, weight, extra, most=count)


@scores.add(NAME, CARD, **kernels(prepare))
def bge(
    table: Table,
    node: str,
    parents: tuple[str, ...],
    run: Run,
    *,
    alpha_mu: Annotated[float, Option("rows that the prior of the means is worth")] = 1.0,
    alpha_w: Annotated[float | None, Option("degrees of freedom of the Wishart prior; none: numeric columns + 2")] = None,
    standardize: Annotated[bool, Option("give every column mean 0 and variance 1 first")] = True,
    prior_mean: Annotated[float, Option("prior mean of every column, where columns are not standardized")] = 0.0,
    prior_scale: Annotated[
        float | None, Option("diagonal of the prior scale matrix; none: such that rows are expected to have unit covariance")
    ] = None,
) -> float:
    """Score one node given its parents on the rows complete in all of them."""
    return score_one(
        prepare,
        table,
        node,
        parents,
        run,
        alpha_mu=alpha_mu,
        alpha_w=alpha_w,
        standardize=standardize,
        prior_mean=prior_mean,
        prior_scale=prior_scale,
    )


def scatter_of(moments: Moments, alpha_mu: float, *, standardize: bool, prior_mean: float) -> np.ndarray:
    """Return the sum of squares about the mean, with what the mean adds by its distance from the prior mean."""
    n, count = moments.n, len(moments.names)
    if n == 0:
        return np.zeros((count, count))
    covariance = without_constants(moments.mean, moments.covariance) if n > 1 else np.zeros((count, count))
    if standardize:
        scale = np.sqrt(np.diag(covariance))
        scale = np.where(scale > 0, scale, 1.0)
        return (n - 1) * covariance / np.outer(scale, scale)
    away = moments.mean - prior_mean
    return (n - 1) * covariance + n * alpha_mu / (n + alpha_mu) * np.outer(away, away)


def constant(n: int, k: int, alpha_mu: float, freedom: float, t: float) -> float:
    """Return what the score of a family of k parents holds besides the determinants."""
    gammas = math.lgamma(0.5 * (n + freedom + k + 1)) - math.lgamma(0.5 * (freedom + k + 1))
    scale = 0.5 * (freedom + 2 * k + 1) * math.log(t)
    return 0.5 * math.log(alpha_mu / (n + alpha_mu)) + gammas - 0.5 * n * math.log(math.pi) + scale
