"""Turn any noun into JSON and back, and make its JSON Schema; nothing else writes JSON."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import math
import os
import pathlib
import tempfile
import types
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import numpy as np

from aitia.core.errors import Unreadable, Unwritable
from aitia.core.noun import Noun, noun
from aitia.core.table import Absent, Table

LARGEST_ARRAY = 1000


@noun
class Stored(Noun):
    """Stand for an array too large for a study: its digest, shape and type."""

    digest: str
    shape: tuple[int, ...]
    dtype: str


def key_of(field: dataclasses.Field[Any]) -> str:
    """Return the JSON key of a field."""
    return str(field.metadata.get("name", field.name))


def kept(cls: type) -> list[dataclasses.Field[Any]]:
    """Return the fields that go into JSON."""
    return [f for f in dataclasses.fields(cls) if not f.metadata.get("skip")]


def to_json(value: Any) -> Any:
    """Turn a noun, or anything inside one, into what `json` can write; every key is present."""
    if isinstance(value, Table) and not isinstance(value.source, Absent):
        return to_json(dataclasses.replace(value, source=Absent(n=value.n, stored=value.fingerprint())))
    if isinstance(value, Noun):
        body = {key_of(f): to_json(getattr(value, f.name)) for f in kept(type(value))}
        return body if "kind" in body else {"kind": value.noun_kind, "version": value.version, **body}
    if isinstance(value, np.ndarray):
        return array_json(value)
    if isinstance(value, frozenset | set):
        return sorted(to_json(item) for item in value)
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {str(k): to_json(v) for k, v in value.items()}
    if isinstance(value, np.generic):
        return to_json(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    return value


def array_json(array: np.ndarray) -> Any:
    """Write a small array with its values, a large one as its digest."""
    if array.size > LARGEST_ARRAY:
        digest = hashlib.blake2b(np.ascontiguousarray(array).tobytes(), digest_size=16).hexdigest()
        return to_json(Stored(digest=digest, shape=array.shape, dtype=str(array.dtype)))
    return {"array": to_json(array.ravel().tolist()), "shape": list(array.shape), "dtype": str(array.dtype)}


def from_json(data: Any, expected: Any = Any) -> Any:
    """Turn JSON back into a value of the expected type; a noun is known by its kind."""
    if isinstance(data, dict):
        if set(data) == {"float"}:
            return float(data["float"])
        if set(data) == {"array", "shape", "dtype"}:
            return np.array(from_json(data["array"]), dtype=data["dtype"]).reshape(data["shape"])
        cls = noun_class(data, expected)
        if cls is not None:
            return noun_from(data, cls)
    if get_origin(expected) in (Union, types.UnionType):
        return from_union(data, get_args(expected))
    if isinstance(data, list):
        return list_from(data, expected)
    if isinstance(data, dict):
        arguments = get_args(expected)
        return {k: from_json(v, arguments[1] if len(arguments) == 2 else Any) for k, v in data.items()}
    return float(data) if expected is float and isinstance(data, int) and not isinstance(data, bool) else data


def noun_class(data: dict[str, Any], expected: Any) -> type[Noun] | None:
    """Return the noun class of a JSON object: the expected one, or the one its kind names."""
    if isinstance(expected, type) and issubclass(expected, Noun):
        return expected
    named = Noun.registry.get(str(data.get("kind"))) if "version" in data else None
    choices = [c for c in get_args(expected) if isinstance(c, type) and issubclass(c, Noun)]
    return named or (choices[0] if len(choices) == 1 else None)


def from_union(data: Any, choices: tuple[Any, ...]) -> Any:
    """Read a value of one of several types."""
    if data is None:
        return None
    rest = [c for c in choices if c is not type(None)]
    if isinstance(data, list):
        rest = [c for c in rest if get_origin(c) in (tuple, list, frozenset)] or rest
    return from_json(data, rest[0]) if len(rest) == 1 else from_json(data)


def list_from(data: list[Any], expected: Any) -> Any:
    """Read a JSON list as the tuple, frozenset or list that is expected; a tuple where nothing is said."""
    origin, arguments = get_origin(expected), get_args(expected)
    if origin is frozenset:
        return frozenset(from_json(item, arguments[0]) for item in data)
    if origin is list:
        return [from_json(item, arguments[0]) for item in data]
    if origin is tuple and arguments and arguments[-1] is not Ellipsis:
        return tuple(from_json(item, kind) for item, kind in zip(data, arguments, strict=True))
    return tuple(from_json(item, arguments[0] if origin is tuple and arguments else Any) for item in data)


def noun_from(data: dict[str, Any], cls: type[Noun]) -> Noun:
    """Build a noun from its JSON object; keys it does not know are an error, missing ones take their default."""
    hints = hints_of(cls)
    fields = {key_of(f): f for f in kept(cls)}
    strange = set(data) - set(fields) - {"kind", "version"}
    if strange:
        raise Unreadable(f"A {cls.noun_kind} has no {sorted(strange)[0]!r}.", why=f"It has: {', '.join(fields)}.")
    try:
        return cls(**{f.name: from_json(data[key], hints[f.name]) for key, f in fields.items() if key in data})
    except TypeError as error:
        raise Unreadable(f"This is not a complete {cls.noun_kind}.", why=str(error)) from error


HINTS: dict[type, dict[str, Any]] = {}


def hints_of(cls: type) -> dict[str, Any]:
    """Return the types of a noun's fields."""
    if cls not in HINTS:
        HINTS[cls] = get_type_hints(cls)
    return HINTS[cls]


def dumps(value: Any, indent: int | None = 1) -> str:
    """Write a noun as JSON text."""
    return json.dumps(to_json(value), indent=indent, ensure_ascii=False, allow_nan=False)


def digest_of(value: Any) -> str:
    """Return a digest of a noun's JSON."""
    return hashlib.blake2b(dumps(value, None).encode(), digest_size=12).hexdigest()


def loads(text: str, expected: Any = Any) -> Any:
    """Read a noun from JSON text; raises `Unreadable` when it is not JSON."""
    try:
        return from_json(json.loads(text), expected)
    except (json.JSONDecodeError, RecursionError) as error:
        raise Unreadable("This is not JSON.", why=str(error)) from error


def save(value: Any, path: str | os.PathLike[str]) -> None:
    """Write a noun to a file in one atomic replacement: readers see the old file or the new one."""
    write(dumps(value) + "\n", path)


def write(text: str, path: str | os.PathLike[str]) -> None:
    """Write text to a file in one atomic replacement."""
    target = pathlib.Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
        with contextlib.ExitStack() as stack:
            stack.callback(pathlib.Path(name).unlink, missing_ok=True)
            with os.fdopen(handle, "w", encoding="utf8") as file:
                file.write(text)
            pathlib.Path(name).chmod(0o644)
            pathlib.Path(name).replace(target)
    except OSError as error:
        raise Unwritable(
            f"{target} cannot be written.", why=error.strerror or str(error), next="Give another folder with --out."
        ) from error


def load(path: str | os.PathLike[str], expected: Any = Any) -> Any:
    """Read a noun from a file; raises `Unreadable`."""
    try:
        text = pathlib.Path(path).read_text(encoding="utf8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path} cannot be read.", why=str(error)) from error
    return loads(text, expected)


def schema(cls: type[Noun]) -> dict[str, Any]:
    """Make the JSON Schema (draft 2020-12) of a noun's JSON."""
    definitions: dict[str, Any] = {}
    root = schema_of(cls, definitions)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **root, "$defs": definitions}


def schema_of(expected: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """Make the schema of one type, collecting nouns in `definitions`."""
    origin, arguments = get_origin(expected), get_args(expected)
    if isinstance(expected, type) and issubclass(expected, Noun):
        return noun_schema(expected, definitions)
    if origin in (Union, types.UnionType):
        return {"anyOf": [schema_of(item, definitions) for item in arguments]}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (tuple, frozenset, list):
        fixed = origin is tuple and arguments[-1] is not Ellipsis
        return {"type": "array"} if fixed else {"type": "array", "items": schema_of(arguments[0], definitions)}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(arguments[1], definitions)}
    number = {"anyOf": [{"type": "number"}, {"type": "object", "required": ["float"]}]}
    simple = {
        str: {"type": "string"},
        bool: {"type": "boolean"},
        int: {"type": "integer"},
        float: number,
        type(None): {"type": "null"},
        None: {"type": "null"},
    }
    return cast(dict[str, Any], simple.get(expected, {}))


def noun_schema(cls: type[Noun], definitions: dict[str, Any]) -> dict[str, Any]:
    """Make the schema of a noun: every key required, no other allowed."""
    name = cls.noun_kind
    if name not in definitions:
        definitions[name] = {}
        hints = hints_of(cls)
        properties = {key_of(f): schema_of(hints[f.name], definitions) for f in kept(cls)}
        if "kind" not in properties:
            properties = {"kind": {"const": name}, "version": {"const": cls.version}, **properties}
        definitions[name] = {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
            "description": (cls.__doc__ or "").splitlines()[0],
        }
    return {"$ref": f"#/$defs/{name}"}
