"""Scores are those of other implementations, and a table of them gives a published posterior; figures stand in expected.toml."""

from __future__ import annotations

import csv
import itertools
import math
import pathlib
import tomllib
from typing import Any

import numpy as np
import pytest

from aitia.core.run import Run
from aitia.core.shelf import scores
from aitia.core.table import Table
from aitia.measures.score_table import score_table
from tests.measures.scores.worlds import dags
from tests.measures.tables import table_of
from tests.shared import shared

HERE = pathlib.Path(__file__).parent
EXPECTED = tomllib.loads((HERE.parent / "expected.toml").read_text(encoding="utf8"))


def asia() -> Table:
    lines = shared("bnlearn_samples/asia.10000.txt").read_text(encoding="utf8").split("\n")
    rows = np.array([line.split() for line in lines[1:] if line], dtype=float) - 1
    return table_of(dict.fromkeys(lines[0].split(), "categorical"), dict(zip(lines[0].split(), rows.T, strict=True)))


def alarm() -> Table:
    head, *lines = (HERE / "alarm_sample.txt").read_text(encoding="utf8").splitlines()
    rows = np.array([[float(code) for code in line] for line in lines])
    return table_of(dict.fromkeys(head.split(), "categorical"), dict(zip(head.split(), rows.T, strict=True)))


def linear() -> Table:
    rng = np.random.default_rng(20261124)
    a = rng.normal(size=400)
    b = 0.5 * a + rng.normal(size=400)
    c = a - b + 2 * rng.normal(size=400)
    d = rng.normal(size=400) + 3
    return table_of(dict.fromkeys("abcd", "continuous"), {"a": a, "b": b, "c": c, "d": d})


DATA = {"asia": asia, "alarm": alarm, "linear": linear}


@pytest.mark.parametrize(
    "row", EXPECTED["score"], ids=lambda r: f"{r['method']} {r['data']} {r['node']} {len(r['parents'])} {r['options']}"
)
def test_scores_of_other_implementations(row: dict[str, Any]) -> None:
    table = DATA[row["data"]]()
    found = scores[row["method"]](table, row["node"], tuple(row["parents"]), Run(), **row["options"])
    if row["data"] == "linear":  # causal-learn leaves out the constant of the normal law and the price of the mean
        found += 0.5 * table.n * math.log(2 * math.pi) + 0.5 * math.log(table.n)
    assert found == pytest.approx(row["value"], rel=1e-8)


def galaxies(sample: str) -> Table:
    with shared(f"galaxies/causal_BH_{sample}.csv").open(encoding="utf8") as file:
        head, *lines = csv.reader(file)
    rows = np.array(lines, dtype=float)
    return table_of(dict.fromkeys(head, "continuous"), dict(zip(head, rows.T, strict=True)))


def edge_posterior(values: np.ndarray) -> np.ndarray:
    """The probability of each edge under a uniform prior over all DAGs, by summing over sets of sinks (inclusion and exclusion)."""
    count = len(values)
    weights = np.exp(values - values.max(axis=1, keepdims=True))
    total = sum_over_dags(weights)
    found = np.zeros((count, count))
    for i, j in itertools.permutations(range(count), 2):
        without = weights.copy()
        without[j, [mask for mask in range(1 << count) if mask >> i & 1]] = 0.0
        found[i, j] = 1 - sum_over_dags(without) / total
    return found


def sum_over_dags(weights: np.ndarray) -> float:
    """The sum over all DAGs of the product of the weights of their families."""
    count = len(weights)
    within = weights.copy()  # the sum over the parent sets inside a mask
    for bit in range(count):
        for mask in range(1 << count):
            if mask >> bit & 1:
                within[:, mask] += within[:, mask ^ (1 << bit)]
    graphs = [1.0] + [0.0] * ((1 << count) - 1)
    for mask in range(1, 1 << count):
        sinks = mask
        while sinks:
            rest = mask ^ sinks
            product = math.prod(within[j, rest] for j in range(count) if sinks >> j & 1)
            graphs[mask] += (1 if sinks.bit_count() % 2 else -1) * graphs[rest] * product
            sinks = (sinks - 1) & mask
    return graphs[-1]


@pytest.mark.parametrize("sample", ["ell", "spr", "len"])
def test_the_published_posterior_of_galaxies(sample: str) -> None:
    table = galaxies(sample)
    found = edge_posterior(score_table(table, "bge", table.names, Run()).values)
    expected = EXPECTED["galaxies"][sample]
    assert (found + found.T <= 1 + 1e-9).all()
    if "edges" in expected:
        assert np.abs(found - np.array(expected["edges"])).max() < 6e-4
    else:
        assert np.abs(found[0] - expected["row"]).max() < 6e-4
        assert np.abs(found[:, 0] - expected["column"]).max() < 6e-4


def test_the_posterior_of_these_tests_is_a_sum_over_all_graphs() -> None:
    """The sums over sinks that the test above rests on equal a sum over the 543 DAGs of four nodes, listed one by one."""
    table = linear()
    values = score_table(table, "bge", table.names, Run()).values
    worth = {masks: math.exp(sum(values[i, mask] - values[i].max() for i, mask in enumerate(masks))) for masks in dags(4)}
    total = sum(worth.values())
    direct = [[sum(w for masks, w in worth.items() if masks[j] >> i & 1) / total for j in range(4)] for i in range(4)]
    assert len(worth) == 543
    assert edge_posterior(values) == pytest.approx(np.array(direct), abs=1e-12)
