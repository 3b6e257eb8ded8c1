"""Say of which kind each node is, and name its levels."""

from __future__ import annotations

import string

import numpy as np

from aitia.core.errors import BadOption
from aitia.core.graph import Graph
from aitia.core.table import Column
from aitia.simulation.spec import Making, NodeKind, Spec, making_of

MIXED: dict[str, float] = {"binary": 0.2, "categorical": 0.15, "ordinal": 0.15, "count": 0.15}
SIMULATED = "simulated"
MOST_LEVELS = 20


def kinds_of(spec: Spec, graph: Graph, rng: np.random.Generator) -> dict[str, Column]:
    """Return a column for every node: the kind it was given, else one drawn by the shares.

    A latent node has the kind of all nodes where there is one such, and is continuous among mixed ones.
    """
    open_nodes = [node for node in graph.observed if making_of(spec, node).kind is None]
    drawn = drawn_kinds(spec, open_nodes, rng)
    preset = spec.kinds.kinds
    usual: NodeKind = "continuous" if preset == "mixed" else preset
    return {
        node: column_of(node, making_of(spec, node), drawn.get(node, usual if node in graph.latent else "continuous"))
        for node in graph.nodes
    }


def drawn_kinds(spec: Spec, nodes: list[str], rng: np.random.Generator) -> dict[str, NodeKind]:
    """Return kinds for nodes by their shares, as evenly as whole numbers allow."""
    preset = spec.kinds.kinds
    shares = dict(MIXED) if preset == "mixed" else {preset: 1.0} if preset != "continuous" else {}
    said = {name: getattr(spec.kinds, name) for name in MIXED}
    shares |= {name: share for name, share in said.items() if share is not None}
    if any(share < 0 for share in shares.values()) or sum(shares.values()) > 1 + 1e-9:
        raise BadOption(f"The shares of kinds add up to {sum(shares.values()):g}.", next="Give shares from 0 that add up to at most 1.")
    ends = np.round(np.cumsum(list(shares.values())) * len(nodes)).astype(int)
    order = [nodes[i] for i in rng.permutation(len(nodes))]
    found: dict[str, NodeKind] = {}
    for kind, end in zip(shares, ends, strict=True):
        found |= dict.fromkeys(order[len(found) : end], kind)  # type: ignore[arg-type]
    return found


def column_of(node: str, making: Making, drawn: NodeKind) -> Column:
    """Return the column of one node; its levels are 0 and 1, letters, or 1, 2, … unless they were named."""
    kind = making.kind or drawn
    if kind in ("continuous", "count"):
        return Column(name=node, kind=kind, why=SIMULATED)
    count = 2 if kind == "binary" else len(making.labels) if making.labels else making.levels
    if not 2 <= count <= MOST_LEVELS:
        raise BadOption(f"{node} cannot have {count} levels.", next=f"Give 2 to {MOST_LEVELS}.")
    usual = {"binary": (0, 1), "categorical": tuple(string.ascii_lowercase[:count]), "ordinal": tuple(range(1, count + 1))}
    labels = making.labels or usual[kind]
    if len(labels) != count or len(set(labels)) != count:
        raise BadOption(f"{node} needs {count} different labels.", next=f"It was given: {', '.join(map(str, labels))}.")
    return Column(name=node, kind=kind, why=SIMULATED, levels=tuple(labels))


def is_numeric(column: Column) -> bool:
    """Tell whether a node's values are numbers, not codes."""
    return not column.coded
