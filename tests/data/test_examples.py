"""The packaged examples are what their packages carry, and give the published numbers."""

from __future__ import annotations

import gzip
import pathlib

import numpy as np
import pytest

from aitia.core.errors import UnknownName
from aitia.data import examples
from aitia.data.example import FOLDER
from aitia.data.read import read
from tests.shared import shared


def difference(name: str) -> tuple[int, float]:
    example = examples.get(name)
    rows = read(f"example:{name}").rows([example.treatment, example.outcome])
    treated, outcome = rows.values()
    known = ~np.isnan(outcome)
    return int(known.sum()), float(outcome[known & (treated == 1)].mean() - outcome[known & (treated == 0)].mean())


@pytest.mark.parametrize(("name", "n", "value"), [("lalonde", 445, 1.794), ("lalonde-psid", 2675, -15.205), ("nhefs", 1566, 2.541)])
def test_plain_differences_are_the_published_ones(name: str, n: int, value: float) -> None:
    found = difference(name)
    assert found[0] == n
    assert found[1] == pytest.approx(value, abs=5e-4)


def test_the_terms_of_nhefs_give_the_published_effect() -> None:
    """3.463 by least squares on the published terms, computed with plain NumPy."""
    table = read("example:nhefs")
    rows = table.rows(["sex", "race", "age", "education", "smokeintensity", "smokeyrs", "exercise", "active", "wt71", "qsmk", "wt82_71"])
    known = ~np.isnan(rows["wt82_71"])
    rows = {name: values[known] for name, values in rows.items()}
    columns = [np.ones(known.sum()), rows["qsmk"], rows["sex"], rows["race"]]
    for name in ("age", "smokeintensity", "smokeyrs", "wt71"):
        columns += [rows[name], rows[name] ** 2]
    for name in ("education", "exercise", "active"):
        columns += [rows[name] == level for level in np.unique(rows[name])[1:]]
    effect = np.linalg.lstsq(np.column_stack(columns).astype(float), rows["wt82_71"], rcond=None)[0][1]
    assert effect == pytest.approx(3.463, abs=5e-4)


def test_every_example_is_found_described_and_readable() -> None:
    assert examples.names() == ("lalonde", "lalonde-psid", "nhefs")
    sources = (FOLDER / "SOURCES.md").read_text(encoding="utf8")
    for name in examples.names():
        example = examples.get(name)
        table = read(f"example:{name}")
        assert example.name == name
        assert {example.treatment, example.outcome} <= set(table.names)
        assert table.recipe == f"example:{name}"
        assert all(word in sources for word in (example.file, f"`{name}`", example.package, example.package_version, example.licence))
        assert (FOLDER / f"LICENSE-{example.package}.txt").is_file()
        assert example.path.stat().st_size < 100_000
        assert gzip.decompress(example.path.read_bytes())


def test_the_graph_of_nhefs_claims_no_independence() -> None:
    graph = examples.get("nhefs").graph
    assert graph is not None
    edges = graph.split("; ")
    assert sum("<->" in edge for edge in edges) == 36
    assert sum("<->" not in edge for edge in edges) == 19


def test_unknown_examples_are_refused_with_near_names() -> None:
    with pytest.raises(UnknownName) as caught:
        read("example:lalond")
    assert "lalonde" in caught.value.next


@pytest.mark.parametrize(("name", "path"), [("lalonde", "lalonde/jtrain2.csv"), ("lalonde-psid", "lalonde/jtrain3.csv")])
def test_packaged_rows_equal_the_shared_copies(name: str, path: str) -> None:
    """The copies were made from the same packages by another route."""
    mine: pathlib.Path = examples.get(name).path
    assert read(mine).fingerprint() == read(shared(path)).fingerprint()
