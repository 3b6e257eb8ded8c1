"""Read what to simulate: a scenario, a random graph with options, a graph, or a TOML or JSON file."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import tomllib
from collections.abc import Mapping
from typing import Any, get_args

from aitia.core import codec
from aitia.core.errors import BadOption, Unreadable, near
from aitia.core.graph import Graph
from aitia.core.simulation import Simulation, Truth
from aitia.graphs.formats.read import read_graph
from aitia.simulation.option_values import family_of, valued, valued_for_node
from aitia.simulation.spec import HOMES, PARTS, FamilyName, Spec

FAMILIES: tuple[str, ...] = get_args(FamilyName)
SCENARIOS = pathlib.Path(__file__).parent / "scenarios"
ARROW = re.compile(r"->|<-|[→←↔]")
NAME = re.compile(r"[A-Za-z]\w*(-\w+)*")
WRITE = 'Give a graph such as "z->t; z->y; t->y", a random graph such as "er:p=10,degree=2", a scenario, or a TOML, JSON or graph file.'
PLAIN = ("name", "says", "about")


def scenarios() -> dict[str, dict[str, Any]]:
    """Return the options of each packaged scenario by name.

    A scenario is a table [NAME] with a table [NAME.spec] of options, in any TOML file of the folder; what else the table
    or the file holds is not read here.
    """
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(SCENARIOS.glob("*.toml")):
        for name, row in tomllib.loads(path.read_text(encoding="utf8")).items():
            if isinstance(row, Mapping) and isinstance(row.get("spec"), Mapping):
                found[name] = {"name": name, "says": str(row.get("says", "")), **row["spec"]}
    return found


def read_spec(source: Any, options: Mapping[str, Any] | None = None) -> Spec:
    """Read a spec and lay options over it, by name or NODE.name; raises `BadOption`, `BadGraph` and `Unreadable`.

    >>> read_spec("er:p=5,noise=uniform").wiring.p
    5
    >>> read_spec("z->t; t->y", {"t.kind": "binary"}).nodes
    {'t': {'kind': 'binary'}}
    """
    return with_options(plain(source), options or {})


def plain(source: Any) -> Spec:
    """Read a spec from wherever it is."""
    if isinstance(source, Spec):
        return source
    if isinstance(source, Simulation):
        return plain(source.truth)
    if isinstance(source, Truth):
        return from_mapping(source.spec)
    if isinstance(source, Graph):
        return Spec(name="graph", graph=read_graph(source))
    if isinstance(source, Mapping):
        return from_mapping(source)
    if isinstance(source, os.PathLike):
        return from_file(pathlib.Path(source))
    if not isinstance(source, str) or not source.strip():
        raise BadOption("There is nothing to simulate.", next=WRITE)
    return from_text(source)


def from_text(text: str) -> Spec:
    """Read a spec from one line, or from the file that it names."""
    if text.lstrip().startswith("{"):
        return plain(codec.loads(text, dict))
    if is_file(text):
        return from_file(pathlib.Path(text))
    if ARROW.search(text):
        return Spec(name="graph", graph=read_graph(text))
    if re.search(r"\.(toml|json|txt|gml|dot|bif|dagitty)$|[/\\]", text.partition(":")[0].strip()):
        raise Unreadable(f"There is no file {text}.", next=WRITE)
    name, _, rest = text.partition(":")
    if "--" in text and not NAME.fullmatch(name.strip()):
        return Spec(name="graph", graph=read_graph(text))
    return with_options(named(name.strip()), pairs(rest, text))


def is_file(text: str) -> bool:
    """Tell whether a text names an existing file."""
    try:
        return pathlib.Path(text).is_file()
    except (OSError, ValueError):
        return False


def named(name: str) -> Spec:
    """Return the scenario, or the plain spec of the family, of this name; raises `BadOption` with near names."""
    known = scenarios()
    if name in known:
        return from_mapping(known[name])
    family = family_of(name)
    if family in FAMILIES:
        return with_options(Spec(name=family), {"family": family})
    if not NAME.fullmatch(name):
        raise BadOption(f"{name!r} is no graph, no file and no scenario.", next=WRITE)
    raise BadOption(f"There is no scenario and no random graph {name!r}.", next=f"{near(name, (*known, *FAMILIES))} {WRITE}")


def pairs(text: str, whole: str) -> dict[str, str]:
    """Read `option=value,option=value`; raises `BadOption` where there is no equals sign."""
    found = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = item.partition("=")
        if not equals:
            raise BadOption(f"{item!r} in {whole!r} is not option=value.", next='Write for example "er:p=20,degree=4,noise=uniform".')
        found[name.strip()] = value.strip()
    return found


def from_file(path: pathlib.Path) -> Spec:
    """Read a spec from a TOML or JSON file, or from a file that holds a graph."""
    if path.suffix.lower() == ".toml":
        try:
            spec = from_mapping(tomllib.loads(path.read_text(encoding="utf8")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise Unreadable(f"{path.name} cannot be read as TOML.", why=f"{error}.", next="Mend it; text stands in quotes.") from error
    elif path.suffix.lower() == ".json":
        data = codec.load(path)
        spec = plain(data) if isinstance(data, Graph | Truth | Simulation | dict) else Spec(graph=read_graph(path))
    else:
        spec = Spec(graph=read_graph(path))
    return spec if spec.name != Spec().name else dataclasses.replace(spec, name=path.stem)


def from_mapping(data: Mapping[str, Any]) -> Spec:
    """Read a spec from keys and values: options by name, tables of them by part, `nodes` by node, and the graph.

    What holds a list of edges is a graph itself.
    """
    if "edges" in data or isinstance(data.get("nodes"), list | tuple):
        return Spec(name="graph", graph=read_graph(dict(data)))
    found = Spec(**{name: data[name] for name in PLAIN if name in data})
    if data.get("graph") is not None:
        found = dataclasses.replace(found, graph=read_graph(data["graph"]))
    sections = {part for part, _ in PARTS}
    options: dict[str, Any] = {}
    for key, value in data.items():
        if key in sections and isinstance(value, Mapping):
            options |= value
        elif key == "nodes":
            options |= {f"{node}.{name}": item for node, own in table(value, key).items() for name, item in table(own, node).items()}
        elif key not in (*PLAIN, "graph"):
            options[key] = value
    return with_options(found, options)


def table(value: Any, key: str) -> Mapping[str, Any]:
    """Return a table of a file; raises `BadOption` for anything else."""
    if not isinstance(value, Mapping):
        raise BadOption(f"{key} is not a table.", next=f'Write for example [nodes.{key}] and below it kind = "binary".')
    return value


def with_options(spec: Spec, options: Mapping[str, Any]) -> Spec:
    """Return the spec with options laid over it; a dotted name belongs to a node."""
    parts: dict[str | None, dict[str, Any]] = {}
    nodes = {node: dict(own) for node, own in spec.nodes.items()}
    for name, value in options.items():
        node, _, last = name.rpartition(".")
        if node:
            nodes.setdefault(node, {})[last] = valued_for_node(node, last, value)
        else:
            plain_name = name.replace("-", "_")
            parts.setdefault(HOMES[plain_name][0] if plain_name in HOMES else None, {})[plain_name] = valued(plain_name, value)
    changed = {part: dataclasses.replace(getattr(spec, part), **own) for part, own in parts.items() if part is not None}
    return dataclasses.replace(spec, **parts.get(None, {}), **changed, nodes=nodes)


def case_options(case: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what nodes are like in one environment, by node and option; raises `BadOption`."""
    listed = case.get("nodes", case)
    return {node: {name: valued_for_node(node, name, item) for name, item in table(own, node).items()} for node, own in listed.items()}
