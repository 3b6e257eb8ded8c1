"""Measure separation and graph distances, and beside them networkx and gadjid on the same graphs in the same run.

Figures are CPU seconds on one thread, medians; the answers are compared too. Ours include laying the graph out.

usage: graphs.py [--repeats N] [--peers PYTHON]     PYTHON: an interpreter with networkx and gadjid
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from aitia.compiled import is_compiled
from aitia.core.graph import Edge, Graph
from aitia.graphs.distances.ancestor_aid import ancestor_aid
from aitia.graphs.distances.oset_aid import oset_aid
from aitia.graphs.distances.parent_aid import parent_aid
from aitia.graphs.separation import prepared, separated, separated_batch

SIZES, DEGREE, QUESTIONS = (50, 200, 1000), 4, 100
# What must hold of the questions on 1000 nodes: this many times networkx's speed.
FASTER = 30
PEERS = """
import json, os, sys, time, statistics
os.environ["RAYON_NUM_THREADS"] = "1"
import gadjid, networkx, numpy as np
data, repeats, found = np.load(sys.argv[1]), int(sys.argv[2]), {}

def timed(name, work):
    seconds = []
    for _ in range(repeats):
        began = time.process_time()
        answer = work()
        seconds.append(time.process_time() - began)
    found[name] = [statistics.median(seconds), answer]

for p in SIZES:
    truth, guess, asked = data[f"truth{p}"], data[f"guess{p}"], data[f"asked{p}"].tolist()
    graph = networkx.from_numpy_array(truth, create_using=networkx.DiGraph)
    timed(f"separation {p}", lambda: [bool(networkx.is_d_separator(graph, {q[0]}, {q[1]}, set(q[2:]))) for q in asked])
    for name in ("parent_aid", "ancestor_aid", "oset_aid"):
        measure = getattr(gadjid, name)
        timed(f"{name} {p}", lambda: measure(truth, guess, edge_direction="from row to column")[1])
json.dump(found, sys.stdout)
"""


def drawn() -> dict[str, np.ndarray]:
    """For each size two random DAGs as matrices, and questions of two nodes and three given ones."""
    made = {}
    for p in SIZES:
        rng = np.random.default_rng([0, p])
        for name in ("truth", "guess"):
            order = rng.permutation(p)
            matrix = np.zeros((p, p), dtype=np.int8)
            matrix[np.ix_(order, order)] = np.triu(rng.random((p, p)) < DEGREE / (p - 1), 1)
            made[f"{name}{p}"] = matrix
        made[f"asked{p}"] = np.array([rng.choice(p, 5, replace=False) for _ in range(QUESTIONS)])
    return made


def graph_of(matrix: np.ndarray) -> Graph:
    """The DAG of a matrix."""
    edges = tuple(Edge(source=f"v{i}", target=f"v{j}") for i, j in zip(*np.nonzero(matrix), strict=True))
    return Graph(nodes=tuple(f"v{i}" for i in range(len(matrix))), edges=edges, graph_class="dag")


def timed(work: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """The median CPU seconds of some repeats, and the last answer; nothing is remembered between them."""
    seconds, answer = [], None
    for _ in range(repeats):
        prepared.cache_clear()
        began = time.process_time()
        answer = work()
        seconds.append(time.process_time() - began)
    return statistics.median(seconds), answer


def ours(data: dict[str, np.ndarray], repeats: int) -> dict[str, tuple[float, Any]]:
    """Seconds and answers of aitia."""
    found = {}
    for p in SIZES:
        truth, guess = graph_of(data[f"truth{p}"]), graph_of(data[f"guess{p}"])
        asked = [(f"v{q[0]}", f"v{q[1]}", [f"v{k}" for k in q[2:]]) for q in data[f"asked{p}"].tolist()]
        found[f"separation {p}"] = timed(lambda a=asked, g=truth: separated_batch(g, a).tolist(), repeats)
        found[f"separation {p}, one by one"] = timed(lambda a=asked, g=truth: [separated(g, *q) for q in a], repeats)
        for measure in (parent_aid, ancestor_aid, oset_aid):
            found[f"{measure.__name__} {p}"] = timed(lambda m=measure, t=truth, g=guess: m(t, g).count, repeats)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--peers", default=os.environ.get("AITIA_PEER_DISCOVERY"))
    arguments = parser.parse_args()
    data = drawn()
    compiled = is_compiled("separation") and is_compiled("adjustment_distance")
    sys.stdout.write(f"compiled kernels: {'yes' if compiled else 'NO'}; one thread; {QUESTIONS} questions of separation\n")
    own, theirs = ours(data, arguments.repeats), {}
    if arguments.peers:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "data.npz"
            np.savez(path, **data)
            code = PEERS.replace("SIZES", str(SIZES))
            done = subprocess.run([arguments.peers, "-c", code, path, str(arguments.repeats)], check=True, capture_output=True, text=True)
        theirs = json.loads(done.stdout)
    missed = []
    for name, (seconds, answer) in own.items():
        line = f"{name:<32} {seconds * 1000:10.3f} ms"
        peer = theirs.get(name.partition(",")[0])
        if peer:
            ratio = peer[0] / seconds
            line += f"   {'networkx' if 'separation' in name else 'gadjid':<8} {peer[0] * 1000:10.3f} ms   {ratio:7.1f} times   "
            line += "same answers" if peer[1] == answer else "OTHER ANSWERS"
            if peer[1] != answer or (name.startswith("separation 1000") and ratio < FASTER):
                missed.append(name)
        sys.stdout.write(line + "\n")
    sys.exit(f"missed: {'; '.join(missed)}" if missed else 0)


if __name__ == "__main__":
    main()
