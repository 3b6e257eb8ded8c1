"""List every format of graphs, in the order in which a text or an object is held against them."""

from __future__ import annotations

from aitia.core.errors import BadOption, near
from aitia.graphs.formats import bif, causal_learn, dagitty, dot, edge_list, gml, json, matrix, networkx, tetrad, text
from aitia.graphs.formats.format import Format, ObjectFormat

TEXTS: tuple[Format, ...] = (
    json.FORMAT,
    dagitty.FORMAT,
    dot.FORMAT,
    gml.FORMAT,
    bif.FORMAT,
    tetrad.FORMAT,
    matrix.FORMAT,
    edge_list.FORMAT,
    text.FORMAT,
)
OBJECTS: tuple[ObjectFormat, ...] = (causal_learn.CAUSAL_LEARN, networkx.NETWORKX, matrix.FRAME, matrix.ARRAY)
SUFFIXES = {suffix: form for form in TEXTS for suffix in form.suffixes}
READ_NOW = (
    'Read are text such as "z->t; z->y; t->y", JSON, GML, DOT, dagitty, BIF, Tetrad text, and lists of edges and matrices as CSV, '
    "each also as a file (or .gz); and objects of networkx, pgmpy, causal-learn, pandas, Polars and NumPy."
)


def format_named(name: str) -> Format:
    """Return a format by its name; raises `BadOption` with near names."""
    known = {form.name: form for form in TEXTS}
    if name not in known:
        raise BadOption(f"There is no graph format {name!r}.", next=near(name, known))
    return known[name]


def format_of(source: str) -> Format:
    """Return the format that a text is in; what no other format recognises is text such as `a->b`."""
    return next(form for form in TEXTS if form.recognises(source))
