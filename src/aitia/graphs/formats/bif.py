"""Read and write discrete Bayesian networks in the Bayesian interchange format: nodes, levels and probability tables. [cozman1998]"""

from __future__ import annotations

import math
import os
import pathlib
import re

import numpy as np

from aitia.core.errors import BadGraph, near
from aitia.core.graph import Edge, Graph
from aitia.core.noun import Noun, holder
from aitia.graphs.classes import classified
from aitia.graphs.formats.content import content_of
from aitia.graphs.formats.format import Format
from aitia.graphs.formats.tokens import Grammar, Tokens, once, quoted_text

EXAMPLE = "variable a { type discrete [ 2 ] { yes, no }; } probability ( a ) { table 0.2, 0.8; }"
COMMENT = r"//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/"
GRAMMAR = Grammar(
    name="BIF",
    pieces=re.compile(
        rf'(?P<skip>\s+|{COMMENT})|(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<word>[^\s{{}}()\[\],;|"]+)|(?P<sign>[{{}}()\[\],;|])', re.DOTALL
    ),
    example=EXAMPLE,
)
BEGINS = re.compile(rf"(?:\s|{COMMENT})*(?:network\b[^{{}}]*\{{|variable\b[^{{}}]*\{{\s*type\b)", re.DOTALL)
EXACT, ROUNDING = 1e-6, 0.05


@holder
class Network(Noun):
    """Hold a discrete Bayesian network: a DAG, the levels of each node, and the chance of each level given the parents.

    `tables[node]` has one axis for each of `parents[node]`, in that order, and the node's own as the last; sums over the
    last axis are one.
    """

    graph: Graph
    levels: dict[str, tuple[str, ...]]
    parents: dict[str, tuple[str, ...]]
    tables: dict[str, np.ndarray]


def read_network(source: str | os.PathLike[str]) -> Network:
    """Read a network from BIF text, or from a file (also `.bif.gz`) given as a path.

    A row of a table whose sum is off by no more than its digits explain is divided by its sum; raises `BadGraph` with the
    line for text that is wrong and for rows that do not sum to one, `Unreadable` for a file that is not there.

    >>> asia = read_network('variable a { type discrete [2] {yes, no}; } probability (a) { table 0.01, 0.99; }')
    >>> asia.levels["a"], asia.tables["a"].tolist()
    (('yes', 'no'), [0.01, 0.99])
    """
    reading = Reading(content_of(pathlib.Path(source)) if isinstance(source, os.PathLike) else source)
    reading.read()
    edges = tuple(Edge(source=parent, target=node) for node in reading.levels for parent in reading.parents[node])
    return Network(
        graph=classified(Graph(nodes=tuple(reading.levels), edges=edges)),
        levels=reading.levels,
        parents={node: reading.parents[node] for node in reading.levels},
        tables={node: reading.tables[node] for node in reading.levels},
    )


class Reading:
    """Step through one BIF text and gather levels, parents and tables."""

    def __init__(self, text: str) -> None:
        self.tokens = Tokens(text, GRAMMAR)
        self.levels: dict[str, tuple[str, ...]] = {}
        self.parents: dict[str, tuple[str, ...]] = {}
        self.tables: dict[str, np.ndarray] = {}

    def read(self) -> None:
        """Read every block; each variable needs a probability block."""
        tokens = self.tokens
        blocks = {"network": self.network, "variable": self.variable, "probability": self.probability}
        while tokens.kind != "end":
            if not tokens.sees_word(*blocks):
                raise tokens.wrong("network, variable or probability")
            blocks[tokens.step().lower()]()
        if not self.levels:
            raise tokens.wrong("a variable")
        missing = [node for node in self.levels if node not in self.tables]
        if missing:
            raise BadGraph(f"The variable {missing[0]!r} has no probability block.", next=f"Add: probability ( {missing[0]} ) {{ … }}")

    def network(self) -> None:
        """Read the name of the network and step over its properties."""
        if not self.tokens.sees("{"):
            self.tokens.name("a name or '{'")
        self.tokens.expect("{")
        while not self.tokens.accept("}"):
            self.property()

    def property(self) -> None:
        """Step over a property."""
        if not self.tokens.sees_word("property"):
            raise self.tokens.wrong("a property or '}'")
        self.tokens.until(";")

    def variable(self) -> None:
        """Read the levels of a variable."""
        tokens = self.tokens
        node = tokens.name("the name of a variable")
        once(dict(self.levels), node, "variable")
        tokens.expect("{")
        while not tokens.accept("}"):
            if not tokens.sees_word("type"):
                self.property()
                continue
            tokens.step()
            if not tokens.sees_word("discrete"):
                raise tokens.wrong("discrete")
            tokens.step()
            self.levels[node] = self.level_names(node)
        if node not in self.levels:
            raise tokens.wrong(f"the type of {node!r} before '}}'")

    def level_names(self, node: str) -> tuple[str, ...]:
        """Read `[ count ] { name, name };`."""
        tokens = self.tokens
        tokens.expect("[")
        count = tokens.name("the number of levels")
        tokens.expect("]")
        tokens.expect("{")
        names = self.listed("}", "the name of a level")
        tokens.accept(";")
        if not names or len(set(names)) < len(names) or count != str(len(names)):
            raise BadGraph(f"The variable {node!r} says it has {count} levels and names {len(names)}: {', '.join(names)}.")
        return names

    def listed(self, closing: str, what: str) -> tuple[str, ...]:
        """Read names up to a closing sign, with or without commas between."""
        names = []
        while not self.tokens.accept(closing):
            names.append(self.tokens.name(what))
            self.tokens.accept(",")
        return tuple(names)

    def probability(self) -> None:
        """Read the table of one variable."""
        tokens = self.tokens
        tokens.expect("(")
        node = self.known(tokens.name("the name of a variable"))
        once(dict(self.tables), node, "probability block of")
        if not tokens.accept("|"):
            tokens.accept(",")  # some programs write ( a, b, c )
        self.parents[node] = parents = tuple(map(self.known, self.listed(")", "the name of a parent")))
        if len({node, *parents}) <= len(parents):
            raise BadGraph(f"The variable {node!r} is its own parent, or names one twice.")
        rows = Rows(node, parents, self.levels)
        tokens.expect("{")
        while not tokens.accept("}"):
            self.entry(rows)
        self.tables[node] = rows.table()

    def known(self, node: str) -> str:
        """Return the name of a variable that was declared before."""
        if node not in self.levels:
            raise BadGraph(f"A probability block names {node!r}, which is not a variable.", next=near(node, self.levels))
        return node

    def entry(self, rows: Rows) -> None:
        """Read one row, all rows or the row for all that are not listed."""
        tokens = self.tokens
        if tokens.accept("("):
            chosen = self.listed(")", "the level of a parent")
            rows.put(chosen, self.numbers())
        elif tokens.sees_word("table", "default"):
            whole = tokens.step().lower() == "table"
            (rows.put_all if whole else rows.put_rest)(self.numbers())
        else:
            self.property()

    def numbers(self) -> list[str]:
        """Read numbers up to the end of the statement."""
        began = self.tokens.at
        raw = self.tokens.until(";")
        found = (re.sub(COMMENT, " ", raw, flags=re.DOTALL) if "/" in raw else raw).replace(",", " ").split()
        if not all(map(is_chance, found)):
            raise self.tokens.wrong("numbers from 0, then ';'", began)
        return found


def is_chance(text: str) -> bool:
    """Tell whether a text is a number from 0 on."""
    try:
        return 0 <= float(text) < math.inf
    except ValueError:
        return False


class Rows:
    """Gather the rows of one table, with the digits that each was printed to."""

    def __init__(self, node: str, parents: tuple[str, ...], levels: dict[str, tuple[str, ...]]) -> None:
        self.node, self.parents, self.levels = node, parents, levels
        self.shape = tuple(len(levels[name]) for name in (*parents, node))
        self.values = np.full(self.shape, np.nan)
        self.digits = np.zeros(self.shape[:-1], dtype=int)
        self.rest: list[str] | None = None
        self.places = [{level: i for i, level in enumerate(levels[name])} for name in parents]

    def put(self, chosen: tuple[str, ...], numbers: list[str]) -> None:
        """Put in the row for one level of each parent."""
        if len(chosen) != len(self.parents):
            raise BadGraph(f"A row of {self.node!r} names {len(chosen)} levels for {len(self.parents)} parents.")
        for name, level, places in zip(self.parents, chosen, self.places, strict=True):
            if level not in places:
                raise BadGraph(f"A row of {self.node!r} names the level {level!r} of {name!r}.", next=near(level, places))
        at = tuple(places[level] for places, level in zip(self.places, chosen, strict=True))
        if not np.isnan(self.values[at]).all():
            raise BadGraph(f"The row ({', '.join(chosen)}) of {self.node!r} is there twice.", next="Keep one of them.")
        self.values[at] = self.counted(numbers, self.shape[-1])
        self.digits[at] = digits_of(numbers)

    def put_all(self, numbers: list[str]) -> None:
        """Put in the whole table: the node's own levels change slowest, those of the last parent fastest."""
        found = self.counted(numbers, math.prod(self.shape))
        self.values = np.moveaxis(found.reshape(self.shape[-1:] + self.shape[:-1]), 0, -1).copy()
        self.digits[...] = digits_of(numbers)

    def put_rest(self, numbers: list[str]) -> None:
        """Keep the row for all levels of the parents that no row names."""
        self.rest = numbers

    def counted(self, numbers: list[str], count: int) -> np.ndarray:
        """Return the numbers if there are as many as are needed."""
        if len(numbers) != count:
            raise BadGraph(f"A table or row of {self.node!r} needs {count} numbers and holds {len(numbers)}.")
        return np.array(numbers, dtype=float)

    def table(self) -> np.ndarray:
        """Return the table with rows that sum to one."""
        if self.rest is not None:
            unnamed = np.isnan(self.values).all(axis=-1)
            self.values[unnamed] = self.counted(self.rest, self.shape[-1])
            self.digits[unnamed] = digits_of(self.rest)
        if np.isnan(self.values).any():
            at = np.argwhere(np.isnan(self.values))[0]
            raise BadGraph(f"The table of {self.node!r} has no row for {self.row(at)}.", next="Add the row, or a default.")
        sums = self.values.sum(axis=-1)
        off = np.abs(sums - 1)
        explained = np.minimum(ROUNDING, self.shape[-1] * 0.5 * 10.0**-self.digits)
        bad = (off > EXACT) & ((off > explained) | (sums <= 0))
        if bad.any():
            at = np.argwhere(np.atleast_1d(bad))[0]
            raise BadGraph(
                f"The chances of {self.node!r} for {self.row(at)} sum to {float(np.atleast_1d(sums)[tuple(at)]):g}.",
                why="They must sum to one, up to the digits they are printed with.",
            )
        return np.where((off > EXACT)[..., None], self.values / sums[..., None], self.values)

    def row(self, at: np.ndarray) -> str:
        """Name a row by the levels of the parents."""
        named = [f"{name} = {self.levels[name][i]}" for name, i in zip(self.parents, at, strict=False)]
        return ", ".join(named) or "the only row"


def digits_of(numbers: list[str]) -> int:
    """Return the most digits after the point.

    >>> digits_of(["0.25", "0.7", "5e-3"])
    3
    """
    most = 0
    for number in numbers:
        mantissa, _, power = number.lower().partition("e")
        most = max(most, len(mantissa.partition(".")[2]) - int(power or 0))
    return most


def write_network(network: Network) -> str:
    """Write a network as BIF text, which reads back to the same bits.

    >>> print(write_network(read_network("variable a { type discrete [1] {only}; } probability (a) { table 1; }")))
    network unknown {
    }
    variable a {
      type discrete [ 1 ] { only };
    }
    probability ( a ) {
      table 1.0;
    }
    <BLANKLINE>
    """
    blocks = [declared(node, levels) for node, levels in network.levels.items()]
    blocks += [tabled(network, node) for node in network.levels]
    return "\n".join(["network unknown {\n}", *blocks, ""])


def declared(node: str, levels: tuple[str, ...]) -> str:
    """Write the block that names the levels of a variable."""
    return f"variable {word(node)} {{\n  type discrete [ {len(levels)} ] {{ {', '.join(map(word, levels))} }};\n}}"


def tabled(network: Network, node: str) -> str:
    """Write the block that holds the table of a variable, one row for each combination of the parents' levels."""
    parents, table = network.parents[node], network.tables[node]
    given = f" | {', '.join(map(word, parents))}" if parents else ""
    lines = []
    for at in np.ndindex(table.shape[:-1]):
        chosen = ", ".join(word(network.levels[name][i]) for name, i in zip(parents, at, strict=True))
        lines.append(f"  {f'({chosen})' if parents else 'table'} {', '.join(map(repr, table[at].tolist()))};")
    return "\n".join([f"probability ( {word(node)}{given} ) {{", *lines, "}"])


def word(name: str) -> str:
    """Write a name, in quotes where it would not be read as one word."""
    match = GRAMMAR.pieces.fullmatch(name)
    return name if match is not None and match.lastgroup == "word" else quoted_text(name)


def is_bif(text: str) -> bool:
    """Tell whether a text begins like a BIF file."""
    return BEGINS.match(text) is not None


FORMAT = Format(
    name="bif",
    says="Bayesian interchange format: a DAG with a probability table for each node",
    suffixes=(".bif",),
    recognises=is_bif,
    read=lambda text: read_network(text).graph,
)
