"""Find data that tests may read and the project does not carry."""

from __future__ import annotations

import os
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]


def shared(path: str) -> pathlib.Path:
    """Return a file of the shared data folder, or skip the test when it is not there."""
    folder = pathlib.Path(os.environ.get("AITIA_SHARED", ROOT.parent / "shared"))
    found = folder / "data" / path
    if not found.exists():
        pytest.skip(f"shared data {path} is not at hand (set AITIA_SHARED)")
    return found
