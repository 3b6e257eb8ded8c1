"""Keep everything that was asked, done and tried, as a growing sequence of records."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

from aitia.core.estimate import Estimate
from aitia.core.finding import Finding
from aitia.core.frame import frame
from aitia.core.noun import Noun, noun
from aitia.core.record import Record, Trial
from aitia.core.request import Request

T = TypeVar("T")


@noun
class Study(Noun):
    """Hold the request, the records in order and the ledger of everything tried; only ever appended to.

    `state` is "running" until the work ended ("finished") or was ended ("stopped", with the reason in `why`).
    """

    request: Request
    records: tuple[Record, ...] = ()
    tried: tuple[Trial, ...] = ()
    state: str = "running"
    why: str | None = None
    versions: dict[str, str] = dataclasses.field(default_factory=dict)

    def append(self, record: Record) -> Study:
        """Return the study with one record more."""
        return dataclasses.replace(self, records=(*self.records, record))

    def all(self, type_: type[T]) -> tuple[T, ...]:
        """Return every output of a type, oldest first."""
        return tuple(output for record in self.records for output in outputs(record) if isinstance(output, type_))

    def latest(self, type_: type[T]) -> T | None:
        """Return the newest output of a type, or None."""
        found = self.all(type_)
        return found[-1] if found else None

    def primary(self) -> Estimate | None:
        """Return the newest primary estimate, or None."""
        found = [estimate for estimate in self.all(Estimate) if estimate.part == "primary"]
        return found[-1] if found else None

    def record_of(self, output: Any) -> Record:
        """Return the record that holds this very output."""
        return next(record for record in self.records if any(item is output for item in outputs(record)))

    def findings(self) -> tuple[Finding, ...]:
        """Return every finding: those beside outputs and those that are outputs."""
        found = [*(f for record in self.records for f in record.findings), *self.all(Finding)]
        return tuple(found)

    def to_frame(self) -> Any:
        """Return the records as a data frame."""
        return frame({name: [getattr(record, name) for record in self.records] for name in ("step", "method", "seconds", "key")})


def outputs(record: Record) -> tuple[Any, ...]:
    """Return a record's output as a tuple of nouns."""
    return record.output if isinstance(record.output, tuple) else (record.output,)
