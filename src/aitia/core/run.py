"""Own chance, time, progress and processes: every verb and method gets one `Run`."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from aitia.core.card import Method
from aitia.core.errors import InputError, Stopped
from aitia.core.event import Event
from aitia.core.noun import Noun, holder
from aitia.core.table import Table

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclasses.dataclass
class State:
    """Hold what changes while a run goes on."""

    began: float = dataclasses.field(default_factory=time.monotonic)
    cancelled: threading.Event = dataclasses.field(default_factory=threading.Event)
    tables: dict[str, Table] = dataclasses.field(default_factory=dict)
    active: list[Method] = dataclasses.field(default_factory=list)
    used: set[tuple[str, str, str]] = dataclasses.field(default_factory=set)


@holder
class Run(Noun):
    """Carry the seed, the number of worker processes, the deadline in seconds and the listener for progress.

    The same seed gives the same answer with any number of workers.
    """

    seed: int = 0
    workers: int = 1
    deadline: float | None = None
    listener: Callable[[Event], None] | None = dataclasses.field(default=None, metadata={"skip": True})
    state: State = dataclasses.field(default_factory=State, metadata={"skip": True})

    @property
    def seconds(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.state.began

    def rng(self, name: str, key: object = 0) -> np.random.Generator:
        """Return the stream of chance for one step and key, independent of order and workers."""
        digest = hashlib.blake2b(f"{self.seed}/{name}/{key}".encode(), digest_size=16).digest()
        return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))

    def check(self) -> None:
        """Raise `Stopped` when the deadline has passed or the run was cancelled."""
        if self.state.cancelled.is_set():
            raise Stopped("The work was cancelled.", next="The study holds what was done; --resume goes on with it.")
        if self.deadline is not None and self.seconds > self.deadline:
            raise Stopped(
                f"The deadline of {self.deadline:g} s has passed.", next="The study holds what was done; --resume goes on with it."
            )

    def cancel(self) -> None:
        """Ask the run to stop at the next check; safe from another thread."""
        self.state.cancelled.set()

    def tell(self, text: str, *, stage: str = "", result: bool = False) -> None:
        """Send one line to the listener."""
        if self.listener is not None:
            self.listener(Event(stage=stage, text=text, seconds=self.seconds, result=result))

    @contextlib.contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Callable[..., None]]:
        """Open a stage of work; the value it yields is called with a line of text after each step."""
        done = 0

        def step(text: str = "") -> None:
            nonlocal done
            done += 1
            self.check()
            if self.listener is not None:
                self.listener(Event(stage=name, done=done, total=total, text=text, seconds=self.seconds))

        self.check()
        if self.listener is not None:
            self.listener(Event(stage=name, total=total, seconds=self.seconds))
        yield step

    def use(self, method: Method, *args: Any, **options: Any) -> Any:
        """Call a method from a shelf with this run; who uses what is noted for the cards' test."""
        self.check()
        if self.state.active:
            caller = self.state.active[-1]
            self.state.used.add((caller.shelf, caller.name, method.shelf))
        self.state.active.append(method)
        try:
            return method.function(*args, self, **options)
        finally:
            self.state.active.pop()

    def map(self, function: Callable[[Item, Run], Result], items: Sequence[Item], *, name: str) -> list[Result]:
        """Apply `function(item, run)` to every item, in order, in `workers` processes.

        Linear algebra runs on one thread inside a task, so that results do not depend on `workers`.
        """
        if self.workers <= 1 or len(items) <= 1:
            with one_thread():
                return self._collect(name, len(items), (self._serial(function, item) for item in items))
        import joblib

        tasks = (joblib.delayed(in_process)(function, item, self._child()) for item in items)
        pool = joblib.Parallel(n_jobs=min(self.workers, len(items)), return_as="generator", batch_size="auto")
        return self._collect(name, len(items), (self._received(pair) for pair in pool(tasks)))

    def table(self, fingerprint: str) -> Table:
        """Return a table that was kept under its fingerprint."""
        if fingerprint not in self.state.tables:
            raise InputError("The table of this study is not at hand.", next="Give the data again.")
        return self.state.tables[fingerprint]

    def keep(self, table: Table) -> str:
        """Keep a table for methods to find; returns its fingerprint."""
        fingerprint = table.fingerprint()
        self.state.tables[fingerprint] = table
        return fingerprint

    def _collect(self, name: str, total: int, results: Iterable[Result]) -> list[Result]:
        found = []
        with self.stage(name, total) as step:
            for result in results:
                found.append(result)
                step()
        return found

    def _serial(self, function: Callable[[Item, Run], Result], item: Item) -> Result:
        self.check()
        return function(item, self)

    def _received(self, pair: tuple[Any, list[Event], set[tuple[str, str, str]]]) -> Any:
        result, events, used = pair
        self.state.used |= used
        if self.listener is not None:
            for event in events:
                self.listener(event)
        return result

    def _child(self) -> ChildRun:
        left = None if self.deadline is None else max(0.01, self.deadline - self.seconds)
        return ChildRun(seed=self.seed, deadline=left, active=tuple(self.state.active))


@dataclasses.dataclass(frozen=True)
class ChildRun:
    """Carry a run into another process."""

    seed: int
    deadline: float | None
    active: tuple[Method, ...]

    def run(self, events: list[Event]) -> Run:
        """Make the run inside the process, listening into `events`."""
        return Run(seed=self.seed, deadline=self.deadline, listener=events.append, state=State(active=list(self.active)))


def in_process(function: Callable[[Any, Run], Any], item: Any, child: ChildRun) -> tuple[Any, list[Event], set[tuple[str, str, str]]]:
    """Do one task in another process; returns the result, its events and which methods used which shelves."""
    events: list[Event] = []
    run = child.run(events)
    with one_thread():
        return function(item, run), events, run.state.used


class OneThread:
    """Count who needs linear algebra and OpenMP on one thread, so that runs in several threads can share the limit."""

    def __init__(self) -> None:
        self.lock, self.inside, self.limit = threading.Lock(), 0, contextlib.ExitStack()

    def enter(self) -> None:
        """Set the limit when nobody needed it before."""
        import threadpoolctl

        with self.lock:
            if self.inside == 0:
                self.limit.enter_context(threadpoolctl.threadpool_limits(limits=1))
            self.inside += 1

    def leave(self) -> None:
        """Lift the limit when nobody needs it any more."""
        with self.lock:
            self.inside -= 1
            if self.inside == 0:
                self.limit.close()


ONE_THREAD = OneThread()


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Limit linear algebra and OpenMP to one thread inside the block: the same sums in the same order everywhere."""
    ONE_THREAD.enter()
    try:
        yield
    finally:
        ONE_THREAD.leave()
