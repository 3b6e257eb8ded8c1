"""Text read by DuckDB's reader means what it means in memory: dialect, encoding, compression, line ends, odd quotes, bad lines."""

from __future__ import annotations

import bz2
import gzip
import io
import pathlib
import sys
from collections.abc import Callable

import numpy as np
import pyarrow
import pytest

from aitia.core.errors import Unreadable
from aitia.core.memory import Memory
from aitia.core.request import Reading
from aitia.data.engines.csv_files import read_by_arrow
from aitia.data.engines.duckdb import DuckDB
from aitia.data.read import read

MEMORY, LARGE = Reading(engine="memory"), Reading(engine="duckdb")
LINES = ["name,score,group", *(f"{name},{i / 4},{'abc'[i % 3]}" for i, name in enumerate(["ann", "Zoë", "cid", "dora"] * 30))]
PLAIN = "\n".join(LINES) + "\n"


def written(path: pathlib.Path, text: str | bytes, name: str = "t.csv") -> str:
    (path / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path / name)


def alike(path: str, **options: object) -> None:
    memory, large = (read(path, Reading(engine=engine, **options)) for engine in ("memory", "duckdb"))  # type: ignore[arg-type]
    assert isinstance(large.source, DuckDB)
    assert large.columns == memory.columns
    assert large.set_aside == memory.set_aside
    assert [f.says for f in large.findings] == [f.says for f in memory.findings]
    assert large.fingerprint() == memory.fingerprint()
    assert large.recipe == memory.recipe


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.encode(),
        lambda t: t.replace("\n", "\r\n").encode(),
        lambda t: t.replace("\n", "\r").encode(),
        lambda t: t.replace("\n", "\r\n", 7).encode(),
        lambda t: t.removesuffix("\n").encode(),
        lambda t: t.replace("\n", "\n\n", 5).encode(),
        lambda t: ("\n\n" + t).encode(),
        lambda t: t.encode("utf-8-sig"),
        lambda t: t.encode("utf-16"),
        lambda t: t.encode("utf-16-be"),
        lambda t: t.encode("latin-1"),
        lambda t: t.replace("ë", "–").encode("cp1252"),
        lambda t: t.replace(",", ";").replace(".", ",").encode(),
        lambda t: t.replace(",", "\t").encode(),
        lambda t: t.replace(",", "|").encode(),
        lambda t: t.replace("ann", '"ann, or ""an""\nna"').encode(),
        lambda t: t.replace("ann", 'a"nn').encode(),
        lambda t: t.replace(",", ", ").replace("ann", '"ann"').encode(),
        lambda t: t.replace("ann", ' "ann"').replace("cid", "").encode(),
        lambda t: t.replace("name", "").replace("score", " score ").encode(),
        lambda t: t.replace("group", "name").encode(),
        lambda t: t.replace("name,score,group", "1,2,3").encode(),
        lambda t: t.replace("0.25", "nan").replace("0.5", "-inf").encode(),
        lambda t: t.replace("0.25", "NA").replace("cid", "?").encode(),
        lambda t: t.replace("0.25", "").replace("cid", "null").encode(),
    ],
)
def test_large_files_are_read_as_small_ones(tmp_path: pathlib.Path, change: Callable[[str], bytes]) -> None:
    alike(written(tmp_path, change(PLAIN)))


OPTIONS = [{"missing": ("2.5", "cid")}, {"missing": ()}, {"delimiter": ","}, {"encoding": "utf8"}, {"decimal": "."}]


@pytest.mark.parametrize("options", OPTIONS)
def test_options_mean_the_same(tmp_path: pathlib.Path, options: dict[str, object]) -> None:
    alike(written(tmp_path, PLAIN), **options)


def test_compressed_files(tmp_path: pathlib.Path) -> None:
    alike(written(tmp_path, gzip.compress(PLAIN.encode("utf-16")), "t.csv.gz"))
    alike(written(tmp_path, bz2.compress(PLAIN.replace(",", "\t").encode()), "t.tsv.bz2"))
    for suffix in ("zst", "lz4"):
        with pyarrow.output_stream(str(tmp_path / f"t.csv.{suffix}"), compression="detect") as stream:
            stream.write(PLAIN.encode())
        alike(str(tmp_path / f"t.csv.{suffix}"))


def test_one_column(tmp_path: pathlib.Path) -> None:
    alike(written(tmp_path, "a\n1.5\n\n2.5\n3.5\n"), delimiter=",")


@pytest.mark.parametrize("text", [PLAIN + "eve,1\n", PLAIN.replace("dora,0.75,a", "dora,0.75,a,b"), ""])
@pytest.mark.parametrize("reading", [MEMORY, LARGE])
def test_bad_lines_are_named(tmp_path: pathlib.Path, text: str, reading: Reading) -> None:
    with pytest.raises(Unreadable) as caught:
        read(written(tmp_path, text), reading)
    assert ("fields; the header has 3" if text else "is empty") in caught.value.what
    if "eve" in text:
        assert "Line 122 of" in caught.value.what
    assert "\n" not in caught.value.what + caught.value.why + caught.value.next


def test_headers_without_rows_and_texts_that_are_none(tmp_path: pathlib.Path) -> None:
    for data, what in ((b"a,b\n", "no rows"), (b"a,b", "no rows"), (bytes(range(256)) * 9, "not a text"), (b"\n\n", "empty")):
        with pytest.raises(Unreadable, match=what):
            read(written(tmp_path, data), LARGE)
    with pytest.raises(Unreadable, match="is not ascii"):
        read(written(tmp_path, PLAIN), Reading(engine="duckdb", encoding="ascii"))


def test_a_pattern_of_csv_files_is_one_table(tmp_path: pathlib.Path) -> None:
    written(tmp_path, "\n".join(LINES[:50]) + "\n", "part-1.csv")
    written(tmp_path, "\n".join([LINES[0], *LINES[50:]]) + "\n", "part-2.csv")
    whole = read(written(tmp_path, PLAIN))
    parts = read(str(tmp_path / "part-*.csv"))
    assert parts.fingerprint() == whole.fingerprint()
    assert parts.recipe == str(tmp_path / "part-*.csv")
    assert isinstance(parts.source, DuckDB)
    memory = read(str(tmp_path / "part-*.csv"), MEMORY)
    assert isinstance(memory.source, Memory)
    assert memory.fingerprint() == whole.fingerprint()
    written(tmp_path, "name,points,group\na,1,b\n", "part-3.csv")
    with pytest.raises(Unreadable, match="other columns"):
        read(str(tmp_path / "part-*.csv"))


def test_large_files_go_to_duckdb_by_themselves(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, PLAIN)
    assert isinstance(read(path).source, Memory)
    monkeypatch.setattr("aitia.data.sizes.LARGE", 300)
    monkeypatch.setattr("aitia.data.sizes.SMALL_FILE", 10)
    assert isinstance(read(path).source, DuckDB)
    assert isinstance(read(written(tmp_path, gzip.compress(PLAIN.encode()), "t.csv.gz")).source, DuckDB)
    assert isinstance(read(path, MEMORY).source, Memory)
    monkeypatch.setattr("aitia.data.sizes.LARGE", 400)
    assert isinstance(read(path).source, Memory)


def test_a_large_standard_input_goes_by_way_of_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    whole = read(written(tmp_path, PLAIN))
    for largest, kind in ((1 << 20, Memory), (100, DuckDB)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PLAIN.encode())))
        monkeypatch.setattr("aitia.data.text_files.LARGEST_STDIN", largest)
        table = read("-")
        assert isinstance(table.source, kind)
        assert table.recipe == "-"
        assert table.fingerprint() == whole.fingerprint()


def test_what_duckdb_cannot_parse_is_read_by_arrow(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr("aitia.data.engines.csv_files.read_by_arrow", lambda *a: calls.append(a) or read_by_arrow(*a))
    alike(written(tmp_path, PLAIN.replace("\n", "\r\n", 7)))
    assert calls


def test_many_rows_keep_their_order(tmp_path: pathlib.Path) -> None:
    """More rows than one block, one row group and one batch hold."""
    n = 300_000
    rng = np.random.default_rng(8)
    words, numbers = rng.choice(["low", "middle", "high"], n), rng.normal(size=n).round(4)
    lines = [f"{i},{word},{number}" for i, (word, number) in enumerate(zip(words, numbers, strict=True))]
    table = read(written(tmp_path, "\n".join(["i,word,number", *lines])), Reading(engine="duckdb", column={"i": "continuous"}))
    rows = table.rows()
    np.testing.assert_array_equal(rows["i"], np.arange(n))
    np.testing.assert_array_equal(rows["number"], numbers)
    np.testing.assert_array_equal(np.array(table.column("word").levels)[rows["word"].astype(int)], words)
