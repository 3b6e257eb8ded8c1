"""Other packages read what aitia does not, by entry points."""

from __future__ import annotations

import importlib.metadata
from typing import Any

import numpy as np
import pyarrow
import pytest

from aitia.core.errors import InputError, Unreadable
from aitia.core.request import Reading
from aitia.core.table import Table
from aitia.data.loaded import Loaded
from aitia.data.read import read

VALUES = {"a": [1.5, 2.5, 3.5], "g": ["x", "y", "x"]}


def delta(data: Any, reading: Reading) -> Any:
    """Read places such as delta:PLACE as Loaded."""
    if not (isinstance(data, str) and data.startswith("delta:")):
        return None
    return Loaded(names=tuple(VALUES), arrays=tuple(pyarrow.array(x) for x in VALUES.values()), recipe=data)


class Cube:
    """Stand for an object of another package."""


def cubes(data: Any, reading: Reading) -> Any:
    """Read objects of another package as a source with columns."""
    return read(VALUES).source if isinstance(data, Cube) else None


def whole(data: Any, reading: Reading) -> Any:
    return read(VALUES) if data == "whole:x" else None


def broken(data: Any, reading: Reading) -> Any:
    raise KeyError("nowhere")


def strange(data: Any, reading: Reading) -> Any:
    return 7


def refusing(data: Any, reading: Reading) -> Any:
    raise InputError("The lake is dry.", next="Wait for rain.")


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Offer functions of this file as entry points."""

    def offer(*functions: Any) -> None:
        points = [importlib.metadata.EntryPoint(f.__name__, f"{__name__}:{f.__name__}", "aitia.readers") for f in functions]
        monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: points if group == "aitia.readers" else ())

    return offer


def test_a_scheme_of_another_package(offered: Any) -> None:
    offered(cubes, delta)
    table = read("delta:lake/table", Reading(column={"a": "continuous"}))
    assert table.recipe == "delta:lake/table"
    assert table.fingerprint() == read(VALUES).fingerprint()
    assert read("delta:lake", Reading(engine="duckdb")).fingerprint() == table.fingerprint()


def test_an_object_of_another_package_and_a_whole_table(offered: Any) -> None:
    offered(cubes, whole)
    table = read(Cube())
    assert isinstance(table, Table)
    assert (table.recipe, table.column("g").levels) == ("in memory", ("x", "y"))
    np.testing.assert_array_equal(read("whole:x", Reading(column={"g": "categorical"})).rows()["g"], [0.0, 1.0, 0.0])


def test_what_no_reader_knows_is_refused(offered: Any) -> None:
    offered(delta, cubes)
    with pytest.raises(Unreadable, match="s3: sources are not read"):
        read("s3://bucket/key")
    with pytest.raises(Unreadable, match="A object cannot be read"):
        read(object())


def test_a_reader_that_fails_is_named_and_one_that_refuses_is_heard(offered: Any) -> None:
    offered(broken)
    with pytest.raises(Unreadable, match=r"reader broken of tests\.data\.test_readers failed") as caught:
        read("lake:x")
    assert "KeyError" in caught.value.why
    offered(strange)
    with pytest.raises(Unreadable, match="returned a int"):
        read("lake:x")
    offered(refusing)
    with pytest.raises(InputError, match="The lake is dry"):
        read("lake:x")
