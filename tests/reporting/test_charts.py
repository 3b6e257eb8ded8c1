"""Charts show every estimate, arm and covariate, in their places, whatever the names and sizes."""

from __future__ import annotations

import dataclasses
import math
import re

import pytest

from aitia.core.errors import InputError
from aitia.core.finding import Balance, Finding, Histogram, Strength, Strengths
from aitia.reporting.chart import PALETTE, svg
from aitia.reporting.charts import balance_chart, chart_of, charts_of, effect_chart, overlap_chart, sensitivity_chart
from aitia.reporting.plot import picture
from aitia.reporting.sensitivity_chart import adjusted, curve, labels, levels_of, limits_of, tipping
from tests.reporting import studies
from tests.reporting.page import parsed


def texts(drawing: str) -> list[str]:
    return [element.text for element in parsed(drawing).all("text")]


def test_the_effect_chart_shows_every_estimate_and_the_line_of_no_effect() -> None:
    drawn = texts(svg(effect_chart(studies.fragile()[1].estimates)))
    for text in (
        "aipw",
        "ipw",
        "regression",
        "sex = woman",
        "sex = man",
        "3.46 (2.52 to 4.41)",
        "effect of quit_smoking on weight_gain, in kg",
    ):
        assert text in drawn
    assert effect_chart(studies.fragile()[1].estimates).title == "4 of the 5 intervals exclude zero."


def test_the_axis_reaches_zero_and_every_finite_end() -> None:
    one = studies.supported()[1].estimates[0]
    wide = dataclasses.replace(one, contrasts=(dataclasses.replace(one.contrasts[0], low=-math.inf),))
    chart = effect_chart((wide, one))
    low, high = chart.spec["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert low < 0 < one.high < high
    assert chart.spec["data"]["values"][0]["low"] == low
    assert "−∞ to" in " ".join(texts(svg(chart)))


def test_an_estimate_without_an_interval_is_a_point_and_no_estimate_is_refused() -> None:
    one = studies.supported()[1].estimates[0]
    bare = dataclasses.replace(one, se=None, low=None, high=None, contrasts=())
    assert "without an interval" in effect_chart((bare,)).title
    assert "<svg" in svg(effect_chart((bare,)))
    with pytest.raises(InputError):
        effect_chart(())


def test_many_estimates_are_cut_and_the_cut_is_said() -> None:
    one = studies.supported()[1].estimates[0]
    chart = effect_chart([one] * 35)
    assert len(chart.spec["data"]["values"]) == 30
    assert "5 more lines not drawn" in chart.description


def test_two_arms_are_mirrored_as_shares_and_each_sums_to_one() -> None:
    values = overlap_chart(studies.propensity(), "quit_smoking").spec["data"]["values"]
    sums = {arm: sum(v["share"] for v in values if v["arm"] == arm) for arm in ("quit_smoking = 1", "quit_smoking = 0")}
    assert sums["quit_smoking = 1"] == pytest.approx(1)
    assert sums["quit_smoking = 0"] == pytest.approx(-1)


def test_what_arms_share_is_the_sum_of_the_smaller_shares() -> None:
    pair = Histogram(quantity="propensity", edges=(0.0, 0.5, 1.0), arms=("a", "b"), counts=((3.0, 1.0), (10.0, 30.0)))
    assert overlap_chart(pair).title == "The two arms share 50 % of the distribution of the propensity."
    three = dataclasses.replace(pair, arms=("a", "b", "c"), counts=(*pair.counts, (0.0, 0.0)))
    assert "share 0 %" in overlap_chart(three).title
    assert {"a", "b", "c"} <= set(texts(svg(overlap_chart(three))))


def test_the_balance_chart_counts_what_stays_beyond_the_limit() -> None:
    chart = balance_chart(studies.balance())
    assert "from 0.28 to 0.13" in chart.title
    assert "1 covariate of 4 stays beyond 0.1" in chart.title
    assert [row["name"] for row in chart.spec["data"]["values"][::2]] == ["age", "sex", "years_smoked", "exercise"]
    nothing = Balance(names=("a",), before=(math.nan,), after=(0.0,))
    assert "every covariate is within" in balance_chart(nothing).title


STRENGTHS = (
    studies.strengths(),
    Strengths(value=-1794.3, se=632.0, degrees=440, benchmarks=(Strength(name="age", with_treatment=0.0002, with_outcome=0.003),)),
    Strengths(value=0.5, se=0.02, degrees=500, benchmarks=(Strength(name="x", with_treatment=0.6, with_outcome=0.9),)),
    Strengths(value=2.0, se=0.1, degrees=90),
    Strengths(value=0.0, se=0.1, degrees=90),
)


@pytest.mark.parametrize("strengths", STRENGTHS, ids=["usual", "negative", "strong", "no benchmark", "zero"])
def test_every_contour_leaves_what_it_says(strengths: Strengths) -> None:
    limits = limits_of(strengths)
    for level in levels_of(strengths, limits):
        for point in curve(strengths, level, limits):
            assert 0 <= point["x"] <= limits[0] + 1e-12
            assert 0 <= point["y"] <= limits[1] + 1e-12
            assert adjusted(strengths, point["x"], point["y"]) == pytest.approx(level, abs=1e-9 * abs(strengths.value) + 1e-9)
    assert "<svg" in svg(sensitivity_chart(strengths))


def test_the_effect_is_zero_at_the_tipping_point() -> None:
    for strengths in STRENGTHS[:4]:
        assert adjusted(strengths, tipping(strengths), tipping(strengths)) == pytest.approx(0, abs=1e-9 * abs(strengths.value))
    assert tipping(STRENGTHS[4]) == 0


def test_the_line_of_no_effect_is_in_the_picture_when_it_is_near() -> None:
    assert 0.0 in levels_of(STRENGTHS[0], limits_of(STRENGTHS[0]))
    assert "no effect" in texts(svg(sensitivity_chart(STRENGTHS[0], "quit", "gain")))


def test_labels_of_benchmarks_do_not_touch() -> None:
    crowd = tuple(Strength(name=f"covariate_{i}", with_treatment=0.001 * i, with_outcome=0.0012 * i) for i in range(30))
    found = labels(crowd, (0.05, 0.05))
    assert 1 <= len(found) <= 12
    assert len({text for text, *_ in found}) == len(found)


@pytest.mark.parametrize("name", ["fragile", "nasty"])
def test_drawings_use_only_the_colours_that_have_a_dark_twin(name: str) -> None:
    _, analysis = studies.ALL[name]()
    known = {light for light, _ in PALETTE.values()} | {"none", "transparent", "white"}
    for chart in (effect_chart(analysis.estimates), *charts_of(analysis.findings, analysis.query)):
        assert set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg(chart))) <= known


def test_names_in_charts_are_escaped_and_cut() -> None:
    long = Balance(names=("<script>alert(1)</script>", "e" * 60), before=(0.2, 0.1), after=(0.0, 0.0))
    drawing = svg(balance_chart(long))
    assert "<script" not in drawing
    assert "<script>alert(1)</script>" in texts(drawing)
    assert "e" * 60 not in texts(drawing)
    assert "e" * 17 + "…" + "e" * 16 in texts(drawing)


def test_plot_draws_what_has_a_picture_and_refuses_the_rest() -> None:
    _, analysis = studies.fragile()
    for noun in (analysis, analysis.estimates[0], analysis.graph, *(f for f in analysis.findings if f.picture)):
        assert "<svg" in picture(noun)._repr_html_()
    assert chart_of(Finding(check="x", passed=True, says="y.")) is None
    for noun in (Finding(check="x", passed=True, says="y."), analysis.query, 3):
        with pytest.raises(InputError, match="nothing to draw"):
            picture(noun)
