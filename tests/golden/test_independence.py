"""Independence tests give causal-learn's answers where both compute the same; figures and source stand in independence.toml."""

from __future__ import annotations

import pathlib
import tomllib
from typing import Any

import numpy as np
import pytest

from aitia.core.run import Run
from aitia.core.shelf import independence
from tests.golden.independence_data import codes, numbers
from tests.measures.tables import table_of
from tests.shared import shared

GOLDEN = tomllib.loads((pathlib.Path(__file__).parent / "independence.toml").read_text(encoding="utf8"))
LETTERS = "xyzwv"


def named(row: dict[str, Any]) -> str:
    return " ".join(str(value) for key, value in row.items() if key in ("n", "data", "width", "x", "y", "given"))


def numeric(row: dict[str, Any]) -> Any:
    data = numbers(row["n"])[row["data"]]
    assert data.sum() == pytest.approx(row["sum"], rel=1e-9), "the random stream has changed, and these golden answers with it"
    names = LETTERS[: data.shape[1]]
    return table_of(dict.fromkeys(names, "continuous"), {name: data[:, j] for j, name in enumerate(names)})


def coded(data: np.ndarray) -> Any:
    codes = {f"c{j}": np.unique(data[:, j], return_inverse=True)[1].astype(float) for j in range(data.shape[1])}
    return table_of(dict.fromkeys(codes, "categorical"), codes)


@pytest.mark.parametrize("row", GOLDEN["kci"], ids=named)
def test_conditional_kci(row: dict[str, Any]) -> None:
    """Which side has the given columns beside it follows from the content here and from the argument there."""
    table = numeric(row)
    found = independence["kci"](table, "x", "y", table.names[2:], Run(), width=row["width"], fit="published")
    assert min(abs(found.p - row["p"]), abs(found.p - row["other"])) < 1e-3


@pytest.mark.parametrize("row", GOLDEN["kci_marginal"], ids=named)
def test_marginal_kci(row: dict[str, Any]) -> None:
    """The statistic is theirs; p has the exact moments over all orders of rows, theirs those of many rows."""
    found = independence["kci"](numeric(row), "x", "y", (), Run(), width=1.0, null="gamma")
    assert found.statistic == pytest.approx(row["statistic"], rel=1e-4)
    assert found.p == pytest.approx(row["p"], abs=2 / row["n"])


@pytest.mark.parametrize("row", GOLDEN["fisher_z"], ids=named)
def test_fisher_z(row: dict[str, Any]) -> None:
    table = numeric(row)
    for given, p in (((), row["marginal"]), (table.names[2:], row["p"])):
        assert independence["fisher-z"](table, "x", "y", given, Run()).p == pytest.approx(p, rel=1e-6, abs=1e-14)


def counted(data: np.ndarray, row: dict[str, Any]) -> None:
    table, given = coded(data), tuple(f"c{j}" for j in row["given"])
    for method, theirs in (("chi-squared", "chisq"), ("g-squared", "gsq")):
        found = independence[method](table, f"c{row['x']}", f"c{row['y']}", given, Run(), law="adjusted")
        assert found.p == pytest.approx(row[theirs], rel=1e-6, abs=1e-300), method


@pytest.mark.parametrize("row", GOLDEN["counts"], ids=named)
def test_counts(row: dict[str, Any]) -> None:
    data = codes(row["n"])
    assert data.sum() == row["sum"], "the random stream has changed, and these golden answers with it"
    counted(data, row)


@pytest.mark.parametrize("row", GOLDEN["shared_counts"], ids=named)
def test_counts_of_shared_samples(row: dict[str, Any]) -> None:
    counted(np.loadtxt(shared(f"bnlearn_samples/{row['data']}.10000.txt"), skiprows=1, dtype=int), row)


def sachs() -> Any:
    data = np.loadtxt(shared("sachs/sachs_obs853.csv"), delimiter=",", skiprows=1)
    return table_of({f"c{j}": "continuous" for j in range(data.shape[1])}, {f"c{j}": data[:, j] for j in range(data.shape[1])})


@pytest.mark.parametrize("row", GOLDEN["shared_numbers"], ids=named)
def test_fisher_z_on_protein_signals(row: dict[str, Any]) -> None:
    found = independence["fisher-z"](sachs(), f"c{row['x']}", f"c{row['y']}", tuple(f"c{j}" for j in row["given"]), Run())
    assert found.p == pytest.approx(row["p"], rel=1e-6, abs=1e-14)


@pytest.mark.parametrize("row", GOLDEN["shared_kci"], ids=named)
def test_conditional_kci_on_protein_signals(row: dict[str, Any]) -> None:
    given = tuple(f"c{j}" for j in row["given"])
    found = independence["kci"](sachs(), f"c{row['x']}", f"c{row['y']}", given, Run(), fit="published")
    assert min(abs(found.p - row["p"]), abs(found.p - row["other"])) < 1e-3
