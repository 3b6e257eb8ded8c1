"""Run causal-learn's PC with Fisher-z on one table and print the graph found; the interpreter of the peers runs this file.

usage: peer_pc.py TABLE.npy [TABLE.npy ...] [--alpha .05]     each (n, p) float64; one line of JSON for each on standard output
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import sys
import time

import numpy as np
from causallearn.search.ConstraintBased.PC import pc


def marks_of(rows: np.ndarray, alpha: float) -> dict[str, object]:
    """The matrix of marks that PC returns: [i][j] is the mark at i of the edge to j, -1 a tail, 1 an arrowhead, 0 no edge."""
    began = time.perf_counter()
    found = pc(rows, alpha, "fisherz", stable=True, show_progress=False)
    return {
        "marks": np.asarray(found.G.graph).astype(int).tolist(),
        "seconds": time.perf_counter() - began,
        "version": importlib.metadata.version("causal-learn"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="+")
    parser.add_argument("--alpha", type=float, default=0.05)
    options = parser.parse_args()
    for path in options.tables:
        sys.stdout.write(json.dumps(marks_of(np.load(path), options.alpha)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
