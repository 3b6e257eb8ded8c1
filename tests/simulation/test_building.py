"""Models are built to their kinds, shares and scales."""

from __future__ import annotations

import numpy as np
import pytest

from aitia.core.run import Run
from aitia.simulation.assembling import EXPANDING
from aitia.simulation.building import build
from aitia.simulation.drafts import DRAWN
from aitia.simulation.mechanisms.conditional_table import ConditionalTable
from aitia.simulation.mechanisms.post_nonlinear import OUTERS, PostNonlinear
from aitia.simulation.reading import read_spec
from aitia.simulation.simulating import Simulated, simulated


def made(spec: str, seed: int = 0, **options: object) -> Simulated:
    return simulated(read_spec(spec, {"effects": "none", **options}), Run(seed=seed))


def explained(found: Simulated, node: str) -> float:
    """The share of a node's variance that is gone when its parents are held fixed: 1 - noise variance / variance."""
    scm = found.model.scm
    assert scm is not None
    mechanism = scm.mechanism(node)
    values = {p: found.drawn.rows[p] for p in mechanism.parents}
    noise = found.drawn.noise[node]
    rng = np.random.default_rng(0)
    other = mechanism.predict(rng.permutation(noise), values)
    column = found.drawn.rows[node]
    return float(np.corrcoef(column, other)[0, 1])  # two draws share the parents' part only


@pytest.mark.parametrize("mechanism", [name for name in DRAWN if name != "post-nonlinear"])
def test_parents_explain_the_share_that_was_asked_for(mechanism: str) -> None:
    found = made("er:p=8,degree=3,scaling=unit,n=20000,explained=0.6", mechanism=mechanism)
    for node in found.model.graph.nodes:
        assert found.drawn.rows[node].std() == pytest.approx(1, abs=0.06)
        if found.model.graph.parents(node):
            assert explained(found, node) == pytest.approx(0.6, abs=0.06)


@pytest.mark.parametrize("outer", OUTERS)
def test_bent_nodes_have_about_unit_spread_too(outer: str) -> None:
    """Outer functions that expand have tails in which 5,000 pilot rows measure a spread to some fifths only."""
    found = made("er:p=6,degree=3,scaling=unit,n=20000", outer=outer)
    assert found.model.scm is not None
    assert all(isinstance(m, PostNonlinear) for m in found.model.scm.mechanisms)
    for node in found.model.graph.nodes:
        assert found.drawn.rows[node].std() == pytest.approx(1, abs=0.25 if outer in EXPANDING else 0.06)


def test_raw_models_keep_the_weights_and_noise_that_were_drawn() -> None:
    found = made("er:p=8,degree=3,scaling=raw,weights=0.5..0.9,noise_scale=1.5..2.5,intercept=3..4")
    assert found.model.scm is not None
    for m in found.model.scm.mechanisms:
        assert 1.5 <= m.noise.scale <= 2.5  # type: ignore[attr-defined]
        assert 3 <= m.function.intercept <= 4  # type: ignore[attr-defined]
        assert all(0.5 <= abs(w) <= 0.9 for weight in m.function.weights for w in weight)  # type: ignore[attr-defined]


def test_sized_noise_makes_a_model_raw() -> None:
    assert not made("er:p=8,noise_scale=2").model.held
    assert made("er:p=8").model.held


def test_kinds_come_in_their_shares() -> None:
    found = made("er:p=20,binary=0.25,count=0.2,categorical=0.1,levels=5")
    kinds = [column.kind for column in found.sample.columns]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"binary": 5, "count": 4, "categorical": 2, "continuous": 9}
    for column in found.sample.columns:
        values = found.sample.rows[column.name]
        if column.coded:
            assert set(np.unique(values)) <= set(range(len(column.levels)))
            assert len(column.levels) == (2 if column.kind == "binary" else 5)
        if column.kind == "count":
            assert (values >= 0).all()
            assert (values == np.floor(values)).all()


def test_no_level_of_a_mixed_model_is_rare() -> None:
    shares = []
    for seed in range(6):
        found = made("er:p=15,degree=3,kinds=mixed,mechanism=any,n=4000", seed)
        for column in found.sample.columns:
            if column.coded:
                shares.append(np.bincount(found.sample.rows[column.name].astype(int), minlength=len(column.levels)).min() / 4000)
    assert min(shares) > 0.02
    assert np.mean(shares) > 0.15


def test_parents_of_every_kind_matter_to_children_of_every_kind() -> None:
    """Setting a parent to its lowest and highest value changes its child under the same noise, for 25 pairs of kinds."""
    kinds = ("continuous", "binary", "categorical", "ordinal", "count")
    for above in kinds:
        for below in kinds:
            found = made("x->y", n=4000, **{"x.kind": above, "y.kind": below})
            scm, noise = found.model.scm, found.drawn.noise
            assert scm is not None
            ends = (0.0, 2.0 if above in ("categorical", "ordinal", "count") else 1.0)
            low, high = (scm.do({"x": end}).predict(noise)["y"] for end in ends)
            assert (low != high).mean() > 0.05, (above, below)


def test_tables_need_levels_and_depend_more_the_smaller_the_concentration() -> None:
    def strength(concentration: float) -> float:
        model = build(read_spec(f"tree:p=30,kinds=categorical,mechanism=table,concentration={concentration}"), Run())
        assert model.scm is not None
        tables = [m.table for m in model.scm.mechanisms if isinstance(m, ConditionalTable) and m.parents]
        return float(np.mean([np.abs(t[0] - t[1]).sum() for t in tables]))

    assert strength(0.3) > strength(3.0) > strength(30.0)


def test_uneven_noise_leaves_the_average_spread() -> None:
    found = made("er:p=8,degree=3,scaling=unit,n=20000,spread=0.6")
    for node in found.model.graph.nodes:
        assert found.drawn.rows[node].std() == pytest.approx(1, abs=0.06)


def test_hidden_causes_are_in_the_model_and_not_in_the_columns() -> None:
    found = made("er:p=6,hidden=2,reach=3")
    assert [c.name for c in found.sample.columns] == [f"x{i}" for i in range(1, 7)]
    assert found.truth.graph.latent == ("u1", "u2")
    assert set(found.drawn.rows) >= {"u1", "u2"}
    assert found.truth.admg is not None
    assert found.truth.admg.nodes == tuple(f"x{i}" for i in range(1, 7))
    assert found.truth.mag is not None
    assert found.truth.pag is not None
    assert found.truth.cpdag is None
    assert made("er:p=6").truth.cpdag is not None


def test_each_node_has_chance_of_its_own() -> None:
    """Adding a node changes no other node's mechanism."""
    one = build(read_spec("a->b", {"scaling": "raw"}), Run(seed=1)).scm
    two = build(read_spec("a->b; c", {"scaling": "raw"}), Run(seed=1)).scm
    assert one is not None
    assert two is not None
    assert one.mechanism("b") == two.mechanism("b")
