"""Say what a check found, and keep the ledger of assumptions it bears on."""

from __future__ import annotations

from aitia.core.noun import Noun, noun


@noun
class Histogram(Noun):
    """Count a quantity per arm in shared bins: `edges` (b + 1), `counts` one row (b) per arm."""

    quantity: str
    edges: tuple[float, ...]
    arms: tuple[str, ...]
    counts: tuple[tuple[float, ...], ...]


@noun
class Balance(Noun):
    """Hold the standardised mean difference of each covariate before and after weighting."""

    names: tuple[str, ...]
    before: tuple[float, ...]
    after: tuple[float, ...]


@noun
class Strength(Noun):
    """Say how strong one measured covariate is: its partial R² with the treatment and with the outcome."""

    name: str
    with_treatment: float
    with_outcome: float


@noun
class Strengths(Noun):
    """Hold what a sensitivity contour needs: the estimate, its standard error, degrees of freedom and benchmarks, strongest first."""

    value: float
    se: float
    degrees: int
    benchmarks: tuple[Strength, ...] = ()


@noun
class Finding(Noun):
    """Hold the answer of one check in one sentence.

    `passed` is None when the check informs without judging. `power` is the chance of failing when the fault named in
    `says` is there. `p` lets a battery be judged together by Holm. `bears_on` names an assumption of the ledger;
    `picture` holds what a plot of the finding needs.
    """

    check: str
    passed: bool | None
    value: float | None = None
    threshold: float | None = None
    power: float | None = None
    says: str
    next: str | None = None
    bears_on: str | None = None
    p: float | None = None
    picture: Histogram | Balance | Strengths | None = None
