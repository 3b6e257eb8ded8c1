"""Draw the pairs of graphs whose distances gadjid was asked for, and record its answers: `python -m tests.golden.distance_graphs PEER`.

PEER is the Python of an environment with gadjid 0.1.0. The graphs are drawn again from their seeds; only the answers are kept.
"""

from __future__ import annotations

import itertools
import json
import pathlib
import subprocess
import sys
from typing import Any

import numpy as np

from aitia.core.graph import Edge, Graph
from aitia.graphs.conversions import to_cpdag

ANSWERS = pathlib.Path(__file__).parent / "gadjid.json"
KINDS = ("dag-dag", "dag-cpdag", "cpdag-dag", "cpdag-cpdag")
COUNT = 240
PEER = """
import json, sys
import numpy as np, gadjid
way = dict(edge_direction="from row to column")
answers = []
for truth, guess in json.load(sys.stdin):
    pair = np.array(truth, np.int8), np.array(guess, np.int8)
    found = [measure(*pair, **way) for measure in (gadjid.parent_aid, gadjid.ancestor_aid, gadjid.oset_aid)]
    found.append(gadjid.shd(*pair))
    answers.append([[share, count] for share, count in found])
json.dump(answers, sys.stdout)
"""


def random_dag(rng: np.random.Generator, n: int, degree: float) -> Graph:
    """A DAG on v0 … in a random order, with this many neighbours for each node on average."""
    order = rng.permutation(n)
    drawn = rng.random((n, n)) < degree / max(1, n - 1)
    edges = (Edge(source=f"v{order[i]}", target=f"v{order[j]}") for i, j in itertools.combinations(range(n), 2) if drawn[i, j])
    return Graph(nodes=tuple(f"v{i}" for i in range(n)), edges=tuple(edges), graph_class="dag")


def pair(number: int) -> tuple[Graph, Graph]:
    """The pair of one number: 2 to 30 nodes, sparse to dense, the kinds in turn."""
    rng = np.random.default_rng([20261124, number])
    n = int(rng.integers(2, 31))
    drawn = [random_dag(rng, n, float(rng.uniform(0.5, 6))) for _ in range(2)]
    kinds = KINDS[number % len(KINDS)].split("-")
    truth, guess = (to_cpdag(graph) if kind == "cpdag" else graph for graph, kind in zip(drawn, kinds, strict=True))
    return truth, guess


def coded(graph: Graph) -> list[list[int]]:
    """The matrix that gadjid reads: 1 for an arrow from row to column, 2 for an undirected edge."""
    cells = np.zeros((len(graph.nodes), len(graph.nodes)), dtype=int)
    for edge in graph.edges:
        cells[int(edge.source[1:]), int(edge.target[1:])] = 1 if edge.directed else 2
    return cells.tolist()


def record(peer: str) -> None:
    """Ask gadjid and write its answers."""
    asked = json.dumps([[coded(graph) for graph in pair(number)] for number in range(COUNT)])
    done = subprocess.run([peer, "-c", PEER], input=asked, capture_output=True, text=True, check=True)
    answers: list[Any] = json.loads(done.stdout)
    head = {"source": "gadjid 0.1.0 from PyPI", "date": "2026-11-24", "columns": ["parent_aid", "ancestor_aid", "oset_aid", "shd"]}
    rows = ",\n".join(json.dumps(answer) for answer in answers)
    ANSWERS.write_text(json.dumps(head)[:-1] + ', "answers": [\n' + rows + "\n]}\n", encoding="utf8")


if __name__ == "__main__":
    record(sys.argv[1])
