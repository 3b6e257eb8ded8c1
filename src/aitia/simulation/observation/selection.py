"""Keep the rows that meet a condition, or a share of them by what two nodes are like."""

from __future__ import annotations

import dataclasses

import numpy as np

from aitia.core.errors import BadOption, near
from aitia.core.graph import Graph
from aitia.core.table import Column
from aitia.simulation.functions.formula import Formula, names_in
from aitia.simulation.stated import inputs_of

Rows = dict[str, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Selection:
    """Hold the nodes that decide which rows are kept, and the condition or the share and weights that do."""

    nodes: tuple[str, ...]
    says: str
    formula: Formula | None = None
    share: float = 1.0
    weights: tuple[float, ...] = ()

    def kept(self, rows: Rows) -> np.ndarray:
        """Return whether each row is kept (n,)."""
        if self.formula is not None:
            return self.formula({name: rows[name] for name in self.nodes}) > 0
        total = np.zeros(len(rows[self.nodes[0]]))
        for name, weight in zip(self.nodes, self.weights, strict=True):
            spread = rows[name].std()
            total += weight * (rows[name] - rows[name].mean()) / (spread if spread > 0 else 1.0)
        return total >= np.quantile(total, 1 - self.share)


def selection(text: str, graph: Graph, columns: dict[str, Column], rng: np.random.Generator) -> Selection:
    """Read a condition over nodes, or a share of rows that two random numeric or binary nodes decide; raises `BadOption`."""
    try:
        portion = float(text)
    except ValueError:
        return by_formula(text, graph, columns)
    if not 0 < portion < 1:
        raise BadOption(f"{text} of the rows cannot be kept.", next='Give a share between 0 and 1, or a condition such as "x1 > 0".')
    able = [name for name in graph.observed if not columns[name].coded or columns[name].kind == "binary"]
    if not able:
        raise BadOption("No measured node is a number or binary, to select by.", next='Give a condition such as "x1 == \\"a\\"".')
    order = [able[i] for i in rng.permutation(len(able))[:2]]
    weights = tuple(float(rng.choice([-1.0, 1.0])) for _ in order)
    return Selection(tuple(order), f"kept {portion:.0%} of the rows by {' and '.join(order)}", share=portion, weights=weights)


def by_formula(text: str, graph: Graph, columns: dict[str, Column]) -> Selection:
    """Read a condition."""
    names = names_in(text)
    if strange := [name for name in names if name not in graph.nodes]:
        raise BadOption(f"The selection names {strange[0]!r}, which is no node.", next=near(strange[0], graph.nodes))
    if not names:
        raise BadOption(f"The selection {text!r} names no node.", next='Give a condition such as "x1 + x2 > 0".')
    labels = {name: columns[name].levels for name in names if columns[name].coded}
    formula = Formula(inputs=inputs_of(names, columns), text=text, labels=labels)
    return Selection(names, f"kept the rows with {text}", formula=formula)
