"""Measure what users wait for, each figure a median of five, and print it beside its limit.

usage: run.py [--repeats N]
"""

from __future__ import annotations

import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from aitia.core.query import Query
from aitia.core.request import Plan, Reading
from aitia.core.run import Run
from aitia.core.shelf import estimation
from aitia.data.read import read
from aitia.nuisance.design import build
from tables import mixed

COMMAND = [sys.executable, "-m", "aitia"]


def whole(arguments: list[str]) -> float:
    """Seconds of one fresh process."""
    began = time.perf_counter()
    subprocess.run([*COMMAND, *arguments], check=True, capture_output=True)
    return time.perf_counter() - began


def importing() -> float:
    """Seconds of a fresh process that imports the package and lists every method."""
    began = time.perf_counter()
    code = "import aitia; from aitia.core.shelf import SHELVES; [method for shelf in SHELVES.values() for method in shelf]"
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - began


def until_effect(arguments: list[str]) -> tuple[float, float]:
    """Seconds until the effect line on stderr, and until the process ends."""
    began = time.perf_counter()
    seen = float("nan")
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr or ():
            if line.startswith("effect of") and seen != seen:
                seen = time.perf_counter() - began
    assert process.returncode == 0
    return seen, time.perf_counter() - began


def refits(path: pathlib.Path, graph: str, method: str, count: int) -> float:
    """Seconds for `count` refits of one estimator on permuted treatments."""
    table = read(str(path))
    names = tuple(dict.fromkeys(part.split("->")[0].strip() for part in graph.split(";") if not part.strip().startswith("t->")))
    design = build(table, Query(treatment="t", outcome="y"), names, plan=Plan(), reading=Reading()).design
    run, rng = Run(), np.random.default_rng(0)
    began = time.perf_counter()
    for _ in range(count):
        run.use(estimation[method], design.with_treatment(rng.permutation(design.treatment)))
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "mixed.csv"
        graph = mixed(path)
        common = ["analyze", str(path), "--treatment", "t", "--outcome", "y", "--graph", graph]
        whole([*common, "--out", f"{folder}/warm"])
        pairs = [until_effect([*common, "--out", f"{folder}/{i}"]) for i in range(repeats)]
        rows = [
            ("analyze 10,000 x 20 mixed, until the effect", statistics.median(p[0] for p in pairs), 3.0),
            ("analyze 10,000 x 20 mixed, whole", statistics.median(p[1] for p in pairs), 5.0),
            ("200 refits of a linear estimate", statistics.median(refits(path, graph, "regression", 200) for _ in range(repeats)), 2.0),
            ("20 refits of cross-fitted AIPW", statistics.median(refits(path, graph, "aipw", 20) for _ in range(repeats)), None),
            ("import aitia and list every method", statistics.median(importing() for _ in range(repeats)), 0.5),
            ("aitia --help", statistics.median(whole(["--help"]) for _ in range(repeats)), 0.7),
            ("aitia demo", statistics.median(whole(["demo", "--out", f"{folder}/demo{i}"]) for i in range(repeats)), 20.0),
        ]
    for name, seconds, limit in rows:
        kept = "" if limit is None else f"limit {limit:g} s   {'kept' if seconds < limit else 'MISSED'}"
        sys.stdout.write(f"{name:<46} {seconds:7.3f} s   {kept}\n")
    missed = [name for name, seconds, limit in rows if limit is not None and seconds >= limit]
    sys.exit(f"missed: {', '.join(missed)}" if missed else 0)


if __name__ == "__main__":
    main()
