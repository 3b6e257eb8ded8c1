"""Run the scenario grid: calibrate it with causal-learn's PC, score the trivial baselines, and write the committed table.

usage: scenarios.py                                     score the baselines on the cheap rows and compare with what is committed
       scenarios.py --write [--only NAME ...] [--peer PYTHON]     measure and write figures.toml and docs/reference/scenarios.md
       scenarios.py --page                              write the page from what was measured
       scenarios.py --threshold                         mean adjacency F1 of correlation thresholds on the calibration seeds
       PYTHON: an interpreter that has causal-learn; one named by AITIA_PEER_DISCOVERY is taken when it is left out
"""

from __future__ import annotations

import argparse
import datetime
import functools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from aitia.core.graph import Graph
from aitia.graphs.formats.matrix import read_matrix
from aitia.simulation.scenarios.baselines import BASELINES, CORRELATED, correlated
from aitia.simulation.scenarios.drawing import Problem, problem, scenario
from aitia.simulation.scenarios.grid import CALIBRATED_ON, CLOSE, Scenario, Spread, grid, measured, named, names
from aitia.simulation.scenarios.scoring import mean_scores, summary
from aitia.simulation.sortability import of_rows

ROOT = pathlib.Path(__file__).resolve().parents[1]
FIGURES = ROOT / "src" / "aitia" / "simulation" / "scenarios" / "figures.toml"
PAGE = ROOT / "docs" / "reference" / "scenarios.md"
PC = "PC (causal-learn)"
MOST_FOR_PC = 100  # columns; beyond, causal-learn takes hours
CHEAP = 20
PAPER = {"causal_copilot": "Causal-Copilot", "gpt_4o": "GPT-4o", "pc": "PC", "fci": "FCI", "ges": "GES", "direct_lingam": "DirectLiNGAM"}


def problems(name: str, seeds: Sequence[int]) -> list[Problem]:
    """A scenario drawn from some seeds, as numbers."""
    return [problem(scenario(name, seed)) for seed in seeds]


def found_by_pc(given: Sequence[Problem], python: str) -> Iterator[tuple[Graph, str]]:
    """What causal-learn's PC finds in each problem, and causal-learn's version."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder) / f"{i}.npy" for i in range(len(given))]
        for path, one in zip(paths, given, strict=True):
            np.save(path, one.rows)
        command = [python, str(ROOT / "benchmarks" / "peer_pc.py"), *map(str, paths)]
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if done.returncode:
            raise SystemExit(f"causal-learn failed: {done.stderr[-2000:]}")
    for one, line in zip(given, done.stdout.splitlines(), strict=True):
        found = json.loads(line)
        yield read_matrix(np.array(found["marks"]), list(one.names), code="causal-learn"), found["version"]


def scores_of_pc(given: Sequence[Problem], python: str) -> tuple[dict[str, Spread], str]:
    """Scores of causal-learn's PC, and its version."""
    graphs, versions = zip(*found_by_pc(given, python), strict=True)
    by_problem = {id(one): graph for one, graph in zip(given, graphs, strict=True)}
    return mean_scores(given, lambda one: by_problem[id(one)]), versions[0]


def sortable(given: Sequence[Problem]) -> dict[str, Spread]:
    """Sortability of the very rows, over those problems in which any directed path joins two columns."""
    pairs = [of_rows(one.skeleton, one.names, one.rows) for one in given]
    columns = {"varsortability": [a for a, _ in pairs if a is not None], "r2_sortability": [b for _, b in pairs if b is not None]}
    return {name: summary(values) for name, values in columns.items() if values}


def measure(row: Scenario, python: str | None) -> dict[str, Any]:
    """All figures of one row."""
    found: dict[str, Any] = {}
    given = problems(row.name, row.evaluation_seeds)
    scores = {name: mean_scores(given, guess) for name, guess in BASELINES.items()}
    if python and len(given[0].names) <= MOST_FOR_PC:
        of_pc, version = scores_of_pc(given, python)
        scores = {PC: of_pc, **scores}
        found["measured"] = {"causal_learn": version, "date": datetime.date.today().isoformat()}
        found["pc"] = of_pc["adjacency"]
        if "pc" in row.paper:
            found["calibration"] = scores_of_pc(problems(row.name, row.calibration_seeds), python)[0]["adjacency"]
    found["data"] = {
        "columns": len(given[0].names),
        "rows": summary([len(one.rows) for one in given]).mean,
        "edges": summary([len(one.skeleton.edges) for one in given]).mean,
    }
    return {**found, **sortable(given), "scores": scores}


def plain(value: Any) -> str:
    """A value as TOML."""
    if isinstance(value, Spread):
        return f"{{ mean = {value.mean}, spread = {value.spread}, seeds = {value.seeds} }}"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {plain(item)}" for key, item in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def as_toml(figures: dict[str, dict[str, Any]]) -> str:
    """All figures as TOML, rows in the order of the grid."""
    lines = ["# What was measured on the scenario grid. Written by benchmarks/scenarios.py --write; do not edit."]
    for name in names():
        if name in figures:
            lines += ["", f"[{name}]", *(f"{key} = {plain(value)}" for key, value in figures[name].items() if key != "scores")]
            lines += [f"[{name}.scores]", *(f'"{key}" = {plain(value)}' for key, value in figures[name]["scores"].items())]
    return "\n".join(lines) + "\n"


def write(only: Sequence[str], python: str | None) -> None:
    """Measure rows, and write the file after each, so that a stop loses little."""
    figures = measured()
    for name in only or names():
        figures[name] = measure(named(name), python)
        FIGURES.write_text(as_toml(figures), encoding="utf8")
        grid.cache_clear()
        row = named(name)
        sys.stdout.write(
            f"{name:20} paper {row.paper.get('pc', '–')}   calibration {show(row.calibration)}   PC {show(row.pc)}   {row.status}\n"
        )
        sys.stdout.flush()
    PAGE.write_text(page(), encoding="utf8")


def show(found: Spread | dict[str, Any] | None, digits: int = 2) -> str:
    """A mean with its standard deviation."""
    if found is None:
        return "–"
    mean, spread = (found.mean, found.spread) if isinstance(found, Spread) else (found["mean"], found["spread"])
    return f"{mean:.{digits}f} ± {spread:.{digits}f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table in Markdown."""
    return [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows)]


def settings(row: Scenario) -> str:
    """The options of a row as they are typed; those of single nodes by their number."""
    options = {key: value for key, value in row.spec.items() if key != "nodes"}
    text = " ".join(f"{key}={'..'.join(f'{x:g}' for x in value) if isinstance(value, list) else value}" for key, value in options.items())
    return text + (f" and {len(row.spec['nodes'])} nodes stated" if "nodes" in row.spec else "")


def calibration_table(rows: Sequence[Scenario]) -> list[str]:
    """How near PC came to the paper."""
    return table(
        ("scenario", "what it is", "PC, paper", "PC, calibration seeds", "PC, seeds 0 and up", "seeds", "status"),
        [
            (
                f"`{r.name}`",
                r.says,
                f"{r.paper['pc']:.2f}" if "pc" in r.paper else "–",
                show(r.calibration),
                show(r.pc),
                str(r.seeds),
                r.status,
            )
            for r in rows
        ],
    )


def paper_table(rows: Sequence[Scenario]) -> list[str]:
    """What the paper reports."""
    head = ("scenario", "the paper's row", *PAPER.values())
    return table(head, [(f"`{r.name}`", r.row, *(f"{r.paper[key]:.2f}" if key in r.paper else "–" for key in PAPER)) for r in rows])


def data_table(rows: Sequence[Scenario], figures: dict[str, Any]) -> list[str]:
    """What the data are like."""
    body = []
    for r in rows:
        found = figures[r.name]
        data = found["data"]
        cells = (f"{data['columns']}", f"{data['rows']:.0f}", f"{data['edges']:.1f}")
        body.append((f"`{r.name}`", *cells, *(show(found.get(key)) for key in ("varsortability", "r2_sortability")), f"`{settings(r)}`"))
    return table(("scenario", "columns", "complete rows", "true edges", "varsortability", "R²-sortability", "options"), body)


def score_table(rows: Sequence[Scenario], figures: dict[str, Any]) -> list[str]:
    """Scores of PC and of the baselines."""
    body = []
    for r in rows:
        for method, s in figures[r.name]["scores"].items():
            body.append((f"`{r.name}`", method, show(s["adjacency"]), show(s["arrowheads"]), show(s.get("shd"), 1)))
    return table(("scenario", "method", "adjacency F1", "arrowhead F1", "SHD"), body)


def page() -> str:
    """The committed page."""
    figures, rows = measured(), [row for row in grid().values() if row.name in measured()]
    stamps = {(f["measured"]["causal_learn"], f["measured"]["date"]) for f in figures.values() if "measured" in f}
    when = "; ".join(f"causal-learn {version}, {date}" for version, date in sorted(stamps))
    notes = [f"- `{row.name}`: {row.note}" for row in rows if row.note]
    lines = [
        "# scenarios",
        "",
        "Written by `python benchmarks/scenarios.py --write`. `aitia simulate NAME` draws a row, with `--seed` for each seed.",
        "",
        f"Options were chosen so that causal-learn's PC (Fisher's z, alpha .05) comes within {CLOSE:g} of the PC figure that the paper of",
        "Causal-Copilot (arXiv 2504.13263) reports for a row of this name, before any method of ours was run. They were chosen on seeds",
        f"{CALIBRATED_ON} and up; every figure of a method is for seeds 0 and up. A row is *calibrated* where PC came that near on both,",
        "else *not comparable*; *no figure* where the paper has none of PC. A calibrated row is as hard for PC as the paper's, which does",
        "not make it the paper's data: most rows of the paper's figure do not say how many columns, rows or edges they have. Time series",
        "are not comparable: the figure has no PC for them.",
        "",
        f"PC was run by {when}, on complete rows (it fails on missing values), levels as their codes,",
        "without the column `environment`. Means ± standard deviations over seeds.",
        "",
        *calibration_table(rows),
        "",
        *notes,
        "",
        "## Scores",
        "",
        "Adjacencies are compared with the DAG (`latent`: the MAG), arrowheads with the CPDAG (`latent`: the PAG); SHD counts pairs that",
        "differ from the CPDAG. F1 is 1 where there is nothing to find and nothing is claimed. The correlation threshold is",
        f"{CORRELATED:g}, the best of .05, .1, … .5 on five calibration seeds of each row for which the paper has PC. The regressions",
        "after sorting select forward by BIC, and their DAG is turned into its CPDAG.",
        "",
        *score_table(rows, figures),
        "",
        "## Data",
        "",
        "Sortability of the complete rows: 1 where sorting columns by variance (by R² on all others) gives the causal order, .5 by chance.",
        "",
        *data_table(rows, figures),
        "",
        "## What the paper reports",
        "",
        "Adjacency F1, as the paper's figure prints it.",
        "",
        *paper_table([row for row in rows if row.paper]),
    ]
    return "\n".join(lines) + "\n"


def thresholds() -> None:
    """Mean adjacency F1 of each threshold over the rows for which the paper has PC, on few calibration seeds of each."""
    given = [problems(row.name, row.calibration_seeds[:5]) for row in grid().values() if "pc" in row.paper]
    for cut in np.arange(1, 11) / 20:
        means = [mean_scores(some, functools.partial(correlated, threshold=float(cut)))["adjacency"].mean for some in given]
        sys.stdout.write(f"|r| > {cut:.2f}   mean adjacency F1 {np.mean(means):.3f}\n")


def check() -> None:
    """Score the baselines on the cheap rows and compare with what is committed."""
    missed = 0
    for row in grid().values():
        if row.spec.get("p", CHEAP) > CHEAP:
            continue
        given = problems(row.name, row.evaluation_seeds)
        for name, guess in BASELINES.items():
            now, then = mean_scores(given, guess)["adjacency"], measured()[row.name]["scores"][name]["adjacency"]
            kept = abs(now.mean - then["mean"]) < 0.0015
            missed += not kept
            sys.stdout.write(f"{row.name:20} {name:28} {show(now)}   {'as committed' if kept else f'MISSED: {show(then)}'}\n")
    sys.exit(1 if missed else 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--only", nargs="+", choices=names(), default=[])
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--threshold", action="store_true")
    parser.add_argument("--peer", default=os.environ.get("AITIA_PEER_DISCOVERY"))
    given = parser.parse_args()
    if given.write:
        write(given.only, given.peer)
    elif given.page:
        PAGE.write_text(page(), encoding="utf8")
    elif given.threshold:
        thresholds()
    else:
        check()


if __name__ == "__main__":
    main()
