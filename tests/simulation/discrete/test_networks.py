"""The published networks have the marginals that another implementation finds, and their rows have the networks' laws."""

from __future__ import annotations

import pathlib
import tomllib
from fractions import Fraction

import numpy as np
import pytest

from aitia.graphs.formats.bif import read_network
from aitia.simulation.discrete import (
    DiscreteModel,
    as_fractions,
    distribution,
    do,
    from_network,
    marginals,
    potential,
    probability,
    random_structural,
    sample,
    sample_worlds,
)
from aitia.simulation.exact.arithmetic import Undefined
from tests.shared import shared
from tests.simulation.discrete.worlds import graphs

GOLDEN = tomllib.loads(pathlib.Path(__file__).with_name("marginals.toml").read_text(encoding="utf8"))
NETWORKS = [name for name in GOLDEN if name != "source"]


def network(name: str) -> DiscreteModel:
    return from_network(read_network(shared(f"bif/{name}.bif")))


@pytest.mark.parametrize("name", NETWORKS)
def test_marginals_are_those_of_pgmpy(name: str) -> None:
    model, evidence = network(name), GOLDEN[name]["evidence"]
    for given, golden in (({}, GOLDEN[name]["prior"]), (evidence, GOLDEN[name]["posterior"])):
        found = marginals(model, given)
        assert not isinstance(found, Undefined)
        assert set(found) - set(given) == set(golden)
        for node, law in golden.items():
            assert set(law) == set(model.levels[node])
            assert np.abs(found[node] - [law[level] for level in model.levels[node]]).max() < 1e-9, node
        for node, level in given.items():
            assert found[node][model.code(node, level)] == 1


@pytest.mark.parametrize("name", ["asia", "cancer", "survey", "sachs"])
def test_enumeration_agrees_on_the_small_ones_in_fractions(name: str) -> None:
    """Decimals in the files become fractions, and both routes give the same fraction."""
    model = as_fractions(network(name))
    last = list(model.parents)[-1]
    evidence = {node: model.levels[node][-1] for node in list(model.parents)[1:3]}
    one, other = (distribution(model, last, evidence, by=by) for by in ("elimination", "enumeration"))
    assert all(isinstance(value, Fraction) for value in one)
    assert (one == other).all() and one.sum() == 1
    rough = distribution(network(name), last, evidence)
    assert np.abs(rough - one.astype(float)).max() < 1e-12


def test_alarm_in_fractions() -> None:
    model = as_fractions(network("alarm"))
    assert all(np.all(model.table(node).sum(axis=-1) == 1) for node in model.parents)
    law = distribution(model, "CATECHOL", {"BP": "LOW", "CVP": "HIGH"})
    assert law.sum() == 1
    assert np.abs(law.astype(float) - distribution(network("alarm"), "CATECHOL", {"BP": "LOW", "CVP": "HIGH"})).max() < 1e-12


def test_acting_on_alarm_differs_from_seeing() -> None:
    """A ventilation tube set to normal tells nothing about its causes; one seen to be normal does."""
    model = network("alarm")
    acted = distribution(do(model, {"VENTTUBE": "NORMAL"}), "DISCONNECT")
    assert np.abs(acted - distribution(model, "DISCONNECT")).max() < 1e-12
    assert np.abs(distribution(model, "DISCONNECT", {"VENTTUBE": "NORMAL"}) - acted).max() > 0.05
    both = probability(model, potential("VENTLUNG", VENTTUBE="NORMAL").equals("NORMAL"), {"DISCONNECT": "TRUE"})
    assert both == pytest.approx(probability(do(model, {"VENTTUBE": "NORMAL"}), {"VENTLUNG": "NORMAL"}, {"DISCONNECT": "TRUE"}))


@pytest.mark.parametrize("name", ["asia", "child"])
def test_sampled_rows_follow_the_network(name: str) -> None:
    """Of 200,000 rows, every node's shares and every child's shares given its first parent lie within 5 standard errors."""
    model = network(name)
    n = 200_000
    rows = sample(model, n, np.random.default_rng(3))
    assert tuple(rows) == model.graph.observed
    found = marginals(model)
    assert not isinstance(found, Undefined)
    for node, law in found.items():
        share = np.bincount(rows[node], minlength=len(law)) / n
        assert (np.abs(share - law) <= 5 * np.sqrt(law * (1 - law) / n) + 1e-12).all(), node
    for node, parents in model.parents.items():
        for parent in parents[:1]:
            both = np.zeros((model.size(parent), model.size(node)))
            np.add.at(both, (rows[parent], rows[node]), 1 / n)
            law = distribution(model, [parent, node])
            assert (np.abs(both - law) <= 5 * np.sqrt(law * (1 - law) / n) + 1e-12).all(), (parent, node)


def test_latent_nodes_are_drawn_only_when_asked_for() -> None:
    rng = np.random.default_rng(0)
    model = random_structural(graphs(rng), rng)
    hidden = model.graph.with_latent(model.graph.nodes[:1])
    tables = model.projection
    latent = DiscreteModel(graph=hidden, levels=tables.levels, parents=tables.parents, chances=tables.chances)
    assert set(sample(latent, 5, rng)) == set(model.graph.nodes[1:])
    assert set(sample(latent, 5, rng, latent=True)) == set(model.graph.nodes)


def test_the_same_people_are_drawn_in_several_worlds() -> None:
    """Shares of joint outcomes over worlds lie within 5 standard errors of their chances."""
    rng = np.random.default_rng(6)
    n = 100_000
    for _ in range(5):
        model = random_structural(graphs(rng), rng)
        x, *_, y = model.projection.parents
        variables = [potential(y, {x: 1}), potential(y, {x: 0}), potential(x)]
        law = distribution(model, variables).astype(float)
        shares = np.zeros(law.shape)
        np.add.at(shares, tuple(sample_worlds(model, variables, n, rng).T), 1 / n)
        assert (np.abs(shares - law) <= 5 * np.sqrt(law * (1 - law) / n) + 1e-12).all()
