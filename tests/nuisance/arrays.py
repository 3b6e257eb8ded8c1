"""Make small tables for tests from plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from aitia.core.memory import table_from
from aitia.core.query import Query
from aitia.core.request import Plan, Reading
from aitia.core.table import CODED, Column, Table
from aitia.nuisance.design import Built, build


def table(kinds: dict[str, str], **values: Any) -> Table:
    """A table of columns: numbers, or for coded kinds the levels themselves; None and NaN are missing."""
    columns, arrays = [], {}
    for name, given in values.items():
        kind = kinds.get(name, "continuous")
        if kind in CODED:
            present = [v for v in given if v is not None and v == v]
            levels = tuple(sorted({v.item() if isinstance(v, np.generic) else v for v in present}))
            code = {level: float(i) for i, level in enumerate(levels)}
            arrays[name] = np.array([np.nan if v is None or v != v else code[v] for v in given])
        else:
            levels = ()
            arrays[name] = np.asarray(given, dtype=float)
        columns.append(Column(name=name, kind=kind, levels=levels, unit="kg" if name == "y" else None))  # type: ignore[arg-type]
    return table_from(columns, arrays)


def built(data: Table, adjustment: tuple[str, ...] = (), *, reading: Reading | None = None, effect: str = "ate", **plan: Any) -> Built:
    arm, _, versus = (plan.pop("contrast", None) or "").replace(" ", "").partition(",")
    query = Query(treatment="t", outcome="y", effect=effect, arm=arm or None, versus=versus or None)  # type: ignore[arg-type]
    return build(data, query, adjustment, plan=Plan(**plan), reading=reading or Reading())
