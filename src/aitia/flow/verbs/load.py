"""Load a table and say aloud what was guessed."""

from __future__ import annotations

from typing import Any

from aitia.core.request import Reading
from aitia.core.table import Table
from aitia.data.read import read


def load(data: Any, *, reading: Reading = Reading()) -> Table:  # noqa: B008
    """Load a file, a frame, a dict of arrays or `example:NAME`; `table.findings` says what was guessed and set aside.

    >>> load("example:lalonde").n
    445
    """
    return read(data, reading)
