"""A verdict is no better than what was checked: planted faults of every kind keep the answer from being called supported."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import aitia
from aitia.core.request import Plan, Reading
from tests.tables import GRAPH, confounded

ASKED: dict[str, Any] = {"treatment": "treated", "outcome": "outcome"}


def world(seed: int = 0, n: int = 2000) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    t = (rng.random(n) < 1 / (1 + np.exp(-z))).astype(int)
    return {"z": z, "t": t, "y": 2.0 * t + z + rng.normal(size=n), "other": rng.normal(size=n)}


def test_a_bare_comparison_is_not_supported_by_a_graph_that_leaves_out_every_cause() -> None:
    assert aitia.analyze(world(), "t", "y", graph="t->y").verdict == "fragile"


def test_a_contradiction_with_stated_knowledge_is_not_supported() -> None:
    answer = aitia.analyze(world(), "t", "y", graph="z->t; z->y; t->y", knowledge="randomised t")
    assert answer.verdict != "supported"
    assert any("randomised" in reason for reason in answer.because)


def test_a_needed_check_that_is_left_out_is_not_supported() -> None:
    answer = aitia.analyze(confounded(), **ASKED, graph=GRAPH, plan=Plan(skip=("placebo",)))
    assert answer.verdict == "fragile"
    assert "placebo did not run" in " ".join(answer.because)


def test_rows_selected_by_an_effect_are_not_supported() -> None:
    rng = np.random.default_rng(1)
    table = world(2, 6000)
    chosen = (table["t"] + table["y"] + rng.normal(size=6000)) > 1.5
    rows = {name: values[chosen] for name, values in table.items()} | {"s": np.ones(chosen.sum())}
    answer = aitia.analyze(rows, "t", "y", graph="z->t; z->y; t->y; t->s; y->s")
    assert answer.verdict == "fragile"
    assert any("selected" in reason for reason in answer.because)


def test_a_constant_cause_is_taken_out_of_the_graph() -> None:
    table = world() | {"site": np.zeros(2000)}
    answer = aitia.analyze(table, "t", "y", graph="z->t; z->y; t->y; site->t; site->y")
    assert answer.verdict == "supported", answer.because
    assert "site" not in answer.graph.nodes


def test_a_true_graph_of_clustered_rows_is_not_refuted() -> None:
    rng = np.random.default_rng(5)
    place = np.repeat(np.arange(250), 8)
    shift = rng.normal(size=(4, 250))[:, place]
    z, w = rng.normal(size=2000) + shift[0], rng.normal(size=2000) + shift[1]
    t = 0.4 * z + rng.normal(size=2000) + shift[2]
    y = t + 0.5 * z + w + rng.normal(size=2000) + shift[3]
    table = {"z": z, "w": w, "t": t, "y": y, "place": [f"p{i}" for i in place]}
    plan, reading = Plan(errors="cluster"), Reading(cluster="place")
    answer = aitia.analyze(table, "t", "y", graph="z->t; z->y; w->y; t->y", plan=plan, reading=reading)
    assert answer.verdict == "supported", answer.because


def test_claims_on_which_the_answer_does_not_rest_do_not_refute_it() -> None:
    rng = np.random.default_rng(6)
    a = rng.normal(size=2000)
    b = a + rng.normal(size=2000)
    t = rng.integers(0, 2, 2000)
    table = {"a": a, "b": b, "t": t, "y": t + a + b + rng.normal(size=2000)}
    answer = aitia.analyze(table, "t", "y", graph="a->y; b->y; t->y", knowledge="randomised t")
    assert (answer.verdict, answer.condition) == ("supported", None), answer.because
    assert any("Join them" in (f.next or "") for f in answer.findings)


def test_an_arrow_that_the_graph_lacks_and_the_answer_needs_refutes_it() -> None:
    answer = aitia.analyze(world(), "t", "y", graph="t->y; z")
    assert answer.verdict == "refuted"


def test_sampling_weights_alone_do_not_make_overlap_fail() -> None:
    rng = np.random.default_rng(7)
    table = world() | {"t": rng.integers(0, 2, 2000), "w": rng.lognormal(0, 1.2, 2000)}
    answer = aitia.analyze(table, "t", "y", graph="z->t; z->y; t->y", reading=Reading(weights="w"))
    assert next(f for f in answer.findings if f.check == "overlap").passed is True


def test_subgroups_of_a_mediator_are_refused_and_those_of_a_covariate_in_the_terms_are_given() -> None:
    table = world()
    table["m"] = (table["t"] + np.random.default_rng(8).normal(size=2000) > 0.5).astype(int)
    graph = "z->t; z->y; t->m; m->y; t->y"
    answer = aitia.analyze(table, "t", "y", graph=graph, plan=Plan(by="m"))
    assert not [e for e in answer.estimates if e.part == "subgroup"]
    assert any(f.check == "subgroup" and "m" in f.says for f in answer.findings)
    table["sex"] = np.random.default_rng(9).integers(0, 2, 2000)
    answer = aitia.analyze(table, "t", "y", plan=Plan(by="sex", terms="z+sex"))
    assert [e.population for e in answer.estimates if e.part == "subgroup"] == ["sex = 0", "sex = 1"]


@pytest.mark.parametrize("seed", range(5))
def test_clean_worlds_are_supported_and_cover_the_truth(seed: int) -> None:
    answer = aitia.analyze(confounded(2000, seed=100 + seed), **ASKED, graph=GRAPH)
    assert answer.verdict == "supported", answer.because
    assert abs(answer.estimate.value - 2) < 4 * answer.estimate.se


def test_clusters_named_and_not_used_weaken_the_answer() -> None:
    table = world() | {"place": [f"p{i % 50}" for i in range(2000)]}
    answer = aitia.analyze(table, "t", "y", graph="z->t; z->y; t->y", reading=Reading(cluster="place"))
    assert answer.verdict == "fragile"
    assert any("clusters" in reason for reason in answer.because)


def test_an_estimator_that_holds_out_clusters_is_refused_where_the_cluster_confounds() -> None:
    rng = np.random.default_rng(3)
    place = rng.integers(0, 4, 2000)
    t = (rng.random(2000) < 0.2 + 0.2 * place).astype(int)
    table = {"place": np.array(list("abcd"))[place], "t": t, "y": 2.0 * t + 3.0 * place + rng.normal(size=2000)}
    answer = aitia.analyze(table, "t", "y", graph="place->t; place->y; t->y", reading=Reading(cluster="place"), plan=Plan(errors="cluster"))
    assert abs(answer.estimate.value - 2) < 0.3
    assert any("holds out whole clusters" in refusal.why for choice in answer.plan for refusal in choice.refused)
