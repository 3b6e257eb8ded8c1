"""Numbers are written as a careful author would, and references are complete."""

from __future__ import annotations

import doctest
import re

import pytest

from aitia.core.errors import UnknownName
from aitia.core.shelf import SHELVES
from aitia.reporting import chart, citations, templates, words
from aitia.reporting.citations import bibtex, cited, entries
from aitia.reporting.words import aligned, number, p_value, percent
from tests.reporting import studies


@pytest.mark.parametrize("module", [chart, citations, templates, words], ids=lambda m: m.__name__)
def test_examples_in_docstrings(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (-0.00001234, "−1.23 × 10⁻⁵"),
        (999.6, "1,000"),
        (1e12, "1 × 10¹²"),
        (3, "3"),
        (-1794, "−1,794"),
        (float("inf"), "∞"),
        (float("nan"), "–"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert number(value).replace("1.00 ×", "1 ×") == text


@pytest.mark.parametrize(
    ("given", "texts"),
    [
        ((1794.34, 550.1, 3038.2, 632.0), ("1,794", "550", "3,038")),
        ((0.00312, -0.021, 0.0272, 0.0123), ("0.003", "−0.021", "0.027")),
        ((-0.4, None, 1.0, None), ("−0.40", "–", "1.00")),
        ((2.0, -float("inf"), 3.0, 0.5), ("2.00", "−∞", "3.00")),
        ((0.0, 0.0, 0.0, 0.0), ("0.00", "0.00", "0.00")),
    ],
)
def test_an_estimate_lines_up_with_its_interval(given: tuple[float, ...], texts: tuple[str, ...]) -> None:
    assert tuple("−" if t == "-" else t for t in aligned(*given)) == texts


def test_p_values_and_percentages_at_their_edges() -> None:
    assert [p_value(p) for p in (0.0, 0.001, 0.0999, 0.1, 0.999, None)] == ["p < .001", "p = .001", "p = .1", "p = .10", "p = 1", "–"]
    assert [percent(x) for x in (0.0, 1.0, 0.999, -0.25)] == ["0 %", "100 %", "100 %", "−25 %"]


def test_every_paper_that_a_card_cites_is_in_the_bibliography() -> None:
    missing = {key for shelf in SHELVES.values() for method in shelf for key in method.card.cites} - set(entries())
    assert not missing


def test_every_paper_that_a_file_names_in_its_first_line_is_in_the_bibliography() -> None:
    first = [path.read_text(encoding="utf8").partition("\n")[0] for path in citations.SOURCE.parents[1].rglob("*.py")]
    named = {key for line in first for key in re.findall(r"\[([a-z]+\d{4}[a-z]?)\]", line)}
    assert named
    assert named <= set(entries())


@pytest.mark.parametrize("key", entries())
def test_every_entry_is_complete(key: str) -> None:
    entry = entries()[key]
    needed = {
        "article": {"author", "title", "journal", "year", "pages"},
        "book": {"author", "title", "publisher", "year"},
        "inproceedings": {"author", "title", "booktitle", "year", "pages"},
        "incollection": {"author", "title", "booktitle", "publisher", "year"},
        "misc": {"author", "title", "year", "note"},
    }
    assert needed[entry.type] <= set(entry.fields)
    assert re.fullmatch(r"[a-z]+\d{4}[a-z]?", key)
    assert key.rstrip("abc").endswith(entry.fields["year"])
    assert not re.search(r"[{}\\$]|\s\s", entry.text), entry.text
    assert bibtex((key,)).startswith("@" + entry.type)


def test_an_unknown_key_is_named_with_near_ones() -> None:
    with pytest.raises(UnknownName, match="cinelli2020"):
        bibtex(("cinelli2002",))


def test_citations_follow_the_records() -> None:
    keys = cited(studies.fragile()[0])
    assert {"hernan2016", "cinelli2020", "robins1994", "pearl1995", "holm1979"} <= set(keys)
    assert cited(studies.stopped()[0]) == ()
    for method in ("placebo", "overlap"):
        assert set(SHELVES["checks"][method].card.cites) <= set(keys)
