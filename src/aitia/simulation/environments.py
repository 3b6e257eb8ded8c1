"""Change some mechanisms between environments, or let them drift along the rows, and keep what was changed. [huang2020]"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from aitia.core.errors import BadOption, near
from aitia.core.scm import Mechanism
from aitia.core.simulation import Change
from aitia.core.table import Column
from aitia.simulation.assembling import MAKE, Assembled, converted
from aitia.simulation.drafts import Draft, draft
from aitia.simulation.functions.additive import draw_additive
from aitia.simulation.functions.affine import scaled
from aitia.simulation.functions.linear import Linear
from aitia.simulation.functions.total import Total
from aitia.simulation.index_columns import TIME
from aitia.simulation.inputs import Input
from aitia.simulation.mechanisms.additive_noise import AdditiveNoise
from aitia.simulation.mechanisms.altered import Altered
from aitia.simulation.mechanisms.conditional_table import ConditionalTable
from aitia.simulation.mechanisms.count import Count
from aitia.simulation.mechanisms.multinomial import Multinomial
from aitia.simulation.mechanisms.numbering import Numbering
from aitia.simulation.mechanisms.post_nonlinear import PostNonlinear
from aitia.simulation.mechanisms.structural import Structural
from aitia.simulation.mechanisms.switch import Switch
from aitia.simulation.mechanisms.threshold import Threshold
from aitia.simulation.reading import case_options
from aitia.simulation.spec import Spec
from aitia.simulation.stated import Columns

AlteredNodes = dict[str, tuple[Structural, str]]  # mechanism, and how it changed


@dataclasses.dataclass(frozen=True)
class Base:
    """Hold the model of the first environment: its mechanisms by node, pilot rows, drafts by node, and all columns."""

    mechanisms: dict[str, Structural]
    values: dict[str, np.ndarray]
    drafts: dict[str, Draft]
    columns: Columns
    latent: tuple[str, ...] = ()

    @property
    def nodes(self) -> list[str]:
        """The nodes whose mechanism can change: all but the columns that number rows."""
        return [node for node, mechanism in self.mechanisms.items() if not isinstance(mechanism, Numbering)]

    def spread(self, node: str) -> float:
        """Return a node's standard deviation in the pilot rows."""
        return float(self.values[node].std())


def base_of(found: Assembled, drafts: Sequence[Draft], columns: Columns, latent: tuple[str, ...] = ()) -> Base:
    """Index an assembled model."""
    mechanisms: dict[str, Structural] = {m.node: m for m in found.mechanisms if isinstance(m, Structural)}
    return Base(mechanisms, found.values, {d.node: d for d in drafts}, columns, latent)


def chosen_nodes(spec: Spec, nodes: Sequence[str], rng: np.random.Generator) -> list[str]:
    """Return which nodes change: those named, as many as asked at random, or half of them."""
    said = spec.environments.changed
    if len(said) == 1 and said[0].isdigit() and said[0] not in nodes:
        count = int(said[0])
        if not 0 <= count <= len(nodes):
            raise BadOption(f"{count} of {len(nodes)} mechanisms cannot change.", next=f"Give 0 to {len(nodes)}, or names.")
    elif said:
        if strange := [name for name in said if name not in nodes]:
            raise BadOption(f"There is no node {strange[0]!r} that could change.", next=near(strange[0], nodes))
        return list(said)
    else:
        count = max(1, len(nodes) // 2)
    picked = {nodes[i] for i in rng.permutation(len(nodes))[:count]}
    return [node for node in nodes if node in picked]


def with_environments(spec: Spec, base: Base, index: Column, rng: np.random.Generator) -> tuple[dict[str, Structural], list[Change]]:
    """Return the mechanisms with a switch for each node that changes, and what changes; each environment has at least one change."""
    cases = {node: [m] for node, m in base.mechanisms.items()}
    stated = [case_options(case) for case in spec.environments.cases]
    if len(stated) >= len(index.levels):
        raise BadOption(
            f"{len(stated)} cases were stated for {len(index.levels) - 1} further environments.", next="Set environments higher."
        )
    measured = [node for node in base.nodes if node not in base.latent]
    chosen = chosen_nodes(spec, measured, rng) if not stated else []
    changes = []
    for i, level in enumerate(index.levels[1:]):
        altered = as_stated(spec, base, stated[i], rng) if i < len(stated) else at_random(spec, base, chosen, rng)
        for node in base.nodes:
            mechanism, says = altered.get(node, (base.mechanisms[node], ""))
            cases[node].append(mechanism)
            if says:
                changes.append(Change(node=node, index=index.name, level=level, says=f"{says} in {level}"))
    moved = {change.node for change in changes}
    switched = {n: Switch(node=n, by=index.name, cases=tuple(cases[n])) if n in moved else m for n, m in base.mechanisms.items()}
    return switched, changes


def at_random(spec: Spec, base: Base, chosen: list[str], rng: np.random.Generator) -> AlteredNodes:
    """Return changed mechanisms of a random, never empty, part of the chosen nodes."""
    if not chosen:
        return {}
    kept = [node for node in chosen if rng.random() < 0.75] or [chosen[int(rng.integers(len(chosen)))]]
    kept = chosen if spec.environments.environments == 2 else kept
    return {node: changed(spec, base, node, rng) for node in kept}


def as_stated(spec: Spec, base: Base, case: Mapping[str, dict[str, object]], rng: np.random.Generator) -> AlteredNodes:
    """Return the mechanisms that one environment states."""
    if strange := [node for node in case if node not in base.nodes]:
        raise BadOption(f"An environment changes {strange[0]!r}, which is no node.", next=near(strange[0], base.nodes))
    found: AlteredNodes = {}
    for node, own in case.items():
        here = dataclasses.replace(spec, nodes={**spec.nodes, node: {**spec.nodes.get(node, {}), **without_rivals(own)}})
        found[node] = (redrawn(here, base, node, rng), f"{node} differs ({', '.join(own)})")
    return found


def without_rivals(own: Mapping[str, object]) -> dict[str, object]:
    """Return a node's options in one environment, its formula in place of coefficients stated elsewhere and the other way round."""
    rivals = {"formula": ("coefficients", "table"), "coefficients": ("formula", "table"), "table": ("formula", "coefficients")}
    return {**{rival: None for name in own for rival in rivals.get(name, ())}, **own}


def redrawn(spec: Spec, base: Base, node: str, rng: np.random.Generator) -> Structural:
    """Return a node's mechanism drawn or stated anew, on the scale of its pilot values."""
    old = base.drafts[node]
    new = draft(spec, node, old.parents, base.columns, rng, old.raw)
    if new.fixed is not None:
        assert isinstance(new.fixed, Structural)
        return new.fixed
    made = MAKE[new.column.kind](new, base.values, new.share, len(base.values[node]), rng)
    own = 1.0 if new.raw or new.column.kind != "continuous" else base.spread(node)
    found = converted(made, {node: (0.0, own)})
    assert isinstance(found, Structural)
    return found


def changed(spec: Spec, base: Base, node: str, rng: np.random.Generator) -> tuple[Structural, str]:
    """Return a node's changed mechanism and how it changed; what a kind of node cannot do becomes the next thing it can."""
    names = ("noise", "shift", "function", "cut")
    how = spec.environments.change
    has_parents = bool(base.drafts[node].parents)
    allowed = [n for n in names if has_parents or n not in ("function", "cut")]
    name = allowed[int(rng.integers(len(allowed)))] if how == "any" or how not in allowed else how
    return CHANGE[name](spec, base, node, rng)


def change_noise(spec: Spec, base: Base, node: str, rng: np.random.Generator) -> tuple[Structural, str]:
    """Make the noise two to three times larger or smaller; a node whose noise has no size is shifted."""
    mechanism = base.mechanisms[node]
    factor = float(rng.uniform(2.0, 3.0)) ** (1 if rng.random() < 0.5 else -1)
    if isinstance(mechanism, AdditiveNoise | PostNonlinear):
        noise = dataclasses.replace(mechanism.noise, scale=mechanism.noise.scale * factor)
        return dataclasses.replace(mechanism, noise=noise), f"noise of {node} × {factor:.2g}"
    return change_shift(spec, base, node, rng)


def change_shift(spec: Spec, base: Base, node: str, rng: np.random.Generator) -> tuple[Structural, str]:
    """Shift a number by one to two standard deviations, and the score of other nodes likewise."""
    mechanism = base.mechanisms[node]
    size = float(rng.uniform(1.0, 2.0)) * (1 if rng.random() < 0.5 else -1)
    if isinstance(mechanism, Threshold | Count):
        size *= 0.5 if isinstance(mechanism, Count) else 1.0
        return dataclasses.replace(mechanism, function=scaled(mechanism.function, size, 1.0)), f"score of {node} shifted by {size:.2g}"
    if isinstance(mechanism, Multinomial):
        level = int(rng.integers(len(mechanism.functions)))
        functions = tuple(scaled(f, size, 1.0) if i == level else f for i, f in enumerate(mechanism.functions))
        return dataclasses.replace(mechanism, functions=functions), f"score of one level of {node} shifted by {size:.2g}"
    if isinstance(mechanism, ConditionalTable):
        return change_function(spec, base, node, rng)
    size *= base.spread(node)
    return Altered(node=node, mechanism=mechanism, shift=size), f"{node} shifted by {size:.2g}"


def change_function(spec: Spec, base: Base, node: str, rng: np.random.Generator) -> tuple[Structural, str]:
    """Draw the function of the parents anew; a formula or coefficients that were stated are stretched instead."""
    if base.drafts[node].fixed is None or isinstance(base.mechanisms[node], ConditionalTable):
        open_spec = spec
        if isinstance(base.mechanisms[node], ConditionalTable):
            own = {**spec.nodes.get(node, {}), "table": None, "mechanism": "table"}
            open_spec = dataclasses.replace(spec, nodes={**spec.nodes, node: own})
        return redrawn(open_spec, base, node, rng), f"new function of {node}"
    mechanism = base.mechanisms[node]
    factor = -float(rng.uniform(0.5, 1.5))
    if isinstance(mechanism, AdditiveNoise | PostNonlinear | Threshold | Count):
        return dataclasses.replace(mechanism, function=scaled(mechanism.function, 0.0, factor)), f"function of {node} × {factor:.2g}"
    return change_shift(spec, base, node, rng)


def change_cut(spec: Spec, base: Base, node: str, rng: np.random.Generator) -> tuple[Structural, str]:
    """Cut a node from its parents and keep about its mean and spread: a perfect intervention with a random value."""
    alone = dataclasses.replace(
        base.drafts[node], parents=(), functions=(Linear(),) * max(1, len(base.drafts[node].functions)), spread=None
    )
    mechanism: Mechanism
    if base.drafts[node].fixed is not None and base.columns[node].coded:
        levels = len(base.columns[node].levels)
        share = np.bincount(base.values[node].astype(np.intp), minlength=levels) + 1.0
        mechanism = ConditionalTable(node=node, causes=(), table=share / share.sum())
    elif base.columns[node].kind == "continuous":
        noise = dataclasses.replace(alone.noise, scale=max(base.spread(node), 1e-9))
        mechanism = AdditiveNoise(node=node, function=Linear(intercept=float(base.values[node].mean())), noise=noise)
    else:
        mechanism = MAKE[alone.column.kind](alone, base.values, 0.0, 0, rng)
    assert isinstance(mechanism, Structural)
    return mechanism, f"{node} cut from its causes"


Changer = Callable[[Spec, Base, str, np.random.Generator], tuple[Structural, str]]
CHANGE: Mapping[str, Changer] = {"noise": change_noise, "shift": change_shift, "function": change_function, "cut": change_cut}


def with_drift(spec: Spec, base: Base, n: int, rng: np.random.Generator) -> tuple[dict[str, Structural], list[Change]]:
    """Add a smooth function of time, with a few turns over all rows, to some numeric nodes."""
    able = [node for node in base.nodes if isinstance(base.mechanisms[node], AdditiveNoise) and node not in base.latent]
    count = spec.environments.drift
    if count > len(able):
        raise BadOption(f"{count} nodes cannot drift: {len(able)} are numbers with additive noise.", next=f"Give at most {len(able)}.")
    picked = {able[i] for i in rng.permutation(len(able))[:count]}
    found, changes = dict(base.mechanisms), []
    for node in (node for node in able if node in picked):
        mechanism = base.mechanisms[node]
        assert isinstance(mechanism, AdditiveNoise)
        clock = Input(name=TIME, centre=(n - 1) / 2, scale=max(n, 2) / 6)
        wave = scaled(draw_additive((clock,), rng, ("wave",)), 0.0, base.spread(node))
        found[node] = dataclasses.replace(mechanism, function=Total(functions=(mechanism.function, wave)))
        changes.append(Change(node=node, index=TIME, says=f"{node} drifts with time"))
    return found, changes
