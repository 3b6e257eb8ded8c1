"""Read and write a graph in the DOT language of Graphviz; also what pydot, DoWhy and causal-learn write in it. [gansner1993]"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator
from typing import cast, get_args

from aitia.core.errors import BadGraph
from aitia.core.graph import Edge, Graph, GraphClass, Mark
from aitia.graphs.formats.format import Format
from aitia.graphs.formats.tokens import Grammar, Tokens, quoted_text

COMMENT = r"//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/|(?m:^)#[^\n]*"
GRAMMAR = Grammar(
    name="DOT",
    pieces=re.compile(
        rf'(?P<skip>\s+|\ufeff|{COMMENT})|(?P<sign>--|->|[{{}}\[\];,=:+])|(?P<quoted>"(?:[^"\\]|\\.)*"|<(?:[^<>]|<[^<>]*>)*>)'
        r"|(?P<word>-?(?:\.\d+|\d+(?:\.\d*)?)(?!\w)|[\w.]+)",
        re.DOTALL,
    ),
    example="digraph { a -> b; b -> c [dir=both]; }",
)
BEGINS = re.compile(rf'(?:\s|{COMMENT})*(?:strict\s+)?(?:di)?graph\b\s*(?:[\w.]+\s*|"(?:[^"\\]|\\.)*"\s*)?\{{', re.IGNORECASE)
RESERVED = ("node", "edge", "graph", "digraph", "subgraph", "strict")
SHAPES: dict[Mark, str] = {"tail": "none", "arrow": "normal", "circle": "odot"}
CIRCLES = ("dot", "odot", "circle")
NO = ("no", "false", "0", "")
Attributes = dict[str, str]


@dataclasses.dataclass
class Scope:
    """Hold the nodes named inside one pair of braces, and the attributes that edges and nodes have there."""

    edge: Attributes = dataclasses.field(default_factory=dict)
    node: Attributes = dataclasses.field(default_factory=dict)
    named: dict[str, None] = dataclasses.field(default_factory=dict)


class Reading:
    """Step through one DOT text and gather nodes, edges and attributes."""

    def __init__(self, text: str) -> None:
        self.tokens = Tokens(text, GRAMMAR)
        self.nodes: dict[str, Attributes] = {}
        self.edges: list[Edge] = []
        self.head: Attributes = {}

    def graph(self) -> Graph:
        """Read the whole text."""
        tokens = self.tokens
        if tokens.sees_word("strict"):
            tokens.step()
        if not tokens.sees_word("graph", "digraph"):
            raise tokens.wrong("graph or digraph")
        tokens.step()
        if not tokens.sees("{"):
            tokens.name("a name or '{'")
        self.block(Scope(), top=True)
        if tokens.kind != "end":
            raise tokens.wrong("the end: one graph a text")
        claim = self.head.get("class", "unknown")
        graph_class = cast(GraphClass, claim if claim in get_args(GraphClass) else "unknown")
        latent = tuple(node for node, found in self.nodes.items() if is_latent(found))
        return Graph(nodes=tuple(self.nodes), edges=tuple(self.edges), graph_class=graph_class).with_latent(latent)

    def block(self, scope: Scope, *, top: bool) -> None:
        """Read statements in braces."""
        tokens = self.tokens
        tokens.expect("{")
        while not tokens.accept("}"):
            if not tokens.accept(";"):
                self.statement(scope, top)

    def statement(self, scope: Scope, top: bool) -> None:
        """Read attributes for what follows, an attribute of the graph, a node, or a chain of edges."""
        tokens = self.tokens
        if tokens.sees_word("node", "edge", "graph"):
            kind = tokens.step().lower()
            found = self.attributes()
            {"node": scope.node, "edge": scope.edge, "graph": self.head if top else {}}[kind].update(found)
            return
        ends = self.ends(scope)
        if len(ends) == 1 and tokens.accept("="):
            self.drop(ends[0], scope)
            value = tokens.name("the value of the attribute")
            self.head.update({ends[0]: value} if top else {})
            return
        chain, signs = [ends], []
        while tokens.sees("->", "--"):
            signs.append(tokens.step())
            chain.append(self.ends(scope))
        found = self.attributes()
        if not signs and len(ends) == 1:
            self.nodes[ends[0]].update(found)
        for sign, (before, after) in zip(signs, itertools.pairwise(chain), strict=True):
            for source, target in itertools.product(before, after):
                self.edges.append(self.edge(source, target, sign, {**scope.edge, **found}))

    def drop(self, name: str, scope: Scope) -> None:
        """Forget a name that turned out to be an attribute of the graph, unless a node or edge named it before."""
        if not self.nodes[name] and not any(name in (edge.source, edge.target) for edge in self.edges):
            del self.nodes[name]
            scope.named.pop(name, None)

    def ends(self, scope: Scope) -> list[str]:
        """Read one end of an edge: a node, or braces that stand for every node named in them."""
        tokens = self.tokens
        if tokens.sees_word("subgraph") or tokens.sees("{"):
            if tokens.sees_word("subgraph"):
                tokens.step()
                if not tokens.sees("{"):
                    tokens.name("a name or '{'")
            inner = Scope(edge=dict(scope.edge), node=dict(scope.node))
            self.block(inner, top=False)
            scope.named.update(inner.named)
            return list(inner.named)
        name = self.identifier("the name of a node, or '}'")
        while tokens.accept(":"):
            tokens.name("a port")
        self.nodes.setdefault(name, dict(scope.node))
        scope.named[name] = None
        return [name]

    def identifier(self, what: str) -> str:
        """Read a name; quoted ones may be joined by `+`."""
        joined = self.tokens.name(what)
        while self.tokens.accept("+"):
            joined += self.tokens.name("a text in quotes")
        return joined

    def attributes(self) -> Attributes:
        """Read lists of attributes in brackets."""
        tokens = self.tokens
        found: Attributes = {}
        while tokens.accept("["):
            while not tokens.accept("]"):
                key = self.identifier("an attribute or ']'")
                found[key] = self.identifier("its value") if tokens.accept("=") else "true"
                if not tokens.accept(","):
                    tokens.accept(";")
        return found

    def edge(self, source: str, target: str, sign: str, found: Attributes) -> Edge:
        """Return one edge from its sign and attributes."""
        direction = found.get("dir", "forward" if sign == "->" else "none")
        try:
            return Edge(
                source=source,
                target=target,
                at_source=mark(found.get("arrowtail", "normal")) if direction in ("back", "both") else "tail",
                at_target=mark(found.get("arrowhead", "normal")) if direction in ("forward", "both") else "tail",
                lag=int(found.get("lag", "0")),
                support=float(found["support"]) if "support" in found else None,
            )
        except ValueError as error:
            raise BadGraph(
                f"The edge from {source!r} to {target!r} has a lag or support that is no number.", why=f"{error}.", next=GRAMMAR.example
            ) from error


def mark(shape: str) -> Mark:
    """Return the mark that an arrow shape draws."""
    return "tail" if shape == "none" else "circle" if shape in CIRCLES else "arrow"


def is_latent(found: Attributes) -> bool:
    """Tell whether a node's attributes say that it is not measured."""
    return found.get("latent", "false").lower() not in NO or found.get("observed", "true").lower() in NO


def read_dot(text: str) -> Graph:
    """Read a graph; marks come from `dir`, `arrowhead` and `arrowtail` (none: tail; dot, odot: circle; another: arrow).

    Nodes with `latent=true` or `observed=no` are latent.

    >>> read_dot("digraph { {a b} -> c [arrowtail=odot, dir=both] }").edges[1].symbol
    'o->'
    """
    return Reading(text).graph()


def write_dot(graph: Graph) -> str:
    """Write a graph as Graphviz draws it: circles as open dots, latent nodes dashed; lag, support and class are attributes.

    >>> print(write_dot(Graph(nodes=("a", "b"), edges=(Edge(source="a", target="b", at_source="arrow"),))), end="")
    digraph {
      a;
      b;
      a -> b [dir=both];
    }
    """
    latent = set(graph.latent)
    head = [f"class={graph.graph_class};"] if graph.graph_class != "unknown" else []
    nodes = [f"{word(node)}{' [latent=true, style=dashed]' if node in latent else ''};" for node in graph.nodes]
    edges = [f"{word(edge.source)} -> {word(edge.target)}{listed(dict(described(edge)))};" for edge in graph.edges]
    return "\n".join(["digraph {", *(f"  {line}" for line in (*head, *nodes, *edges)), "}", ""])


def described(edge: Edge) -> Iterator[tuple[str, str]]:
    """Yield the attributes of an edge that differ from those of an arrow."""
    head, tail = edge.at_target != "tail", edge.at_source != "tail"
    if not head or tail:
        yield "dir", "both" if head and tail else "back" if tail else "none"
    if edge.at_target == "circle":
        yield "arrowhead", SHAPES["circle"]
    if edge.at_source == "circle":
        yield "arrowtail", SHAPES["circle"]
    if edge.lag:
        yield "lag", str(edge.lag)
    if edge.support is not None:
        yield "support", repr(float(edge.support))


def listed(found: Attributes) -> str:
    """Write attributes in brackets."""
    return f" [{', '.join(f'{key}={value}' for key, value in found.items())}]" if found else ""


def word(name: str) -> str:
    """Write a name, quoted where it is no plain word."""
    return name if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) and name.lower() not in RESERVED else quoted_text(name)


FORMAT = Format(
    name="dot",
    says="the language of Graphviz, as pydot, DoWhy and many others write it",
    suffixes=(".dot", ".gv"),
    recognises=lambda text: BEGINS.match(text) is not None,
    read=read_dot,
    write=write_dot,
)
