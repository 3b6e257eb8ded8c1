"""Make the tables that the benchmarks read: mixed columns with known truth, from a seed."""

from __future__ import annotations

import csv
import pathlib

import numpy as np


def mixed(path: pathlib.Path, n: int = 10_000, covariates: int = 18, seed: int = 0) -> str:
    """Write a CSV of n rows: a binary treatment, a continuous outcome and mixed covariates; return the graph as text."""
    rng = np.random.default_rng(seed)
    columns: dict[str, np.ndarray] = {}
    score = np.zeros(n)
    for j in range(covariates):
        name = f"x{j}"
        if j % 3 == 0:
            columns[name] = np.round(rng.normal(40 + j, 10, n), 3)
            score += 0.02 * (columns[name] - 40 - j)
        elif j % 3 == 1:
            columns[name] = rng.integers(0, 2, n)
            score += 0.3 * (columns[name] - 0.5)
        else:
            columns[name] = np.array(["north", "south", "east", "west"])[rng.integers(0, 4, n)]
            score += 0.2 * ((columns[name] == "north") - 0.25)
    treatment = (rng.random(n) < 1 / (1 + np.exp(-0.7 * score))).astype(int)
    outcome = np.round(2.0 * treatment + score + rng.normal(0, 2, n), 4)
    columns = {**columns, "t": treatment, "y": outcome}
    with path.open("w", newline="", encoding="utf8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    names = list(columns)[:covariates]
    return "; ".join([*(f"{name}->t; {name}->y" for name in names), "t->y"])
