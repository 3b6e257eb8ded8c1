"""Setting nodes is the truncated factorisation; what an intervention does not cause stays as it was, to the last bit."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from aitia.core.errors import BadGraph, UnknownName
from aitia.core.run import Run
from aitia.core.scm import SCM
from aitia.simulation.building import build
from aitia.simulation.functions.linear import Linear
from aitia.simulation.inputs import Input
from aitia.simulation.interventions import imagined, intervene, model_of, noise_for, soft, without
from aitia.simulation.mechanisms.additive_noise import AdditiveNoise
from aitia.simulation.mechanisms.conditional_table import ConditionalTable
from aitia.simulation.noise import noise
from aitia.simulation.reading import read_spec


def model(spec: str, seed: int = 0) -> SCM:
    built = build(read_spec(spec), Run(seed=seed))
    assert built.scm is not None
    return built.scm


def drawn(scm: SCM, n: int, seed: int = 0) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    run = Run(seed=seed)
    found = noise_for(scm, n, lambda node: run.rng("test", node))
    return scm.predict(found), found


def joint(scm: SCM, setting: dict[str, int] | None = None) -> dict[tuple[int, ...], float]:
    """P(all levels | do(setting)) by the truncated factorisation: the tables of all other nodes, multiplied."""
    nodes = [m.node for m in scm.mechanisms]
    tables = {m.node: m for m in scm.mechanisms}
    levels = [range(tables[n].levels) for n in nodes]  # type: ignore[attr-defined]
    found = {}
    for cell in itertools.product(*levels):
        value = dict(zip(nodes, cell, strict=True))
        if any(value[n] != v for n, v in (setting or {}).items()):
            continue
        chance = 1.0
        for m in scm.mechanisms:
            assert isinstance(m, ConditionalTable)
            if m.node not in (setting or {}):
                chance *= m.table[tuple(value[p] for p in m.parents)][value[m.node]]
        found[cell] = chance
    return found


@pytest.mark.parametrize("seed", range(4))
def test_setting_nodes_is_the_truncated_factorisation(seed: int) -> None:
    scm = model("er:p=4,degree=2.5,kinds=categorical,mechanism=table", seed)
    nodes = [m.node for m in scm.mechanisms]
    for setting in ({nodes[1]: 2}, {nodes[0]: 1, nodes[2]: 0}):
        truth = joint(scm, setting)
        assert sum(truth.values()) == pytest.approx(1, abs=1e-12)
        rows = scm.do({n: float(v) for n, v in setting.items()}).sample(60_000, np.random.default_rng(seed))
        cells = np.column_stack([rows[n] for n in nodes]).astype(int)
        values, counts = np.unique(cells, axis=0, return_counts=True)
        seen = {tuple(map(int, v)): c / 60_000 for v, c in zip(values, counts, strict=True)}
        assert max(abs(seen.get(cell, 0) - chance) for cell, chance in truth.items()) < 0.012


def test_the_density_of_a_set_model_is_that_of_the_other_mechanisms() -> None:
    scm = model("er:p=5,degree=3,mechanism=gp", 1)
    node = scm.mechanisms[2].node
    other = scm.do({node: 0.7})
    rows = other.sample(200, np.random.default_rng(0))
    rest = sum(m.log_density(rows[m.node], {p: rows[p] for p in m.parents}) for m in scm.mechanisms if m.node != node)
    np.testing.assert_allclose(other.log_density(rows), rest, rtol=1e-12)


@pytest.mark.parametrize(
    "spec",
    [
        "er:p=12,degree=3,kinds=mixed,mechanism=any",
        "er:p=8,mechanism=post-nonlinear",
        "er:p=8,kinds=mixed,environments=3,changed=5",
        "er:p=6,kinds=categorical,mechanism=table",
        "er:p=5,groups=50,draws=4",
        "er:p=5,groups=50,draws=4,exchangeable=laplace-square",
        "er:p=5,groups=50,draws=4,exchangeable=beta-binary",
        "er:p=6,drift=3",
    ],
)
def test_non_descendants_stay_bitwise_and_noise_tells_the_rows(spec: str) -> None:
    scm = model(spec)
    rows, noise_ = drawn(scm, 200)
    causes = {n: {n} for n in scm.graph.nodes}
    for m in scm.mechanisms:
        causes[m.node] = {m.node}.union(*(causes[p] for p in m.parents))
    for node in scm.graph.nodes:
        found = imagined(scm, rows, noise_, {node: 1.0})
        whole = scm.do({node: 1.0}).predict(noise_)
        for other in scm.graph.nodes:
            np.testing.assert_array_equal(found[other], whole[other])
            if node not in causes[other]:
                assert found[other].tobytes() == rows[other].tobytes()
        assert (found[node] == 1.0).all()


@pytest.mark.parametrize(
    "spec",
    ["er:p=12,kinds=mixed,mechanism=any", "er:p=8,kinds=mixed,environments=3", "er:p=5,groups=50,draws=4,exchangeable=laplace-square"],
)
def test_the_noise_abducted_from_rows_predicts_them(spec: str) -> None:
    scm = model(spec, 2)
    rows, _ = drawn(scm, 200)
    again = scm.predict(scm.abduct(rows, np.random.default_rng(1)))
    for node, column in rows.items():
        np.testing.assert_allclose(again[node], column, rtol=1e-9, atol=1e-9)


def chain() -> SCM:
    def step(node: str, *parents: str) -> AdditiveNoise:
        inputs = tuple(Input(name=p) for p in parents)
        return AdditiveNoise(node=node, function=Linear(inputs=inputs, weights=((2.0,),) * len(inputs)), noise=noise("gaussian"))

    return model_of([step("c", "b"), step("a"), step("b", "a")])


def test_a_model_is_put_in_causal_order_and_its_graph_follows() -> None:
    scm = chain()
    assert [m.node for m in scm.mechanisms] == ["a", "b", "c"]
    assert {(e.source, e.target) for e in scm.graph.edges} == {("a", "b"), ("b", "c")}
    assert without(scm, ["a"]).nodes == ("c", "b")


def test_soft_interventions_shift_and_stretch_and_keep_the_parents() -> None:
    scm = chain()
    rows, noise_ = drawn(scm, 500)
    moved = soft(scm, "b", shift=3.0, stretch=0.5).predict(noise_)
    np.testing.assert_allclose(moved["b"], 3 + 0.5 * rows["b"])
    np.testing.assert_allclose(moved["c"], rows["c"] + 2 * (moved["b"] - rows["b"]))
    assert moved["a"].tobytes() == rows["a"].tobytes()


def test_a_replaced_mechanism_takes_its_own_parents() -> None:
    other = AdditiveNoise(node="c", function=Linear(inputs=(Input(name="a"),), weights=((1.0,),)))
    scm = intervene(chain(), other)
    assert scm.graph.parents("c") == ("a",)
    with pytest.raises(UnknownName):
        intervene(chain(), AdditiveNoise(node="d"))


def test_models_that_cannot_be_ordered_are_refused() -> None:
    loop = Linear(inputs=(Input(name="b"),), weights=((1.0,),))
    back = Linear(inputs=(Input(name="a"),), weights=((1.0,),))
    with pytest.raises(BadGraph, match="cause each other"):
        model_of([AdditiveNoise(node="a", function=loop), AdditiveNoise(node="b", function=back)])
    with pytest.raises(BadGraph, match="nothing makes"):
        model_of([AdditiveNoise(node="a", function=loop)])
