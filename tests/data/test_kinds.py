"""Kinds are guessed from values alone, said in words, and overridden by the caller."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from aitia.core.errors import BadOption, UnknownName, UnusableColumn
from aitia.core.request import Reading
from aitia.core.table import Column
from aitia.data.read import read

OTHER = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]


def column(values: Any, kind: str | None = None) -> Column:
    other = np.linspace(0.1, 0.9, len(values))
    return read({"c": values, "other": other}, Reading(column={"c": kind} if kind else {})).column("c")


@pytest.mark.parametrize(
    ("values", "kind", "levels"),
    [
        ([0, 1, 1, 0, 1, 0], "binary", (0, 1)),
        ([2.5, 7, 7, 2.5, 7, 7], "binary", (2.5, 7)),
        ([3, None, -1, 3, -1, 3], "binary", (-1, 3)),
        ([True, False, True, True, None, False], "binary", (False, True)),
        (["true", "False", "TRUE", "false", "NA", "true"], "binary", (False, True)),
        (["yes", "no", "yes", "no", "no", "no"], "binary", ("no", "yes")),
        (["treated", "control", "treated", "control", "control", "treated"], "binary", ("control", "treated")),
        (["Treated", "Untreated", "Treated", "Untreated", "Treated", "Untreated"], "binary", ("Untreated", "Treated")),
        (["drug", "placebo", "drug", "placebo", "drug", "placebo"], "binary", ("placebo", "drug")),
        (["without", "with", "with", "without", "with", "with"], "binary", ("without", "with")),
        (["m", "f", "m", "f", "m", "f"], "binary", ("f", "m")),
        ([1, 2, 3, 4, 5, 1], "continuous", ()),
        ([0, 2, 3, 1, 0, 7], "count", ()),
        ([-1, 2, 3, 1, 0, 7], "continuous", ()),
        ([0.0, 1.0, 2.0, 1.0, 0.5, 1.0], "continuous", ()),
        (["a", "b", "c", "a", "b", "c"], "categorical", ("a", "b", "c")),
        (["2020-01-01", "2020-01-02", None, "2020-02-01", "2020-01-01", "NA"], "time", ()),
        (np.array(["2020-01-01", "2020-01-02", "2021-01-01"] * 2, dtype="datetime64[D]"), "time", ()),
    ],
)
def test_kinds(values: Any, kind: str, levels: tuple[Any, ...]) -> None:
    found = column(values)
    assert (found.kind, found.levels) == (kind, levels)
    assert [type(x) for x in found.levels] == [type(x) for x in levels]
    assert found.why


def test_dates_are_days() -> None:
    table = read({"d": ["1970-01-02", "1970-01-03 12:00:00", "1970-01-01"]})
    assert table.rows()["d"].tolist() == [1.0, 2.5, 0.0]


def test_whole_numbers_with_few_values_stay_quantities_and_that_is_said() -> None:
    table = read({"education": [1, 2, 3, 4, 5, 3, 2], "y": np.arange(7) / 10})
    found = table.column("education")
    assert found.kind in ("count", "continuous")
    assert found.why == "whole numbers with 5 values: treated as a quantity; say education=categorical if they are labels"
    assert any(f.check == "whole-numbers" and "education" in f.says for f in table.findings)
    said = read({"education": [1, 2, 3, 4, 5, 3, 2], "y": np.arange(7) / 10}, Reading(column={"education": "categorical"}))
    assert said.column("education").levels == (1, 2, 3, 4, 5)
    assert said.column("education").numeric_levels


def test_kinds_do_not_depend_on_names_or_on_the_order_of_rows() -> None:
    rng = np.random.default_rng(0)
    data = {
        "id": np.arange(1, 101),
        "age": rng.integers(0, 90, 100),
        "arm": np.array(["treated", "control"])[rng.integers(0, 2, 100)],
        "score": rng.normal(size=100),
        "town": np.array(["x", "y", "z"])[rng.integers(0, 3, 100)],
    }
    first = read(data)
    order = rng.permutation(100)
    second = read({f"v{i}": values[order] for i, values in enumerate(data.values())})
    assert [(c.kind, c.levels) for c in first.columns] == [(c.kind, c.levels) for c in second.columns]
    assert [a.why for a in first.set_aside] == [a.why for a in second.set_aside]
    assert [a.name for a in first.set_aside] == ["id"]


def test_pandas_types() -> None:
    import pandas

    frame = pandas.DataFrame(
        {
            "size": pandas.Categorical(["s", "m", "l", "s", "m", "l"], categories=["s", "m", "l", "xl"], ordered=True),
            "code": pandas.Categorical([10, 9, 11, 9, 10, 9]),
            "whole": pandas.array([1, None, 3, 4, 5, 6], dtype="Int64"),
            "truth": pandas.array([True, None, False, True, True, True], dtype="boolean"),
            "when": pandas.to_datetime(["2020-01-01", None, "2020-01-03", "2020-01-04", "2020-01-05", "2020-01-05"]),
            "text": pandas.array(["u", None, "v", "w", "u", "u"], dtype="string"),
            "mixture": pandas.Series([1, "a", 2.5, None, "b", "a"], dtype=object),
        }
    )
    kept = frame.copy(deep=True)
    table = read(frame)
    pandas.testing.assert_frame_equal(frame, kept)
    assert (table.column("size").kind, table.column("size").levels) == ("ordinal", ("s", "m", "l"))
    assert (table.column("code").kind, table.column("code").levels) == ("categorical", (9, 10, 11))
    assert (table.column("whole").kind, table.column("whole").missing) == ("continuous", 1)
    assert (table.column("truth").levels, table.column("truth").missing) == ((False, True), 1)
    assert (table.column("when").kind, table.column("when").missing) == ("time", 1)
    assert (table.column("text").levels, table.column("text").missing) == (("u", "v", "w"), 1)
    assert table.column("mixture").levels == ("1", "2.5", "a", "b")


def test_polars_types() -> None:
    import polars

    frame = polars.DataFrame(
        {"g": polars.Series(["b", "a", "b"], dtype=polars.Categorical), "x": [1.5, float("nan"), None], "t": [True, None, False]}
    )
    table = read(frame)
    assert table.column("g").levels == ("a", "b")
    assert (table.column("t").levels, table.column("t").missing) == ((False, True), 1)
    assert [item.name for item in table.set_aside] == ["x"]
    assert read(frame.lazy()).fingerprint() == table.fingerprint()


@pytest.mark.parametrize(
    ("values", "why", "constant"),
    [
        ([7] * 6, "one value", True),
        (["a"] * 6, "one value", True),
        ([None] * 6, "no values", False),
        (["NA", "", "NA", "NA", "-", "?"], "no values", False),
        ([np.inf, -np.inf, np.nan, np.inf, np.inf, np.inf], "no values", False),
        ([1, 2, 3, 4, "n/k", 6], "5 numbers and 1", False),
    ],
)
def test_unusable_columns_are_set_aside_with_a_reason_unless_named(values: list[Any], why: str, constant: bool) -> None:
    table = read({"bad": values, "good": OTHER})
    assert table.names == ("good",)
    assert [(a.name, a.constant) for a in table.set_aside] == [("bad", constant)]
    assert why in table.set_aside[0].why
    assert any("bad" in f.says for f in table.findings)
    with pytest.raises(UnusableColumn, match="bad") as caught:
        read({"bad": values, "good": OTHER}, named=("bad",))
    assert why in caught.value.why
    assert caught.value.next


def test_names_of_rows_are_set_aside() -> None:
    rng = np.random.default_rng(0)
    words = np.array([f"person {i}" for i in range(60)])
    data = {
        "every": words,
        "most": words[np.r_[0:50, 0:10]],
        "number": rng.permutation(60),
        "id1": np.arange(1, 61),
        "years": np.arange(1960, 2020),
        "y": rng.normal(size=60),
    }
    table = read(data)
    assert [a.name for a in table.set_aside] == ["every", "most", "number", "id1"]
    said = next(f for f in table.findings if f.check == "identifiers")
    assert all(name in said.says for name in ("every", "most", "number", "id1"))
    assert read(data, Reading(unit="every")).column("every").kind == "unit"
    assert read(data, Reading(column={"id1": "continuous"})).column("id1").kind == "continuous"
    assert len(read(data, Reading(column={"every": "categorical"})).column("every").levels) == 60
    with pytest.raises(UnusableColumn, match="most"):
        read(data, named=("most",))


def test_roles_give_kinds() -> None:
    rng = np.random.default_rng(0)
    data = {
        "firm": [f"f{i // 2}" for i in range(60)],
        "site": ["u", "v", "w"] * 20,
        "day": np.arange(60) % 20,
        "w": rng.random(60),
        "y": rng.normal(size=60),
    }
    table = read(data, Reading(cluster="firm", domain="site", time="day", weights="w"))
    assert [c.kind for c in table.columns] == ["categorical", "environment", "time", "weight", "continuous"]
    everyone = {**data, "firm": [f"f{i}" for i in range(60)]}
    assert read(everyone, Reading(cluster="firm")).column("firm").kind == "unit"
    with pytest.raises(UnusableColumn, match="w cannot be weight"):
        read({**data, "w": -data["w"]}, Reading(weights="w"))
    with pytest.raises(UnknownName, match="wait"):
        read(data, Reading(weights="wait"))


def test_words_among_numbers_become_missing_when_the_caller_says_continuous() -> None:
    data = {"c": ["1.5", "2", "x", "4", "n/k", "x"], "other": OTHER}
    table = read(data, Reading(column={"c": "continuous"}))
    assert table.column("c").missing == 3
    said = next(f for f in table.findings if f.check == "words-as-missing")
    assert said.value == 3
    assert "'x'" in said.says
    assert read(data, Reading(column={"c": "categorical"})).column("c").levels == ("1.5", "2", "4", "n/k", "x")


def test_impossible_and_unknown_kinds_are_refused() -> None:
    data = {"words": ["a", "b", "c", "a", "b", "c"], "numbers": OTHER}
    with pytest.raises(UnusableColumn, match="words cannot be continuous"):
        read(data, Reading(column={"words": "continuous"}))
    with pytest.raises(UnusableColumn, match="numbers cannot be count"):
        read(data, Reading(column={"numbers": "count"}))
    with pytest.raises(UnusableColumn, match="words cannot be binary"):
        read(data, Reading(column={"words": "binary"}))
    with pytest.raises(BadOption, match="catgorical") as caught:
        read(data, Reading(column={"words": "catgorical"}))
    assert "categorical" in caught.value.next
    with pytest.raises(UnknownName) as unknown:
        read(data, Reading(column={"word": "categorical"}))
    assert "words" in unknown.value.next


def test_infinities_are_missing_and_said() -> None:
    table = read({"x": [np.inf, 1.5, -np.inf, 2.5, np.nan, 3.0], "other": OTHER})
    assert table.column("x").missing == 3
    said = next(f for f in table.findings if f.check == "infinities")
    assert said.value == 2
    assert "x" in said.says


def test_a_table_can_be_given_other_kinds() -> None:
    table = read({"c": [1, 2, 3, 1, 2, 3], "b": ["u", "v", "u", "v", "u", "v"], "k": [1] * 6})
    assert read(table) is table
    again = read(table, Reading(column={"c": "categorical"}), named=("b",))
    assert (again.column("c").kind, again.column("c").levels) == ("categorical", (1, 2, 3))
    assert again.rows()["c"].tolist() == [0, 1, 2, 0, 1, 2]
    assert again.column("b") == table.column("b")
    back = read(again, Reading(column={"c": "continuous"}))
    assert back.rows()["c"].tolist() == [1, 2, 3, 1, 2, 3]
    assert table.column("c").kind == "continuous"
    with pytest.raises(UnusableColumn, match="k cannot be used"):
        read(table, named=("k",))
    with pytest.raises(UnknownName):
        read(table, named=("z",))


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (("new drug", "new drug + coaching", "standard care"), "standard care"),
        (("basic", "plus", "pro"), "basic"),
        (("drug", "no treatment"), "no treatment"),
        (("ja", "nein"), "nein"),
        (("exposed", "unexposed"), "unexposed"),
        (("placebo", "control", "drug"), "control"),
    ],
)
def test_the_arm_that_says_without_is_the_reference(words: tuple[str, ...], first: str) -> None:
    column = read({"arm": list(words) * 20, "y": list(range(len(words) * 20))}).column("arm")
    assert column.levels[0] == first
    assert set(column.levels) == set(words)
