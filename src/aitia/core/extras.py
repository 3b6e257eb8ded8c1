"""Open the one door to optional packages."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

from aitia.core.errors import MissingExtra

EXTRA_OF = {
    "python_calamine": "excel",
    "ibis": "sql",
    "psycopg": "sql",
    "pyspark": "spark",
    "pandas": "frames",
    "polars": "frames",
    "torch": "sequence",
    "statsmodels": "series",
    "transformers": "interop",
}


def need(package: str) -> ModuleType:
    """Import an optional package, or raise `MissingExtra` with the line that installs it."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        extra = EXTRA_OF.get(package.partition(".")[0])
        line = f"pip install 'aitia[{extra}]'" if extra else f"pip install {package}"
        raise MissingExtra(f"The optional package {package} is not installed.", why=str(error), next=f"Install it: {line}") from error


def has(package: str) -> bool:
    """Tell whether an optional package can be imported."""
    return importlib.util.find_spec(package) is not None
