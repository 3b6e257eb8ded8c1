"""A report holds every number, finding and assumption, loads nothing from elsewhere, and survives any name."""

from __future__ import annotations

import json
import pathlib
import re
import shlex
import subprocess
import sys
from typing import Any

import jsonschema
import pandas
import pytest

from aitia.core import codec
from aitia.core.analysis import Analysis
from aitia.core.errors import BadOption
from aitia.core.request import Plan
from aitia.reporting.report import render
from aitia.reporting.script import command
from tests.reporting import studies
from tests.reporting.page import Element, parsed
from tests.tables import EFFECT, GRAPH, confounded

SECTIONS = (
    "protocol",
    "graph",
    "estimand",
    "effect",
    "checks",
    "assumptions",
    "choices",
    "data",
    "tries",
    "reproduction",
    "references",
)


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {name: render(*make(), "html") for name, make in studies.ALL.items()}


def cells_of(section: Element) -> list[str]:
    """The texts of all body cells of a section's tables."""
    return [" ".join(cell.text.split()) for tag in ("th", "td") for body in section.all("tbody") for cell in body.all(tag)]


@pytest.mark.parametrize("name", studies.ALL)
def test_a_page_is_well_formed_accessible_and_complete(pages: dict[str, str], name: str) -> None:
    page = parsed(pages[name])
    assert pages[name].startswith("<!DOCTYPE html>")
    assert page.all("html")[0].attributes["lang"] == "en"
    assert page.all("title")[0].text.strip()
    headings = [e.tag for tag in ("h1", "h2", "h3") for e in page.all(tag)]
    assert headings.count("h1") == 1
    assert "h3" not in headings
    order = [e.attributes.get("id") for e in page.all("section")]
    assert order == ["answer", *SECTIONS]
    for figure in page.all("figure"):
        picture = figure.all("div")[0]
        assert picture.attributes["role"] == "img"
        assert len(picture.attributes["aria-label"] or "") > 20
        assert figure.all("figcaption")[0].text.strip()
    for table in page.all("table"):
        assert table.all("caption")[0].text.strip()
        assert all(cell.attributes.get("scope") in ("row", "col") for cell in table.all("th"))
        widths = {sum(isinstance(child, Element) for child in row.children) for row in table.all("tr")}
        assert len(widths) == 1


@pytest.mark.parametrize("name", studies.ALL)
def test_a_page_loads_nothing_and_runs_nothing(pages: dict[str, str], name: str) -> None:
    page = pages[name]
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//|@import|url\(\s*['"]?(https?:)?//""", page)
    tree = parsed(page)
    assert not any(tree.all(tag) for tag in ("script", "link", "iframe", "img", "object"))
    assert not re.search(r"\son\w+=", re.sub(r"aria-label=\"[^\"]*\"|>[^<]*<", "", page))


@pytest.mark.parametrize("name", studies.ALL)
def test_ids_are_unique_and_every_reference_finds_its_own(pages: dict[str, str], name: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', pages[name])
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)", pages[name])) <= set(ids)


@pytest.mark.parametrize("name", studies.ALL)
def test_no_raw_python_shows(pages: dict[str, str], name: str) -> None:
    tree = parsed(pages[name])
    for section in tree.all("section"):
        if section.attributes["id"] != "reproduction":
            assert not re.search(r"\bNone\b|\bnan\b|\bTrue\b|\bFalse\b|frozenset|\w+\(\w+=|e[+-]0\d", section.text), section.attributes[
                "id"
            ]


def test_every_number_of_the_effect_stands_once_in_its_table(pages: dict[str, str]) -> None:
    effect = parsed(pages["fragile"]).by_id("effect")
    found = cells_of(effect)
    for text in (
        "3.46",
        "2.52 to 4.41",
        "0.48",
        "3.52",
        "2.49 to 4.55",
        "0.53",
        "3.38",
        "2.52 to 4.25",
        "0.44",
        "4.10",
        "0.80",
        "−0.96 to 2.57",
    ):
        assert found.count(text) == 1, text
    assert "1,566 worth 1,187" in [cell.replace("1,566worth", "1,566 worth") for cell in found]
    assert "in kg" in effect.all("caption")[0].text


def test_the_answer_box_says_effect_interval_units_verdict_and_condition(pages: dict[str, str]) -> None:
    box = " ".join(parsed(pages["fragile"]).by_id("answer").text.split())
    for text in (
        "3.46 kg",
        "95 % interval: 2.52 to 4.41",
        "Fragile given the graph you supplied",
        "raises weight_gain by 3.46 kg on average over everyone",
    ):
        assert text in box
    assert "The check negative-control did not run." in box
    assert "setting quit_smoking to 1 rather than 0" in box


def test_a_verdict_is_said_for_what_it_is(pages: dict[str, str]) -> None:
    boxes = {name: " ".join(parsed(page).by_id("answer").text.split()) for name, page in pages.items()}
    assert "✓ Supported" in boxes["supported"]
    assert "✗ Refuted" in boxes["nasty"]
    assert "should not be used" in boxes["nasty"]
    assert "Not identified" in boxes["refused"]
    assert not re.search(r"\d", boxes["refused"])
    assert "The deadline of 2 s has passed" in boxes["stopped"]
    assert "Descriptive" in boxes["descriptive"]


@pytest.mark.parametrize("name", studies.ALL)
@pytest.mark.parametrize("to", ["html", "md"])
def test_every_finding_assumption_and_choice_is_told(name: str, to: Any) -> None:
    study, analysis = studies.ALL[name]()
    text = render(study, analysis, to)
    text = parsed(text).text if to == "html" else re.sub(r"\\(.)", r"\1", text).replace("&amp;", "&")
    for finding in analysis.findings:
        assert finding.says in text
        assert finding.next is None or finding.next in text
    for assumption in analysis.assumptions:
        assert assumption.says in text
        assert assumption.breakdown_says is None or assumption.breakdown_says in text
    for choice in analysis.plan:
        assert choice.why[1:] in text
        assert all(refusal.method in text and refusal.why in text for refusal in choice.refused)
    for attempt in analysis.unidentified.tried if analysis.unidentified else ():
        assert attempt.why in text


def test_checks_stand_with_answer_threshold_p_and_power(pages: dict[str, str]) -> None:
    rows = [" ".join(row.text.split()) for row in parsed(pages["fragile"]).by_id("checks").all("tr")]
    balance = next(row for row in rows if row.startswith("balance"))
    assert "✗ failed" in balance
    assert "Next: Use overlap weights." in balance
    assert re.search(r"value 0\.128\s*threshold 0\.1\s*power 93 %", balance)
    assert "p = .41" in next(row for row in rows if row.startswith("placebo"))
    assert "p = .087" in next(row for row in rows if row.startswith("graph-fit"))


def test_findings_are_told_where_they_belong(pages: dict[str, str]) -> None:
    page = parsed(pages["fragile"])
    assert "Not measured in these data: stress" in page.by_id("graph").text
    assert "63 rows lack weight_gain" in page.by_id("data").text
    assert "survey_wave: it has one value only" in page.by_id("data").text
    assert "63 rows lack" not in page.by_id("checks").text


def test_a_fragile_study_shows_its_five_pictures_and_a_refused_one_its_graph(pages: dict[str, str]) -> None:
    assert len(parsed(pages["fragile"]).all("figure")) == 5
    assert len(parsed(pages["nasty"]).all("figure")) == 5
    assert [f.all("svg")[0].attributes["class"] for f in parsed(pages["refused"]).all("figure")] == ["graph"]
    assert not parsed(pages["descriptive"]).all("figure")


def test_nasty_names_are_text_and_nothing_else(pages: dict[str, str]) -> None:
    page = pages["nasty"]
    assert "<script" not in page
    assert "<b>" not in page
    assert "<i>" not in page
    assert page.count("</style>") == 1
    tree = parsed(page)
    assert studies.NASTY.treatment in tree.all("h1")[0].text
    assert studies.NASTY.outcome in tree.all("h1")[0].text
    assert {studies.NASTY.treatment, "名前", "e" * 60, "</style>"} <= {t.text for t in tree.by_id("graph").all("title")}


def test_references_are_those_of_the_methods_used_and_no_others(pages: dict[str, str]) -> None:
    supported, fragile = (parsed(pages[name]).by_id("references").text for name in ("supported", "fragile"))
    assert "Cinelli" in fragile
    assert "Cinelli" not in supported
    assert "Hernán" in supported
    assert "[aipw]" in supported
    assert "No method with a paper" in parsed(pages["descriptive"]).by_id("references").text


@pytest.mark.parametrize("name", studies.ALL)
def test_markdown_tables_have_as_many_cells_as_headings(name: str) -> None:
    text = render(*studies.ALL[name](), "md")
    lines = re.sub(r"(?s)^(`{3,})[a-z]*$.*?^\1$", "", text, flags=re.M).splitlines()
    wide = 0
    for line in lines:
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert not cells or not wide or cells == wide, line
        wide = cells
    assert next(line for line in lines if line.startswith("## ")) == "## The protocol"
    assert not re.search(r"\n{4,}", text)


@pytest.mark.parametrize("name", studies.ALL)
def test_json_obeys_the_schema_and_reads_back(name: str) -> None:
    study, analysis = studies.ALL[name]()
    body = json.loads(render(study, analysis, "json"))
    jsonschema.validate(body, codec.schema(Analysis))
    assert codec.from_json(body, Analysis) == analysis


@pytest.mark.parametrize("name", studies.ALL)
def test_the_script_compiles_and_asks_the_same(name: str) -> None:
    study, analysis = studies.ALL[name]()
    asked: dict[str, Any] = {}
    code = compile(render(study, analysis, "py"), "report.py", "exec")
    argv, real = sys.argv, sys.modules["aitia"]

    class Recorder:
        @staticmethod
        def analyze(data: Any, **arguments: Any) -> str:
            asked.update(arguments, data=data)
            return ""

    try:
        sys.argv, sys.modules["aitia"] = ["report.py", *(["given.csv"] if study.request.data == "in memory" else [])], Recorder  # type: ignore[assignment]
        exec(code, {})
    finally:
        sys.argv, sys.modules["aitia"] = argv, real
    request = study.request
    assert asked["data"] == (request.data if request.data != "in memory" else "given.csv")
    assert asked["run"].seed == request.seed
    assert asked.get("treatment") == (request.query.treatment if request.query else None)
    assert asked.get("reading", request.reading) == request.reading
    if name == "nasty":
        assert asked["plan"] == Plan(set={"placebo.draws": 30}, skip=("subset",), by="sex", learner="forest", contrast="high,low")
        assert asked["knowledge"] == 'randomised "g\\\\h"'


def test_the_script_runs_and_finds_the_same_effect(tmp_path: pathlib.Path) -> None:
    aitia = pytest.importorskip("aitia")
    data = tmp_path / "shop's table.csv"
    pandas.DataFrame(confounded(600)).to_csv(data, index=False)
    done = aitia.analyze(data, "treated", "outcome", graph=GRAPH, plan=Plan(out=str(tmp_path / "out")))
    script = tmp_path / "again.py"
    script.write_text(pathlib.Path(aitia.report(done.study, to="py").path).read_text(encoding="utf8"), encoding="utf8")
    again = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert f"{done.estimate.value:.4g} (95 % interval" in again.stdout
    assert done.estimate.low < EFFECT < done.estimate.high


def test_the_command_line_quotes_what_the_shell_would_read() -> None:
    study, _ = studies.nasty()
    words = shlex.split(command(study.request))
    assert words[:3] == ["aitia", "analyze", study.request.data]
    assert words[words.index("--treatment") + 1] == studies.NASTY.treatment
    assert words[words.index("--contrast") + 1] == "high,low"
    assert words[words.index("--set") + 1] == "placebo.draws=30"
    assert words[words.index("--column") + 1] == f"{studies.NASTY.treatment}=ordinal"


@pytest.mark.parametrize("to", ["pdf", "docx"])
def test_a_format_that_is_not_built_is_refused_with_what_there_is(to: Any) -> None:
    with pytest.raises(BadOption, match="html, md, json, py"):
        render(*studies.supported(), to)


def test_the_same_study_gives_the_same_bytes(pages: dict[str, str]) -> None:
    assert render(*studies.fragile(), "html") == pages["fragile"]
