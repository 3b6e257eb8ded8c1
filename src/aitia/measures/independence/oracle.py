"""Answer independence questions from a graph that is taken for the truth, so that searches can be tried without data. [richardson2002]"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aitia.core.card import Card, Option
from aitia.core.errors import BadOption
from aitia.core.graph import Graph
from aitia.core.independence import Test
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.core.table import KINDS, Table
from aitia.graphs.formats.read import read_graph
from aitia.graphs.separation import separated
from aitia.measures.kinds import Triple

NAME = "oracle"
CARD = Card(
    says="Answers from a known graph whether it separates two columns given others.",
    kinds=frozenset(KINDS),
    needs=frozenset({"graph"}),
    cost="moments",
    cites=("richardson2002",),
)


def oracle_batch(table: Table, triples: Sequence[Triple], run: Run, *, graph: Graph | str = "") -> list[Test]:
    """Answer many triples from one graph."""
    truth = read_truth(graph)
    found = []
    for first, second, given in triples:
        run.check()
        for name in (first, second, *given):
            truth.need(name)
        apart = separated(truth, first, second, given)
        found.append(Test(p=float(apart), statistic=0.0 if apart else 1.0, n_used=table.n, effect=0.0 if apart else 1.0))
    return found


@independence.add(NAME, CARD, batch=oracle_batch)
def oracle(
    table: Table,
    x: str,
    y: str,
    given: tuple[str, ...],
    run: Run,
    *,
    graph: Annotated[Graph | str, Option("the true graph, as a graph or as text such as 'a->b; b<->c'")] = "",
) -> Test:
    """Return p = 1 when the graph m-separates x and y given others, and p = 0 when it does not; columns need not be in the table."""
    return oracle_batch(table, [(x, y, tuple(given))], run, graph=graph)[0]


def read_truth(graph: Graph | str) -> Graph:
    """Return the graph; raises `BadOption` when none is given."""
    if isinstance(graph, str) and not graph.strip():
        raise BadOption("The oracle has no graph.", next="Give it as the option graph, such as graph='a->b; b<->c'.")
    return graph if isinstance(graph, Graph) else read_graph(graph)
