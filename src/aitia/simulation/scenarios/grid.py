"""Read the scenario grid: what each scenario draws, what a paper reports for one of its name, and what was measured. [wang2025b]"""

from __future__ import annotations

import functools
import importlib.resources
import tomllib
from typing import Any, Literal

from aitia.core.errors import BadOption, near
from aitia.core.noun import Noun, noun

Status = Literal["calibrated", "not comparable", "no figure"]
CLOSE = 0.05  # how near PC on our data must come to the paper's PC before a row may be compared with the paper
CALIBRATED_ON = 1000  # the first seed of those that options were chosen on; figures are for seeds 0 and up
FOLDER = importlib.resources.files("aitia.simulation") / "scenarios"


@noun
class Spread(Noun):
    """Hold the mean, standard deviation and number of seeds of one figure."""

    mean: float
    spread: float
    seeds: int


@noun
class Scenario(Noun):
    """Hold one row of the grid.

    `spec` holds options of `simulate` by name. `paper` holds the adjacency F1 of each method in the paper's figure, and is
    empty for the harder rows that no paper has. `calibration` and `pc` are causal-learn's PC on the seeds that the options
    were chosen on and on those that figures are for; None where it was not run.
    """

    name: str
    says: str
    row: str = ""
    note: str = ""
    seeds: int
    spec: dict[str, Any]
    paper: dict[str, float]
    calibration: Spread | None = None
    pc: Spread | None = None

    @property
    def evaluation_seeds(self) -> range:
        """The seeds that figures of any method are for."""
        return range(self.seeds)

    @property
    def calibration_seeds(self) -> range:
        """The seeds that the options were chosen on."""
        return range(CALIBRATED_ON, CALIBRATED_ON + self.seeds)

    @property
    def status(self) -> Status:
        """Whether figures of this row may stand beside the paper's: PC came near its figure there on both sets of seeds."""
        if "pc" not in self.paper:
            return "no figure"
        found = (self.calibration, self.pc)
        return "calibrated" if all(m is not None and abs(m.mean - self.paper["pc"]) <= CLOSE for m in found) else "not comparable"


@functools.cache
def grid() -> dict[str, Scenario]:
    """Return all scenarios by name, those of the paper first."""
    rows = tomllib.loads((FOLDER / "grid.toml").read_text(encoding="utf8"))
    found = measured()
    return {name: row(name, said, found.get(name, {})) for name, said in rows.items()}


def row(name: str, said: dict[str, Any], found: dict[str, Any]) -> Scenario:
    """Return one row from what the two files say of it."""
    own = {key: value for key, value in said.items() if key not in ("spec", "paper")}
    calibration, pc = (Spread(**found[key]) if key in found else None for key in ("calibration", "pc"))
    return Scenario(name=name, spec=said["spec"], paper=said.get("paper", {}), calibration=calibration, pc=pc, **own)


def measured() -> dict[str, Any]:
    """Return what was measured, by scenario; `about` says with which versions and when."""
    return tomllib.loads((FOLDER / "figures.toml").read_text(encoding="utf8"))


def names() -> tuple[str, ...]:
    """Return the names of all scenarios.

    >>> "normal" in names()
    True
    """
    return tuple(grid())


def named(name: str) -> Scenario:
    """Return one scenario; raises `BadOption` with near names.

    >>> named("dense").paper["pc"]
    0.41
    """
    if name not in grid():
        raise BadOption(f"There is no scenario {name!r}.", next=near(name, names()))
    return grid()[name]
