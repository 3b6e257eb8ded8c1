"""Hold simulated data with the truth behind them."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

import numpy as np

from aitia.core.frame import frame
from aitia.core.graph import Graph, quoted
from aitia.core.noun import Noun, holder, noun
from aitia.core.query import EffectKind
from aitia.core.scm import SCM
from aitia.core.show import View, number, views
from aitia.core.table import Column, Table

How = Literal["path coefficients", "interventional sampling"]
MOST_SHOWN = 12
NEAR = 0.05  # what counts as near one half


@noun
class TrueEffect(Noun):
    """Hold one true effect: the mean outcome with the treatment set to `arm`, less that with it set to `versus`.

    Both arms None means one unit more. `error` is the Monte-Carlo standard error, 0 where the value is exact. `sample`
    is the same mean over the very rows that were drawn, before any was lost. `lag` counts the time steps between
    treatment and outcome of a series.
    """

    treatment: str
    outcome: str
    effect: EffectKind = "ate"
    arm: Any = None
    versus: Any = None
    lag: int = 0
    value: float
    error: float = 0.0
    how: How = "path coefficients"
    sample: float | None = None


@noun
class Sortability(Noun):
    """Say how well sorting by variance, or by R² on all other columns, finds the causal order: 1 always, 0.5 by chance.

    `variance` and `r2` speak of the model, None where they are not known exactly; the others of the rows drawn, before
    anything was done to them. All speak of the measured numeric nodes; None where no directed path joins two of them.
    `held` says that the model was made to keep both near 0.5. [reisach2021, reisach2023]
    """

    variance: float | None = None
    r2: float | None = None
    sample_variance: float | None = None
    sample_r2: float | None = None
    held: bool = False


@noun
class Change(Noun):
    """Say that the mechanism of a node differs in one environment, or drifts along an index, and how."""

    node: str
    index: str
    level: str | None = None
    says: str


@noun
class Truth(Noun):
    """Hold what is known about simulated data because they were made.

    `graph` is over all nodes, the latent ones among them, and leaves out the columns `index` that name environments,
    groups, regimes or time; `changes` says which mechanisms differ along them. `cpdag` is what all DAGs with
    its separations agree on, where every node is measured and no row was selected; else `admg`, `mag` and `pag` are over
    the measured nodes, given the selection. `missingness` is the graph with a node R_x for each column x that loses values. `equations` and
    `steps` say in words what was done. `spec` holds every option that was not left at its default: `simulate(truth.spec)`
    with the same seed makes the same data; `given` is what was typed.
    """

    graph: Graph
    effects: tuple[TrueEffect, ...] = ()
    effects_note: str | None = None
    sortability: Sortability = Sortability()
    columns: tuple[Column, ...] = ()
    index: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    cpdag: Graph | None = None
    admg: Graph | None = None
    mag: Graph | None = None
    pag: Graph | None = None
    missingness: Graph | None = None
    equations: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    given: str = ""
    spec: dict[str, Any] = dataclasses.field(default_factory=dict)
    n: int = 0
    seed: int = 0

    def effect(self, treatment: str, outcome: str, effect: EffectKind = "ate", lag: int = 0) -> TrueEffect | None:
        """Return one true effect (the first contrast of several), or None where it was not computed."""
        asked = (treatment, outcome, effect, lag)
        return next((e for e in self.effects if (e.treatment, e.outcome, e.effect, e.lag) == asked), None)

    def to_frame(self) -> Any:
        """Return the true effects as a data frame."""
        names = [field.name for field in dataclasses.fields(TrueEffect)]
        return frame({name: [getattr(e, name) for e in self.effects] for name in names})


@holder
class Simulation(Noun):
    """Hold simulated data: where they lie, their truth, and in memory the table, the model and the noise behind each row.

    `scm.do({"t": 1.0}).predict(noise)` gives what the rows that were drawn would have been; for series `scm` is None
    and `process` holds the model. None of these four goes into JSON.
    """

    data: str | None = None
    truth: Truth
    seed: int = 0
    truth_file: str | None = None
    table: Table | None = dataclasses.field(default=None, metadata={"skip": True})
    scm: SCM | None = dataclasses.field(default=None, metadata={"skip": True})
    process: Any = dataclasses.field(default=None, metadata={"skip": True})
    noise: dict[str, np.ndarray] = dataclasses.field(default_factory=dict, metadata={"skip": True})

    def to_frame(self) -> Any:
        """Return the simulated table as a data frame."""
        return None if self.table is None else self.table.to_frame()


def effect_row(effect: TrueEffect) -> tuple[str, ...]:
    """Write a true effect as cells."""
    contrast = "one unit more" if effect.arm is None else f"{number(effect.arm)} rather than {number(effect.versus)}"
    error = "exact" if not effect.error else f"± {number(effect.error, 2)}"
    lag = f" after {effect.lag}" if effect.lag else ""
    return effect.treatment, effect.outcome + lag, effect.effect, contrast, number(effect.value), error, number(effect.sample)


def half(value: float | None) -> str:
    """Write a sortability with two digits."""
    return "–" if value is None else f"{value:.2f}"


def sortability_words(noun: Sortability) -> str:
    """Write all that is known about sortability in one line."""
    model = f"by variance {half(noun.variance)}, by R² {half(noun.r2)} in the model; " if noun.variance is not None else ""
    reached = [noun.variance, noun.r2] if noun.variance is not None else [noun.sample_variance, noun.sample_r2]
    close = all(value is not None and abs(value - 0.5) <= NEAR for value in reached)
    held = (" (held near 0.5)" if close else " (as near 0.5 as was reached)") if noun.held else ""
    return f"{model}by variance {half(noun.sample_variance)}, by R² {half(noun.sample_r2)} in the rows{held}"


def truth_facts(noun: Truth) -> tuple[tuple[str, str], ...]:
    """Return graph, sizes, sortability and what was done as labelled lines."""
    edges = ", ".join(f"{quoted(e.source)}{f'[-{e.lag}]' if e.lag else ''} {e.symbol} {quoted(e.target)}" for e in noun.graph.edges)
    short = edges if len(edges) <= 400 else edges[:400].rpartition(",")[0] + " …"
    kinds = ", ".join(sorted({column.kind for column in noun.columns}))
    facts = [
        ("graph", f"{len(noun.graph.nodes)} nodes, {len(noun.graph.edges)} edges{': ' if short else ''}{short}"),
        ("not measured", ", ".join(noun.graph.latent)),
        ("columns", f"{len(noun.columns)} ({kinds})"),
        ("index", ", ".join(noun.index)),
        ("changes", "; ".join(change.says for change in noun.changes[:MOST_SHOWN])),
        ("steps", "; ".join(noun.steps)),
        ("sortability", sortability_words(noun.sortability)),
    ]
    return tuple((label, text) for label, text in facts if text)


@views("truth")
def truth(noun: Truth) -> View:
    """Show the graph, what was done and the effects."""
    shown = noun.effects[:MOST_SHOWN]
    more = (f"… {len(noun.effects) - MOST_SHOWN} more effects",) if len(noun.effects) > MOST_SHOWN else ()
    note = (noun.effects_note,) if noun.effects_note else ()
    header = ("treatment", "outcome", "effect", "contrast", "true value", "error", "in these rows")
    return View(
        title=f"Truth of {noun.n} simulated rows, seed {noun.seed}",
        facts=truth_facts(noun),
        header=header if shown else (),
        rows=tuple(effect_row(effect) for effect in shown),
        notes=(*more, *note),
    )


@views("simulation")
def simulation(noun: Simulation) -> View:
    """Show where the data lie and their truth."""
    shown = truth(noun.truth)
    places = [("data", noun.data or ""), ("truth", noun.truth_file or "")]
    facts = (*((label, place) for label, place in places if place), *shown.facts)
    return View(
        title=f"Simulated {noun.truth.n} rows, seed {noun.seed}", facts=facts, header=shown.header, rows=shown.rows, notes=shown.notes
    )
