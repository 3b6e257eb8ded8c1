"""Tell what the graph claims, which nodes are not measured and which columns it leaves out."""

from __future__ import annotations

from aitia.core.analysis import Analysis
from aitia.core.graph import Edge, Graph
from aitia.core.study import Study
from aitia.graphs.formats.text import write
from aitia.reporting.blocks import Block, Bullets, Code, Figure, Paragraph, Section
from aitia.reporting.graph_picture import graph_drawing
from aitia.reporting.sections.findings import findings_of, sentences
from aitia.reporting.words import counted, listed, number

MOST_CLAIMS = 24
CLASSES = {
    "dag": "a directed acyclic graph: every edge points from a cause to its effect, and no hidden cause is drawn between measured ones",
    "admg": "an acyclic graph in which a two-headed edge stands for a hidden common cause",
    "cpdag": "a class of graphs that the data cannot tell apart; an edge without arrow head may point either way",
    "mpdag": "a class of graphs narrowed by what is known; an edge without arrow head may point either way",
    "mag": "an ancestral graph: hidden causes are folded into its edges",
    "pag": "a class of ancestral graphs; a circle at an end is a mark that the data leave open",
}


def section(study: Study, analysis: Analysis) -> Section:
    """Return the section: the picture, the claims, and what was noticed."""
    graph = analysis.graph
    told = sentences(findings_of(study, analysis, "graph"))
    if graph is None:
        return Section("graph", "The graph", (Paragraph("There is no graph: none was given and none was made.", quiet=True), *told))
    query, estimand = analysis.query, analysis.estimand
    drawing = graph_drawing(
        graph,
        treatment=query.treatment if query else None,
        outcome=query.outcome if query else None,
        adjustment=(estimand.adjustment or ()) if estimand else (),
    )
    figure = Figure(drawing.svg, caption(graph), drawing.description)
    return Section("graph", "The graph", (figure, *claims(graph), *told, Code("The graph as text", write(graph))))


def caption(graph: Graph) -> str:
    """Say what kind of graph it is."""
    what = CLASSES.get(graph.graph_class, "a graph")
    return f"{counted(len(graph.nodes), 'node')} and {counted(len(graph.edges), 'edge')}: {what}."


def claims(graph: Graph) -> tuple[Block, ...]:
    """Say what the edges claim, and how much the edges that are not there claim."""
    items = [claim for node in graph.nodes if (claim := causes(graph, node))]
    items += [claim for node in graph.nodes if (claim := hidden_causes(graph, node))]
    items += [claim for edge in graph.edges if (claim := left_open(edge))]
    shown = tuple(items[:MOST_CLAIMS]) + (
        (f"And {counted(len(items) - MOST_CLAIMS, 'more claim')} like these.",) if len(items) > MOST_CLAIMS else ()
    )
    pairs = {frozenset((edge.source, edge.target)) for edge in graph.edges if edge.source != edge.target}
    count = len(graph.nodes)
    all_pairs = count * (count - 1) // 2
    missing = all_pairs - len(pairs)
    strength = (
        f"Of the {counted(all_pairs, 'pair')} of nodes, {number(missing)} {'is' if missing == 1 else 'are'} not joined. "
        "Each says that neither of the two causes the other directly; these are the graph's strongest claims."
        if missing
        else "Every pair of nodes is joined, so the graph leaves no direct influence out and claims no independence."
    )
    return (Paragraph("The graph claims:"), *((Bullets(shown),) if shown else ()), Paragraph(strength))


def causes(graph: Graph, node: str) -> str:
    """Say which nodes cause one directly."""
    parents = [
        f"{edge.source} ({counted(edge.lag, 'step')} before)" if edge.lag else edge.source
        for edge in graph.edges
        if edge.directed and edge.target == node
    ]
    parents += [edge.target for edge in graph.edges if (edge.at_source, edge.at_target) == ("arrow", "tail") and edge.source == node]
    return f"{node} is caused directly by {listed(parents)}." if parents else ""


def hidden_causes(graph: Graph, node: str) -> str:
    """Say with which nodes one shares a cause that is not measured; each pair is told once."""
    order = {name: i for i, name in enumerate(graph.nodes)}
    pairs = [
        sorted((edge.source, edge.target), key=order.__getitem__) for edge in graph.edges if edge.at_source == edge.at_target == "arrow"
    ]
    others = sorted((second for first, second in pairs if first == node), key=order.__getitem__)
    return f"{node} shares causes that are not measured with {listed(others)}." if others else ""


def left_open(edge: Edge) -> str:
    """Say what an edge leaves open; an empty text for one that leaves nothing open."""
    marks = {edge.at_source, edge.at_target}
    if "circle" in marks:
        return f"{edge.source} {edge.symbol} {edge.target}: linked, with a mark at a circle left open."
    return f"{edge.source} and {edge.target} are linked, in a direction left open." if marks == {"tail"} else ""
