"""Make whole studies by hand: a supported one, a fragile one, one not identified, a stopped one, one with nasty names."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from aitia.core.analysis import Analysis, Verdict, VerdictWord
from aitia.core.assumption import Assumption
from aitia.core.estimand import Attempt, Estimand, Hedge, Unidentified
from aitia.core.estimate import Contrast, Estimate, Part
from aitia.core.finding import Balance, Finding, Histogram, Strength, Strengths
from aitia.core.graph import Graph
from aitia.core.knowledge import Knowledge, Role
from aitia.core.query import Protocol, Query
from aitia.core.record import Choice, Record, Refusal, Trial
from aitia.core.request import Plan, Reading, Request
from aitia.core.study import Study
from aitia.core.table import Absent, Column, SetAside, Table
from aitia.graphs.formats.read import read_graph

Pair = tuple[Study, Analysis]
FINGERPRINT = "5f2c9d1e77aa40b3"
VERSIONS = {"python": "3.12.4", "aitia": "0.1.0", "numpy": "2.1.0"}
WEIGHT = Query(treatment="quit_smoking", outcome="weight_gain", arm=1, versus=0)
WEIGHT_GRAPH = (
    "age->quit_smoking; age->weight_gain; sex->quit_smoking; sex->weight_gain; years_smoked->quit_smoking; "
    "years_smoked->weight_gain; exercise->quit_smoking; exercise->weight_gain; age->years_smoked; quit_smoking->weight_gain; "
    "stress->quit_smoking; stress->weight_gain"
)
NASTY = Query(
    treatment='<b>dose & "power"</b>', outcome="Größe|in_the_household_of_the_person_before_the_first_visit_1974", arm="high", versus="low"
)


def estimate(
    query: Query, method: str, value: float, se: float, part: Part = "primary", population: str = "everyone", **more: Any
) -> Estimate:
    contrast = Contrast(arm=query.arm, versus=query.versus, value=value, se=se, low=value - 1.96 * se, high=value + 1.96 * se)
    fields: dict[str, Any] = {
        "n": 1566,
        "effective_n": 1187.4,
        "units": "kg",
        "errors": "hc1",
        "adjustment": ("age", "sex", "years_smoked"),
    }
    return Estimate(
        value=value,
        se=se,
        low=contrast.low,
        high=contrast.high,
        contrasts=(contrast,),
        method=method,
        query=query,
        part=part,
        population=population,
        **(fields | more),
    )


def protocol(query: Query) -> Protocol:
    return Protocol(
        eligibility="Every row with the treatment, the outcome and the covariates measured",
        time_zero="When the treatment was assigned; the data hold no date",
        strategies=(f"{query.treatment} = {query.arm}", f"{query.treatment} = {query.versus}"),
        assignment="Not randomised; taken as random given the covariates",
        follow_up=f"Until {query.outcome} was measured",
        outcome=f"{query.outcome}, continuous",
        estimand="the average effect over everyone",
        analysis="aipw with hc1 standard errors",
    )


def propensity() -> Histogram:
    edges = tuple(i / 20 for i in range(21))
    first = tuple(float(round(180 * math.exp(-(((i - 4) / 3) ** 2)))) for i in range(20))
    second = tuple(float(round(70 * math.exp(-(((i - 6) / 3.5) ** 2)))) for i in range(20))
    return Histogram(quantity="propensity of quit_smoking", edges=edges, arms=("0", "1"), counts=(first, second))


def balance() -> Balance:
    return Balance(
        names=("age", "sex", "years_smoked", "exercise"), before=(0.282, -0.160, 0.159, 0.043), after=(0.006, 0.011, -0.128, 0.002)
    )


def strengths() -> Strengths:
    return Strengths(
        value=3.4623,
        se=0.4821,
        degrees=1548,
        benchmarks=(
            Strength(name="age", with_treatment=0.0124, with_outcome=0.0305),
            Strength(name="sex", with_treatment=0.0063, with_outcome=0.0011),
            Strength(name="years_smoked", with_treatment=0.0052, with_outcome=0.0208),
            Strength(name="exercise", with_treatment=0.0009, with_outcome=0.0007),
        ),
    )


def checks(*, sound: bool) -> tuple[Finding, ...]:
    after = Finding(
        check="balance",
        passed=sound,
        value=0.128,
        threshold=0.1,
        power=0.93,
        bears_on="overlap",
        picture=balance(),
        says="The largest standardised difference after weighting is 0.128, in years_smoked",
        next=None if sound else "Use overlap weights.",
    )
    return (
        Finding(
            check="placebo",
            passed=True,
            value=0.021,
            threshold=0.0,
            power=0.97,
            p=0.4123,
            says="With quit_smoking shuffled the effect is zero within its error.",
            bears_on="estimator works as stated",
        ),
        Finding(
            check="graph-fit",
            passed=True,
            value=0.0314,
            power=0.88,
            p=0.0871,
            says="The 3 independences that the graph claims agree with the data.",
            bears_on="graph",
        ),
        Finding(
            check="overlap",
            passed=True,
            value=0.758,
            threshold=0.4,
            power=0.99,
            says="The thinner arm is worth 75.8 % of its rows.",
            bears_on="overlap",
            picture=propensity(),
        ),
        after,
        Finding(
            check="partial-r2",
            passed=None,
            value=0.1724,
            says="A hidden cause explaining 17.2 % of both would undo the effect.",
            bears_on="no hidden common cause",
            picture=strengths(),
        ),
    )


READ = (
    Finding(
        check="rows-dropped",
        passed=None,
        value=63.0,
        says="63 rows lack weight_gain and were left out.",
        bears_on="missing rows are like complete ones",
    ),
    Finding(check="kind", passed=None, says="sex has two values and was taken as binary."),
)
ABOUT_GRAPH = (
    Finding(
        check="latent-nodes",
        passed=None,
        value=1.0,
        says="Not measured in these data: stress. They stay in the graph as hidden causes.",
        bears_on="graph",
    ),
    Finding(check="ignored-columns", passed=None, value=2.0, says="Not in the graph, so not used: income, town."),
)
LEDGER = (
    Assumption(
        name="graph", says="The arrows drawn, and above all those left out, are right.", status="supported", findings=("graph-fit",)
    ),
    Assumption(
        name="no hidden common cause",
        says="Nothing outside the adjustment set causes both quit_smoking and weight_gain.",
        status="untestable",
        breakdown=0.1724,
        breakdown_says="A hidden cause would have to explain 17.2 % of what is left of both.",
        findings=("partial-r2",),
    ),
    Assumption(
        name="overlap", says="Every kind of row could have had either treatment.", status="violated", findings=("overlap", "balance")
    ),
    Assumption(name="consistency", says="quit_smoking means the same for every row.", status="untestable"),
)
PLAN = (
    Choice(step="identify", method="backdoor", why="tried in order: backdoor"),
    Choice(
        step="estimate",
        method="aipw",
        why="of those that fit it assumes least; also run: ipw and regression",
        refused=(Refusal(method="2sls", why="there is no instrument"), Refusal(method="anderson-rubin", why="there is no instrument")),
    ),
)


def table(query: Query) -> Table:
    columns = (
        Column(name=query.treatment, kind="binary", why="two values", levels=(0, 1)),
        Column(name=query.outcome, kind="continuous", why="many different numbers", missing=63, unit="kg"),
        Column(name="age", kind="count", why="whole numbers from 25 to 74"),
        Column(name="sex", kind="binary", why="two values", levels=("man", "woman")),
    )
    aside = (SetAside(name="survey_wave", why="it has one value only, 1971", constant=True),)
    return Table(columns=columns, source=Absent(n=1629, stored=FINGERPRINT), recipe="nhefs.csv", set_aside=aside, findings=READ)


def request(query: Query | None, graph: Graph | None, **more: Any) -> Request:
    fields: dict[str, Any] = {"data": "/data/nhefs.csv", "knowledge": Knowledge(), "reading": Reading(), "plan": Plan(), "seed": 7}
    return Request(query=query, graph=graph, fingerprint=FINGERPRINT, **(fields | more))


def record(step: str, output: Any, method: str | None = None, number: int = 0) -> Record:
    return Record(step=step, method=method, key=f"{step}-{method}-{number}", output=output, seconds=0.125)


def estimand() -> Estimand:
    return Estimand(
        strategy="backdoor",
        adjustment=("age", "sex", "years_smoked"),
        text="Σ_z E[weight_gain | quit_smoking, z] P(z)",
        latex="",
        steps=(
            "Every backdoor path from quit_smoking to weight_gain is blocked by the set",
            "So the effect equals the adjusted difference",
        ),
        assumptions=("graph", "no hidden common cause", "overlap"),
        alternatives=(("age", "sex", "exercise", "years_smoked"),),
    )


def finished(
    query: Query, graph: Graph, verdict: Verdict, estimates: tuple[Estimate, ...], battery: tuple[Finding, ...], **more: Any
) -> Pair:
    """Put together a study that ran to its end."""
    records = [
        record("read", table(query)),
        record("read", READ, number=1),
        record("graph", graph),
        record("graph", ABOUT_GRAPH, number=1),
        record("plan", PLAN[0]),
        record("identify", estimand(), "backdoor"),
        record("plan", PLAN[1], number=1),
        *(record("estimate", e, e.method, i) for i, e in enumerate(estimates)),
        *(record("check", (f,), f.check) for f in battery),
        record("protocol", protocol(query)),
        record("ledger", LEDGER),
        record("judge", verdict),
    ]
    tried = tuple(Trial(question=query.sentence, method=e.method, adjustment=e.adjustment) for e in estimates)
    study = Study(request=request(query, graph, **more), records=tuple(records), tried=tried, state="finished", versions=VERSIONS)
    analysis = Analysis(
        query=query,
        protocol=protocol(query),
        graph=graph,
        estimand=estimand(),
        estimates=estimates,
        findings=(*READ, *ABOUT_GRAPH, *battery),
        assumptions=LEDGER,
        verdict=verdict.verdict,
        condition=verdict.condition,
        because=verdict.because,
        plan=PLAN,
        tried=len(tried),
        study="/work of ann/out/study.json",
        seconds=2.34,
    )
    return study, analysis


def weight_graph() -> Graph:
    return read_graph(WEIGHT_GRAPH).with_latent(("stress",))


def supported() -> Pair:
    verdict = Verdict(verdict="supported", condition="given the graph you supplied and if no hidden cause is stronger than age")
    return finished(WEIGHT, weight_graph(), verdict, (estimate(WEIGHT, "aipw", 3.4623, 0.4821),), checks(sound=True)[:2])


def fragile() -> Pair:
    verdict = Verdict(
        verdict="fragile",
        condition="given the graph you supplied",
        because=(
            "The largest standardised difference after weighting is 0.128, in years_smoked.",
            "The check negative-control did not run",
        ),
    )
    estimates = (
        estimate(WEIGHT, "aipw", 3.4623, 0.4821, notes=("2 rows had weights above 20 and keep them",)),
        estimate(WEIGHT, "ipw", 3.5187, 0.5263, "alternative"),
        estimate(WEIGHT, "regression", 3.3811, 0.4409, "alternative", effective_n=1566.0),
        estimate(WEIGHT, "aipw", 4.0972, 0.7018, "subgroup", "sex = woman", n=803, effective_n=611.0),
        estimate(WEIGHT, "aipw", 0.8035, 0.9011, "subgroup", "sex = man", n=763, effective_n=574.3),
    )
    return finished(WEIGHT, weight_graph(), verdict, estimates, checks(sound=False))


def refused() -> Pair:
    graph = read_graph("education->wage; education<->wage; ability->wage")
    query = Query(treatment="education", outcome="wage")
    why = Unidentified(
        reason="no built strategy answers this question",
        tried=(Attempt(strategy="backdoor", why="education and wage share a hidden cause, which no set of measured columns blocks"),),
        not_built=("frontdoor", "id", "bounds"),
        hedge=Hedge(outer=("education", "wage"), inner=("wage",)),
    )
    verdict = Verdict(verdict="not identified", because=(why.reason,))
    records = (record("read", table(query)), record("graph", graph), record("identify", why, "backdoor"), record("judge", verdict))
    study = Study(request=request(query, graph, data="in memory"), records=records, state="finished", versions=VERSIONS)
    analysis = Analysis(query=query, graph=graph, unidentified=why, verdict="not identified", because=verdict.because, plan=PLAN[:1])
    return study, analysis


def stopped() -> Pair:
    study = Study(
        request=request(WEIGHT, weight_graph()),
        records=(record("read", table(WEIGHT)),),
        state="stopped",
        why="The deadline of 2 s has passed.",
        versions=VERSIONS,
    )
    return study, Analysis(query=WEIGHT, graph=weight_graph(), stopped=True, study="/out/study.json")


def descriptive() -> Pair:
    verdict = Verdict(verdict="descriptive", because=("No treatment and outcome were named, so there is no causal question yet.",))
    study = Study(request=request(None, None), records=(record("read", table(WEIGHT)), record("judge", verdict)), state="finished")
    return study, Analysis(query=None, verdict="descriptive", because=verdict.because)


def nasty() -> Pair:
    """Fifteen nodes, names that would break a page, every picture, several arms."""
    names = [
        NASTY.treatment,
        NASTY.outcome,
        "age",
        "sex",
        "years_smoked",
        "a'b",
        "x|y",
        "c_1*_2*",
        "`d`",
        "ü\u0301",
        "名前",
        "e" * 60,
        "{{f}}",
        "g\\h",
        "</style>",
    ]
    quoted = ['"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"' for name in names]
    edges = (
        [f"{quoted[0]}->{quoted[1]}"]
        + [f"{name}->{quoted[i % 2]}" for i, name in enumerate(quoted) if i > 1]
        + [f"{quoted[i]}->{quoted[i + 3]}" for i in range(2, 11)]
    )
    graph = read_graph("; ".join(edges))
    arms = tuple(
        Contrast(arm=arm, versus="low", value=v, se=1201.5, low=v - 2355.0, high=v + 2355.0)
        for arm, v in (("high", -15230.25), ("<i>mid</i>", 812.125))
    )
    base = estimate(NASTY, "aipw", -15230.25, 1201.5, units="€ & cents")
    many = dataclasses.replace(base, contrasts=arms)
    battery = tuple(dataclasses.replace(f, says=f"<script>alert(1)</script> {f.says}") for f in checks(sound=False))
    verdict = Verdict(verdict="refuted", condition="given <b>the graph</b>", because=("<script>alert(2)</script>",))
    reading = Reading(column={names[0]: "ordinal"}, missing=("NA", "'?'"))
    plan = Plan(set={"placebo.draws": 30}, skip=("subset",), by="sex", learner="forest")
    knowledge = Knowledge(roles=(Role(name="g\\h", role="randomised"),))
    return finished(
        NASTY,
        graph,
        verdict,
        (many, *(estimate(NASTY, f"method-{i}", 100.0 * i, 40.0, "alternative") for i in range(1, 46))),
        battery,
        reading=reading,
        plan=plan,
        knowledge=knowledge,
        data="data\\with 'quotes' \"and\" {{braces}}.csv",
    )


ALL = {"supported": supported, "fragile": fragile, "refused": refused, "stopped": stopped, "descriptive": descriptive, "nasty": nasty}
WORDS: tuple[VerdictWord, ...] = ("supported", "fragile", "refuted", "not identified", "descriptive")
