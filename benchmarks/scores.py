"""Measure scores and tables of scores, and beside them what other implementations take for the same families in the same run.

Figures are CPU seconds on one thread, so that other work on the machine disturbs them less.

usage: scores.py [--repeats N] [--peers PYTHON]     PYTHON: an interpreter with causal-learn and pgmpy
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
from aitia.core.memory import in_memory
from aitia.core.run import Run
from aitia.core.table import Column, Table
from aitia.measures.local_scores import LocalScores
from aitia.measures.score_table import score_table

PEERS = """
import itertools, json, os, sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np, pandas as pd
from causallearn.score import LocalScoreFunction as theirs
from pgmpy.structure_score import BDeu
import logging; logging.disable(logging.CRITICAL)
data = np.load(sys.argv[1])
X, D, Y = data["numbers"], data["codes"], data["few"]
found = {}

def families(p):
    return [(i, [j for j in range(p) if m >> j & 1]) for i in range(p) for m in range(1 << p) if not m >> i & 1]

cov, n = np.cov(X.T, ddof=0), len(X)
began = time.process_time()
values = [float(np.ravel(theirs.local_score_BIC_from_cov((cov, n), i, P))[0]) for i, P in families(12)]
found["causal-learn BIC table"] = [time.process_time() - began, values[::997]]
began = time.process_time()
for _ in range(2000):
    theirs.local_score_BIC_from_cov((cov, n), 9, [1, 2, 3, 4])
found["causal-learn BIC family"] = [(time.process_time() - began) / 2000, []]
frame = pd.DataFrame(D, columns=[str(j) for j in range(10)])
score = BDeu(frame, equivalent_sample_size=1)
everyone = families(10)
began = time.process_time()
values = [float(score.local_score(str(i), tuple(str(j) for j in P))) for i, P in everyone]
found["pgmpy BDeu table"] = [time.process_time() - began, values[::97]]
some = everyone[::128]
levels = {i: int(D[:, i].max()) + 1 for i in range(10)}
parameters = {"sample_prior": 1, "structure_prior": 1, "r_i_map": levels}
began = time.process_time()
for i, P in some:
    theirs.local_score_BDeu(D, i, P, parameters)
found["causal-learn BDeu table (1 family in 128, times 128)"] = [(time.process_time() - began) * len(everyone) / len(some), []]
began = time.process_time()
theirs.local_score_cv_general(Y, 2, [0, 1], {"kfold": 10, "lambda": 0.01})
found["causal-learn kernel, cross-validated"] = [time.process_time() - began, []]
began = time.process_time()
theirs.local_score_marginal_general(Y, 2, [0, 1], {})
found["causal-learn kernel, marginal"] = [time.process_time() - began, []]
json.dump(found, sys.stdout)
"""


def table_of(rows: np.ndarray, kind: Any) -> Table:
    """A table of columns x0, x1, … of one kind."""
    levels = [() if kind == "continuous" else tuple(range(int(column.max()) + 1)) for column in rows.T]
    columns = [Column(name=f"x{j}", kind=kind, levels=own) for j, own in enumerate(levels)]
    return Table(columns=tuple(columns), source=in_memory(columns, {f"x{j}": column for j, column in enumerate(rows.T)}))


def drawn() -> dict[str, np.ndarray]:
    """Numbers of a linear model (1000, 20), codes of a network of 2 to 4 levels (5000, 15), and numbers (500, 3)."""
    rng = np.random.default_rng(0)
    weights = np.triu(rng.normal(size=(20, 20)) * (rng.random((20, 20)) < 0.3), 1)
    numbers = rng.normal(size=(1000, 20)) @ np.linalg.inv(np.eye(20) - weights)
    codes = np.zeros((5000, 15), dtype=np.int64)
    for j in range(15):
        base = codes[:, rng.integers(0, j)] + codes[:, rng.integers(0, j)] if j else 0
        codes[:, j] = (base + rng.choice(2 + j % 3, 5000, p=np.r_[0.7, np.full(1 + j % 3, 0.3 / (1 + j % 3))])) % (2 + j % 3)
    few = rng.normal(size=(500, 3))
    few[:, 2] += np.sin(2 * few[:, 0]) + few[:, 1] ** 2
    return {"numbers": numbers, "codes": codes, "few": few}


def timed(work: Callable[[], Any], repeats: int) -> float:
    """The median CPU seconds of some repeats."""
    seconds = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        seconds.append(time.process_time() - began)
    return statistics.median(seconds)


def names(count: int) -> list[str]:
    """The first columns of a table made here."""
    return [f"x{j}" for j in range(count)]


def ours(data: dict[str, np.ndarray], repeats: int) -> dict[str, float]:
    """Seconds of what aitia does."""
    numbers, codes, few = (
        table_of(data["numbers"], "continuous"),
        table_of(data["codes"], "categorical"),
        table_of(data["few"], "continuous"),
    )
    local = LocalScores(numbers, "gaussian-bic", Run())
    pair, score = local.families.covariance.pair, local.families.score  # type: ignore[attr-defined]
    others, run = list(range(10, 20)), Run()

    def per(count: int, work: Callable[[], Any]) -> float:
        return timed(lambda: [work() for _ in range(count)], repeats) / count

    return {
        "gaussian family of 4 parents, kernel": per(10_000, lambda: pair(9, (1, 2, 3, 4))),
        "gaussian family of 4 parents, score": per(10_000, lambda: score(9, (1, 2, 3, 4))),
        "gaussian family of 4 parents, score at hand": per(10_000, lambda: local.score(9, (1, 2, 3, 4))),
        "gaussian change by one parent, of 10": per(2_000, lambda: local.families.toggled(9, (1, 2, 3, 4), others, run)) / 10,
        "gaussian-bic table, 12 nodes": timed(lambda: score_table(numbers, "gaussian-bic", names(12), Run()), repeats),
        "bge table, 15 nodes": timed(lambda: score_table(numbers, "bge", names(15), Run()), repeats),
        "bge table, 20 nodes": timed(lambda: score_table(numbers, "bge", names(20), Run()), 1),
        "bge table, 20 nodes, at most 4 parents": timed(lambda: score_table(numbers, "bge", names(20), Run(), max_parents=4), repeats),
        "bdeu table, 10 nodes, 5,000 rows": timed(lambda: score_table(codes, "bdeu", names(10), Run()), repeats),
        "bdeu table, 15 nodes, 5,000 rows": timed(lambda: score_table(codes, "bdeu", names(15), Run()), 1),
        "kernel family of 2 parents, 500 rows": timed(lambda: LocalScores(few, "kernel", Run()).score(2, (0, 1)), repeats),
    }


def agreed(data: dict[str, np.ndarray], found: dict[str, Any]) -> dict[str, float]:
    """The largest relative differences from the peers' values, after causal-learn's constants."""
    numbers, codes = table_of(data["numbers"], "continuous"), table_of(data["codes"], "categorical")
    tables = {
        "causal-learn BIC table": score_table(numbers, "gaussian-bic", names(12), Run()).values,
        "pgmpy BDeu table": score_table(codes, "bdeu", names(10), Run()).values,
    }
    constant = {"causal-learn BIC table": 500 * np.log(2 * np.pi) + 0.5 * np.log(1000), "pgmpy BDeu table": 0.0}
    steps = {"causal-learn BIC table": 997, "pgmpy BDeu table": 97}
    result = {}
    for name, values in tables.items():
        own = np.concatenate([row[[m for m in range(values.shape[1]) if not m >> i & 1]] for i, row in enumerate(values)])
        own, other = own[:: steps[name]] + constant[name], np.array(found[name][1])
        result[name] = float(np.abs(own / other - 1).max())
    return result


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--peers")
    arguments = parser.parse_args()
    data = drawn()
    sys.stdout.write(f"compiled kernels: {'yes' if is_compiled('determinants') and is_compiled('cells') else 'NO'}; one thread\n")
    for name, seconds in ours(data, arguments.repeats).items():
        sys.stdout.write(f"{name:<56} {seconds:12.3g} s\n")
    if arguments.peers is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "data.npz"
        np.savez(path, numbers=data["numbers"][:, :12], codes=data["codes"][:, :10], few=data["few"])
        done = subprocess.run([arguments.peers, "-c", PEERS, str(path)], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout[done.stdout.index("{") :])
    for name, (seconds, _) in found.items():
        sys.stdout.write(f"{name:<56} {seconds:12.3g} s\n")
    for name, difference in agreed(data, found).items():
        sys.stdout.write(f"{name:<56} {difference:12.3g} largest relative difference\n")


if __name__ == "__main__":
    main()
