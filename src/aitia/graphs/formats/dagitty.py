"""Read and write a graph in the language of DAGitty: `dag { x -> y; x <-> z }`, also mag, pag and pdag. [textor2016]"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterable
from typing import cast

from aitia.core.graph import Edge, Graph, GraphClass, Mark
from aitia.graphs.classes import classified, classify
from aitia.graphs.formats.format import Format, Loss, unrolled
from aitia.graphs.formats.tokens import Grammar, Tokens, quoted_text

COMMENT = r"//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/|#[^\n]*"
GRAMMAR = Grammar(
    name="dagitty",
    pieces=re.compile(
        rf'(?P<skip>\s+|\ufeff|{COMMENT})|(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<word>-?[\d.]+(?![^\s{{}}\[\];,=<@\-])|[^\s{{}}\[\];,=\"<>@\-]+)'
        r"|(?P<sign>[<@]?-{1,2}[>@]?|[{}\[\];,=])",
        re.DOTALL,
    ),
    example="dag { x [exposure]; y [outcome]; u [latent]; x -> y; u -> x; x <-> z }",
)
BEGINS = re.compile(rf'(?:\s|\ufeff|{COMMENT})*(?:dag|pdag|mag|pag)\b\s*(?:[\w.]+\s*|"(?:[^"\\]|\\.)*"\s*)?\{{', re.IGNORECASE)
LEFT: dict[str, Mark] = {"<": "arrow", "@": "circle", "-": "tail"}
RIGHT: dict[str, Mark] = {">": "arrow", "@": "circle", "-": "tail"}
SIGN_LEFT: dict[Mark, str] = {"arrow": "<", "circle": "@", "tail": ""}
SIGN_RIGHT: dict[Mark, str] = {"arrow": ">", "circle": "@", "tail": ""}
LATENT = ("latent", "l", "unobserved", "u")


class Reading:
    """Step through one dagitty text and gather nodes, edges and latent nodes; roles and positions are stepped over."""

    def __init__(self, text: str) -> None:
        self.tokens = Tokens(text, GRAMMAR)
        self.nodes: dict[str, None] = {}
        self.edges: list[Edge] = []
        self.latent: list[str] = []

    def graph(self) -> Graph:
        """Read the whole text."""
        tokens = self.tokens
        if not tokens.sees_word("dag", "pdag", "mag", "pag"):
            raise tokens.wrong("dag, pdag, mag or pag")
        kind = tokens.step().lower()
        if not tokens.sees("{"):
            tokens.name("a name or '{'")
        self.block()
        if tokens.kind != "end":
            raise tokens.wrong("the end: one graph a text")
        graph = Graph(nodes=tuple(self.nodes), edges=tuple(self.edges)).with_latent(tuple(self.latent))
        return dataclasses.replace(graph, graph_class=claim_of(kind, graph))

    def block(self) -> list[str]:
        """Read statements in braces; returns the nodes they name, in order."""
        tokens = self.tokens
        tokens.expect("{")
        named: dict[str, None] = {}
        while not tokens.accept("}"):
            if not (tokens.accept(";") or tokens.accept(",")):
                named.update(dict.fromkeys(self.statement()))
        return list(named)

    def statement(self) -> list[str]:
        """Read an attribute of the graph, a node, or a chain of edges; returns the nodes it names."""
        tokens = self.tokens
        if tokens.sees("{"):
            ends = self.block()
        else:
            name = tokens.name("the name of a node, or '}'")
            if tokens.accept("="):
                tokens.name("the value of the attribute")
                return []
            self.nodes.setdefault(name)
            ends = [name]
        named = list(ends)
        while tokens.kind == "sign" and "-" in tokens.piece and tokens.piece != "-":
            sign = tokens.step()
            after = self.block() if tokens.sees("{") else [tokens.name("the name of a node, or '{'")]
            self.nodes.update(dict.fromkeys(after))
            self.edges += [edge(source, target, sign) for source, target in itertools.product(ends, after)]
            ends, named = after, [*named, *after]
        found = self.options()
        if len(named) == 1 and any(option.lower() in LATENT for option in found):
            self.latent += named
        return named

    def options(self) -> list[str]:
        """Read options in brackets; returns those that are switched on and hold no value."""
        tokens = self.tokens
        switches = []
        if tokens.accept("["):
            while not tokens.accept("]"):
                key = tokens.name("an option or ']'")
                if tokens.accept("="):
                    tokens.name("its value")
                else:
                    switches.append(key)
                tokens.accept(",")
        return switches


def edge(source: str, target: str, sign: str) -> Edge:
    """Return an edge from the sign between two nodes."""
    return Edge(source=source, target=target, at_source=LEFT[sign[0]], at_target=RIGHT[sign[-1]])


def claim_of(kind: str, graph: Graph) -> GraphClass:
    """Return the class that a text of this kind claims for its graph, where the edges do not prove one."""
    if kind == "pdag":
        return "mpdag" if classify(graph) == "unknown" else "unknown"
    return "unknown" if kind == "dag" else cast(GraphClass, kind)


def kind_of(graph: Graph) -> str:
    """Return the kind of text that a graph is written as."""
    marks = {mark for edge in graph.edges for mark in (edge.at_source, edge.at_target)}
    if graph.graph_class in ("mag", "pag"):
        return graph.graph_class
    if "circle" in marks:
        return "pag"
    lines = any(edge.at_source == edge.at_target == "tail" for edge in graph.edges)
    spouses = any(edge.at_source == edge.at_target == "arrow" for edge in graph.edges)
    return "dag" if not lines else "mag" if spouses else "pdag"


def read_dagitty(text: str) -> Graph:
    """Read a graph; `@` is a circle, latent nodes are marked, positions and the roles exposure, outcome and adjusted are left out.

    >>> read_dagitty("dag { x -> {y z} ; u [latent] ; u -> x }").latent
    ('u',)
    """
    return Reading(text).graph()


def write_dagitty(graph: Graph) -> str:
    """Write a graph for DAGitty; support and lags are left out, a lagged cause becomes a node of its own.

    >>> print(write_dagitty(Graph(nodes=("a", "b"), edges=(Edge(source="a", target="b", at_source="circle"),))), end="")
    pag {
    a
    b
    a @-> b
    }
    """
    flat = unrolled(graph)
    latent = set(flat.latent)
    nodes = [f"{word(node)}{' [latent]' if node in latent else ''}" for node in flat.nodes]
    edges = [f"{word(edge.source)} {signed(edge)} {word(edge.target)}" for edge in flat.edges]
    return "\n".join([f"{kind_of(flat)} {{", *nodes, *edges, "}", ""])


def signed(edge: Edge) -> str:
    """Write the sign between two nodes: a tail and a circle or another tail need two strokes."""
    left, right = SIGN_LEFT[edge.at_source], SIGN_RIGHT[edge.at_target]
    return f"{left}-{'' if '>' in (left, right) or left == right == '@' or '<' in left else '-'}{right}"


def word(name: str) -> str:
    """Write a name, quoted where it is no plain word."""
    return name if re.fullmatch(r"[A-Za-z0-9_.]+", name) else quoted_text(name)


def also(graph: Graph) -> Iterable[Loss]:
    """Return `class` where the text would claim another class."""
    again = classified(dataclasses.replace(graph, graph_class=claim_of(kind_of(graph), graph)))
    return ("class",) if again.graph_class != graph.graph_class else ()


FORMAT = Format(
    name="dagitty",
    says="the language of DAGitty: dag { x -> y }, also mag, pag and pdag",
    suffixes=(".dagitty",),
    recognises=lambda text: BEGINS.match(text) is not None,
    read=read_dagitty,
    write=write_dagitty,
    cannot=("lag", "support"),
    also=also,
)
