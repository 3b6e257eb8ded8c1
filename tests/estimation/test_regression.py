"""Least squares through the Gram matrix equals statsmodels in every kind of errors, and answers in natural units."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm

from aitia.core.design import Design
from aitia.core.errors import CannotEstimate
from aitia.core.query import Query
from aitia.core.run import Run
from aitia.core.shelf import estimation
from aitia.nuisance.design import Material, assemble

REGRESSION = estimation["regression"]


def design(n: int = 400, p: int = 4, arms: int = 2, weighted: bool = False, seed: int = 0, **changes: Any) -> Design:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p)) * 10.0 ** np.arange(-1, p - 1) + 5
    utility = np.column_stack([np.zeros(n), *[0.5 * (x[:, 0] - 5) * 10 * k for k in range(1, max(arms, 2))]])
    t = (utility + rng.gumbel(size=utility.shape)).argmax(axis=1).astype(float) if arms else x[:, 0] + rng.normal(size=n)
    y = 2 * t + 10 * x[:, 0] + rng.normal(size=n) * (1 + np.abs(x[:, 0] - 5) * 10)
    names = tuple(f"x{j}" for j in range(p))
    material = Material(
        outcome=y,
        treatment=t,
        covariates=x,
        names=names,
        sources=names,
        weights=rng.uniform(0.2, 3, n) if weighted else None,
        clusters=rng.integers(0, 30, n),
        arms=tuple("abcd"[:arms]),
        query=Query(treatment="t", outcome="y"),
        treatment_kind={0: "continuous", 2: "binary"}.get(arms, "categorical"),
        **changes,
    )
    return assemble(material).design


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("arms", [0, 2, 4])
@pytest.mark.parametrize("errors", ["hc1", "classical", "cluster"])
def test_it_equals_statsmodels(errors: str, arms: int, weighted: bool) -> None:
    d = design(arms=arms, weighted=weighted, errors=errors)
    columns = [(d.treatment == k).astype(float) for k in range(1, arms)] if arms else [d.treatment]
    natural = d.covariates * d.scales + d.means
    full = sm.add_constant(np.column_stack([*columns, natural]))
    model = sm.WLS(d.outcome, full, weights=np.ones(d.n) if d.weights is None else d.weights)
    options: dict[str, dict[str, Any]] = {
        "hc1": {"cov_type": "HC1", "use_t": True},
        "classical": {},
        "cluster": {"cov_type": "cluster", "cov_kwds": {"groups": d.clusters}, "use_t": True},
    }
    other = model.fit(**options[errors])
    estimate = Run().use(REGRESSION, d)
    interval = other.conf_int()
    for k, contrast in enumerate(estimate.contrasts, start=1):
        assert contrast.value == pytest.approx(other.params[k], rel=1e-8)
        assert contrast.se == pytest.approx(other.bse[k], rel=1e-8)
        assert (contrast.low, contrast.high) == pytest.approx(tuple(interval[k]), rel=1e-8)
    assert estimate.errors == errors and estimate.n == d.n


def test_the_estimate_says_what_it_is() -> None:
    d = design(weighted=True, adjustment=("x0",), units="kg")
    estimate = Run().use(REGRESSION, d)
    assert estimate.method == "regression" and estimate.units == "kg" and estimate.adjustment == ("x0",)
    assert estimate.means == "conditional on the graph" and estimate.population == "everyone" and estimate.level == 0.95
    assert d.weights is not None
    assert estimate.effective_n == pytest.approx(d.weights.sum() ** 2 / (d.weights**2).sum())
    assert [(c.arm, c.versus) for c in estimate.contrasts] == [("b", "a")]
    assert (estimate.value, estimate.se, estimate.low, estimate.high) == (
        estimate.contrasts[0].value,
        estimate.contrasts[0].se,
        estimate.contrasts[0].low,
        estimate.contrasts[0].high,
    )


@pytest.mark.parametrize(("effect", "words"), [("att", "the treated"), ("atc", "the untreated"), ("ato", "those who could get either")])
def test_populations_are_named(effect: str, words: str) -> None:
    d = design()
    d = dataclasses.replace(d, query=dataclasses.replace(d.query, effect=effect, arm="b", versus="a"))
    for method in ("regression", "aipw"):
        assert Run().use(estimation[method], d).population.startswith(words)


def test_a_treatment_without_variation_left_is_refused() -> None:
    d = design()
    with pytest.raises(CannotEstimate, match="does not vary"):
        Run().use(REGRESSION, d.with_treatment(np.zeros(d.n)))
    with pytest.raises(CannotEstimate, match="does not vary"):
        Run().use(REGRESSION, d.with_rows(d.treatment == 1))
    repeated = d.with_treatment((d.covariates[:, 0] > 0).astype(float)).with_column("same", (d.covariates[:, 0] > 0).astype(float))
    with pytest.raises(CannotEstimate, match="does not vary"):
        Run().use(REGRESSION, repeated)
    with pytest.raises(CannotEstimate, match="rows for"):
        Run().use(REGRESSION, d.with_rows(np.arange(5)))


def test_one_cluster_is_refused() -> None:
    d = dataclasses.replace(design(errors="cluster"), clusters=np.zeros(400, dtype=int))
    with pytest.raises(CannotEstimate, match="one cluster"):
        Run().use(REGRESSION, d)


def test_columns_that_repeat_in_some_rows_only_do_no_harm() -> None:
    d = design()
    chosen = np.flatnonzero(d.covariates[:, 0] > -10)[:100]
    part = d.with_column("indicator", (np.arange(d.n) < 100).astype(float)).with_rows(chosen)
    plain = d.with_rows(chosen)
    a, b = Run().use(REGRESSION, part), Run().use(REGRESSION, plain)
    assert a.value == pytest.approx(b.value, rel=1e-9) and a.se == pytest.approx(b.se, rel=1e-9)
