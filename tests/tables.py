"""Make small tables with planted truth for tests of the flow."""

from __future__ import annotations

from typing import Any

import numpy as np

EFFECT = 2.0
GRAPH = "age->treated; age->outcome; sex->treated; sex->outcome; region->treated; region->outcome; treated->outcome"


def confounded(n: int = 1500, seed: int = 11) -> dict[str, Any]:
    """A binary treatment, a continuous outcome and three measured confounders of different kinds; the effect is 2."""
    rng = np.random.default_rng(seed)
    age = rng.normal(50, 10, n)
    sex = rng.integers(0, 2, n)
    region = rng.integers(0, 3, n)
    score = 0.03 * (age - 50) + 0.4 * (sex - 0.5) + 0.3 * (region == 2)
    treated = (rng.random(n) < 1 / (1 + np.exp(-score))).astype(int)
    outcome = EFFECT * treated + 0.05 * age + 0.5 * sex + 0.4 * (region == 1) + rng.normal(0, 1, n)
    return {
        "age": age,
        "sex": np.array(["man", "woman"])[sex],
        "region": np.array(["east", "north", "west"])[region],
        "treated": treated,
        "outcome": outcome,
    }
