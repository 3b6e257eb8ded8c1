"""Sheets of spreadsheets are read like any table; which sheet was read is said."""

from __future__ import annotations

import datetime
import pathlib
import sys
from typing import Any

import pytest

from aitia.core.errors import MissingExtra, Unreadable
from aitia.core.request import Reading
from aitia.data.read import read
from tests.data.workbooks import workbook

ROWS = [
    ["age", "arm", "when", "smokes", "mix"],
    [31, "drug", datetime.date(2020, 1, 31), True, 1],
    [45.5, "placebo", datetime.date(2020, 2, 1), False, "n/k"],
    [None, "drug", None, True, 2.5],
    [52, "placebo", datetime.date(2021, 2, 1), None, "n/k"],
]


def test_a_sheet_gives_numbers_words_dates_and_truth(tmp_path: pathlib.Path) -> None:
    table = read(workbook(tmp_path / "t.xlsx", {"trial": ROWS}))
    assert [(c.name, c.kind, c.missing) for c in table.columns] == [
        ("age", "continuous", 1),
        ("arm", "binary", 0),
        ("when", "time", 1),
        ("smokes", "binary", 1),
    ]
    assert table.rows()["when"].tolist()[:2] == [18292.0, 18293.0]
    assert table.column("arm").levels == ("placebo", "drug")
    assert [item.name for item in table.set_aside] == ["mix"]
    assert "2 numbers and 2 that are none" in table.set_aside[0].why
    assert table.recipe == str(tmp_path / "t.xlsx")


def test_which_sheet_was_read_is_said_and_another_can_be_named(tmp_path: pathlib.Path) -> None:
    other = [[], ["", ""], [None, "x", "y"], [None, 1.5, 2], [None, 2.5, 3], [None, 0.5, 9]]
    path = workbook(tmp_path / "t.xlsx", {"trial": ROWS, "other": other})
    first = read(path)
    assert any(f.check == "sheet" and "trial" in f.says for f in first.findings)
    for name in ("other", "2"):
        table = read(path, Reading(sheet=name))
        assert table.names == ("x", "y")
        assert table.rows()["x"].tolist() == [1.5, 2.5, 0.5]
    with pytest.raises(Unreadable, match="no sheet 'trail'") as caught:
        read(path, Reading(sheet="trail"))
    assert "trial" in caught.value.next


@pytest.mark.parametrize("rows", [[], [["a", "b"]], [[None], [""]]])
def test_an_empty_sheet_is_refused(tmp_path: pathlib.Path, rows: list[list[Any]]) -> None:
    with pytest.raises(Unreadable, match="no rows"):
        read(workbook(tmp_path / "t.xlsx", {"s": rows}))


def test_a_damaged_workbook_is_refused(tmp_path: pathlib.Path) -> None:
    path = pathlib.Path(workbook(tmp_path / "t.xlsx", {"s": ROWS}))
    whole = path.read_bytes()
    for damaged in (b"PK\x03\x04" + bytes(200), whole[: len(whole) // 2], b"", b"age,arm\n1,2\n"):
        path.write_bytes(damaged)
        with pytest.raises(Unreadable, match="cannot be read") as caught:
            read(path)
        assert caught.value.why and caught.value.next


def test_without_the_reader_the_install_line_is_given(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(MissingExtra) as caught:
        read(workbook(tmp_path / "t.xlsx", {"s": ROWS}))
    assert "pip install 'aitia[excel]'" in caught.value.next


def test_the_engine_may_be_duckdb(tmp_path: pathlib.Path) -> None:
    path = workbook(tmp_path / "t.xlsx", {"trial": ROWS})
    assert read(path, Reading(engine="duckdb")).fingerprint() == read(path).fingerprint()
