"""Each check gives the published figure where there is one, and the right answer in the cases that users meet."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import math

import numpy as np
import pytest

from aitia.checks.e_value import bias_needed
from aitia.checks.graph_fit import claims
from aitia.checks.partial_r2 import adjusted, robustness
from aitia.core.errors import BadOption, InputError, Stopped
from aitia.core.estimate import Estimate
from aitia.core.finding import Balance, Finding, Histogram, Strength, Strengths
from aitia.core.knowledge import Knowledge, Role
from aitia.core.query import Query
from aitia.core.request import Plan, Reading
from aitia.core.run import Run
from aitia.core.shelf import checks
from aitia.core.table import Table
from aitia.graphs.formats.text import parse
from aitia.graphs.separation import separated, separator
from tests.checks.studies import ADJUSTMENT, World, studied, table_in
from tests.measures.tables import draw, table_of
from tests.shared import shared


def finding(name: str, table: Table, estimator: str = "regression", **given: object) -> Finding:
    run, options = Run(), dict(given.pop("options", {}))  # type: ignore[call-overload]
    study, design = studied(table, estimator, run, **given)  # type: ignore[arg-type]
    return run.use(checks[name], study, design, **options)


# ---------------------------------------------------------------- published figures


def test_e_values_of_the_paper() -> None:
    """VanderWeele and Ding (2017): a risk ratio of 3.9 (1.8 to 8.7) has E-values 7.26 and 3.0; .80 has 1.81."""
    assert bias_needed(3.9) == pytest.approx(7.26, abs=0.005)
    assert bias_needed(1.8) == pytest.approx(3.0, abs=0.005)
    assert bias_needed(0.8) == pytest.approx(1.81, abs=0.005)


def darfur() -> Estimate:
    query = Query(treatment="directlyharmed", outcome="peacefactor")
    return Estimate(
        value=0.09731582, se=0.02325654, low=0.0517, high=0.1430, n=1276, method="regression", errors="classical", query=query
    )  # fmt: skip


def test_robustness_values_of_the_paper() -> None:
    """Cinelli and Hazlett (2020), Darfur: 13.9 % for the effect, 7.6 % for its interval, 783 degrees of freedom."""
    assert robustness(darfur(), 783) == pytest.approx(0.1388, abs=0.0001)
    assert robustness(darfur(), 783, to_limit=True) == pytest.approx(0.0763, abs=0.0001)


def test_a_hidden_cause_as_strong_as_female_in_the_paper() -> None:
    """Cinelli and Hazlett (2020), Darfur, bound of 1 x female: .0752 with standard error .0219, interval .0323 to .1182."""
    left = adjusted(darfur(), 783, Strength(name="female", with_treatment=0.00908, with_outcome=0.10903))
    assert left.value == pytest.approx(0.0752, abs=0.0001)
    assert (left.low, left.high) == pytest.approx((0.0323, 0.1182), abs=0.0002)


def lalonde(path: str) -> Table:
    kinds = {"train": "binary", "age": "count", "educ": "count", "black": "binary", "hisp": "binary", "married": "binary"}
    kinds |= {"re74": "continuous", "re75": "continuous", "re78": "continuous"}
    with shared(path).open(encoding="utf8") as file:
        rows = list(csv.DictReader(file))
    return table_of(kinds, {name: np.array([float(row[name]) for row in rows]) for name in kinds})


ASKED = {"query": Query(treatment="train", outcome="re78"), "adjustment": ("age", "educ", "black", "hisp", "married", "re74")}


def test_lalonde_psid_fails_on_earnings_before_training() -> None:
    """Training cannot have moved earnings of 1975, yet adjusted it seems to lower them by 1.78 thousand (.45)."""
    failed = finding("placebo-outcome", lalonde("lalonde/jtrain3.csv"), options={"outcome": "re75"}, **ASKED)
    assert failed.passed is False
    assert failed.value == pytest.approx(-1.78, abs=0.005)
    assert "(standard error 0.45)" in failed.says


def test_lalonde_psid_lacks_overlap_and_the_experiment_does_not() -> None:
    assert finding("overlap", lalonde("lalonde/jtrain3.csv"), **ASKED).passed is False
    experiment = lalonde("lalonde/jtrain2.csv")
    assert finding("overlap", experiment, **ASKED).passed is True
    assert finding("placebo-outcome", experiment, options={"outcome": "re75"}, **ASKED).passed is True


# ---------------------------------------------------------------- the cases users meet


def test_nothing_adjusted_for() -> None:
    table = table_in(World(push=0.0), 1)
    assert finding("overlap", table, adjustment=()).value == 1.0
    assert finding("overlap", table, adjustment=()).passed is True
    assert finding("balance", table, adjustment=()).passed is None
    bound = finding("partial-r2", table, adjustment=())
    assert bound.passed is False, "nothing held fixed: no yardstick for a hidden cause"
    assert bound.value is not None and bound.value > 0


def test_randomised_treatments_pass() -> None:
    knowledge = Knowledge(roles=(Role(name="t", role="randomised"),))
    table = table_in(World(push=0.0, n=300), 4)
    for name in ("overlap", "partial-r2"):
        found = finding(name, table, knowledge=knowledge)
        assert found.passed is True
    assert "assigned at random" in finding("partial-r2", table, knowledge=knowledge).says


def test_partial_r2_fails_where_a_cause_like_a_measured_one_would_do_it() -> None:
    weak = finding("partial-r2", table_in(World(n=2000, effect=0.2, push=1.0), 2))
    assert weak.passed is False
    assert "age" in weak.says
    assert weak.next is not None
    strong = finding("partial-r2", table_in(World(n=2000, effect=2.0), 2))
    assert strong.passed is True
    assert isinstance(strong.picture, Strengths)
    assert {s.name for s in strong.picture.benchmarks} == set(ADJUSTMENT)
    nothing = finding("partial-r2", table_in(World(n=200, effect=0.0, push=0.0), 3))
    assert nothing.passed is None
    assert "includes zero" in nothing.says


def test_the_benchmarks_are_partial_r2s() -> None:
    table = table_in(World(n=800), 5)
    picture = finding("partial-r2", table).picture
    assert isinstance(picture, Strengths)
    rows = table.rows()
    region = [(rows["region"] == level).astype(float) for level in (1, 2, 3)]
    others = np.column_stack([np.ones(800), rows["age"], rows["sex"], rows["visits"]])

    def unexplained(target: np.ndarray, given: np.ndarray) -> float:
        return float(np.sum((target - given @ np.linalg.lstsq(given, target, rcond=None)[0]) ** 2))

    expected = 1 - unexplained(rows["t"], np.column_stack([others, *region])) / unexplained(rows["t"], others)
    with_t = np.column_stack([others, rows["t"]])
    outcome = 1 - unexplained(rows["y"], np.column_stack([with_t, *region])) / unexplained(rows["y"], with_t)
    found = next(s for s in picture.benchmarks if s.name == "region")
    assert (found.with_treatment, found.with_outcome) == pytest.approx((expected, outcome))


def test_pictures() -> None:
    table = table_in(World(), 6)
    histogram = finding("overlap", table).picture
    assert isinstance(histogram, Histogram)
    assert sum(map(sum, histogram.counts)) == 600
    assert len(histogram.edges) == 21
    balance = finding("balance", table).picture
    assert isinstance(balance, Balance)
    assert len(balance.names) == len(balance.before) == len(balance.after)


def test_balance_improves_by_weighting() -> None:
    picture = finding("balance", table_in(World(n=3000, push=1.0), 7)).picture
    assert isinstance(picture, Balance)
    at = picture.names.index("age")
    assert abs(picture.after[at]) < 0.3 * abs(picture.before[at])


def test_att_overlap_looks_at_the_untreated_only() -> None:
    """Under the weights of the treated their own arm is worth all its rows."""
    table = table_in(World(push=3.0, n=1000), 8)
    everyone = finding("overlap", table)
    treated = finding("overlap", table, query=Query(treatment="t", outcome="y", effect="ato"))
    assert everyone.value is not None and treated.value is not None
    assert treated.value > everyone.value


@pytest.mark.parametrize("rule", ["age above its mean", "one region always"])
def test_rows_that_never_had_the_other_treatment_are_seen(rule: str) -> None:
    """They carry no weight in the arm that lacks them, so the weights of the rows that are there look fine."""
    for seed in range(10):
        table = table_in(World(n=1000, push=0.0), seed)
        rows = dict(table.rows())
        always = rows["age"] > 0 if rule.startswith("age") else rows["region"] == 3
        chance = np.random.default_rng(seed).random(1000) < 0.5
        rows["t"] = (always if rule.startswith("age") else always | chance).astype(float)
        found = finding("overlap", table_of({c.name: c.kind for c in table.columns}, rows))
        assert found.passed is False, found


def test_graph_fit_names_the_worst_claim() -> None:
    found = finding("graph-fit", table_in(World(n=2000, hidden=1.0), 9))
    assert found.passed is False
    assert found.value == 2.0
    assert "should be independent of before" in found.says
    assert "Join" in (found.next or "")


def test_graph_fit_does_not_refute_an_answer_by_claims_on_which_it_does_not_rest() -> None:
    run = Run()
    study, design = studied(table_in(World(n=2000, beside=1.0), 9), "regression", run)
    main, aside = run.use(checks["graph-fit"], study, design)
    assert main.passed is True
    assert aside.passed is None
    assert "age should be independent of sex" in aside.says
    assert "age <-> sex" in aside.next


def test_graph_fit_says_why_it_cannot_judge() -> None:
    table = table_in(World(), 1)
    complete = "; ".join(f"{a}->{b}" for i, a in enumerate((*ADJUSTMENT, "t", "y")) for b in (*ADJUSTMENT, "t", "y")[i + 1 :])
    assert "claims no independence" in finding("graph-fit", table, graph=complete).says
    undirected = finding("graph-fit", table, graph="age -- sex; age->t; t->y")
    assert undirected.passed is None
    assert undirected.next
    small = finding("graph-fit", table_in(World(n=45), 1), graph="sex; region; t->y")
    assert small.passed is None
    assert "too few rows" in small.says


def test_graph_fit_leaves_out_what_is_not_measured() -> None:
    """A hidden cause between age and sex takes away the claim; a node that is no column is not tested."""
    table = table_in(World(), 1)
    graph = parse("age->t; sex->t; t->y; age<->sex; u->y; region; visits; before")
    named = {frozenset((c.first, c.second)) for c in claims(graph, table, Run())}
    assert frozenset(("age", "sex")) not in named
    assert not any("u" in pair for pair in named)
    assert frozenset(("age", "y")) in named


def test_every_claim_follows_from_the_graph_and_none_is_missed() -> None:
    """In random DAGs and ADMGs, with and without unmeasured nodes: each claimed set separates, each left out has no separator."""
    names = [f"c{i}" for i in range(8)]
    table = table_of(dict.fromkeys(names, "continuous"), dict.fromkeys(names, np.arange(30.0)))
    for seed in range(40):
        rng = np.random.default_rng(seed)
        marks = ["->", "->", "<->"] if seed % 2 else ["->"]
        edges = [f"{a}{rng.choice(marks)}{b}" for i, a in enumerate(names) for b in names[i + 1 :] if rng.random() < 0.25]
        graph = parse("; ".join([*names, *edges])).with_latent(tuple(names[: seed % 4]))
        found = {(c.first, c.second): c.given for c in claims(graph, table, Run())}
        for pair in itertools.combinations(graph.observed, 2):
            if pair in found:
                assert set(found[pair]) <= set(graph.observed)
                assert separated(graph, *pair, found[pair])
            else:
                assert graph.adjacent(*pair) or separator(graph, *pair, graph.observed) is None


@pytest.mark.parametrize("kind", ["continuous", "categorical"])
def test_graph_fit_weighs_clusters_and_uses_all_their_rows(kind: str) -> None:
    """Means of 60 clusters make columns look related that are not; a relation within clusters is still found."""

    def contradicted(seed: int, strength: float) -> bool:
        rng, reading = np.random.default_rng(seed), Reading(cluster="who")
        who = np.repeat(np.arange(60.0), 20)
        t, other, noise = (rng.normal(size=60)[who.astype(int)] + rng.normal(size=1200) for _ in range(3))
        other = other + strength * t
        shown = np.digitize(other, [-0.8, 0.8]).astype(float) if kind == "categorical" else other
        kinds = {"t": "continuous", "other": kind, "y": "continuous", "who": "unit"}
        table = table_of(kinds, {"t": t, "other": shown, "y": t + noise, "who": who})
        found = finding("graph-fit", dataclasses.replace(table, reading=reading), graph="t->y; other->y", adjustment=(), reading=reading)
        assert found.passed is not None
        return not found.passed

    assert np.mean([contradicted(seed, 0.0) for seed in range(40)]) <= 0.15
    assert all(contradicted(seed, 0.5) for seed in range(10))


def test_subset_says_why_it_cannot_judge() -> None:
    small = finding("subset", table_in(World(n=200), 1))
    assert small.passed is None
    assert "40 rows" in small.says
    assert finding("subset", table_in(World(n=200), 1), options={"parts": 2}).passed is not None


def test_subset_keeps_clusters_whole_and_sees_that_they_were_ignored() -> None:
    """Rows repeated 4 times: plain errors are half as large as they should be, clustered ones are right."""
    table = table_in(World(n=1000), 3)
    rows = {name: np.repeat(values, 4) for name, values in table.rows().items()} | {"who": np.repeat(np.arange(1000.0), 4)}
    kinds = {column.name: column.kind for column in table.columns} | {"who": "unit"}
    repeated = table_of(kinds, rows)
    fails = []
    for seed in range(20):
        run = Run(seed=seed)
        study, design = studied(repeated, "regression", run, reading=Reading(cluster="who"))
        fails.append(run.use(checks["subset"], study, design).passed is False)
    assert np.mean(fails) > 0.3
    run = Run()
    study, design = studied(repeated, "regression", run, reading=Reading(cluster="who"), plan=Plan(errors="cluster"))
    assert run.use(checks["subset"], study, design).passed is True


def test_the_placebo_outcome_leaves_the_covariates() -> None:
    table = table_in(World(), 2)
    found = finding("placebo-outcome", table, adjustment=(*ADJUSTMENT, "before"), options={"outcome": "before"})
    assert found.passed is not None
    assert math.isfinite(found.value or math.nan)


def test_misuse_is_refused_with_what_to_do() -> None:
    table = table_in(World(), 2)
    with pytest.raises(InputError, match="befor"):
        finding("placebo-outcome", table, options={"outcome": "befor"})
    with pytest.raises(BadOption, match="placebo outcome"):
        finding("placebo-outcome", table, options={"outcome": "t"})
    run = Run()
    study, design = studied(table, "regression", run)
    with pytest.raises(InputError, match="no effect to check"):
        run.use(checks["placebo"], dataclasses.replace(study, records=()), design)


def test_a_large_effect_does_not_hide_a_placebo_bias() -> None:
    """The reported effect is taken out before shuffling; left in, an effect of 20 standard deviations would leave a power of .07."""
    powers = [finding("placebo", table_in(World(effect=20.0), seed)).power or 0.0 for seed in range(20)]
    assert np.mean(powers) > 0.9


def test_an_outcome_of_shares_or_counts_has_a_risk_ratio() -> None:
    found = finding("e-value", table_in(World(outcome="binary", effect=1.5), 3))
    assert found.value is not None and found.value > 1.5
    nothing = finding("e-value", table_in(World(effect=0.0, push=0.0), 5))
    assert "includes zero" in nothing.says


def test_the_deadline_stops_the_battery() -> None:
    run = Run(deadline=1000.0)
    study, design = studied(table_in(World(), 3), "regression", run)
    run.cancel()
    for name in ("placebo", "graph-fit"):
        with pytest.raises(Stopped):
            run.use(checks[name], study, design)


def wide(n: int = 10_000) -> tuple[Table, str, tuple[str, ...]]:
    """Twenty columns, 25 when expanded, and a graph in which each of 18 covariates has two parents: 190 pairs in all."""
    rng = np.random.default_rng(0)
    kinds: dict[str, str] = {}
    values: dict[str, np.ndarray] = {}
    edges = []
    for i in range(18):
        parents = [f"c{j}" for j in rng.choice(i, size=min(i, 2), replace=False)] if i else []
        score = sum((0.3 * (values[p] - values[p].mean()) / values[p].std() for p in parents), np.zeros(n))
        kinds[f"c{i}"] = ["continuous", "continuous", "binary", "count", "categorical"][i % 5]
        values[f"c{i}"] = draw(kinds[f"c{i}"], score, rng)
        edges += [f"{p}->c{i}" for p in parents] or [f"c{i}"]
    score = sum((0.1 * (v - v.mean()) / v.std() for v in values.values()), np.zeros(n))
    values["t"] = draw("binary", score, rng)
    values["y"] = score + 0.3 * values["t"] + rng.normal(size=n)
    names = tuple(kinds)
    edges += [f"{name}->t; {name}->y" for name in names] + ["t->y"]
    return table_of({**kinds, "t": "binary", "y": "continuous"}, values), "; ".join(edges), names


def test_the_e_value_of_a_numeric_treatment_does_not_depend_on_its_unit() -> None:
    table = table_in(World(treatment="continuous", n=800), 5)
    rows = table.rows()
    kinds = {column.name: column.kind for column in table.columns}
    scaled = table_of(kinds, {**rows, "t": 1000 * rows["t"]})
    plain, other = finding("e-value", table), finding("e-value", scaled)
    assert plain.value == pytest.approx(other.value, rel=1e-6)
    assert "one standard deviation of t" in plain.says
