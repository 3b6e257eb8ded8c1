"""What docs/how-to/data.md says runs: its commands on files such as it names, its Python, and the numbers it gives."""

from __future__ import annotations

import json
import pathlib
import re
import shlex
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from aitia.cli.main import main
from aitia.core.request import Reading
from aitia.data import sizes, spreadsheets
from aitia.data.engines import connection
from aitia.data.kinds import MOST_LEVELS
from aitia.data.words import MISSING
from tests.data.postgres import postgres as postgres
from tests.data.workbooks import workbook
from tests.promises.engine_tables import write_duckdb, write_postgres

TEXT = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "how-to" / "data.md").read_text(encoding="utf8")
PLACE = "postgresql://me@localhost/shop#sales"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.S)


@pytest.fixture
def shop(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """The files that the page names, in the folder where its commands are given."""
    rng = np.random.default_rng(3)
    size = rng.normal(3, 1, 300).round(3)
    campaign = (rng.random(300) < 1 / (1 + np.exp(3 - size))).astype(int)
    region = rng.integers(1, 4, 300)
    sales = (2 * campaign + size + rng.normal(size=300)).round(3)
    table = pyarrow.table({"campaign": campaign, "size": size, "region": region, "sales": sales})
    rows = [table.column_names, *([float(value) for value in row.values()] for row in table.to_pylist())]
    workbook(tmp_path / "shop.xlsx", {"winter": rows[:50], "spring": rows})
    (tmp_path / "shop.csv").write_text("\n".join(",".join(map(str, row)) for row in rows), encoding="utf8")
    dates = [f"{i % 12 + 1:02d}.{i % 11 + 1:02d}.2021" for i in range(300)]
    gaps = [["day", *rows[0]]]
    for i, (date, row) in enumerate(zip(dates, rows[1:], strict=True)):
        gaps.append([date, row[0], "n/k" if i % 9 == 0 else row[1], row[2], row[3]])
    (tmp_path / "branches.csv").write_text("\n".join(",".join(map(str, row)) for row in gaps), encoding="utf8")
    (tmp_path / "parts").mkdir()
    for part in range(3):
        pyarrow.parquet.write_table(table.slice(100 * part, 100), tmp_path / "parts" / f"{part}.parquet")
    write_duckdb(table, tmp_path / "shop.duckdb", "sales")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answers(capsys: pytest.CaptureFixture[str], place: str | None) -> list[dict[str, Any]]:
    found = []
    for line in "".join(blocks("sh")).splitlines():
        words = shlex.split(line)
        assert words[0] == "aitia", line
        words = [place if word == PLACE and place is not None else word for word in words[1:]]
        assert main([*words, "--json"]) == 0, line
        found.append(json.loads(capsys.readouterr().out))
    return found


def test_the_commands_run_and_give_one_answer(shop: pathlib.Path, postgres: str, capsys: pytest.CaptureFixture[str]) -> None:
    place = write_postgres(pyarrow.parquet.read_table(shop / "parts"), postgres, "sales of the page")
    found = answers(capsys, place)
    assert found[0]["columns"]
    assert all(answer["estimate"] is not None for answer in found[1:])
    same = [answer["estimate"]["value"] for answer in (*found[1:6], found[-1])]
    assert set(same) == {same[0]}
    assert same[0] == pytest.approx(2.0, abs=0.5)


def test_the_python_runs(shop: pathlib.Path) -> None:
    names: dict[str, Any] = {}
    for block in blocks("python"):
        exec(compile(block, "docs/how-to/data.md", "exec"), names)
    assert names["read_delta"]("delta:x", Reading()).names == ("dose", "weight")
    assert names["read_delta"]("x.csv", Reading()) is None


def test_its_numbers_and_lists_are_those_of_the_program() -> None:
    assert f"more than {sizes.LARGE / 1e6:.0f} million cells" in TEXT
    assert f"at most {connection.MEMORY / 2**30:g} GiB" in TEXT
    assert f"more than {MOST_LEVELS} words" in TEXT
    told = re.search(r"words for missing values: (.*?) \|", TEXT)
    assert told is not None
    named = {word.strip("` ").lower() for word in told.group(1).split(",")}
    assert named <= {"empty", *(word.lower() for word in MISSING)}
    assert all(suffix in TEXT for suffix in spreadsheets.SUFFIXES)
    for option in ("delimiter", "decimal", "encoding", "missing", "dates", "sheet", "column", "engine"):
        assert f"--{option} " in TEXT
        assert hasattr(Reading(), option)
