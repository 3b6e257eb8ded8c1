"""Measure the exact engine on published networks and across worlds, each figure a median, and print it beside its limit and a peer.

usage: discrete.py [--repeats N] [--peer PYTHON]     PYTHON: an interpreter that has pgmpy; networks lie in AITIA_SHARED
"""

from __future__ import annotations

import argparse
import itertools
import os
import pathlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from aitia.core.graph import Edge, Graph
from aitia.graphs.formats.bif import read_network
from aitia.simulation.discrete import (
    as_fractions,
    distribution,
    from_network,
    marginals,
    potential,
    random_structural,
    sample,
)

SHARED = pathlib.Path(os.environ.get("AITIA_SHARED", pathlib.Path(__file__).resolve().parents[2] / "shared")) / "data" / "bif"
LIMIT = 1.0
PEER = """
import statistics, sys, time, logging
logging.disable(logging.CRITICAL)
from pgmpy.inference import VariableElimination
from pgmpy.readwrite import BIFReader
model = BIFReader(sys.argv[1]).get_model()
for table in model.get_cpds(): table.normalize()
inference = VariableElimination(model)
took = []
for _ in range(int(sys.argv[2])):
    began = time.perf_counter()
    for node in model.nodes(): inference.query([node], show_progress=False)
    took.append(time.perf_counter() - began)
print(statistics.median(took))
"""


def median(work: Callable[[], object], repeats: int) -> float:
    """Seconds of one call, the median of some."""
    took = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def peer(python: str, path: pathlib.Path, repeats: int) -> float | None:
    """Seconds that pgmpy takes for all marginals of a network."""
    done = subprocess.run([python, "-c", PEER, str(path), str(repeats)], capture_output=True, text=True, check=False)
    return float(done.stdout.split()[-1]) if done.returncode == 0 else None


def two_worlds(n: int) -> Callable[[], object]:
    """The joint law of the last node of a random chain with shortcuts in two worlds at once."""
    nodes = tuple(f"v{i}" for i in range(n))
    edges = [*itertools.pairwise(nodes), *zip(nodes, nodes[3:], strict=False)]
    graph = Graph(nodes=nodes, edges=tuple(Edge(source=a, target=b) for a, b in edges))
    model = random_structural(graph, np.random.default_rng(0), levels=(2, 2), noises=(3, 3), denominator=None)
    return lambda: distribution(model, [potential(nodes[-1], v0=1), potential(nodes[-1], v0=0)])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--peer")
    options = parser.parse_args()
    rows: list[tuple[str, float, float | None, float | None]] = []
    for name in ("child", "alarm", "insurance") if SHARED.is_dir() else ():
        path = SHARED / f"{name}.bif"
        model = from_network(read_network(path))
        other = peer(options.peer, path, options.repeats) if options.peer else None
        rows.append((f"all marginals of {name}", median(lambda m=model: marginals(m), options.repeats), LIMIT, other))  # type: ignore[misc]
        exact = as_fractions(model)
        rows.append((f"all marginals of {name}, in fractions", median(lambda m=exact: marginals(m), options.repeats), None, None))  # type: ignore[misc]
        draw = median(lambda m=model: sample(m, 100_000, np.random.default_rng(0)), options.repeats)  # type: ignore[misc]
        rows.append((f"100,000 rows of {name}", draw, None, None))
    for n in (10, 20, 40):
        rows.append((f"two worlds of {n} nodes with noises", median(two_worlds(n), options.repeats), None, None))
    for name, seconds, limit, other in rows:
        kept = "" if limit is None else f"limit {limit:g} s   {'kept' if seconds < limit else 'MISSED'}"
        sys.stdout.write(f"{name:<40} {seconds:8.4f} s   {kept}{'' if other is None else f'   pgmpy {other:.4f} s'}\n")


if __name__ == "__main__":
    main()
