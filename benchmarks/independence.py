"""Measure independence tests, one thread, CPU seconds a test, beside causal-learn on the same data when its environment is at hand.

usage: independence.py [--repeats N]     AITIA_PEER_DISCOVERY names the Python of an environment with causal-learn 0.1.4.8
"""

from __future__ import annotations

import argparse
import functools
import itertools
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import numpy as np

from aitia.core.memory import in_memory
from aitia.core.run import Run, one_thread
from aitia.core.shelf import independence
from aitia.core.table import Column, Table

PEER = """
import json, sys, time
import numpy as np
from causallearn.utils.cit import CIT
job = np.load(sys.argv[1])
found = {}
for name in job.files:
    if name.startswith("codes"):
        data = job[name]
        triples = [t[t >= 0] for t in job[name.replace("codes", "triples")]]
        for method in ("chisq", "gsq"):
            test = CIT(data, method)
            began = time.process_time()
            ps = [float(test(t[0], t[1], list(t[2:]))) for t in triples]
            found[f"{method} {name}"] = [(time.process_time() - began) / len(triples), ps]
    if name.startswith("numbers"):
        data = job[name]
        seconds = []
        for _ in range(int(sys.argv[2])):
            test = CIT(data, "kci", est_width="median")
            began = time.process_time()
            p = float(test(0, 1, list(range(2, data.shape[1]))))
            seconds.append(time.process_time() - began)
        turned = float(CIT(data[:, [1, 0, *range(2, data.shape[1])]], "kci", est_width="median")(0, 1, list(range(2, data.shape[1]))))
        found[f"kci {name}"] = [sorted(seconds)[len(seconds) // 2], [p, turned]]
print(json.dumps(found))
"""


def discrete(n: int, p: int = 37, arcs: int = 46) -> np.ndarray:
    """Codes (n, p) of a random network as large as ALARM: two to four levels, at most three parents."""
    rng = np.random.default_rng([0, p, arcs, n])
    order, arrows = rng.permutation(p), np.zeros((p, p), dtype=bool)
    while arrows.sum() < arcs:
        a, b = sorted(rng.choice(p, 2, replace=False))
        if arrows[:, order[b]].sum() < 3:
            arrows[order[a], order[b]] = True
    levels, codes = rng.choice((2, 3, 4), p), np.zeros((n, p), dtype=np.int64)
    for j in order:
        parents = np.flatnonzero(arrows[:, j])
        cell = np.zeros(n, dtype=np.int64)
        for parent in parents:
            cell = cell * levels[parent] + codes[:, parent]
        law = rng.dirichlet(np.full(levels[j], 0.5), int(np.prod(levels[parents]))).cumsum(axis=1)
        codes[:, j] = np.minimum((rng.random(n)[:, None] > law[cell]).sum(axis=1), levels[j] - 1)
    return codes


def coded(codes: np.ndarray) -> Table:
    """A table of codes (n, p)."""
    columns = [Column(name=f"c{j}", kind="categorical", levels=tuple(range(int(codes[:, j].max()) + 1))) for j in range(codes.shape[1])]
    return Table(columns=tuple(columns), source=in_memory(columns, {f"c{j}": codes[:, j].astype(float) for j in range(codes.shape[1])}))


def numeric(values: np.ndarray) -> Table:
    """A table of numbers (n, p)."""
    columns = [Column(name=f"c{j}", kind="continuous") for j in range(values.shape[1])]
    return Table(columns=tuple(columns), source=in_memory(columns, {f"c{j}": values[:, j] for j in range(values.shape[1])}))


def search(codes: np.ndarray) -> list[tuple[int, ...]]:
    """The triples that a stable PC search asks of these codes: every pair, then given one, two, three neighbours."""
    table, run, asked = coded(codes), Run(), []
    p = codes.shape[1]
    joined = {(i, j) for i in range(p) for j in range(i)}
    prepared = independence["g-squared"].kernels["prepare"](table, table.names, run)
    for depth in range(4):
        beside = {i: sorted({b if a == i else a for a, b in joined if i in (a, b)}) for i in range(p)}
        triples = [
            (i, j, *given)
            for i, j in sorted(joined)
            for side, other in ((i, j), (j, i))
            for given in itertools.combinations([k for k in beside[side] if k != other], depth)
        ]
        triples = list(dict.fromkeys(triples))
        ps = prepared.p_values(places(triples)) if triples else []
        asked += triples
        joined -= {(t[0], t[1]) for t, q in zip(triples, ps, strict=True) if q > 0.05}
    return asked


def places(triples: list[tuple[int, ...]]) -> tuple[np.ndarray, ...]:
    """The triples as the arrays that `p_values` takes."""
    xs, ys = (np.array([t[k] for t in triples], dtype=np.int64) for k in (0, 1))
    given = np.array([k for t in triples for k in t[2:]], dtype=np.int64)
    return xs, ys, given, np.append(0, np.cumsum([len(t) - 2 for t in triples])).astype(np.int64)


def seconds(function: Callable[[], object], repeats: int) -> float:
    """Median CPU seconds of a call, after one that warms up."""
    function()
    found = []
    for _ in range(repeats):
        began = time.process_time()
        function()
        found.append(time.process_time() - began)
    return statistics.median(found)


def peer(job: dict[str, np.ndarray], repeats: int) -> dict[str, list]:
    """Seconds a test and p-values of causal-learn, or nothing where it is not at hand."""
    python = os.environ.get("AITIA_PEER_DISCOVERY")
    if not python:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "job.npz"
        np.savez(path, **job)
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        done = subprocess.run([python, "-c", PEER, path, str(repeats)], env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def show(name: str, ours: float, theirs: list | None, gap: float | None, wanted: float | None) -> bool:
    """Print one line; whether the wanted ratio is reached or could not be measured."""
    beside = f"causal-learn {theirs[0] * 1e6:12.1f} us   {theirs[0] / ours:6.0f}x" if theirs else ""
    apart = "" if gap is None else f"   p differ by {gap:.1e} at most"
    sys.stdout.write(f"{name:<58} {ours * 1e6:10.2f} us   {beside}{apart}\n")
    return wanted is None or theirs is None or theirs[0] / ours >= wanted


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    job: dict[str, np.ndarray] = {}
    asked: dict[str, list[tuple[int, ...]]] = {}
    for n in (5_000, 10_000):
        codes = discrete(n)
        asked[f"{n} search"] = search(codes)
        rng = np.random.default_rng(1)
        asked |= {f"{n} given {d}": [tuple(rng.choice(37, 2 + d, replace=False).tolist()) for _ in range(300)] for d in range(4)}
        for name, triples in asked.items():
            if name.startswith(f"{n} "):
                job[f"codes {name}"] = codes
                job[f"triples {name}"] = np.array([[*t, *[-1] * (6 - len(t))] for t in triples])
    for n, depth in ((500, 1), (1_000, 1), (2_000, 1), (2_000, 0)):
        rng = np.random.default_rng(0)
        z = rng.normal(size=n)
        job[f"numbers {n} given {depth}"] = np.column_stack([z + rng.normal(size=n), z + rng.normal(size=n), *([z] if depth else [])])
    theirs, totals, count = peer(job, min(repeats, 3)), np.zeros(2), 0
    for name, triples in asked.items():
        table, run = coded(job[f"codes {name}"]), Run()
        named = [(f"c{t[0]}", f"c{t[1]}", tuple(f"c{k}" for k in t[2:])) for t in triples]
        for method, other in (("chi-squared", "chisq"), ("g-squared", "gsq")):
            prepared = independence[method].kernels["prepare"](table, table.names, run, law="adjusted")
            listed, found = places(triples), theirs.get(f"{other} codes {name}")
            prepared.p_values(listed)  # packs the columns
            once = seconds(lambda p=prepared, w=listed: p.p_values(w), repeats) / len(triples)
            nouns = seconds(lambda p=prepared, w=named: p.tests(w), repeats) / len(triples)
            gap = None if found is None else float(np.abs(prepared.p_values(listed) - np.array(found[1])).max())
            show(f"{method}, n = {name}, {len(triples)} tests", once, found, gap, None)
            show("    the same as Test nouns", nouns, found, None, None)
            if "search" in name:
                totals += [once * len(triples), found[0] * len(triples) if found else 0.0]
                count += len(triples)
    beside = [totals[1] / count, []] if totals[1] else None
    kept = show("all tests of the four searches", totals[0] / count, beside, None, 100)
    method = independence["kci"]
    with one_thread():
        for name in (key for key in job if key.startswith("numbers")):
            table, found, run = numeric(job[name]), theirs.get(f"kci {name}"), Run()
            for fit in ("published", "chosen") if table.names[2:] else ("published",):
                ask = functools.partial(method, table, "c0", "c1", table.names[2:], run, fit=fit)
                gap = min(abs(ask().p - p) for p in found[1]) if found and fit == "published" else None
                wanted = 130 if "2000 given 1" in name and fit == "published" else None
                kept &= show(f"kci, n = {name.removeprefix('numbers ')}, fit {fit}", seconds(ask, repeats), found, gap, wanted)
    sys.exit(0 if kept else "missed: a ratio that was promised")


if __name__ == "__main__":
    main()
