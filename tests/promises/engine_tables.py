"""Make tables of every kind of column, badly scaled, incomplete and odd, and write them in the forms that engines read."""

from __future__ import annotations

import datetime
import pathlib
import re
from typing import Any

import numpy as np

MISSING = 0.07
NUMBER = re.compile(r"^(-?[0-9]+)[.]([0-9]+(e-?[0-9]+)?)$")


def holed(values: Any, rng: np.random.Generator, share: float = MISSING) -> list[Any]:
    """Leave out a share of the values."""
    gaps = rng.random(len(values)) < share
    return [None if gap else value for gap, value in zip(gaps, np.asarray(values, dtype=object).tolist(), strict=True)]


def words(rng: np.random.Generator, n: int, count: int, stem: str) -> np.ndarray:
    """Draw words out of `count` different ones, the first ones more often."""
    return np.array([f"{stem}{i}" for i in range(count)], dtype=object)[np.minimum(rng.geometric(2 / count, n) - 1, count - 1)]


def table(seed: int) -> dict[str, list[Any]]:
    """A table of 60 to 3,000 rows of mixed columns, related to each other."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([60, 250, 900, 3000]))
    cause = rng.normal(size=n)
    day = datetime.date(2001, 2, 3)
    moment = datetime.datetime(2011, 5, 6, 7, 8, 9)
    data: dict[str, Any] = {
        "plain": holed(cause + rng.normal(size=n), rng),
        "far": holed(1e9 + 1e-3 * (cause + rng.normal(size=n)), rng),
        "wide": holed(1e8 * rng.normal(size=n) - 3e7 * cause, rng),
        "narrow": holed(1e-9 * rng.normal(size=n), rng, 0.0),
        "nearly": holed(5.0 + 1e-11 * rng.normal(size=n), rng),
        "rounded": (0.1 * 3 + np.where(rng.random(n) < 0.5, 0, 5e-17)).tolist(),
        "count": holed(rng.poisson(np.exp(0.4 * cause)), rng),
        "few": holed(rng.integers(1, 6, n), rng),
        "negative": holed(rng.integers(-50, 50, n), rng),
        "zero_one": holed((cause > 0).astype(int), rng),
        "two": holed(np.where(cause > 0.3, 7.25, -1.5), rng),
        "truth": holed(cause > rng.normal(size=n), rng),
        "arm": holed(np.where(cause > rng.normal(size=n), "treated", "control"), rng),
        "region": holed(words(rng, n, 4, "region "), rng),
        "padded": holed([f" {word} " if i % 9 == 0 else word for i, word in enumerate(words(rng, n, 5, "é"))], rng),
        "coded": holed([f"{x:03d}" for x in rng.integers(0, 12, n)], rng),
        "many": holed(words(rng, n, 1500, "place "), rng),
        "person": [f"person {i}" for i in range(n)],
        "row": (np.arange(n) + seed % 2).tolist(),
        "constant": ["same"] * n,
        "nothing": [None] * n,
        "date": holed([day + datetime.timedelta(days=int(x)) for x in rng.integers(0, 4000, n)], rng),
        "moment": holed([moment + datetime.timedelta(seconds=int(x)) for x in rng.integers(0, 10**8, n)], rng),
        "infinite": holed(np.where(rng.random(n) < 0.05, np.inf, rng.normal(size=n)), rng),
        "spoilt": holed([f"{x:.3f}" if i % 11 else "n/k" for i, x in enumerate(rng.normal(size=n))], rng),
        "unknown": holed(["?" if i % 13 == 0 else "NA" if i % 17 == 0 else f"{x:.2f}" for i, x in enumerate(rng.normal(size=n))], rng),
        "day_first": holed([f"{x % 28 + 1:02d}.{x % 12 + 1:02d}.20{x % 20:02d}" for x in rng.integers(0, 5000, n)], rng),
    }
    return data


def arrow(data: dict[str, list[Any]]) -> Any:
    """The table in PyArrow, with types as they are kept in files: among them categories, decimals and single precision."""
    import pyarrow

    made = pyarrow.table({name: pyarrow.array(values) for name, values in data.items()})
    kinds = {"region": pyarrow.dictionary(pyarrow.int32(), pyarrow.string()), "plain": pyarrow.float32(), "few": pyarrow.decimal128(24, 3)}
    for name, kind in kinds.items():
        made = made.set_column(made.schema.get_field_index(name), name, made.column(name).cast(kind))
    sizes = ["small", "middle", "large"]
    codes = pyarrow.array([None if i % 19 == 0 else i % 3 for i in range(made.num_rows)], type=pyarrow.int8())
    return made.append_column("size", pyarrow.DictionaryArray.from_arrays(codes, sizes, ordered=True))


def write_parquet(data: dict[str, list[Any]], path: pathlib.Path) -> None:
    """Write one Parquet file of several row groups."""
    import pyarrow.parquet

    pyarrow.parquet.write_table(arrow(data), path, row_group_size=200)


def write_parts(data: dict[str, list[Any]], folder: pathlib.Path, parts: int = 3) -> str:
    """Write Parquet files that together hold the table; returns their pattern."""
    import pyarrow.parquet

    whole = arrow(data)
    size = -(-whole.num_rows // parts)
    folder.mkdir()
    for part in range(parts):
        pyarrow.parquet.write_table(whole.slice(part * size, size), folder / f"part-{part}.parquet")
    return str(folder / "part-*.parquet")


def write_duckdb(made: Any, path: pathlib.Path, name: str = "the table") -> str:
    """Write a PyArrow table into a DuckDB file; returns its place."""
    import duckdb

    with duckdb.connect(str(path)) as connection:
        connection.register("made", made)
        connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM made')
    return f"duckdb:{path}#{name}"


def write_csv(data: dict[str, list[Any]], path: pathlib.Path, seed: int) -> None:
    """Write the table as delimited text, in a dialect that depends on the seed."""
    delimiter, mark = ((",", "."), (";", ","), ("\t", "."))[seed % 3]
    end = ("\n", "\r\n")[seed % 2]

    def cell(value: Any) -> str:
        if value is None:
            return ("", "NA", "")[seed % 3]
        text = NUMBER.sub(rf"\1{mark}\2", str(value))
        return f'"{text}"' if delimiter in text or "\n" in text else text

    lines = [delimiter.join(data), *(delimiter.join(map(cell, row)) for row in zip(*data.values(), strict=True))]
    path.write_bytes((end.join(lines) + end).encode(("utf8", "utf-8-sig", "utf-16", "latin-1")[seed % 4]))


def plain_arrow(data: dict[str, list[Any]]) -> Any:
    """The table in PyArrow, in types that every database has."""
    import pyarrow

    return pyarrow.table(
        {
            name: pyarrow.array(values) if name != "nothing" else pyarrow.array(values, type=pyarrow.string())
            for name, values in data.items()
        }
    )


KINDS = {
    "double": "double precision",
    "int64": "bigint",
    "bool": "boolean",
    "date32[day]": "date",
    "timestamp[us]": "timestamp",
    "string": "text",
}


def write_postgres(made: Any, url: str, name: str) -> str:
    """Write a PyArrow table into a PostgreSQL database; returns its place."""
    import psycopg

    columns = ", ".join(f'"{field.name}" {KINDS[str(field.type)]}' for field in made.schema)
    with psycopg.connect(url) as connection:
        connection.execute(f'CREATE TABLE "{name}" ({columns})')
        with connection.cursor().copy(f'COPY "{name}" FROM STDIN') as copy:
            for row in zip(*(column.to_pylist() for column in made.columns), strict=True):
                copy.write_row(row)
    return f"{url}#{name}"
