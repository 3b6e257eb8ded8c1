"""A run owns chance, time, progress and processes."""

from __future__ import annotations

import time

import numpy as np
import pytest

from aitia.core.errors import InputError, Stopped, near
from aitia.core.event import Event
from aitia.core.run import Run
from aitia.core.table import Absent, Table


def draw(item: int, run: Run) -> float:
    with run.stage("inner", 1) as step:
        step(f"item {item}")
    return float(run.rng("draw", item).normal()) + float(np.linalg.norm(run.rng("matrix", item).normal(size=(50, 50)) @ np.ones((50, 50))))


def test_streams_depend_on_seed_name_and_key_only() -> None:
    assert Run(seed=1).rng("a", 2).random() == Run(seed=1, workers=4).rng("a", 2).random()
    assert len({Run(seed=s).rng(n, k).random() for s in (0, 1) for n in ("a", "b") for k in (0, 1)}) == 8


def test_one_and_four_workers_give_the_same_bytes_and_the_same_events() -> None:
    events: list[Event] = []
    one, four = Run(), Run(workers=4, listener=events.append)
    assert one.map(draw, range(12), name="draws") == four.map(draw, range(12), name="draws")
    assert {e.text for e in events if e.stage == "inner" and e.text} == {f"item {i}" for i in range(12)}
    assert max(e.done for e in events if e.stage == "draws") == 12


def test_a_deadline_stops_between_items() -> None:
    done: list[int] = []
    with pytest.raises(Stopped, match="deadline"):
        Run(deadline=0.05).map(lambda item, run: done.append(item) or time.sleep(0.02), range(100), name="slow")
    assert done == list(range(len(done))) and len(done) <= 3


def test_a_deadline_stops_other_processes_too() -> None:
    events: list[Event] = []
    with pytest.raises(Stopped, match="deadline"):
        Run(deadline=1.0, workers=2, listener=events.append).map(lambda item, run: time.sleep(0.2), range(200), name="slow")
    assert max((event.done for event in events), default=0) < 100


def test_cancel_stops_at_the_next_check() -> None:
    run = Run()
    run.cancel()
    with pytest.raises(Stopped, match="cancelled"):
        run.check()


def test_an_error_in_another_process_arrives_whole() -> None:
    with pytest.raises(InputError) as caught:
        Run(workers=2).map(fail, range(4), name="failing")
    assert caught.value.next == "try that"


def fail(item: int, run: Run) -> None:
    raise InputError("no", why="because", next="try that")


def test_tables_are_kept_by_fingerprint() -> None:
    run, table = Run(), Table(columns=(), source=Absent(n=0, stored="f"))
    assert run.table(run.keep(table)) is table
    with pytest.raises(InputError):
        run.table("other")


def test_near_names_are_listed() -> None:
    assert near("Outcom", ["treatment", "outcome"]) == "Did you mean outcome?"
    assert "20 in all" in near("q", [f"x{i}" for i in range(20)])
