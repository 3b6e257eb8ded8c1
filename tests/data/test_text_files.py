"""Delimited text is read as it was meant: delimiter, decimal mark, encoding and missing words are guessed aloud."""

from __future__ import annotations

import gzip
import io
import pathlib
import sys
from typing import Any

import numpy as np
import pytest

from aitia.core.errors import BadOption, Unreadable
from aitia.core.request import Reading
from aitia.core.table import Table
from aitia.data.read import read

PLAIN = "name,score,group\nann,1.5,a\nbob,2.5,b\ncid,4.25,c\nann,1.25,a\n"
ROWS = {"score": [1.5, 2.5, 4.25, 1.25], "group": [0.0, 1.0, 2.0, 0.0]}


def written(path: pathlib.Path, text: str | bytes, name: str = "t.csv", encoding: str = "utf8") -> str:
    target = path / name
    target.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return str(target)


def checks(table: Table) -> set[str]:
    return {finding.check for finding in table.findings}


def is_plain(table: Table) -> None:
    assert table.names == ("name", "score", "group")
    for name, values in ROWS.items():
        assert table.rows()[name].tolist() == values
    assert table.column("name").levels == ("ann", "bob", "cid")


def test_a_plain_file_needs_no_finding(tmp_path: pathlib.Path) -> None:
    table = read(written(tmp_path, PLAIN))
    is_plain(table)
    assert table.findings == ()
    assert table.recipe == str(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [
        (PLAIN.replace("\n", "\r\n"), "utf8", set()),
        (PLAIN.replace("\n", "\r"), "utf8", set()),
        (PLAIN.removesuffix("\n"), "utf8", set()),
        (PLAIN, "utf-8-sig", set()),
        (PLAIN, "utf-16", set()),
        (PLAIN, "utf-16-le", {"encoding"}),
        (PLAIN, "utf-16-be", {"encoding"}),
        (PLAIN.replace(",", ";"), "utf8", {"delimiter"}),
        (PLAIN.replace(",", "\t"), "utf8", {"delimiter"}),
        (PLAIN.replace(",", "|"), "utf8", {"delimiter"}),
        (PLAIN.replace(",", ";").replace(".", ","), "utf8", {"delimiter", "decimal-mark"}),
        (PLAIN.replace("name", " name ").replace("score", " score"), "utf8", set()),
        (PLAIN.replace("ann", " ann"), "utf8", {"spaces"}),
        (PLAIN.replace(",", ", "), "utf8", {"spaces"}),
        (PLAIN.replace("ann", '"ann"'), "utf8", set()),
    ],
)
def test_ways_to_write_the_same_table(tmp_path: pathlib.Path, text: str, encoding: str, said: set[str]) -> None:
    table = read(written(tmp_path, text, encoding=encoding))
    is_plain(table)
    assert checks(table) == said


def test_tsv_and_compressed_files_and_stdin(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    is_plain(read(written(tmp_path, PLAIN.replace(",", "\t"), "t.tsv")))
    is_plain(read(written(tmp_path, gzip.compress(PLAIN.encode()), "t.csv.gz")))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PLAIN.encode())))
    is_plain(read("-"))


@pytest.mark.parametrize(("encoding", "letter"), [("cp1252", "–"), ("latin-1", "\x81é")])
def test_old_encodings_are_guessed_aloud(tmp_path: pathlib.Path, encoding: str, letter: str) -> None:
    path = written(tmp_path, PLAIN.replace("ann", f"Zoë{letter}"), encoding=encoding)
    table = read(path)
    assert checks(table) == {"encoding"}
    assert f"Zoë{letter}" in table.column("name").levels
    assert checks(read(path, Reading(encoding=encoding))) == set()


def test_the_caller_overrides_guesses(tmp_path: pathlib.Path) -> None:
    path = written(tmp_path, "a;b\n1,5;x\n2,5;y\n3,5;x\n")
    assert read(path, Reading(delimiter=";", decimal=",")).findings == ()
    assert read(path, Reading(decimal=".")).column("a").levels == ("1,5", "2,5", "3,5")
    assert read(path, Reading(delimiter="tab")).names == ("a;b",)
    with pytest.raises(BadOption, match="delimiter and decimal"):
        read(path, Reading(delimiter=",", decimal=","))
    for reading in (Reading(delimiter="ab"), Reading(decimal="x"), Reading(encoding="utf-99")):
        with pytest.raises(BadOption):
            read(path, reading)
    with pytest.raises(Unreadable, match="ascii"):
        read(written(tmp_path, "a,é\n1,2\n2,3\n"), Reading(encoding="ascii"))


def test_missing_words_are_said_and_overridden(tmp_path: pathlib.Path) -> None:
    path = written(tmp_path, "a,b,c,d\n1.5,x,-,2\nNA,?,u,-9\n3.5,y,v,4\n.,x,null,5\n")
    table = read(path)
    assert [table.column(name).missing for name in "abcd"] == [2, 1, 2, 0]
    said = next(f for f in table.findings if f.check == "missing-words")
    assert said.value == 5
    assert all(word in said.says for word in ("NA (1 in a)", "? (1 in b)", "- (1 in c)"))
    told = read(path, Reading(missing=("-9", "NA", ".")))
    assert [told.column(name).missing for name in "abcd"] == [2, 0, 0, 1]
    assert told.column("b").levels == ("?", "x", "y")


def test_thousands_are_read_only_when_they_can_mean_nothing_else(tmp_path: pathlib.Path) -> None:
    sure = read(written(tmp_path, 'a,b\n"1,234,567",x\n"12,345",y\n12,x\n'))
    assert sure.rows()["a"].tolist() == [1234567, 12345, 12]
    assert "thousands-separators" in checks(sure)
    unsure = read(written(tmp_path, 'a,b\n"1,234",x\n"12,345",y\n"2,345",x\n'))
    assert unsure.column("a").levels == ("1,234", "12,345", "2,345")
    continental = read(written(tmp_path, "a;b\n1.234,5;x\n12.345,25;y\n0,5;x\n"))
    assert continental.rows()["a"].tolist() == [1234.5, 12345.25, 0.5]
    spaced = read(written(tmp_path, "a,b\n1 234,x\n12 345,y\n7,x\n"))
    assert spaced.rows()["a"].tolist() == [1234, 12345, 7]


def test_quotes_hold_newlines_and_delimiters(tmp_path: pathlib.Path) -> None:
    table = read(written(tmp_path, 'a,"b\nc"\n"x, ""y""\nz",1.5\nplain,2.5\nplain,3.5\n'))
    assert table.names == ("a", "b\nc")
    assert table.column("a").levels == ("plain", 'x, "y"\nz')


def test_names(tmp_path: pathlib.Path) -> None:
    table = read(written(tmp_path, "a,,b,a\n1.5,2.5,3.5,4.5\n2.5,3.5,4.5,5.5\n5.5,7.5,8.5,9.5\n"))
    assert table.names == ("column 2", "b")
    assert [item.name for item in table.set_aside] == ["a"]
    assert checks(table) == {"unnamed-columns", "duplicate-names"}
    numbers = read(written(tmp_path, "1.5,2.5\n3.5,4.5\n5.5,6.5\n7.5,8.5\n"))
    assert numbers.names == ("1.5", "2.5")
    assert checks(numbers) == {"numeric-header"}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"a,b\n", "no rows"),
        (b"a,b\n1,2\n3,4,5\n6,7\n", "Line 3 of"),
        (b'a,b\n"x\ny",2\n3\n6,7\n', "Line 4 of"),
        (b"a,b\n\n1,2\n3\n", "Line 4 of"),
        (bytes(range(256)) * 20, "not a text file"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "not a text file"),
        (b"PK\x03\x04" + bytes(range(1, 200)), "not a text file"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: pathlib.Path, text: bytes, what: str) -> None:
    with pytest.raises(Unreadable, match=what) as caught:
        read(written(tmp_path, text))
    assert caught.value.next
    assert "\n" not in caught.value.what + caught.value.why + caught.value.next


def test_the_line_of_a_ragged_row_and_both_counts_are_named(tmp_path: pathlib.Path) -> None:
    lines = ["a,b,c", *(f"{i},{i},{i}" for i in range(50_000)), "1,2", *("1,2,3" for _ in range(50_000))]
    with pytest.raises(Unreadable, match=r"Line 50002 of .* has 2 fields; the header has 3"):
        read(written(tmp_path, "\n".join(lines)))


def test_a_row_longer_than_a_block_is_read(tmp_path: pathlib.Path) -> None:
    long = "x" * 3_000_000
    table = read(written(tmp_path, f"a,b\n{long},1.5\ny,2.5\n{long},3.5\n"))
    assert sorted(len(level) for level in table.column("a").levels) == [1, 3_000_000]


@pytest.mark.parametrize(
    ("place", "what"),
    [
        ("duckdb:x.db#t", "no file"),
        ("many-*.parquet", "No file is named"),
        ("s3://bucket/t.parquet", "s3: sources are not read"),
        ("duckdbs:x.db#t", "duckdbs: sources are not read"),
    ],
)
def test_places_that_lead_nowhere_say_so(place: str, what: str) -> None:
    with pytest.raises(Unreadable, match=what) as caught:
        read(place)
    assert caught.value.next


def test_other_places(tmp_path: pathlib.Path) -> None:
    written(tmp_path, PLAIN, "wages.csv")
    written(tmp_path, b"\x00", "wages.sav")
    with pytest.raises(Unreadable, match=r"\.sav files are not read"):
        read(tmp_path / "wages.sav")
    with pytest.raises(Unreadable, match="no file") as caught:
        read(tmp_path / "wagse.csv")
    assert "wages.csv" in caught.value.next
    with pytest.raises(Unreadable, match="is a folder"):
        read(tmp_path)
    with pytest.raises(Unreadable, match="no file") as caught:
        read(tmp_path / "nowhere" / "t.csv")
    assert "no folder" in caught.value.next


@pytest.mark.parametrize("data", [None, 3, [1, 2], b"x", object(), np.zeros((3, 2))])
def test_what_is_no_table_in_python_is_refused(data: Any) -> None:
    with pytest.raises(Unreadable):
        read(data)


@pytest.mark.parametrize(
    "data", [{}, {"a": []}, {"a": [1, 2], "b": [1]}, {"a": "word"}, {"a": 3}, {"a": np.zeros((2, 2))}, {"a": [1, 1, 1]}]
)
def test_dicts_that_are_no_tables_are_refused(data: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        read(data)
