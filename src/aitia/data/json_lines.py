"""Read files of one JSON object a line."""

from __future__ import annotations

from typing import Any

from aitia.core.errors import Unreadable
from aitia.data.loaded import Loaded

SUFFIXES = frozenset({".jsonl", ".ndjson"})
LARGEST_BLOCK = (1 << 31) - 1


def read_json_lines(path: str, shown: str) -> Loaded | None:
    """Read a file of JSON lines, compressed or not; None when PyArrow cannot, as where a key holds values of several types."""
    import pyarrow
    import pyarrow.json

    try:
        with pyarrow.input_stream(path, compression="detect") as stream:
            data = stream.read()
    except (OSError, pyarrow.ArrowInvalid) as error:
        raise Unreadable(f"{shown} cannot be read.", why=str(error).splitlines()[0], next="Check that the file is whole.") from error
    if not data.strip():
        raise Unreadable(f"{shown} is empty.", next="Give one JSON object a line.")
    table = parsed(data)
    if table is None or not table.num_columns:
        return None
    return Loaded(names=tuple(table.column_names), arrays=tuple(table.columns), recipe=path)


def parsed(data: bytes) -> Any:
    """Return the table of JSON lines, or None."""
    import pyarrow
    import pyarrow.json

    for block in (1 << 20, min(len(data) + 16, LARGEST_BLOCK)):
        try:
            return pyarrow.json.read_json(pyarrow.BufferReader(data), pyarrow.json.ReadOptions(block_size=block))
        except pyarrow.ArrowInvalid as error:
            if "straddl" not in str(error) and "block" not in str(error):
                return None
    return None
