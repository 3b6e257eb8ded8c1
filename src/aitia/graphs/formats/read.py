"""Read a graph from whatever the caller has: a graph, text, an object of another library or a file, told by content."""

from __future__ import annotations

import os
import pathlib
import re
from typing import Any

from aitia.core.discovery_result import Discovery
from aitia.core.errors import BadGraph
from aitia.core.graph import Graph
from aitia.graphs.classes import classified
from aitia.graphs.formats.bif import Network
from aitia.graphs.formats.checked import checked
from aitia.graphs.formats.content import content_of
from aitia.graphs.formats.json import from_dict
from aitia.graphs.formats.registry import OBJECTS, READ_NOW, SUFFIXES, TEXTS, format_of

ARROW = re.compile(r"->|<-|--|o-|-o|[→←↔;\n]")
UNREAD = {".xml": "XML", ".xmlbif": "XML", ".bifxml": "XML", ".graphml": "GraphML", ".xdsl": "GeNIe", ".net": "Hugin", ".dne": "Netica"}
CERTAIN_ARROW = re.compile(r"->|<-|[→←↔;\n{]")  # a path may hold o- or --


def read_graph(source: Any) -> Graph:
    """Read a graph and set its class; raises `BadGraph` for a graph that is wrong and `Unreadable` for a file that is not there.

    The source is a graph, a dict of its JSON, text in any format of the registry, a path to a file of such text, or an object
    of networkx, pgmpy, causal-learn, pandas, Polars or NumPy. What stands in a text tells its format, not the file's name.

    >>> read_graph("z->t; z->y; t->y").graph_class
    'dag'
    >>> read_graph("dag { u [latent]; u -> t; u -> y; t -> y }").latent
    ('u',)
    """
    if isinstance(source, os.PathLike):
        return from_file(pathlib.Path(source))
    if isinstance(source, str):
        return from_file(pathlib.Path(source)) if is_file(source) or is_path(source) else from_text(source)
    return classified(checked(from_object(source)))


def from_object(source: Any) -> Graph:
    """Return the graph that an object is or holds."""
    if isinstance(source, Graph):
        return source
    if isinstance(source, dict):
        return from_dict(source)
    if isinstance(source, Discovery | Network):
        return source.graph
    for form in OBJECTS:
        if form.recognises(source):
            return form.read(source)
    raise BadGraph(f"A {type(source).__name__} is not a graph.", next=READ_NOW)


def is_file(text: str) -> bool:
    """Tell whether a text names an existing file."""
    try:
        return pathlib.Path(text).is_file()
    except (OSError, ValueError):
        return False


def is_path(text: str) -> bool:
    """Tell whether a text can only be meant as a file; a name in quotes is a node, and XML is not a name."""
    if text.lstrip().startswith(('"', "<")):
        return False
    suffixes = (*SUFFIXES, *UNREAD)
    if text.strip().lower().removesuffix(".gz").endswith(suffixes) and not CERTAIN_ARROW.search(text):
        return True
    return not ARROW.search(text) and "{" not in text and ("/" in text or "\\" in text)


def from_file(path: pathlib.Path) -> Graph:
    """Read a graph from a file, compressed by gzip or not; its suffix counts where its content is no known format."""
    suffix = pathlib.Path(path.name.lower().removesuffix(".gz")).suffix
    if suffix in UNREAD:
        raise BadGraph(f"The format {UNREAD[suffix]} of {path} is not read.", next=READ_NOW)
    content = content_of(path)
    refuse_xml(content)
    form = format_of(content)
    if form is TEXTS[-1]:
        form = SUFFIXES.get(suffix, form)
    return classified(checked(form.read(content)))


def from_text(text: str) -> Graph:
    """Read a graph from text in any format."""
    refuse_xml(text)
    return classified(checked(format_of(text).read(text)))


def refuse_xml(text: str) -> None:
    """Raise `BadGraph` for XML, which no format here is written in."""
    if text.lstrip().startswith("<"):
        raise BadGraph("Text that begins with < is no graph: XML is not read.", next=READ_NOW)
