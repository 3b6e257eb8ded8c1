"""Measure tables larger than memory: time and peak memory of moments, counts, samples and digests, each in a fresh process.

usage: engines.py [--rows N] [--counted N] [--folder DIR]     (defaults: 1e7 rows of 20 numbers, 1e8 rows of 5 categories)
"""

from __future__ import annotations

import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from aitia.core.memory import cross_products
from aitia.core.request import Reading
from aitia.core.run import one_thread
from aitia.core.table import Table
from aitia.data.engines.connection import BATCH, Connection, text
from aitia.data.engines.streams import as_numbers
from aitia.data.read import read

COLUMNS = 20
REPEATS = 3
LEVELS = (2, 3, 5, 7, 11)
GIGABYTE = 1e9


def numbers(path: pathlib.Path, rows: int) -> None:
    """Write a Parquet file of related numbers: the columns have means up to 1e9 and a shared cause."""
    cause = "(hash(i) % 1000003)::DOUBLE / 1000003"
    columns = ", ".join(
        f"{10 ** (j % 10)}::DOUBLE + {cause} + (hash(i * {COLUMNS} + {j}) % 999983)::DOUBLE / 999983 AS x{j}" for j in range(COLUMNS)
    )
    Connection().run(f"COPY (SELECT {columns} FROM range({rows}) AS t(i)) TO {text(str(path))} (FORMAT parquet)")


def categories(path: pathlib.Path, rows: int) -> None:
    """Write a DuckDB file whose only table is a view that generates words."""
    columns = ", ".join(f"'level ' || (hash(i + {j}) % {size}) AS c{j}" for j, size in enumerate(LEVELS))
    connection = Connection()
    connection.run(f"ATTACH {text(str(path))} AS made")
    connection.run(f"CREATE VIEW made.words AS SELECT {columns} FROM range({rows}) AS t(i)")
    connection.run("DETACH made")


def text_of(path: pathlib.Path, source: pathlib.Path, rows: int) -> None:
    """Write the first rows of the numbers as a CSV."""
    Connection().run(f"COPY (SELECT * FROM read_parquet({text(str(source))}) LIMIT {rows}) TO {text(str(path))} (HEADER)")


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def limits(path: str) -> dict[str, float]:
    """Seconds to decode every column of a Parquet file into NumPy and throw it away, and to multiply as many blocks."""
    names = [f"x{j}" for j in range(COLUMNS)]
    connection, rows = Connection(), 0

    def decode() -> None:
        nonlocal rows
        for batch in connection.batches(f"SELECT {', '.join(names)} FROM read_parquet({text(path)})"):
            [as_numbers(batch.column(j)) for j in range(COLUMNS)]
            rows += batch.num_rows

    decoding = seconds(decode)
    block = np.random.default_rng(0).normal(size=(COLUMNS, BATCH))
    with one_thread():
        return {"decode": decoding, "blas": seconds(lambda: [cross_products(block) for _ in range(-(-rows // BATCH))])}


def moments(path: str) -> dict[str, float]:
    """Median seconds of a load, of its moments, and of what these cannot do without, each in turn with the others."""
    taken: dict[str, list[float]] = {}
    for _ in range(REPEATS):
        began = time.perf_counter()
        table = read(path, Reading(engine="duckdb"))
        found = {"load": time.perf_counter() - began, "moments": seconds(table.moments)}
        for name, value in {**found, **(limits(path) if path.endswith(".parquet") else {})}.items():
            taken.setdefault(name, []).append(value)
    return {name: statistics.median(values) for name, values in taken.items()}


def others(path: str) -> dict[str, float]:
    table = read(path, Reading(engine="duckdb"))
    return {
        "digest": seconds(table.fingerprint),
        "sample": seconds(lambda: table.sample(10_000)),
        "again": seconds(lambda: table.sample(10_000)),
    }


def counts(path: str) -> dict[str, float]:
    table, found = None, {}

    def load() -> None:
        nonlocal table
        table = read(path)

    found["load"] = seconds(load)
    assert isinstance(table, Table)
    whole: Table = table
    found["counts"] = seconds(lambda: whole.counts(whole.names))
    return {**found, "cells": float(np.prod(whole.counts(whole.names[:2]).counts.shape)), "rows": whole.n}


CHILDREN: dict[str, Callable[[str], dict[str, float]]] = {"moments": moments, "others": others, "counts": counts}


def child(name: str, path: str) -> dict[str, float]:
    """Do one piece of work in a fresh process; returns its seconds and its peak memory in bytes."""
    done = subprocess.run([sys.executable, __file__, "--child", name, path], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def line(name: str, value: float, unit: str, limit: float | None) -> bool:
    """Print one figure beside its limit; returns whether it is kept."""
    kept = limit is None or value < limit
    said = "" if limit is None else f"limit {limit:7.2f} {unit}   {'kept' if kept else 'MISSED'}"
    sys.stdout.write(f"{name:<62} {value:8.2f} {unit}   {said}\n")
    sys.stdout.flush()
    return kept


def report(folder: pathlib.Path, rows: int, counted: int) -> bool:
    """Make the files, measure, and print."""
    parquet, csv, view = folder / "numbers.parquet", folder / "numbers.csv", folder / "words.duckdb"
    numbers(parquet, rows)
    found = child("moments", str(parquet))
    name = f"{rows:.0e} x {COLUMNS} Parquet"
    kept = [line(f"{name}: load (kinds of all columns)", found["load"], "s ", None)]
    kept.append(line(f"{name}: moments", found["moments"], "s ", 1.5 * (found["decode"] + found["blas"])))
    line(
        f"   of which a decoder alone needs {found['decode']:.2f} s and BLAS {found['blas']:.2f} s",
        found["decode"] + found["blas"],
        "s ",
        None,
    )
    kept.append(line(f"{name}: peak memory of both", found["peak"] / GIGABYTE, "GB", 2.0))
    found = child("others", str(parquet))
    line(f"{name}: digest", found["digest"], "s ", None)
    line(f"{name}: sample of 10,000 rows, first and second time", found["sample"], "s ", None)
    kept.append(line(f"{name}: peak memory of digest and sample", found["peak"] / GIGABYTE, "GB", 2.0))
    few = max(rows // 5, 1)
    text_of(csv, parquet, few)
    found = child("moments", str(csv))
    name = f"{few:.0e} x {COLUMNS} CSV ({csv.stat().st_size / GIGABYTE:.2f} GB)"
    line(f"{name}: load", found["load"], "s ", None)
    line(f"{name}: moments", found["moments"], "s ", None)
    kept.append(line(f"{name}: peak memory of both", found["peak"] / GIGABYTE, "GB", 2.0))
    categories(view, counted)
    found = child("counts", str(view))
    name = f"view of {counted:.0e} rows of 5 words"
    line(f"{name}: load", found["load"], "s ", None)
    line(f"{name}: counts of all five ({int(np.prod(LEVELS))} cells)", found["counts"], "s ", None)
    kept.append(line(f"{name}: peak memory of both", found["peak"] / GIGABYTE, "GB", 4.0))
    return all(kept)


def peak_memory() -> int:
    """The most bytes this process held; the kernel's other figure for a child counts the memory of its parent before exec."""
    status = pathlib.Path("/proc/self/status")
    kilobytes = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM")] if status.exists() else []
    return int(kilobytes[0] if kilobytes else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=float, default=1e7)
    parser.add_argument("--counted", type=float, default=1e8)
    parser.add_argument("--folder")
    parser.add_argument("--child", nargs=2)
    asked = parser.parse_args()
    if asked.child:
        found = CHILDREN[asked.child[0]](asked.child[1])
        peak = peak_memory()
        sys.stdout.write(json.dumps({**found, "peak": peak}))
        return
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        sys.exit(0 if report(pathlib.Path(folder), int(asked.rows), int(asked.counted)) else "a limit was missed")


if __name__ == "__main__":
    main()
