"""Terms are read as written, make the columns they say, and are refused with the position of the fault."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aitia.core.errors import AitiaError, BadOption, CannotEstimate, UnusableColumn
from aitia.core.table import Column
from aitia.nuisance.terms import Factor, Term, columns_of, parse_terms, term_name, term_names

COLUMNS = {
    "age": Column(name="age", kind="continuous"),
    "sex": Column(name="sex", kind="binary", levels=("f", "m")),
    "edu": Column(name="edu", kind="categorical", levels=("a", "b", "c")),
    "rank": Column(name="rank", kind="ordinal", levels=("low", "mid", "high")),
    "dose": Column(name="dose", kind="ordinal", levels=(1, 5, 20)),
    "note": Column(name="note", kind="text", levels=("p", "q")),
}
N = 60
RNG = np.random.default_rng(0)
ROWS = {
    "age": RNG.uniform(20, 60, N),
    "sex": RNG.integers(0, 2, N).astype(float),
    "edu": RNG.integers(0, 3, N).astype(float),
    "rank": RNG.integers(0, 3, N).astype(float),
    "dose": RNG.integers(0, 3, N).astype(float),
    "note": RNG.integers(0, 2, N).astype(float),
}


def made(text: str) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    return columns_of(COLUMNS, ROWS, parse_terms(text))


def test_every_form_is_read() -> None:
    found = parse_terms('age + age^2+C(edu)+log(income) + age:sex+sqrt(x) + "two words":C("odd + name")^1'.removesuffix("^1"))
    assert found == (
        Term((Factor("age"),)),
        Term((Factor("age", "power", 2),)),
        Term((Factor("edu", "levels"),)),
        Term((Factor("income", "log"),)),
        Term((Factor("age"), Factor("sex"))),
        Term((Factor("x", "sqrt"),)),
        Term((Factor("two words"), Factor("odd + name", "levels"))),
    )
    assert term_names(found) == ("age", "edu", "income", "sex", "x", "two words", "odd + name")


def test_repeated_terms_count_once_and_c_may_be_a_name() -> None:
    assert len(parse_terms("a+b+a")) == 2
    assert term_names(parse_terms("C+log+größe+re74.x")) == ("C", "log", "größe", "re74.x")


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("y ~ a", 3),
        ("a + 1", 5),
        ("0+a", 1),
        ("a * b", 3),
        ("a-b", 2),
        ("a + ", 5),
        ("", 1),
        ("a b", 3),
        ("a^x", 3),
        ("a^0", 3),
        ("a^2.5", 3),
        ("exp(a)", 1),
        ("log(a", 6),
        ("log()", 5),
        ("C(a+b)", 4),
        ("+a", 1),
        ('"a', 1),
        ('""', 2),
        ("a::b", 3),
        ("poly(a)", 1),
    ],
)
def test_faults_are_named_with_their_position(text: str, position: int) -> None:
    with pytest.raises(BadOption) as caught:
        parse_terms(text)
    assert "cannot be read" in caught.value.what and caught.value.why and caught.value.next
    assert f"position {position}." in caught.value.what or (position > len(text.rstrip()) and "its end" in caught.value.what), (
        caught.value.what
    )


@given(st.text(alphabet='ab12+:^()" ~C.', max_size=14))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        terms = parse_terms(text)
    except BadOption:
        return
    assert terms and all(term.factors for term in terms)


def test_columns_hold_what_the_terms_say() -> None:
    matrix, names, sources = made("age+age^2+log(age)+sqrt(age)+age:sex+sex+rank+dose")
    age, sex = ROWS["age"], ROWS["sex"]
    dose = np.array([1.0, 5.0, 20.0])[ROWS["dose"].astype(int)]
    expected = [age, age**2, np.log(age), np.sqrt(age), age * sex, sex, ROWS["rank"], dose]
    assert np.array_equal(matrix, np.column_stack(expected))
    assert names == ("age", "age^2", "log(age)", "sqrt(age)", "age:sex", "sex", "rank", "dose")
    assert sources == ("age", "age", "age", "age", "age", "sex", "rank", "dose")


def test_levels_make_one_column_each_but_the_first() -> None:
    for text in ("edu", "C(edu)"):
        matrix, names, sources = made(text)
        assert names == ("edu=b", "edu=c") and sources == ("edu", "edu")
        assert np.array_equal(matrix, np.column_stack([ROWS["edu"] == 1, ROWS["edu"] == 2]))
    assert made("C(dose)")[1] == ("dose=5", "dose=20")
    matrix, names, _ = made("C(edu):C(rank)")
    assert names == ("edu=b:rank=mid", "edu=b:rank=high", "edu=c:rank=mid", "edu=c:rank=high")
    assert np.array_equal(matrix[:, 3], (ROWS["edu"] == 2) * (ROWS["rank"] == 2))


def test_levels_of_a_number_are_its_values() -> None:
    columns = {"k": Column(name="k", kind="count")}
    _, names, _ = columns_of(columns, {"k": np.repeat([3.0, 1.0, 2.0], 20)}, parse_terms("C(k)"))
    assert names == ("k=2", "k=3")


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("note", UnusableColumn, "text"),
        ("edu^2", BadOption, "C\\(edu\\)"),
        ("log(sex)", BadOption, f"{int((ROWS['sex'] == 0).sum())} rows"),
        ("C(age)", CannotEstimate, "60 levels"),
    ],
)
def test_columns_that_cannot_be_made_are_refused(text: str, error: type[AitiaError], says: str) -> None:
    with pytest.raises(error, match=says):
        made(text)


def test_root_of_negative_numbers_is_refused_with_their_count() -> None:
    with pytest.raises(BadOption, match="in 2 rows"):
        columns_of({"a": COLUMNS["age"]}, {"a": np.array([-1.0, 4.0, -2.0])}, parse_terms("sqrt(a)"))


def test_names_are_written_as_read() -> None:
    for text in ("age", "age^2", "C(edu)", "log(x)", "sqrt(x)", "a:C(b)"):
        assert term_name(parse_terms(text)[0]) == text
