"""Simulate: build the model of a spec, draw rows, do to them what observation does, and state the truth."""

from __future__ import annotations

import dataclasses

import numpy as np

from aitia.core.run import Run, one_thread
from aitia.core.simulation import Sortability, TrueEffect, Truth
from aitia.core.table import Column
from aitia.simulation.building import Model, build
from aitia.simulation.drawing import Drawn, drawn
from aitia.simulation.effects import effects_of
from aitia.simulation.index_columns import TIME
from aitia.simulation.linear_model import covariance, is_linear
from aitia.simulation.mechanisms.structural import Structural
from aitia.simulation.observation.observe import observed
from aitia.simulation.observation.sample import Sample
from aitia.simulation.series_effects import series_effects
from aitia.simulation.sortability import agreement, of_rows, path_counts, r2_scores
from aitia.simulation.spec import Spec
from aitia.simulation.true_graphs import true_graphs

FEW_NODES = 10  # up to here sampled effects between all nodes are cheap
MOST_NODES = 100  # up to here exact ones are
LEFT_SOME = "Effects without an exact value are left out: name a treatment and an outcome, or say effects=all."
LEFT_ALL = "Effects between so many nodes are left out: name a treatment and an outcome, or say effects=all."


@dataclasses.dataclass(frozen=True)
class Simulated:
    """Hold what a simulation made: the sample, its truth, the model and the rows of all nodes before observation."""

    sample: Sample
    truth: Truth
    model: Model
    drawn: Drawn


def simulated(spec: Spec, run: Run) -> Simulated:
    """Simulate a spec; the same spec and seed give the same numbers."""
    with one_thread(), run.stage("simulate") as step:
        model = build(spec, run)
        step("built the model")
        rows = drawn(model, spec, run)
        step("drew the rows")
        sample = observed(start(model, rows), spec.observing, run)
        truth = truth_of(spec, model, rows, sample, run)
        step("computed the truth")
    return Simulated(sample, truth, model, rows)


def start(model: Model, rows: Drawn) -> Sample:
    """Return the rows as they would be seen without any fault: index columns, then the measured nodes."""
    columns = (*(index.column for index in model.indices), *model.measured.values())
    return Sample(
        columns=columns,
        rows={column.name: rows.rows[column.name] for column in columns},
        graph=model.graph,
        steps=(rows.step,) if rows.step else (),
    )


def truth_of(spec: Spec, model: Model, rows: Drawn, sample: Sample, run: Run) -> Truth:
    """State the truth of a sample."""
    effects, note = true_effects(spec, model, rows, run)
    if effects and sample.steps:
        note = " ".join(filter(None, (note, "Effects speak of everyone, and of values before observation did anything to them.")))
    mechanisms = [*(model.scm.mechanisms if model.scm else ()), *(model.process.mechanisms if model.process else ())]
    seen = true_graphs(model.graph, rows.selected_by)
    return Truth(
        graph=model.graph,
        cpdag=seen.cpdag,
        admg=seen.admg,
        mag=seen.mag,
        pag=seen.pag,
        effects=effects,
        effects_note=note,
        sortability=sortability(model, rows),
        columns=counted(sample),
        index=tuple(index.column.name for index in model.indices),
        changes=model.changes,
        missingness=sample.missingness,
        equations=tuple(m.words() for m in mechanisms if isinstance(m, Structural)),
        steps=sample.steps,
        n=sample.n,
        seed=run.seed,
    )


def counted(sample: Sample) -> tuple[Column, ...]:
    """Return the columns with how many values each misses."""
    return tuple(dataclasses.replace(c, missing=int(np.isnan(sample.rows[c.name]).sum())) for c in sample.columns)


def sortability(model: Model, rows: Drawn) -> Sortability:
    """Measure sortability of the measured numeric nodes, in the model where that is exact and in the rows drawn."""
    names = tuple(node for node, column in model.measured.items() if not column.coded)
    by_variance, by_r2 = of_rows(model.graph, names, np.array([rows.rows[name] for name in names]).T)
    exact: tuple[float | None, float | None] = (None, None)
    if model.scm is not None and len(names) > 1 and is_linear(model.scm):
        counts, moments = path_counts(model.graph, names), covariance(model.scm, names)
        exact = agreement(counts, np.diag(moments)), agreement(counts, r2_scores(moments))
    held = model.held and not model.changes and by_variance is not None
    return Sortability(variance=exact[0], r2=exact[1], sample_variance=by_variance, sample_r2=by_r2, held=held)


def true_effects(spec: Spec, model: Model, rows: Drawn, run: Run) -> tuple[tuple[TrueEffect, ...], str | None]:
    """Return the true effects that were asked for, or are cheap, and what was left out."""
    named = (spec.treatment, spec.outcome) if spec.treatment and spec.outcome else None
    names = tuple(model.measured)
    if spec.effects == "none" and named is None:
        return (), None
    if model.process is not None:
        if any(index.column.name != TIME for index in model.indices):
            return (), "Effects are not computed where regimes change them."
        wanted = tuple(name for name in names if named is None or spec.effects == "all" or name in named)
        return series_effects(model.process, wanted, run), None
    assert model.scm is not None
    every = spec.effects == "all" or (spec.effects == "auto" and len(names) <= FEW_NODES)
    among = names if spec.effects == "all" or (spec.effects == "auto" and len(names) <= MOST_NODES) else ()
    found = effects_of(model.scm, model.measured, run, named=named, every=every, drawn=rows.noise or None, among=among)
    left = None if spec.effects != "auto" else LEFT_ALL if not among else None if every or is_linear(model.scm) else LEFT_SOME
    return found, left
