"""Measure answers that people wait for while they think, and how soon work stops, each beside its limit.

Medians of the processor's seconds on one thread; what stops or waits for another machine is measured by the clock.

usage: answers.py [--repeats N]
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import pathlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from tests.estimation.test_regression import design
from tests.graphs.random_graphs import random_graph
from tests.measures.tables import draw, table_of

import aitia
from aitia.core.errors import Stopped, Unreadable
from aitia.core.graph import Edge, Graph
from aitia.core.run import Run, one_thread
from aitia.core.shelf import estimation, independence
from aitia.core.table import Table
from aitia.data.read import read
from aitia.graphs.adjustment import adjusting, all_sets, minimal_sets, preferred_set
from aitia.graphs.formats.text import parse
from aitia.graphs.layout import layout
from aitia.measures.score_table import score_table

ROOT = pathlib.Path(__file__).resolve().parent.parent
Work = Callable[[], Any]
REPORT = (
    "import time; from tests.reporting.studies import fragile; from aitia.reporting.report import render\n"
    "pair = fragile(); began = time.process_time(); render(*pair, 'html'); print(time.process_time() - began)"
)


def confounders() -> Work:
    """All that is asked of a graph of 25 confounders that share causes."""
    names = [f"c{i}" for i in range(25)]
    arrows = [f"{n}->t; {n}->y" for n in names] + [f"{a}<->{b}" for a, b in itertools.combinations(names, 2)]
    graph = parse("; ".join([*arrows, "t->y"]))
    return lambda: (minimal_sets(graph, "t", "y"), preferred_set(adjusting(graph, "t", "y"), frozenset()), all_sets(graph, "t", "y"))


def chains(count: int) -> str:
    """Chains c -> d from t to y: two to the power of their number minimal sets."""
    return "; ".join([*(f"c{i}->t; c{i}->d{i}; d{i}->y" for i in range(count)), "t->y"])


def million() -> Work:
    """The first 100 of a million minimal sets, and the preferred one."""
    graph = parse(chains(20))
    return lambda: (minimal_sets(graph, "t", "y", limit=100), preferred_set(adjusting(graph, "t", "y"), frozenset()))


def large() -> Work:
    """Sets for a pair in a graph of 200 nodes, five pairs in turn."""
    graph = random_graph(np.random.default_rng(2), 200, 0.04, 0.002, 0.1)
    order = [n for n in graph.nodes if n not in graph.latent]
    pairs = itertools.cycle(zip(order[:10:2], order[1:10:2], strict=True))

    def work() -> None:
        x, y = next(pairs)
        minimal_sets(graph, x, y, limit=20)
        preferred_set(adjusting(graph, x, y), frozenset())

    return work


def densest() -> Work:
    """Lay out the densest graph of 15 nodes."""
    names = [f"variable number {i}" for i in range(15)]
    edges = [Edge(source=a, target=b, **ends) for ends in ({}, {"at_source": "arrow"}) for a, b in itertools.combinations(names, 2)]
    graph = Graph(nodes=tuple(names), edges=tuple(edges))
    return lambda: layout(graph)


def mixed_pairs() -> Work:
    """190 tests on 20 mixed columns of 10,000 rows, in one batch, each given the parents of the second column."""
    rng = np.random.default_rng(0)
    kinds, values, parents = {}, {}, {}
    for i in range(20):
        name = f"c{i}"
        parents[name] = tuple(f"c{j}" for j in rng.choice(i, size=min(i, 3), replace=False)) if i else ()
        score = sum((0.4 * (values[p] - values[p].mean()) / values[p].std() for p in parents[name]), np.zeros(10_000))
        kinds[name] = ["continuous", "continuous", "binary", "categorical", "count"][i % 5]
        values[name] = draw(kinds[name], score, rng)
    triples = [(f"c{i}", f"c{j}", tuple(p for p in parents[f"c{j}"] if p != f"c{i}")) for j in range(20) for i in range(j)]
    table = table_of(kinds, values)
    return lambda: independence["regression-score"].kernels["batch"](table, triples, Run())


def refits(method: str, count: int) -> Work:
    """Refits of an estimator on permuted treatments of 10,000 rows and 25 covariates, all in one run."""
    found, run, rng = design(n=10_000, p=25, seed=3), Run(), np.random.default_rng(0)
    permuted = [found.with_treatment(rng.permutation(found.treatment)) for _ in range(count)]
    return lambda: [run.use(estimation[method], each) for each in permuted]


def stopped_table() -> Work:
    """A table of scores over 18 columns with a deadline of .3 s."""
    rng = np.random.default_rng(0)
    values = {f"x{i}": rng.integers(0, 3, 20_000).astype(float) for i in range(18)}
    table: Table = table_of(dict.fromkeys(values, "categorical"), values)

    def work() -> None:
        with contextlib.suppress(Stopped):
            score_table(table, "bdeu", table.names, Run(deadline=0.3))
            raise AssertionError("the deadline did not stop it")

    return work


def unreachable(place: str) -> Work:
    """A table on a server that is not there."""

    def work() -> None:
        with contextlib.suppress(Unreadable):
            read(place)
            raise AssertionError("there is no such server")

    return work


def seconds(work: Work, clock: Callable[[], float], repeats: int) -> float:
    """The median of some repeats; the first warms up."""
    found = []
    with one_thread():
        for _ in range(repeats + 1):
            began = clock()
            work()
            found.append(clock() - began)
    return statistics.median(found[1:])


def report() -> float:
    """The processor's seconds of a report in a fresh process, loading of its parts included."""
    done = subprocess.run([sys.executable, "-c", REPORT], capture_output=True, text=True, check=True, cwd=ROOT)
    return float(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    many = chains(12)
    names = "; ".join([*(f"c{i}->t; c{i}->y" for i in range(25)), "t->y"])
    thinking: list[tuple[str, Work, float]] = [
        ("sets of 25 confounders that share causes", confounders(), 1.0),
        ("the first 100 of a million minimal sets", million(), 2.0),
        ("sets of a pair among 200 nodes", large(), 2.0),
        ("identify with 4,096 minimal sets", lambda: aitia.identify(many, "t", "y"), 2.0),
        ("identify with 25 confounders", lambda: aitia.identify(names, "t", "y"), 1.0),
        ("lay out the densest graph of 15", densest(), 2.0),
        ("190 tests of mixed columns", mixed_pairs(), 1.5),
        ("200 refits of a linear estimate", refits("regression", 200), 1.0),
        ("10 refits of cross-fitted AIPW", refits("aipw", 10), 0.6),
    ]
    waiting: list[tuple[str, Work, float]] = [
        ("stop a table of scores after .3 s", stopped_table(), 5.0),
        ("say that no server answers", unreachable("postgresql://me@127.0.0.1:1/x#t"), 10.0),
        ("say that there is no such host", unreachable("postgresql://nobody@no-such-host.invalid/x#t"), 10.0),
    ]
    rows = [(name, seconds(work, time.process_time, repeats), limit) for name, work, limit in thinking]
    rows += [(name, seconds(work, time.perf_counter, 1), limit) for name, work, limit in waiting]
    rows.append(("write a report, from a fresh start", statistics.median(report() for _ in range(repeats)), 1.0))
    for name, found, limit in rows:
        sys.stdout.write(f"{name:<44} {found:7.3f} s   limit {limit:g} s   {'kept' if found < limit else 'MISSED'}\n")
    missed = [name for name, found, limit in rows if found >= limit]
    sys.exit(f"missed: {', '.join(missed)}" if missed else 0)


if __name__ == "__main__":
    main()
