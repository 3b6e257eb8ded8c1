"""Write every step of work into a study, and take a step over from an earlier study when nothing about it changed."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import pathlib
import platform
import time
from collections.abc import Callable
from typing import Any

from aitia.core import codec
from aitia.core.finding import Finding
from aitia.core.record import Record, Trial
from aitia.core.request import Request
from aitia.core.run import Run, one_thread
from aitia.core.study import Study

PACKAGES = ("aitia", "numpy", "scipy", "scikit-learn", "pyarrow")


def versions() -> dict[str, str]:
    """Return the versions that an answer depends on."""
    found = {name: importlib.metadata.version(name) for name in PACKAGES}
    return {"python": platform.python_version(), "machine": platform.machine(), **found}


@dataclasses.dataclass
class Journal:
    """Hold the study while it grows; saves it after every step when it has a path.

    `earlier` are records of a stopped study by key: a step with the same key is not done again. `before` is what the
    file held when the work began.
    """

    study: Study
    run: Run
    path: pathlib.Path | None = None
    earlier: dict[str, Record] = dataclasses.field(default_factory=dict)
    before: str | None = None

    def step(
        self,
        step: str,
        produce: Callable[[], Any],
        *,
        method: str | None = None,
        options: dict[str, Any] | None = None,
        inputs: tuple[str, ...] = (),
        findings: tuple[Finding, ...] = (),
    ) -> Any:
        """Do one step and record its output, or take the record of an earlier study with the same key."""
        self.run.check()
        options = options or {}
        key = codec.digest_of([step, method, options, list(inputs), self.run.seed, self.study.versions])
        record = self.earlier.get(key)
        if record is None:
            began = time.perf_counter()
            with one_thread():  # the same sums in the same order in every process; small products gain nothing from threads
                output = produce()
            record = Record(
                step=step,
                method=method,
                options=options,
                inputs=inputs,
                seed=self.run.seed,
                key=key,
                output=output,
                findings=findings,
                seconds=time.perf_counter() - began,
            )
        self.study = self.study.append(record)
        self.save()
        return record.output

    def note(self, step: str, *findings: Finding) -> None:
        """Record findings that no method made, such as what reading changed."""
        if findings:
            self.step(step, lambda: None, inputs=(codec.digest_of(findings),), findings=findings)

    def tried(self, trial: Trial) -> None:
        """Note one effect that was computed."""
        self.study = dataclasses.replace(self.study, tried=(*self.study.tried, trial))

    def asked(self, request: Request) -> None:
        """Complete the request once the data are read."""
        self.study = dataclasses.replace(self.study, request=request)
        self.save()

    def end(self, state: str, why: str | None = None) -> None:
        """Mark the study as finished or stopped."""
        self.study = dataclasses.replace(self.study, state=state, why=why)
        self.save()

    def discard(self) -> None:
        """Put back what was at the study's path before this work began, which may be nothing."""
        if self.path is None:
            return
        if self.before is not None:
            codec.write(self.before, self.path)
            return
        self.path.unlink(missing_ok=True)
        if self.path.parent.is_dir() and not any(self.path.parent.iterdir()):
            self.path.parent.rmdir()

    def save(self) -> None:
        """Replace the study's file; until the work is finished it keeps the earlier records that were not reached yet."""
        done = {record.key for record in self.study.records}
        rest = () if self.study.state == "finished" else tuple(r for key, r in self.earlier.items() if key not in done)
        if self.path is not None:
            codec.save(dataclasses.replace(self.study, records=(*self.study.records, *rest)), self.path)
