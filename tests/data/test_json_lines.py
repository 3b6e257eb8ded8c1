"""JSON lines are read like any table, also where a key holds values of several types or is missing in some lines."""

from __future__ import annotations

import gzip
import pathlib

import pytest

from aitia.core.errors import Unreadable
from aitia.core.request import Reading
from aitia.data.read import read

LINES = [
    '{"age": 31, "arm": "drug", "ok": true, "when": "2020-01-31", "score": 1.5}',
    '{"age": 45.5, "arm": "placebo", "ok": false, "when": "2020-02-01", "score": null}',
    '{"arm": "drug", "age": 22, "ok": true, "when": "2020-03-01", "score": -2}',
    '{"age": null, "arm": "placebo", "ok": null, "when": null}',
]


def written(path: pathlib.Path, lines: list[str]) -> str:
    path.write_text("\n".join(lines) + "\n", encoding="utf8")
    return str(path)


@pytest.mark.parametrize("engine", ["auto", "duckdb"])
def test_objects_become_rows(tmp_path: pathlib.Path, engine: str) -> None:
    table = read(written(tmp_path / "t.jsonl", LINES), Reading(engine=engine))  # type: ignore[arg-type]
    assert [(c.name, c.kind, c.missing) for c in table.columns] == [
        ("age", "continuous", 1),
        ("arm", "binary", 0),
        ("ok", "binary", 1),
        ("when", "time", 1),
        ("score", "binary", 2),
    ]
    assert table.rows()["age"].tolist()[:3] == [31.0, 45.5, 22.0]


def test_compressed_and_several_files(tmp_path: pathlib.Path) -> None:
    whole = read(written(tmp_path / "t.ndjson", LINES))
    (tmp_path / "t.jsonl.gz").write_bytes(gzip.compress("\n".join(LINES).encode()))
    assert read(tmp_path / "t.jsonl.gz").fingerprint() == whole.fingerprint()
    written(tmp_path / "a.jsonl", LINES[:2])
    written(tmp_path / "b.jsonl", LINES[2:])
    for engine in ("auto", "memory"):
        table = read(str(tmp_path / "[ab].jsonl"), Reading(engine=engine))  # type: ignore[arg-type]
        assert table.fingerprint() == whole.fingerprint()


def test_values_of_several_types_become_words(tmp_path: pathlib.Path) -> None:
    lines = ['{"a": 1, "b": 0.5, "c": [1, 2]}', '{"a": "many", "b": 1.5, "c": []}', '{"a": "few", "b": 2.5}', '{"a": "few", "b": 3.5}']
    table = read(written(tmp_path / "t.jsonl", lines))
    assert table.column("a").levels == ("1", "few", "many")
    assert [item.name for item in table.set_aside] == ["c"]


@pytest.mark.parametrize("lines", [[""], ["not json"], ['{"a": 1}', '{"a": '], ["[1, 2]", "[3, 4]"]])
@pytest.mark.parametrize("engine", ["auto", "duckdb"])
def test_what_is_no_json_is_refused(tmp_path: pathlib.Path, lines: list[str], engine: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(written(tmp_path / "t.jsonl", lines), Reading(engine=engine))  # type: ignore[arg-type]
    assert "\n" not in caught.value.what + caught.value.why + caught.value.next
