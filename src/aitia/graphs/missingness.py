"""Draw why values are missing: a node for each column that says whether its value is there, and what that implies. [mohan2013] [mohan2021]

A graph in text names these nodes `R_x` for a column `x`, or `"missing(x)"` where a column is itself called `R_x`:
`z->t; z->y; t->y; z->R_y` says that z decides whether y is known. A column may point at its own node (`y->R_y`): then the
value itself decides, which no data can show. Nothing but another such node may come after one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping

from aitia.core.errors import BadGraph
from aitia.core.graph import Edge, Graph, quoted
from aitia.core.knowledge import Knowledge
from aitia.core.missing import Missingness, MissingnessGraph, Recovery, unused
from aitia.graphs.classes import as_admg, classified
from aitia.graphs.neighbours import turned
from aitia.graphs.separation import separated

Causes = Mapping[str, Iterable[str]]


def spellings(column: str) -> tuple[str, str]:
    """Return the names that the indicator of a column may have.

    >>> spellings("income")
    ('R_income', 'missing(income)')
    """
    return f"R_{column}", f"missing({column})"


def stated_indicators(graph: Graph, columns: Iterable[str] = ()) -> dict[str, str]:
    """Return column and node of each indicator in a graph; a name in `columns` is a column, whatever it looks like.

    >>> from aitia.graphs.formats.text import parse
    >>> stated_indicators(parse("z->y; z->R_y"))
    {'y': 'R_y'}
    """
    real = frozenset(columns)
    found = {}
    for column in graph.nodes:
        node = next((name for name in spellings(column) if name in graph.nodes and name not in real), None)
        if node is not None:
            found[column] = node
    signs = set(found.values())
    return {column: node for column, node in found.items() if column not in signs}


def without_indicators(graph: Graph, columns: Iterable[str] = ()) -> Graph:
    """Return the graph of the columns alone; nothing comes after an indicator, so leaving it out changes nothing else."""
    signs = frozenset(stated_indicators(graph, columns).values())
    if not signs:
        return graph
    return dataclasses.replace(
        graph,
        nodes=tuple(node for node in graph.nodes if node not in signs),
        edges=tuple(edge for edge in graph.edges if not {edge.source, edge.target} & signs),
        latent=tuple(node for node in graph.latent if node not in signs),
    )


def of_columns(graph: Graph, columns: Iterable[str] = ()) -> Graph:
    """Return the graph of the columns alone with the class that its edges prove; the graph itself where it has no indicator."""
    bare = without_indicators(graph, columns)
    return graph if bare is graph else classified(bare)


def knowledge_of_columns(knowledge: Knowledge, columns: Iterable[str]) -> tuple[Knowledge, dict[str, tuple[str, ...]]]:
    """Return the knowledge without its statements on indicators, and the causes of missingness that it requires."""
    real = tuple(columns)
    signs = {name: column for column in real for name in spellings(column) if name not in real}
    causes: dict[str, tuple[str, ...]] = {}
    for stated in knowledge.required:
        if stated.target in signs:
            column = signs[stated.target]
            causes[column] = (*causes.get(column, ()), stated.source)
    kept = [tuple(c for c in group if not {c.source, c.target} & set(signs)) for group in (knowledge.required, knowledge.forbidden)]
    return dataclasses.replace(knowledge, required=kept[0], forbidden=kept[1]), causes


def missingness_graph(graph: Graph, partly: Iterable[str] | None = None, causes: Causes | None = None) -> MissingnessGraph:
    """Return the graph with one indicator for each column in `partly`: as stated, or caused by what `causes` say.

    Without `partly` the indicators are those that the graph states. A column in `causes` that the graph lacks is joined
    with `<->` to every other one, for nothing is known about it. Raises `BadGraph` for a graph that is not an ADMG, or
    in which a column comes after an indicator.
    """
    stated = stated_indicators(graph)
    asked = tuple(stated) if partly is None else tuple(dict.fromkeys(graph.need(name) for name in partly))
    graph = refuse_effects(as_admg(graph), frozenset(stated.values()))
    bare = without_indicators(graph)
    found = tuple(name for name in asked if name not in stated)
    given = {name: tuple(dict.fromkeys((causes or {}).get(name, ()))) for name in found}
    bare = with_strangers(bare, [cause for names in given.values() for cause in names])
    pairs = [(name, stated[name]) for name in asked if name in stated]
    for name in found:
        pairs.append((name, unused(spellings(name)[0], (*bare.nodes, *(node for _, node in pairs)))))
    signs = {node for _, node in pairs}
    kept = tuple(edge for edge in graph.edges if {edge.source, edge.target} & signs and {edge.source, edge.target} <= {*bare.nodes, *signs})
    made = tuple(Edge(source=cause, target=node) for name, node in pairs if name in given for cause in given[name])
    whole = dataclasses.replace(bare, nodes=(*bare.nodes, *(node for _, node in pairs)), edges=(*bare.edges, *kept, *made))
    return MissingnessGraph(graph=as_admg(dataclasses.replace(whole, graph_class="unknown")), pairs=tuple(pairs), found=found)


def with_strangers(graph: Graph, names: Iterable[str]) -> Graph:
    """Add nodes that the graph lacks, joined to every other one by `<->`: they may share causes with any of them."""
    for name in dict.fromkeys(names):
        if name not in graph.nodes:
            edges = tuple(Edge(source=name, target=other, at_source="arrow") for other in graph.nodes)
            graph = dataclasses.replace(graph, nodes=(*graph.nodes, name), edges=(*graph.edges, *edges))
    return graph


def refuse_effects(graph: Graph, signs: frozenset[str]) -> Graph:
    """Return the graph; raises `BadGraph` when an indicator acts on a column."""
    for edge in map(turned, graph.edges):
        if edge.directed and edge.source in signs and edge.target not in signs:
            raise BadGraph(
                f"{edge.source} -> {edge.target} lets a missing value act on a column.",
                why="Whether a value is written down comes after the values themselves.",
                next=f"Turn the arrow: {quoted(edge.target)}->{quoted(edge.source)}.",
            )
    return graph


def apart(missing: MissingnessGraph, first: Iterable[str], second: Iterable[str], given: Iterable[str] = ()) -> bool:
    """Tell whether two sets of nodes are separated; what is given counts as given, and empty sets are separated."""
    held = frozenset(given)
    one, two = frozenset(first) - held, frozenset(second) - held
    return not one or not two or separated(missing.graph, one, two, held)


def mechanism(missing: MissingnessGraph) -> Missingness:
    """Classify by variables, as the graph defines it: MCAR, MAR or MNAR.

    MCAR when the indicators are separated from every measured column, MAR when given the fully measured columns they
    are separated from those with missing values. Latent nodes are left out: what is not measured need not be recovered.

    >>> from aitia.graphs.formats.text import parse
    >>> mechanism(missingness_graph(parse("x->y; x->R_y"))).mechanism
    'MAR'
    """
    signs, partly, fully = missing.signs(missing.partly), missing.partly, missing.fully
    if apart(missing, signs, (*partly, *fully)):
        return Missingness(mechanism="MCAR", says="Which values are missing has nothing to do with any measured column.")
    if apart(missing, signs, partly, fully):
        says = f"Given {named(fully)}, which values are missing has nothing to do with the values themselves."
        return Missingness(mechanism="MAR", says=says, because=(f"{named(signs)} separated from {named(partly)} given {named(fully)}",))
    own = tuple(name for name in partly if missing.graph.adjacent(name, missing.indicators[name]))
    reasons = [f"{name} itself decides whether it is missing" for name in own]
    if not own:
        late = [(s, name) for s in signs for name in partly if not apart(missing, [s], [name], fully)]
        reasons = [f"{s} stays tied to {name}, which has gaps itself, whatever fully measured columns are given" for s, name in late[:3]]
    says = "Which values are missing depends on values that are themselves missing."
    return Missingness(mechanism="MNAR", says=says, because=tuple(reasons))


def valid_on_complete_rows(missing: MissingnessGraph, x: str, y: str, given: Iterable[str] = ()) -> Recovery:
    """Say whether x and y are independent given others on the rows complete in all of them exactly when they are in all rows.

    A yes holds in every model of the graph in which each kind of row can be complete. Where the graph separates x and y
    given the others, a no is right too: some model has them independent in all rows and dependent in complete ones.
    Where it joins them, the rule is sound and no theorem says that it misses nothing. [tu2019]
    """
    held = tuple(given)
    signs = missing.signs((x, y, *held))
    what = f"{x} independent of {y}" + (f" given {named(held)}" if held else "")
    if not signs:
        return Recovery(what=what, recoverable=True, means=("complete rows",), says="Nothing that is tested is ever missing.")
    for one, other in ((x, y), (y, x)):
        if apart(missing, [one], signs, (other, *held)):
            because = f"{one} is separated from {named(signs)} given {named((other, *held))}"
            says = f"Rows complete in what is tested tell whether {what}: which rows those are says nothing more about {one}."
            return Recovery(what=what, recoverable=True, means=("complete rows",), says=says, because=(because,))
    separate = apart(missing, [x], [y], held)
    if separate and apart(missing, [x], [y], (*held, *signs)):
        says = f"By the graph {what}, in all rows and in the complete ones."
        return Recovery(what=what, recoverable=True, means=("complete rows",), says=says)
    why = (
        f"{named(signs)} open a path between {x} and {y}"
        if separate
        else f"both {x} and {y} are tied to {named(signs)}, so that complete rows can show a dependence that is not there"
    )
    says = f"Rows complete in what is tested can be wrong about whether {what}: {why}."
    step = "Weigh complete rows by how rarely rows like them are complete: the test missing-corrected."
    return Recovery(what=what, recoverable=False, says=says, because=(why,), next=step)


def direct_causes(
    candidates: Mapping[str, float], p_value: Callable[[str, tuple[str, ...]], float], level: float = 0.05, most: int = 8
) -> tuple[str, ...]:
    """Choose what decides on an indicator among columns with a p-value each, by what the others leave of them.

    First those stay that depend on the indicator, judged together by Holm; at most the `most` strongest. Then, weakest
    first, those go that are independent of it given the rest: an indicator has no effects, so its causes separate it
    from everything else, and with enough rows exactly the causes are left.
    """
    order = sorted(candidates, key=lambda name: candidates[name])
    kept: list[str] = []
    for rank, name in enumerate(order):
        if candidates[name] > level / (len(order) - rank):
            break
        kept.append(name)
    kept = kept[:most]
    while len(kept) > 1:
        found = {name: p_value(name, tuple(other for other in kept if other != name)) for name in kept}
        weakest = max(kept, key=lambda name: (found[name], candidates[name]))
        if found[weakest] <= level:
            break
        kept.remove(weakest)
    return tuple(kept)


def named(names: Iterable[str], most: int = 6) -> str:
    """Join names with commas and a final 'and', cutting a long list; 'nothing' when there are none."""
    words = list(names)
    words = [*words[:most], *([f"{len(words) - most} more"] if len(words) > most else [])]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words) or "nothing"
