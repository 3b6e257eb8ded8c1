"""Published data give the published numbers, through the same design and estimators that users reach.

Sources: LaLonde (1986) and Dehejia and Wahba (1999), the National Supported Work trial with its own and with PSID
controls; the 401(k) participation and the Card (1995) schooling samples of Wooldridge's textbook; the NHEFS sample of
Hernán and Robins, Causal Inference: What If. The figures were recomputed with plain NumPy from the same files.
"""

from __future__ import annotations

import csv
from typing import Any

import numpy as np
import pytest

from aitia.core.estimate import Estimate
from aitia.core.query import Query
from aitia.core.request import Plan, Reading
from aitia.core.run import Run
from aitia.core.shelf import estimation
from aitia.core.table import Table
from aitia.nuisance.design import build
from tests.nuisance.arrays import table
from tests.shared import shared

BINARY = {"train", "e401k", "qsmk", "black", "hisp", "married", "sex", "race"}


def read(path: str, names: tuple[str, ...], kinds: dict[str, str] | None = None) -> Table:
    with shared(path).open(encoding="utf8") as file:
        rows = list(csv.DictReader(file))
    kinds = {**{name: "binary" for name in names if name in BINARY}, **(kinds or {})}
    columns: dict[str, Any] = {name: np.array([float(row[name] or "nan") for row in rows]) for name in names}
    return table(kinds, **columns)


def estimate(data: Table, treatment: str, outcome: str, adjustment: tuple[str, ...] = (), **plan: Any) -> Estimate:
    query = Query(treatment=treatment, outcome=outcome)
    design = build(data, query, adjustment, plan=Plan(**plan), reading=Reading()).design
    return Run().use(estimation["regression"], design)  # type: ignore[no-any-return]


def printed(value: float | None, digits: int = 3) -> float:
    assert value is not None
    return round(value, digits)


LALONDE = ("age", "educ", "black", "hisp", "married", "re74", "re75")


def test_lalonde_experiment() -> None:
    found = estimate(read("lalonde/jtrain2.csv", ("train", "re78")), "train", "re78")
    assert (found.n, printed(found.value), printed(found.se)) == (445, 1.794, 0.671)


def test_lalonde_with_psid_controls() -> None:
    data = read("lalonde/jtrain3.csv", ("train", "re78", *LALONDE))
    assert printed(estimate(data, "train", "re78").value) == -15.205
    found = estimate(data, "train", "re78", LALONDE)
    assert (found.n, printed(found.value), printed(found.se)) == (2675, 0.860, 0.767)


def test_401k() -> None:
    covariates = ("inc", "incsq", "age", "agesq", "marr", "fsize")
    found = estimate(read("iv/401ksubs.csv", ("e401k", "nettfa", *covariates)), "e401k", "nettfa", covariates)
    assert (printed(found.value), printed(found.se, 2)) == (9.397, 1.37)
    shorter = ("inc", "age", "marr", "fsize")
    terms = estimate(read("iv/401ksubs.csv", ("e401k", "nettfa", *shorter)), "e401k", "nettfa", shorter, terms="inc+inc^2+age+age^2")
    assert terms.value == pytest.approx(found.value, abs=1e-5)


def test_card() -> None:
    covariates = ("exper", "expersq", "black", "smsa", "south", "smsa66", *(f"reg{i}" for i in range(662, 670)))
    data = read("iv/card.csv", ("educ", "lwage", *covariates), {"educ": "count"})
    found = estimate(data, "educ", "lwage", covariates)
    assert (found.n, printed(found.value, 5), printed(found.se, 5)) == (3010, 0.07469, 0.00365)


NHEFS = ("sex", "race", "age", "education", "smokeintensity", "smokeyrs", "exercise", "active", "wt71")
LINEAR = "sex+race+age+C(education)+smokeintensity+smokeyrs+C(exercise)+C(active)+wt71"


def test_nhefs() -> None:
    kinds = {"education": "categorical", "exercise": "categorical", "active": "categorical"}
    data = read("observational/nhefs_full.csv", ("qsmk", "wt82_71", *NHEFS), kinds)
    found = estimate(data, "qsmk", "wt82_71", NHEFS, terms=LINEAR + "+age^2+smokeintensity^2+smokeyrs^2+wt71^2")
    assert (found.n, printed(found.value), printed(found.se)) == (1566, 3.463, 0.469)
    assert printed(estimate(data, "qsmk", "wt82_71", NHEFS, terms=LINEAR).value) == 3.381
    assert printed(estimate(data, "qsmk", "wt82_71", NHEFS).value) == 3.381
    assert printed(estimate(data, "qsmk", "wt82_71").value) == 2.541
