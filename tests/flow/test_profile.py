"""A profile says of every column what it is, and of the table what methods would assume, with any defect in the data."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

import aitia
from aitia.core.errors import UnknownName


def test_every_column_has_its_kind_and_numbers() -> None:
    found = aitia.profile({"age": [30.5, 40.2, 50.1, None], "sex": ["f", "m", "f", "f"], "id": [7, 7, 7, 7]})
    age, sex = found.columns
    assert (age.kind, age.missing, age.missing_share, age.low, age.high) == ("continuous", 1, 0.25, 30.5, 50.1)
    assert age.mean == pytest.approx((30.5 + 40.2 + 50.1) / 3)
    assert (sex.kind, sex.levels, [(f.level, f.rows) for f in sex.frequent]) == ("binary", 2, [("f", 3), ("m", 1)])
    assert [item.name for item in found.set_aside] == ["id"]


def test_the_strongest_dependence_comes_first_and_chance_is_not_listed() -> None:
    rng = np.random.default_rng(0)
    a, noise = rng.normal(size=500), rng.normal(size=500)
    group = np.where(a + rng.normal(size=500) > 0, "high", "low")
    found = aitia.profile({"a": a, "b": a + 0.3 * rng.normal(size=500), "group": group, "noise": noise})
    pairs = [{d.first, d.second} for d in found.dependences]
    assert pairs[0] == {"a", "b"} and {"a", "group"} in pairs
    assert not any("noise" in pair for pair in pairs)


def test_overlap_is_told_when_a_treatment_is_named() -> None:
    rng = np.random.default_rng(1)
    z = rng.normal(size=800)
    apart = aitia.profile({"z": z, "t": (z > 0).astype(int), "y": rng.normal(size=800)}, "t", "y")
    alike = aitia.profile({"z": z, "t": rng.integers(0, 2, 800), "y": rng.normal(size=800)}, "t", "y")
    assert [f.passed for f in apart.findings if f.check == "overlap"] == [False]
    assert [f.passed for f in alike.findings if f.check == "overlap"] == [True]
    with pytest.raises(UnknownName, match="treat"):
        aitia.profile({"z": z, "t": z}, "treat")


def test_defects_in_the_data_do_not_stop_a_profile() -> None:
    rng = np.random.default_rng(2)
    holes = rng.normal(size=100)
    holes[::2] = np.nan
    table = {
        "x": rng.normal(size=100),
        "holes": holes,
        "rare": ["a"] * 98 + ["b", "c"],
        "twin": np.arange(100) * 2.0,
        "copy": np.arange(100) * 4.0,
    }
    found = aitia.profile(table, "x", "twin")
    assert len(found.columns) == 5 and all(f.says for f in found.findings)


def test_command_line_prints_one_object() -> None:
    command = [sys.executable, "-m", "aitia", "profile", "example:lalonde", "--treatment", "train", "--json", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    assert answer["kind"] == "profile" and answer["n"] == 445 and not done.stderr
    assert {"name", "kind", "why", "missing"} <= set(answer["columns"][0])
    assert {"linearity", "normality", "near-duplicates", "overlap"} <= {f["check"] for f in answer["findings"]}
