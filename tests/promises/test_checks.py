"""Every check is silent on clean data at its nominal rate, finds the fault it is for as often as it says, and explains itself."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from aitia.core.card import Card, Method
from aitia.core.design import Design
from aitia.core.estimate import Contrast, Estimate
from aitia.core.finding import Finding
from aitia.core.run import Run
from aitia.core.shelf import checks, estimation
from tests.checks.studies import World, studied, table_in
from tests.looks import decided
from tests.measures.tables import table_of

METHODS = list(checks)
TESTS = [m for m in METHODS if m.card.gives == "test"]
RULES = [m for m in METHODS if m.card.gives == "rule"]
LEVEL = 0.05
ASSUMPTIONS = {
    "graph",
    "no hidden common cause",
    "overlap",
    "estimator works as stated",
    "outcome model",
    "missing rows are like complete ones",
}
CLEAN = (
    ("regression", World()),
    ("regression", World(treatment="continuous", outcome="count", effect=0.3)),
    ("regression", World(n=1500, treatment="categorical")),
    ("regression", World(outcome="binary")),
    ("aipw", World()),
    ("aipw", World(outcome="binary", effect=0.0)),
)


@dataclasses.dataclass(frozen=True)
class Fault:
    """Plant what one check is for: a world, an estimator with a fault, or an option that lets the fault show."""

    world: World = dataclasses.field(default_factory=World)
    method: str = "regression"
    options: dict[str, Any] = dataclasses.field(default_factory=dict)


def altered(estimate: Estimate, value: float, shrink: float = 1.0) -> Estimate:
    """The estimate with another value and smaller errors."""
    assert estimate.se is not None
    se = estimate.se * shrink
    contrast = Contrast(arm=1, versus=0, value=value, se=se, low=value - 1.96 * se, high=value + 1.96 * se)
    return dataclasses.replace(estimate, value=value, se=se, low=contrast.low, high=contrast.high, contrasts=(contrast,))


def leaking(design: Design, run: Run) -> Estimate:
    """Finds one standard error of effect whatever there is."""
    found = run.use(estimation["regression"], design)
    return altered(found, found.value + found.se)


def unstable(design: Design, run: Run) -> Estimate:
    """Moves by half a standard error with every covariate beyond the six that belong there."""
    found = run.use(estimation["regression"], design)
    return altered(found, found.value + 0.5 * found.se * (design.covariates.shape[1] - 6))


def overconfident(design: Design, run: Run) -> Estimate:
    """Says standard errors half as large as they are."""
    found = run.use(estimation["regression"], design)
    return altered(found, found.value, 0.5)


FAULTY = {"test-leaking": leaking, "test-unstable": unstable, "test-overconfident": overconfident}
FAULTS = {
    "overlap": [Fault(World(push=8.0)), Fault(World(treatment="continuous", push=5.0))],
    "balance": [Fault(World(n=3000, bend=0.4, push=0.2))],
    "placebo": [Fault(method="test-leaking")],
    "placebo-outcome": [Fault(method="test-leaking"), Fault(World(hidden=0.5, effect=0.0), options={"outcome": "before"})],
    "random-cause": [Fault(method="test-unstable")],
    "subset": [Fault(method="test-overconfident")],
    "graph-fit": [Fault(World(hidden=1.0))],
}


@pytest.fixture(scope="module", autouse=True)
def faulty_estimators() -> Iterator[None]:
    for name, function in FAULTY.items():
        estimation.add(name, Card(says=function.__doc__ or ""))(function)
    yield
    for name in FAULTY:
        del estimation._methods[name]


def takes(method: Method, world: World) -> bool:
    return (not method.card.treatments or world.treatment in method.card.treatments) and (
        not method.card.kinds or world.outcome in method.card.kinds
    )


def found(method: Method, world: World, estimator: str, seed: int, **options: Any) -> tuple[Finding, ...]:
    run = Run(seed=seed)
    study, design = studied(table_in(world, [seed, world.n]), estimator, run)
    return as_tuple(run.use(method, study, design, **options))


def as_tuple(answer: Finding | tuple[Finding, ...]) -> tuple[Finding, ...]:
    return answer if isinstance(answer, tuple) else (answer,)


def failures(method: Method, world: World, estimator: str, runs: int, **options: Any) -> tuple[float, float]:
    """The share of runs in which the check fails, and the mean power it states."""
    answers = [found(method, world, estimator, seed, **options) for seed in range(runs)]
    judged = [any(f.passed is False for f in answer) for answer in answers if any(f.passed is not None for f in answer)]
    powers = [f.power for answer in answers for f in answer if f.power is not None]
    assert len(judged) > 0.8 * runs, answers[0]
    return float(np.mean(judged)), float(np.mean(powers))


def limit(runs: int) -> float:
    return LEVEL + 3 * (LEVEL * (1 - LEVEL) / runs) ** 0.5


def clean_worlds(method: Method) -> list[tuple[str, World]]:
    found = [(estimator, world) for estimator, world in CLEAN if takes(method, world)]
    assert found
    return found


@pytest.mark.parametrize("method", TESTS, ids=lambda m: m.name)
def test_clean_data_are_rejected_at_the_nominal_rate_over_all_worlds(method: Method) -> None:
    rates = [failures(method, world, estimator, 20)[0] for estimator, world in clean_worlds(method)]
    assert np.mean(rates) <= limit(20 * len(rates)), rates


@pytest.mark.long
@pytest.mark.parametrize("method", TESTS, ids=lambda m: m.name)
def test_clean_data_are_rejected_at_the_nominal_rate_in_each_world(method: Method) -> None:
    for estimator, world in clean_worlds(method):
        rate, _ = decided(functools.partial(failures, method, world, estimator), 1500, lambda found: found[0] <= limit(1500))
        assert rate <= limit(1500), (estimator, world)


@pytest.mark.long
def test_a_column_that_the_treatment_cannot_move_is_rejected_at_the_nominal_rate() -> None:
    for estimator, world in CLEAN:
        draw = functools.partial(failures, checks["placebo-outcome"], world, estimator, outcome="before")
        rate, _ = decided(draw, 1500, lambda found: found[0] <= limit(1500))
        assert rate <= limit(1500), (estimator, world)


@pytest.mark.parametrize("method", RULES, ids=lambda m: m.name)
def test_rules_pass_on_clean_data(method: Method) -> None:
    for estimator, world in CLEAN:
        assert all(f.passed for seed in range(10) for f in found(method, world, estimator, seed))


@pytest.mark.parametrize("method", TESTS + RULES, ids=lambda m: m.name)
def test_the_planted_fault_is_found_with_the_stated_power(method: Method) -> None:
    assert_powerful(method, 40)


@pytest.mark.long
@pytest.mark.parametrize("method", TESTS + RULES, ids=lambda m: m.name)
def test_the_planted_fault_is_found_with_the_stated_power_in_many_runs(method: Method) -> None:
    assert_powerful(method, 500)


def assert_powerful(method: Method, runs: int) -> None:
    assert FAULTS.get(method.name), f"{method.name} needs a planted fault"
    for fault in FAULTS[method.name]:
        rate, power = failures(method, fault.world, fault.method, runs, **fault.options)
        assert rate >= power - 3 * (max(power * (1 - power), 1e-4) / runs) ** 0.5, (fault, rate, power)
        assert rate >= 0.5, (fault, rate)


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_every_finding_says_which_way_it_went_and_what_to_do(method: Method) -> None:
    """How do I read a refutation p-value? Not at all: the sentence says it."""
    faults = [(fault.method, fault.world, fault.options) for fault in FAULTS.get(method.name, ())]
    for estimator, world, options in [*((e, w, {}) for e, w in CLEAN), *faults, ("regression", World(n=60), {})]:
        if not takes(method, world):
            continue
        for finding in found(method, world, estimator, 1, **options):
            assert finding.check == method.name
            assert finding.says.endswith(".")
            assert len(finding.says.split()) >= 8
            assert "nan" not in finding.says
            assert "p-value" not in finding.says
            assert finding.bears_on in ASSUMPTIONS or (finding.passed is None and finding.bears_on is None)
            assert finding.passed is not False or finding.next
            assert finding.p is None or (finding.passed is not None and finding.power is not None)
            assert method.card.gives == "test" or finding.p is None
            assert method.card.gives != "test" or finding.passed is None or finding.p is not None
            assert finding.passed is None or finding.p is None or finding.passed == (finding.p > LEVEL)


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_a_check_is_one_whatever_the_workers_and_repeats(method: Method) -> None:
    study, design = studied(table_in(World(), 3), "regression", run := Run(seed=1))
    first = run.use(method, study, design)
    again = Run(seed=1, workers=2)
    again.state.tables.update(run.state.tables)
    assert again.use(method, study, design) == first


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_cards_say_what_the_checks_do(method: Method) -> None:
    card = method.card
    assert card.gives in ("test", "rule", "bound")
    assert not card.assumes
    run = Run()
    study, design = studied(table_in(World(), 3), "regression", run)
    run.state.used.clear()
    run.use(method, study, design)
    assert {shelf for where, name, shelf in run.state.used if (where, name) == ("checks", method.name)} == set(card.uses)
    other = Run(seed=9)
    other.keep(run.table(study.request.fingerprint))
    assert card.random or other.use(method, study, design) == run.use(method, study, design)


def test_the_checks_that_a_verdict_needs_are_marked() -> None:
    assert {m.name for m in METHODS if m.card.needed} == {"graph-fit", "overlap", "placebo", "partial-r2"}


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_the_order_of_rows_and_columns_does_not_matter(method: Method) -> None:
    table = table_in(World(n=700), 4)
    first, design = studied(table, "aipw", run := Run())
    order = np.random.default_rng(0).permutation(700)
    kinds = {column.name: column.kind for column in reversed(table.columns)}
    turned = table_of(kinds, {name: table.rows()[name][order] for name in kinds})
    second, other = studied(turned, "aipw", run)
    for one, two in zip(as_tuple(run.use(method, first, design)), as_tuple(run.use(method, second, other)), strict=True):
        assert one.passed == two.passed
        assert (one.value, one.p or 0.0, one.power or 0.0) == pytest.approx((two.value, two.p or 0.0, two.power or 0.0), rel=1e-9)
