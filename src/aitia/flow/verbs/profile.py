"""Look at a table: kinds, missing values, dependence, linearity, normality, series and overlap, each with its reason."""

from __future__ import annotations

from typing import Any

from aitia.core.finding import Finding
from aitia.core.profile import Profile
from aitia.core.request import Reading
from aitia.core.run import Run
from aitia.core.shelf import properties
from aitia.data.read import read
from aitia.flow.profiling import column_profile, dependences, overlap
from aitia.flow.session import as_tuple


def profile(
    data: Any,
    treatment: str | None = None,
    outcome: str | None = None,
    given: Any = (),
    *,
    reading: Reading = Reading(),  # noqa: B008
    run: Run | None = None,
) -> Profile:
    """Profile a table; with a treatment named, also whether it overlaps among rows alike in `given` (all other columns by default).

    >>> profile("example:lalonde").columns[0].kind
    'binary'
    """
    run = run or Run()
    named = tuple(name for name in (treatment, outcome, *as_tuple(given)) if name)
    with run.stage("read", 1) as step:
        table = read(data, reading, named=named)
        step(f"{table.n} rows, {len(table.columns)} columns")
    columns = tuple(column_profile(table, column, run) for column in table.columns)
    with run.stage("dependence", 1) as step:
        strongest, dependence = dependences(table, run)
        step()
    findings: list[Finding] = [*table.findings, dependence]
    with run.stage("properties", len(properties.names())) as step:
        for method in properties:
            findings.append(run.use(method, table))
            step(method.name)
    if treatment is not None:
        findings.append(overlap(table, treatment, outcome, as_tuple(given), run))
    return Profile(
        n=table.n,
        columns=columns,
        set_aside=table.set_aside,
        dependences=strongest,
        findings=tuple(findings),
        seconds=run.seconds,
    )
