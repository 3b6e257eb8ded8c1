"""A design holds the complete rows in natural units, in an order that only content decides, and refuses what it must."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.design import gram_matrix
from aitia.core.errors import AitiaError, BadOption, CannotEstimate, UnknownName, UnusableColumn
from aitia.core.query import Query
from aitia.core.request import Plan, Reading
from aitia.core.run import Run
from aitia.core.shelf import estimation
from aitia.core.table import Table
from aitia.nuisance.design import build
from tests.nuisance.arrays import built, table

KINDS = {"t": "binary", "c": "categorical", "b": "binary", "w": "weight", "g": "unit", "k": "count"}


def values(n: int = 80, seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    t = (x + rng.normal(size=n) > 0).astype(int)
    return {
        "y": x + t + rng.normal(size=n),
        "t": t,
        "x": x,
        "z": rng.normal(size=n),
        "c": rng.choice(["p", "q", "r"], size=n),
        "b": rng.integers(0, 2, n),
        "w": rng.uniform(0.5, 2, n),
        "g": rng.integers(0, 20, n),
        "k": rng.integers(0, 5, n),
    }


def test_the_design_holds_the_arrays_in_one_order() -> None:
    data = values()
    design = built(table(KINDS, **data), ("x", "z", "c", "b")).design
    assert design.n == 80 and design.arms == (0, 1) and design.units == "kg"
    assert design.outcome_kind == "continuous" and design.treatment_kind == "binary"
    assert set(design.names) == {"x", "z", "c=q", "c=r", "b"} and set(design.sources) == {"x", "z", "c", "b"}
    assert np.array_equal(design.keys, np.sort(design.keys))
    assert np.allclose(design.covariates.mean(axis=0), 0) and np.allclose(design.covariates.std(axis=0), 1)
    assert np.allclose(design.gram, gram_matrix(design.covariates))
    order = np.argsort(data["y"])
    inside = np.argsort(design.outcome)
    assert np.array_equal(design.outcome[inside], data["y"][order])
    assert np.array_equal(design.treatment[inside], data["t"][order])
    j = design.names.index("x")
    natural = design.covariates[:, j] * design.scales[j] + design.means[j]
    assert np.allclose(natural[inside], data["x"][order])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), weighted=st.booleans(), method=st.sampled_from(["regression", "aipw"]))
def test_order_and_names_change_no_bit(seed: int, weighted: bool, method: str) -> None:
    rng = np.random.default_rng(seed)
    data = values(120, seed)
    data["b2"] = data["b"]
    for name in ("x", "b"):
        data[name] = np.round(data[name], 1)
    reading = Reading(weights="w" if weighted else None)
    adjustment = ("x", "z", "c", "b", "k")
    first = Run().use(estimation[method], built(table(KINDS, **data), adjustment, reading=reading).design)
    rows = rng.permutation(120)
    rename = {"x": "zz", "z": "a", "c": "m", "b": "q", "k": "aa"}
    moved = {rename.get(name, name): np.asarray(column)[rows] for name, column in data.items()}
    kinds = {rename.get(name, name): kind for name, kind in KINDS.items()}
    names = tuple(rng.permutation([rename[name] for name in adjustment]))
    second = Run().use(estimation[method], built(table(kinds, **moved), names, reading=reading).design)
    assert (first.value, first.se, first.low, first.high) == (second.value, second.se, second.low, second.high)


def test_incomplete_rows_are_left_out_and_said() -> None:
    data = values()
    data["x"][:3] = np.nan
    data["y"][2:5] = np.nan
    data["z"][70:] = np.nan
    found = built(table(KINDS, **data), ("x",))
    assert found.design.n == 75
    (finding,) = [f for f in found.findings if f.check == "rows-dropped"]
    assert finding.value == 5 and finding.passed is None
    assert "y missing in 3" in finding.says and "x missing in 3" in finding.says and "z" not in finding.says
    assert finding.bears_on == "missing rows are like complete ones" and finding.next
    assert not [f for f in built(table(KINDS, **values()), ("x",)).findings if f.check == "rows-dropped"]


def test_rows_of_weight_zero_are_left_out() -> None:
    data = values()
    data["w"][:4] = 0
    found = built(table(KINDS, **data), ("x",), reading=Reading(weights="w"))
    assert found.design.n == 76 and "4 rows with weight 0" in found.findings[0].says
    assert found.design.weights is not None and found.design.weights.mean() == pytest.approx(1)
    assert np.allclose(found.design.gram, gram_matrix(found.design.covariates, found.design.weights))


@pytest.mark.parametrize(("kind", "levels"), [("binary", ("no", "yes")), ("categorical", ("no", "yes"))])
def test_an_outcome_of_two_words_says_which_is_one(kind: str, levels: tuple[str, str]) -> None:
    data = values()
    data["y"] = np.where(data["y"] > 0, levels[1], levels[0])
    found = built(table({**KINDS, "y": kind}, **data))
    assert found.design.outcome_kind == "binary" and set(found.design.outcome) == {0.0, 1.0}
    assert any("y is yes (taken as 1; no is 0)" in f.says for f in found.findings)


def test_an_outcome_of_two_numbers_keeps_them() -> None:
    data = values()
    data["y"] = np.where(data["y"] > 0, 5, 2)
    found = built(table({**KINDS, "y": "binary"}, **data))
    assert set(found.design.outcome) == {2.0, 5.0} and not found.findings


@pytest.mark.parametrize(
    ("contrast", "arms"),
    [(None, ("p", "r", "q")), ("q,r", ("r", "q", "p")), ("R , Q", ("q", "r", "p"))],
)
def test_the_contrast_comes_first_among_the_arms(contrast: str | None, arms: tuple[str, ...]) -> None:
    data = values()
    data["t"] = data["c"]
    design = built(table({**KINDS, "t": "categorical"}, **data), ("x",), contrast=contrast).design
    assert design.arms == arms and (design.query.arm, design.query.versus) == (arms[1], arms[0])
    assert design.treatment_kind == "categorical"
    assert np.bincount(design.treatment.astype(int)).tolist() == [int((data["c"] == arm).sum()) for arm in arms]


def test_labels_match_as_numbers_too() -> None:
    design = built(table(KINDS, **values()), contrast="0,1.0").design
    assert design.arms == (1, 0)
    query = Query(treatment="t", outcome="y", arm=0, versus=1)
    assert build(table(KINDS, **values()), query, (), plan=Plan(), reading=Reading()).design.arms == (1, 0)


def test_a_numeric_contrast_keeps_values_and_scales_the_effect() -> None:
    data = values()
    data["t"] = data["z"]
    plain = built(table({**KINDS, "t": "continuous"}, **data), ("x",)).design
    asked = built(table({**KINDS, "t": "continuous"}, **data), ("x",), contrast="3,1").design
    assert plain.arms == asked.arms == () and np.array_equal(plain.treatment, asked.treatment)
    assert plain.query.arm is None and (asked.query.arm, asked.query.versus) == (3.0, 1.0)
    one, two = Run().use(estimation["regression"], plain), Run().use(estimation["regression"], asked)
    assert two.value == pytest.approx(2 * one.value) and two.se == pytest.approx(2 * one.se)
    assert (two.contrasts[0].arm, two.contrasts[0].versus) == (3.0, 1.0)


def test_ordinal_treatments_are_numbers() -> None:
    data = values()
    data["t"] = [("low", "mid", "top")[i] for i in np.random.default_rng(1).integers(0, 3, 80)]
    design = built(table({**KINDS, "t": "ordinal"}, **data), contrast="top,low").design
    assert design.arms == () and (design.query.arm, design.query.versus) == (2.0, 1.0 - 1.0)
    assert set(design.treatment) == {0.0, 1.0, 2.0}
    data["t"] = np.random.default_rng(1).choice([1, 5, 20], 80)
    assert set(built(table({**KINDS, "t": "ordinal"}, **data)).design.treatment) == {1.0, 5.0, 20.0}


def test_repeated_and_constant_columns_are_left_out_and_named() -> None:
    data = values()
    data["z"] = 3 * data["x"] - 2
    data["k"] = np.ones(80)
    found = built(table(KINDS, **data), ("x", "z", "k", "b"))
    assert len(found.design.names) == 2 and "b" in found.design.names
    said = {f.says for f in found.findings if f.check == "collinear"}
    assert any("k has one value" in text for text in said)
    assert any("z repeats x" in text or "x repeats z" in text for text in said)
    whole = Run().use(estimation["regression"], found.design)
    assert whole.value == pytest.approx(Run().use(estimation["regression"], built(table(KINDS, **data), ("x", "b")).design).value)


def test_terms_decide_the_columns_and_leftovers_are_said() -> None:
    found = built(table(KINDS, **values()), ("x", "z"), terms="x+x^2")
    assert set(found.design.names) == {"x", "x^2", "z"}
    assert any(f.check == "terms" and "z" in f.says for f in found.findings)
    assert not [f for f in built(table(KINDS, **values()), ("x",), terms="x^2").findings if f.check == "terms"]
    with pytest.raises(BadOption, match="x") as caught:
        built(table(KINDS, **values()), ("x",), terms="x+z")
    assert "z" in caught.value.what and "x" in caught.value.why


def test_clusters_are_coded_and_their_neglect_is_said() -> None:
    found = built(table(KINDS, **values()), ("x",), reading=Reading(cluster="g"))
    assert found.design.clusters is not None and len(set(found.design.clusters)) == len(set(values()["g"]))
    assert [f.check for f in found.findings] == ["clusters"]
    clustered = built(table(KINDS, **values()), ("x",), reading=Reading(cluster="g"), errors="cluster")
    assert not clustered.findings and clustered.design.errors == "cluster"


def changed(**columns: Any) -> Table:
    data = values()
    data.update(columns)
    return table({**KINDS, **{name: "text" for name in columns if name == "note"}}, **data)


ROWS = np.arange(80)
REFUSED: list[tuple[str, Table, tuple[str, ...], dict[str, Any], type[AitiaError], str]] = [
    ("unknown covariate", changed(), ("xx",), {}, UnknownName, "xx"),
    ("text covariate", changed(note=["a", "b"] * 40), ("note",), {}, UnusableColumn, "note"),
    ("covariate is the outcome", changed(), ("y",), {}, BadOption, "y"),
    ("cluster errors without clusters", changed(), (), {"errors": "cluster"}, BadOption, "clusters"),
    ("unknown arm", changed(), (), {"contrast": "2,0"}, BadOption, "no arm '2'"),
    ("an arm against itself", changed(), (), {"contrast": "1,1.0"}, BadOption, "itself"),
    ("negative weights", changed(w=-np.ones(80)), (), {"reading": Reading(weights="w")}, UnusableColumn, "w"),
    ("weights all zero", changed(w=np.zeros(80)), (), {"reading": Reading(weights="w")}, UnusableColumn, "w"),
    ("weights in words", changed(), (), {"reading": Reading(weights="c")}, UnusableColumn, "c"),
    ("no complete row", changed(x=np.full(80, np.nan)), ("x",), {}, UnusableColumn, "No row"),
    ("one arm left", changed(x=np.where(values()["t"] == 1, np.nan, 1.0 * ROWS)), ("x",), {}, CannotEstimate, "t"),
    ("an arm of one row", changed(t=(ROWS == 7).astype(int)), (), {}, CannotEstimate, "too few"),
    ("three rows", changed(x=np.where(ROWS < 3, 1.0, np.nan)), ("x",), {}, CannotEstimate, ""),
    ("outcome constant", changed(y=np.ones(80)), (), {}, CannotEstimate, "y does not vary"),
    ("treatment repeats a covariate", changed(x=2.0 * values()["t"] + 1), ("x", "z"), {}, CannotEstimate, "t"),
    ("levels by the dozen", changed(c=[f"l{i // 4}" for i in ROWS]), ("c",), {}, CannotEstimate, "20 levels"),
]


@pytest.mark.parametrize(("data", "adjustment", "plan", "error", "says"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_cannot_be_built_is_refused(
    data: Table, adjustment: tuple[str, ...], plan: dict[str, Any], error: type[AitiaError], says: str
) -> None:
    with pytest.raises(error) as caught:
        built(data, adjustment, **plan)
    assert says in caught.value.what and (caught.value.why or caught.value.next)


@pytest.mark.parametrize("kind", ["text", "unit", "weight"])
@pytest.mark.parametrize("role", ["y", "t"])
def test_columns_of_no_use_for_a_role_are_refused(role: str, kind: str) -> None:
    with pytest.raises(UnusableColumn, match=kind):
        built(table({**KINDS, role: kind}, **values()))


def test_an_outcome_of_three_levels_is_refused_with_advice() -> None:
    data = values()
    data["y"] = data["c"]
    with pytest.raises(UnusableColumn) as caught:
        built(table({**KINDS, "y": "categorical"}, **data))
    assert "3 levels" in caught.value.why and "Make a column" in caught.value.next


def test_an_arm_named_but_absent_among_complete_rows_is_a_value_not_misuse() -> None:
    data = values()
    data["t"] = np.where(ROWS < 5, "rare", np.where(ROWS < 40, "a", "b"))
    data["x"] = np.where(ROWS < 5, np.nan, data["x"])
    with pytest.raises(CannotEstimate, match="rare"):
        built(table({**KINDS, "t": "categorical"}, **data), ("x",), contrast="rare,a")
    design = built(table({**KINDS, "t": "categorical"}, **data), ("x",)).design
    assert design.arms == ("a", "b") and design.treatment_kind == "binary"


def test_more_columns_than_rows_are_refused() -> None:
    rng = np.random.default_rng(0)
    extra = {f"x{i}": rng.normal(size=12) for i in range(20)}
    data = table({"t": "binary"}, y=rng.normal(size=12), t=np.arange(12) % 2, **extra)
    with pytest.raises(CannotEstimate, match=r"rows for|does not vary"):
        built(data, tuple(extra))


def test_the_source_of_values_is_left_as_it_was() -> None:
    data = table(KINDS, **values())
    before = {name: column.copy() for name, column in data.rows().items()}
    built(data, ("x", "z", "c"), reading=Reading(weights="w", cluster="g"))
    assert all(np.array_equal(before[name], data.rows()[name]) for name in before)


def test_changed_designs_keep_their_meaning() -> None:
    design = built(table(KINDS, **values()), ("x", "z")).design
    wider = design.with_column("extra", design.outcome**2)
    assert np.allclose(wider.gram, gram_matrix(wider.covariates))
    half = design.with_rows(np.arange(0, 80, 2))
    assert np.allclose(half.gram, gram_matrix(half.covariates))
    assert Run().use(estimation["regression"], half).n == 40
    alone = dataclasses.replace(design).without("x")
    assert alone.names == ("z",) and alone.gram.shape == (2, 2)
