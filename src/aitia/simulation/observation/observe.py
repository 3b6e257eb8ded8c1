"""Do to rows what a spec says that observation does, in one order."""

from __future__ import annotations

from aitia.core.run import Run
from aitia.simulation.observation.discretise import discretise
from aitia.simulation.observation.dropout import dropout
from aitia.simulation.observation.gaps import gaps
from aitia.simulation.observation.measurement_error import measurement_error
from aitia.simulation.observation.missing import missing
from aitia.simulation.observation.outliers import outliers
from aitia.simulation.observation.sample import Sample
from aitia.simulation.spec import Observing


def observed(sample: Sample, plan: Observing, run: Run) -> Sample:
    """Return the sample after measurement error, dropout, outliers, cutting, missing values and gaps, each where it is asked for."""
    if plan.reliability is not None:
        sample = measurement_error(sample, run.rng("simulate error"), reliability=plan.reliability, portion=plan.noisy)
    if plan.dropout is not None:
        sample = dropout(sample, run.rng("simulate dropout"), mechanism=plan.dropout)
    if plan.outliers:
        sample = outliers(sample, run.rng("simulate outliers"), rate=plan.outliers, size=plan.outlier_size)
    if plan.discretise:
        sample = discretise(sample, run.rng("simulate discretise"), portion=plan.discretise, bins=plan.bins)
    if plan.missing:
        sample = missing(
            sample,
            run.rng("simulate missing"),
            rate=plan.missing,
            mechanism=plan.missingness,
            columns=plan.missing_columns,
            causes=plan.missing_causes,
        )
    return gaps(sample, run.rng("simulate gaps"), rate=plan.gaps) if plan.gaps else sample
