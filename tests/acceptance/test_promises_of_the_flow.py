"""What a user may rely on: order does not matter, workers do not matter, replay is identical, a stop loses nothing."""

from __future__ import annotations

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pandas
import pytest

import aitia
from aitia.core import codec
from aitia.core.errors import Stopped
from aitia.core.request import Plan
from aitia.core.run import Run
from tests.tables import EFFECT, GRAPH, confounded

ASKED: dict[str, Any] = {"treatment": "treated", "outcome": "outcome", "graph": GRAPH}


def numbers(answer: Any) -> dict[str, Any]:
    """Every number of an answer that should not depend on order, names or workers."""
    return {
        "estimates": [(e.method, e.value, e.se, e.low, e.high) for e in answer.estimates],
        "findings": [(f.check, f.passed, f.value, f.p, f.power) for f in answer.findings],
        "verdict": answer.verdict,
    }


@pytest.fixture(scope="module")
def answer() -> Any:
    return aitia.analyze(confounded(), **ASKED)


def test_the_planted_effect_is_found_and_supported(answer: Any) -> None:
    assert answer.estimate.low < EFFECT < answer.estimate.high
    assert answer.verdict == "supported", answer.because
    assert "graph you supplied" in answer.condition
    assert set(answer.estimate.adjustment) == {"age", "sex", "region"}


def test_permuting_rows_and_columns_changes_nothing(answer: Any) -> None:
    table = confounded()
    order = np.random.default_rng(3).permutation(len(table["age"]))
    shuffled = {name: table[name][order] for name in ("region", "outcome", "sex", "treated", "age")}
    assert_close(numbers(aitia.analyze(shuffled, **ASKED)), numbers(answer))


def test_renaming_columns_renames_the_answer(answer: Any) -> None:
    new = {"age": "zeta", "sex": "b", "region": "a a", "treated": "x", "outcome": "q"}
    graph = GRAPH
    for old, name in new.items():
        graph = re.sub(rf"\b{old}\b", f'"{name}"', graph)
    renamed = aitia.analyze({new[k]: v for k, v in confounded().items()}, treatment="x", outcome="q", graph=graph)
    assert_close(numbers(renamed), numbers(answer))
    assert set(renamed.estimate.adjustment) == {"zeta", "b", "a a"}


def assert_close(first: Any, second: Any) -> None:
    """Equal words, numbers within 1e-9 relative."""
    flat_first, flat_second = flatten(first), flatten(second)
    assert len(flat_first) == len(flat_second)
    for a, b in zip(flat_first, flat_second, strict=True):
        assert a == (pytest.approx(b, rel=1e-9, abs=1e-12) if isinstance(b, float) else b)


def flatten(item: Any) -> list[Any]:
    if isinstance(item, dict):
        return [x for value in item.values() for x in flatten(value)]
    if isinstance(item, list | tuple):
        return [x for value in item for x in flatten(value)]
    return [item]


def test_four_workers_give_the_same_bytes_as_one(answer: Any) -> None:
    assert numbers(aitia.analyze(confounded(), **ASKED, run=Run(workers=4))) == numbers(answer)


def test_another_seed_gives_another_answer_and_the_same_seed_the_same(answer: Any) -> None:
    assert numbers(aitia.analyze(confounded(), **ASKED)) == numbers(answer)
    assert numbers(aitia.analyze(confounded(), **ASKED, run=Run(seed=5))) != numbers(answer)


def written(tmp_path: pathlib.Path) -> tuple[pathlib.Path, Any]:
    data = tmp_path / "shop.csv"
    pandas.DataFrame(confounded()).to_csv(data, index=False)
    return data, aitia.analyze(data, **ASKED, plan=Plan(out=str(tmp_path / "out")))


def test_replay_is_identical_and_says_so_when_the_data_changed(tmp_path: pathlib.Path) -> None:
    data, done = written(tmp_path)
    assert aitia.replay(done.study).identical
    changed = confounded()
    changed["outcome"] = changed["outcome"] + 0.1 * (changed["sex"] == "man")
    pandas.DataFrame(changed).to_csv(data, index=False)
    again = aitia.replay(done.study)
    assert not again.identical
    assert "data have changed" in again.differences[0].says
    assert any(d.step == "estimate" and d.largest for d in again.differences)


def test_replay_is_identical_with_many_covariates_and_rows(tmp_path: pathlib.Path) -> None:
    rng = np.random.default_rng(2)
    table = {f"x{j}": rng.normal(size=3000) for j in range(15)}
    table["dose"] = sum(table.values()) + rng.normal(size=3000)
    table["reply"] = 0.5 * table["dose"] + table["x1"] + rng.normal(size=3000)
    data = tmp_path / "wide.csv"
    pandas.DataFrame(table).to_csv(data, index=False)
    terms = "+".join(f"x{j}" for j in range(15))
    done = aitia.analyze(data, treatment="dose", outcome="reply", plan=Plan(out=str(tmp_path / "o"), terms=terms))
    assert aitia.replay(done.study).differences == ()


def test_the_report_is_one_file_and_the_study_can_be_read(tmp_path: pathlib.Path) -> None:
    _, done = written(tmp_path)
    page = pathlib.Path(done.report).read_text(encoding="utf8")
    assert not re.search(r"""(src|href)=["']?https?://|@import|url\(\s*['"]?https?:""", page)
    study = codec.load(done.study)
    assert study.state == "finished"
    assert len(study.tried) == done.tried == len(done.estimates)


def test_a_deadline_leaves_a_readable_study_that_can_be_resumed(tmp_path: pathlib.Path) -> None:
    data, done = written(tmp_path)
    out = tmp_path / "short"
    with pytest.raises(Stopped) as caught:
        aitia.analyze(data, **ASKED, plan=Plan(out=str(out)), run=Run(deadline=1e-3))
    assert caught.value.answer.stopped
    assert codec.load(out / "study.json").state == "stopped"
    resumed = aitia.analyze(data, plan=Plan(resume=str(out), out=str(out)))
    assert numbers(resumed) == numbers(done)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=["ctrl-c", "kill", "kill -9"])
def test_a_signal_leaves_a_readable_study(tmp_path: pathlib.Path, number: signal.Signals) -> None:
    data = tmp_path / "shop.csv"
    pandas.DataFrame(confounded(4000)).to_csv(data, index=False)
    arguments = [
        "analyze",
        str(data),
        "--treatment",
        "treated",
        "--outcome",
        "outcome",
        "--graph",
        GRAPH,
        "--learner",
        "forest",
        "--json",
        "--out",
        str(tmp_path / "o"),
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "aitia", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        for line in process.stderr or ():
            if "estimate" in line:
                break
        time.sleep(0.5)
        os.kill(process.pid, number)
        out, _ = process.communicate(timeout=60)
    study = codec.load(tmp_path / "o" / "study.json")
    assert study.records
    if number is signal.SIGKILL:
        assert study.state == "running"
    else:
        assert process.returncode == 3
        assert study.state == "stopped"
        body = json.loads(out)
        assert body["stopped"] is True
        assert body["study"] == str(tmp_path / "o" / "study.json")


def test_no_network_is_attempted(tmp_path: pathlib.Path) -> None:
    code = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise SystemExit('network')\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse; socket.create_connection = refuse\n"
        "from aitia.cli.main import main\n"
        f"sys.exit(main(['demo', '--json', '--quiet', '--out', {str(tmp_path / 'o')!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["report"]


def test_when_the_chosen_estimator_cannot_the_next_one_answers_and_the_refusal_is_told() -> None:
    rng = np.random.default_rng(4)
    table = {f"x{j}": rng.normal(size=300) for j in range(12)}
    table["t"] = (np.arange(300) % 20 == 0).astype(float)
    table["y"] = table["t"] + table["x0"] + rng.normal(size=300)
    names = {"treatment": "t", "outcome": "y", "given": [f"x{j}" for j in range(12)]}
    answer = aitia.analyze(table, **names)
    assert answer.estimate.method == "regression"
    assert any(f.check == "estimation" and f.says.startswith("aipw") for f in answer.findings)
    assert aitia.estimate(table, **names, plan=Plan(method="aipw")).estimate is None
