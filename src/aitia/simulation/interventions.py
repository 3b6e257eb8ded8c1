"""Intervene on a model: set nodes, alter or replace their mechanisms, and keep every row's noise. [pearl2009, eberhardt2007]"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from aitia.core.errors import BadGraph
from aitia.core.graph import Edge, Graph
from aitia.core.scm import SCM, Constant, Mechanism
from aitia.graphs.reachability import descendants
from aitia.simulation.mechanisms.altered import Altered
from aitia.simulation.mechanisms.structural import Structural, noise_of

Rows = Mapping[str, np.ndarray]


def model_of(mechanisms: Iterable[Mechanism], latent: tuple[str, ...] = (), nodes: tuple[str, ...] = ()) -> SCM:
    """Return the model of these mechanisms, put in causal order; its graph follows from what each one reads.

    `nodes` gives the order of the graph's nodes where it matters. Raises `BadGraph` for a parent without a mechanism or
    a cycle.
    """
    by_node = {m.node: m for m in mechanisms}
    order = sorted_nodes(by_node)
    listed = tuple(dict.fromkeys((*(n for n in nodes if n in by_node), *by_node)))
    edges = tuple(Edge(source=parent, target=node) for node in listed for parent in by_node[node].parents)
    graph = Graph(nodes=listed, edges=edges, latent=tuple(n for n in listed if n in latent), graph_class="dag")
    return SCM(graph=graph, mechanisms=tuple(by_node[node] for node in order))


def sorted_nodes(by_node: Mapping[str, Mechanism]) -> list[str]:
    """Return the nodes, parents first; raises `BadGraph` naming what is missing or goes round."""
    order: dict[str, None] = {}
    left = dict.fromkeys(by_node)
    while left:
        ready = [node for node in left if all(parent in order for parent in by_node[node].parents)]
        if not ready:
            missing = [(n, p) for n in left for p in by_node[n].parents if p not in by_node]
            what = f"{missing[0][0]} reads {missing[0][1]}, which nothing makes." if missing else f"{', '.join(left)} cause each other."
            raise BadGraph(what, next="Give every parent a mechanism, and no cycle.")
        for node in ready:
            order[node] = None
            del left[node]
    return list(order)


def intervene(scm: SCM, *changed: Mechanism) -> SCM:
    """Return the model with these mechanisms in place of those of the same nodes; edges follow the new parents."""
    for mechanism in changed:
        scm.mechanism(mechanism.node)
    new = {m.node: m for m in changed}
    return model_of([new.get(m.node, m) for m in scm.mechanisms], scm.graph.latent, scm.graph.nodes)


def soft(scm: SCM, node: str, *, shift: float = 0.0, stretch: float = 1.0) -> SCM:
    """Return the model in which a numeric node is shifted and stretched, still following its parents."""
    mechanism = scm.mechanism(node)
    if not isinstance(mechanism, Structural):
        raise BadGraph(f"{node} is set from outside and has no mechanism to alter.")
    return intervene(scm, Altered(node=node, mechanism=mechanism, shift=shift, stretch=stretch))


def noise_for(scm: SCM, n: int, stream: Callable[[str], np.random.Generator]) -> dict[str, np.ndarray]:
    """Draw the noise of n rows; each node has its own stream, so that it does not depend on the others."""
    return {m.node: noise_of(m, n, stream(m.node)) for m in scm.mechanisms}


def imagined(scm: SCM, rows: Rows, noise: Rows, setting: Mapping[str, float]) -> dict[str, np.ndarray]:
    """Return what the rows (n,) would have been with some nodes set; what these do not cause stays the very array it was."""
    moved = descendants(scm.graph, tuple(setting))
    n = len(next(iter(rows.values())))
    found = dict(rows)
    for m in scm.mechanisms:
        if m.node in setting:
            found[m.node] = Constant(node=m.node, value=setting[m.node]).predict(np.zeros(n), {})
        elif m.node in moved:
            found[m.node] = m.predict(noise[m.node], {p: found[p] for p in m.parents})
    return found


def without(scm: SCM, nodes: Iterable[str]) -> Graph:
    """Return the model's graph without some nodes and their edges."""
    gone = set(nodes)
    edges = tuple(e for e in scm.graph.edges if e.source not in gone and e.target not in gone)
    kept = tuple(node for node in scm.graph.nodes if node not in gone)
    return dataclasses.replace(scm.graph, nodes=kept, edges=edges, latent=tuple(n for n in scm.graph.latent if n not in gone))
