"""Run inner loops at the speed of C where a compiler was at hand, and by their NumPy twins elsewhere.

Each kernel is a pair of files: `name.py`, the NumPy twin, which is always there and says what is computed, and
`_name.pyx`, the same functions in Cython, with what needs vectors of numbers in C beside it (`name.h`).
`kernel("name", "function")` returns the compiled one if it was built.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any


@functools.cache
def kernel(module: str, function: str) -> Callable[..., Any]:
    """Return a compiled function, or its NumPy twin where it was not built."""
    return getattr(importlib.import_module(f"aitia.compiled.{'_' if is_compiled(module) else ''}{module}"), function)


@functools.cache
def is_compiled(module: str) -> bool:
    """Tell whether the kernels of one module were compiled when aitia was installed."""
    try:
        importlib.import_module(f"aitia.compiled._{module}")
    except ImportError:
        return False
    return True


@functools.cache
def suits(module: str) -> bool:
    """Tell whether the kernels of a module were compiled and suit this processor, which some that use its vectors say of themselves."""
    return is_compiled(module) and bool(kernel(module, "suits")())
