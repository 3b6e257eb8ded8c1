"""Join all worlds that a question talks about into one network, in which copies of a node share its noise. [balke1994] [shpitser2007]

Two copies of a node with the same parents are one variable, so worlds are joined wherever the settings make no
difference, and a parent observed to have a value is that value (consistency). A node that is left with one copy needs
no more than its table; where two are left, only its function says how they hang together.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from aitia.core.errors import BadOption
from aitia.simulation.exact.arithmetic import Undefined
from aitia.simulation.exact.counterfactual import Event, Level, Potential, mentioned
from aitia.simulation.exact.models import DiscreteModel, Model, StructuralModel, tables_of

Settings = tuple[tuple[str, Level | Potential], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Fixed:
    """Stand for a value that is certain: a code of a node's levels."""

    code: int


Reference = int | Fixed  # the place of a copy, or a certain value


@dataclasses.dataclass(frozen=True, slots=True)
class Copy:
    """Name a node in one or several worlds by what its parents are there."""

    node: str
    parents: tuple[Reference, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Network:
    """Hold the copies that matter, the codes that events allow to some of them, and what is asked about.

    `shape` holds the number of levels of each target. `impossible` says that the events contradict each other or the
    settings.
    """

    copies: dict[int, Copy]
    allowed: dict[int, frozenset[int]]
    targets: tuple[Reference, ...]
    shape: tuple[int, ...]
    impossible: bool = False

    @property
    def asked(self) -> tuple[int, ...]:
        """The copies among the targets, each once."""
        return tuple(dict.fromkeys(item for item in self.targets if isinstance(item, int)))

    def copies_of(self) -> dict[str, list[int]]:
        """Return the places of the copies of each node."""
        found: dict[str, list[int]] = {}
        for place, copy in self.copies.items():
            found.setdefault(copy.node, []).append(place)
        return found


class Weaver:
    """Give every variable of every world its copy; equal variables get one copy."""

    def __init__(self, model: DiscreteModel) -> None:
        self.model = model
        self.rank = {node: i for i, node in enumerate(model.parents)}
        self.copies: list[Copy] = []
        self.places: dict[Copy, int] = {}
        self.allowed: dict[int, frozenset[int]] = {}
        self.worlds: dict[Settings, dict[str, Reference]] = {}
        self.lineages: dict[str, list[str]] = {}
        self.impossible = False

    def lineage(self, node: str) -> list[str]:
        """Return a node and its ancestors, causes first."""
        if node not in self.lineages:
            found, waiting = {node}, [node]
            while waiting:
                fresh = set(self.model.parents[waiting.pop()]) - found
                found |= fresh
                waiting += fresh
            self.lineages[node] = sorted(found, key=self.rank.__getitem__)
        return self.lineages[node]

    def reference(self, variable: Potential) -> Reference:
        """Return the copy, or the certain value, of a variable."""
        world = self.worlds.setdefault(variable.settings, {})
        if variable.node not in world:
            settings = dict(variable.settings)
            for node in self.lineage(variable.node):
                if node not in world:
                    world[node] = self.setting(node, settings[node]) if node in settings else self.copy(node, world)
        return world[variable.node]

    def setting(self, node: str, value: Level | Potential) -> Reference:
        """Return what a node is set to."""
        if not isinstance(value, Potential):
            return Fixed(self.model.code(node, value))
        if self.model.levels[node] != self.model.levels[value.node]:
            raise BadOption(f"{node} cannot be set to {value}: they have different levels.")
        return self.reference(value)

    def copy(self, node: str, world: dict[str, Reference]) -> Reference:
        """Return the copy of a node whose parents are those of a world, a new one where there is none yet."""
        if self.model.size(node) == 1:
            return Fixed(0)
        copy = Copy(node, tuple(self.seen(world[parent]) for parent in self.model.parents[node]))
        if copy not in self.places:
            self.places[copy] = len(self.copies)
            self.copies.append(copy)
        return self.places[copy]

    def seen(self, reference: Reference) -> Reference:
        """Return a copy that was observed to have one value as that value."""
        codes = self.allowed.get(reference) if isinstance(reference, int) else None
        return Fixed(next(iter(codes))) if codes is not None and len(codes) == 1 else reference

    def observe(self, event: Event) -> None:
        """Narrow a copy to the levels of an event; ancestors must have been narrowed before."""
        node = event.potential.node
        codes = frozenset(self.model.code(node, level) for level in event.levels)
        if event.excluded:
            codes = frozenset(range(self.model.size(node))) - codes
        reference = self.reference(event.potential)
        if isinstance(reference, Fixed):
            self.impossible |= reference.code not in codes
            return
        self.allowed[reference] = self.allowed.get(reference, codes) & codes
        self.impossible |= not self.allowed[reference]


def weave(model: Model, targets: Sequence[Potential], events: Sequence[Event]) -> Network | Undefined:
    """Return the network of all worlds that targets and events talk about.

    The answer is `Undefined` where it would take the function of a node and the model has only tables.
    """
    tables = tables_of(model)
    check_names(tables, [*targets, *(event.potential for event in events)])
    weaver = Weaver(tables)
    for event in sorted(events, key=lambda event: weaver.rank[event.potential.node]):
        weaver.observe(event)
    references = tuple(weaver.seen(weaver.reference(target)) for target in targets)
    shape = tuple(tables.size(target.node) for target in targets)
    if weaver.impossible:
        return Network(copies={}, allowed={}, targets=references, shape=shape, impossible=True)
    needed = closure(weaver.copies, [*weaver.allowed, *(item for item in references if isinstance(item, int))])
    copies = {place: weaver.copies[place] for place in needed}
    network = Network(copies=copies, allowed=weaver.allowed, targets=references, shape=shape)
    return network if isinstance(model, StructuralModel) else settled(network, tables)


def spread(values: np.ndarray, network: Network) -> np.ndarray:
    """Put an array over the copies that are asked for in its place among all targets, some of them equal or certain."""
    if network.targets == network.asked:
        return values
    found = np.zeros(network.shape, dtype=values.dtype)
    grid = dict(zip(network.asked, np.indices(values.shape), strict=True))
    found[tuple(item.code if isinstance(item, Fixed) else grid[item] for item in network.targets)] = values
    return found


def check_names(model: DiscreteModel, variables: Sequence[Potential]) -> None:
    """Refuse nodes and levels that the model does not have."""
    for variable in mentioned(variables):
        model.graph.need(variable.node)
        for node, value in variable.settings:
            model.graph.need(node) if isinstance(value, Potential) else model.code(node, value)


def closure(copies: Sequence[Copy], starts: Sequence[int]) -> list[int]:
    """Return the copies from which the starts follow, causes first."""
    found = set(starts)
    waiting = list(starts)
    while waiting:
        for parent in copies[waiting.pop()].parents:
            if isinstance(parent, int) and parent not in found:
                found.add(parent)
                waiting.append(parent)
    return sorted(found)


def settled(network: Network, model: DiscreteModel) -> Network | Undefined:
    """Return the network if tables are enough for it: no node has two copies, save those whose table leaves nothing to chance."""
    for node, places in network.copies_of().items():
        if len(places) > 1 and not is_certain(model, node):
            return Undefined(
                reason=f"undefined: tables alone do not say how {node} in one world hangs together with {node} in another; "
                "give a structural model, or choose one with response_functions.canonical"
            )
    return network


def is_certain(model: DiscreteModel, node: str) -> bool:
    """Tell whether a node's table leaves nothing to chance."""
    table = model.chances[node]
    return bool(np.isin(table.values, (0, table.over or 1)).all())
