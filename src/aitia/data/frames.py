"""Take columns from data frames of any library, arrays with names and streams of record batches, without changing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from aitia.core.errors import Unreadable
from aitia.data.loaded import Loaded

IN_MEMORY = "in memory"
READS = (
    "Give a path or place that the command line takes, a pandas, Polars, PyArrow or Ibis table, a dict of arrays, "
    "or a NumPy array with names: (array, names)."
)


def read_dict(data: Mapping[Any, Any]) -> Loaded:
    """Take the columns of a dict of sequences of equal length."""
    arrays = {str(name): arrow_array(str(name), values) for name, values in data.items()}
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        first = next(iter(lengths))
        other = next(name for name, length in lengths.items() if length != lengths[first])
        raise Unreadable(f"Column {other} has {lengths[other]} rows; {first} has {lengths[first]}.", next="Give columns of one length.")
    return loaded(list(arrays), list(arrays.values()))


def read_structured(data: np.ndarray) -> Loaded:
    """Take the fields of a NumPy array with named fields."""
    if data.dtype.names is None:
        raise Unreadable("A NumPy array has no column names.", next="Give the names beside it: (array, names).")
    return read_dict({name: data[name] for name in data.dtype.names})


def read_named(data: Any, names: Any) -> Loaded:
    """Take the columns of a NumPy array (n, p) by names (p,) that stand beside it."""
    if isinstance(names, str) or not isinstance(names, Sequence | np.ndarray) or not all(isinstance(name, str) for name in names):
        raise Unreadable("The names beside an array are no sequence of words.", next="Give (array, names).")
    if not isinstance(data, np.ndarray) or data.ndim != 2:
        raise Unreadable(f"A {type(data).__name__} beside names is no array of rows and columns.", next="Give a NumPy array (n, p).")
    if len(names) != data.shape[1]:
        raise Unreadable(f"There are {data.shape[1]} columns and {len(names)} names.", next="Give one name for each column.")
    return loaded([str(name) for name in names], [arrow_array(name, data[:, j]) for j, name in enumerate(names)])


def read_frame(data: Any) -> Loaded | None:
    """Take the columns of a frame that narwhals knows, a lazy one is computed, or of a stream of record batches; None for all else."""
    import narwhals
    import pyarrow

    if narwhals.dependencies.is_pandas_dataframe(data):
        return read_pandas(data)
    try:
        frame = narwhals.from_native(data)
    except TypeError:
        if not hasattr(data, "__arrow_c_stream__"):
            return None
        table = pyarrow.RecordBatchReader.from_stream(data).read_all()
    else:
        table = (frame.collect() if isinstance(frame, narwhals.LazyFrame) else frame).to_arrow()
    return loaded(list(table.column_names), list(table.columns))


def read_pandas(data: Any) -> Loaded:
    """Take the columns of a pandas frame by position, since its names need be neither words nor unique."""
    names = [str(name) for name in data.columns]
    return loaded(names, [arrow_array(name, data.iloc[:, i]) for i, name in enumerate(names)])


def loaded(names: list[str], arrays: list[Any], recipe: str = IN_MEMORY) -> Loaded:
    """Hold columns that came from memory; raises `Unreadable` when there are none."""
    if not arrays or not len(arrays[0]):
        raise Unreadable("The table has no rows." if arrays else "The table has no columns.", next="Give at least one row.")
    return Loaded(names=tuple(names), arrays=tuple(arrays), recipe=recipe)


def arrow_array(name: str, values: Any) -> Any:
    """Return a sequence as a PyArrow array, NaN and None as missing; what mixes types becomes words."""
    import pyarrow

    if isinstance(values, np.ndarray) and values.ndim != 1:
        raise Unreadable(f"Column {name} has {values.ndim} dimensions.", next="Give one-dimensional arrays.")
    if isinstance(values, str | bytes) or not np.iterable(values):
        raise Unreadable(f"Column {name} is not a sequence of values.", next="Give lists or arrays of one length.")
    try:
        return pyarrow.array(values if isinstance(values, np.ndarray) else listed(values), from_pandas=True)
    except (ValueError, TypeError, OverflowError, NotImplementedError):
        return pyarrow.array([word(value) for value in values], type=pyarrow.string())


def listed(values: Any) -> Any:
    """Return what PyArrow takes as it is, and anything else as a list."""
    known = type(values).__module__.partition(".")[0] in ("pandas", "polars", "pyarrow", "builtins")
    return values if known and not isinstance(values, range) else list(values)


def word(value: Any) -> str | None:
    """Write one value as text; None and NaN are missing."""
    text = str(value)
    return None if value is None or text in ("nan", "NaT", "<NA>") else text
