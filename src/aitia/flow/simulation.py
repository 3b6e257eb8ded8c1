"""Turn simulated rows into a table, and write it with its truth beside it."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import io
import os
import pathlib
import tempfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from aitia.core import codec
from aitia.core.errors import BadOption, Unwritable
from aitia.core.memory import in_memory
from aitia.core.run import Run
from aitia.core.simulation import Simulation
from aitia.core.table import Column, Table
from aitia.simulation.simulating import simulated
from aitia.simulation.spec import Spec
from aitia.simulation.writing import as_mapping

SUFFIXES = (".csv", ".parquet")
FILE, TRUTH = "data.csv", ".truth.json"


def simulation_of(spec: Spec, run: Run, *, given: str = "", out: str | None = None) -> Simulation:
    """Simulate a spec; with `out` the data are written there, to a CSV or Parquet file, and the truth beside them."""
    path = None if out is None else target(out)
    made = simulated(spec, run)
    truth = dataclasses.replace(made.truth, given=given, spec=as_mapping(spec))
    recipe = str(path.resolve()) if path else "in memory"
    table = Table(columns=truth.columns, source=in_memory(truth.columns, made.sample.rows), recipe=recipe)
    truth_file = None
    if path is not None:
        truth_file = path.with_name(path.stem + TRUTH)
        replace_file(csv_bytes(table) if path.suffix == ".csv" else parquet_bytes(table), path)
        codec.save(truth, truth_file)
    return Simulation(
        data=None if path is None else str(path),
        truth=truth,
        seed=run.seed,
        truth_file=None if truth_file is None else str(truth_file),
        table=table,
        scm=made.model.scm,
        process=made.model.process,
        noise=made.drawn.noise,
    )


def target(out: str) -> pathlib.Path:
    """Return the file to write: the one named, or data.csv in the folder named; raises `BadOption` for another format."""
    path = pathlib.Path(out)
    if path.suffix.lower() in SUFFIXES:
        return path
    if path.suffix and not path.is_dir():
        raise BadOption(
            f"Data cannot be written as {path.suffix}.", next=f"Name a file that ends with {' or '.join(SUFFIXES)}, or a folder."
        )
    return path / FILE


def arrow_columns(table: Table, *, labelled: bool) -> Mapping[str, Any]:
    """Return a table's columns as PyArrow arrays, whole numbers as such; with `labelled` levels stay levels, in their order."""
    import pyarrow

    rows = table.rows()
    return {c.name: arrow_column(pyarrow, c, rows[c.name], labelled) for c in table.columns}


def arrow_column(pyarrow: Any, column: Column, values: np.ndarray, labelled: bool) -> Any:
    """Return one column as a PyArrow array."""
    missing = np.isnan(values)
    if not column.coded:
        whole = column.kind in ("count", "time")
        return pyarrow.array(np.where(missing, 0, values).astype(np.int64) if whole else values, mask=missing)
    codes = pyarrow.array(np.where(missing, 0, values).astype(np.int32), mask=missing)
    found = pyarrow.DictionaryArray.from_arrays(codes, pyarrow.array(list(column.levels)), ordered=column.kind == "ordinal")
    return found if labelled and len(column.levels) > 2 else found.dictionary_decode()


def csv_bytes(table: Table) -> bytes:
    """Return a table as CSV: names, then rows, missing values empty, numbers with all their digits."""
    import pyarrow
    import pyarrow.csv

    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(table.names)
    sink = pyarrow.BufferOutputStream()
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    pyarrow.csv.write_csv(pyarrow.table(dict(arrow_columns(table, labelled=False))), sink, options)
    return header.getvalue().encode() + sink.getvalue().to_pybytes()


def parquet_bytes(table: Table) -> bytes:
    """Return a table as Parquet, in which ordered levels stay ordered."""
    import pyarrow
    import pyarrow.parquet

    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(pyarrow.table(dict(arrow_columns(table, labelled=True))), sink)
    return sink.getvalue().to_pybytes()


def replace_file(data: bytes, path: pathlib.Path) -> None:
    """Write bytes to a file in one atomic replacement; raises `Unwritable`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        with contextlib.ExitStack() as stack:
            stack.callback(pathlib.Path(name).unlink, missing_ok=True)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            pathlib.Path(name).chmod(0o644)
            pathlib.Path(name).replace(path)
    except OSError as error:
        raise Unwritable(f"{path} cannot be written.", why=f"{error.strerror or error}.", next="Give another place with --out.") from error
