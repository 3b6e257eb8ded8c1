"""Read the text of a graph file, compressed or not."""

from __future__ import annotations

import gzip
import pathlib
import zlib

from aitia.core.errors import Unreadable

GZIP = b"\x1f\x8b"


def content_of(path: pathlib.Path) -> str:
    """Return the text of a file in UTF-8, or in UTF-16 with its byte order mark, compressed by gzip or not.

    Raises `Unreadable` for a file that is not there or holds no text.
    """
    try:
        raw = path.read_bytes()
        return decoded(gzip.decompress(raw) if raw.startswith(GZIP) else raw)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise Unreadable(
            f"The graph file {path} cannot be read.", why=f"{why}.", next="Give a text file in UTF-8, or the graph itself."
        ) from error


def decoded(raw: bytes) -> str:
    """Decode UTF-8, or UTF-16 with its mark."""
    return raw.decode("utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
