"""`aitia simulate` writes data and truth, the same bytes for the same seed, and its table says of each column what it is."""

from __future__ import annotations

import json
import pathlib
import re
import shlex
from typing import get_args

import jsonschema
import numpy as np
import pytest

import aitia
from aitia.cli.main import main
from aitia.core import codec
from aitia.core.errors import BadOption, Stopped, Unwritable
from aitia.core.request import Reading
from aitia.core.run import Run
from aitia.core.simulation import Simulation, Truth
from aitia.data.read import read
from aitia.flow.simulation import simulation_of
from aitia.simulation.noise import NOISES
from aitia.simulation.reading import FAMILIES, read_spec, scenarios
from aitia.simulation.spec import MechanismName

MIXED = "er:p=9,degree=3,kinds=mixed,missing=0.1,environments=2,changed=2"


def test_the_answer_has_data_truth_and_seed_and_fits_its_schema(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "study.csv"
    assert main(["simulate", "z->t; z->y; t->y", "--n", "60", "--out", str(out), "--seed", "4", "--json", "--quiet"]) == 0
    body = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(codec.schema(Simulation)).validate(body)
    assert (body["data"], body["seed"]) == (str(out), 4)
    assert {"graph", "effects"} <= set(body["truth"])
    assert len(body["truth"]["effects"]) == 3
    assert out.read_text().splitlines()[0] == "z,t,y"
    truth = codec.load(tmp_path / "study.truth.json", Truth)
    assert codec.to_json(truth) == body["truth"]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(suffix: str, tmp_path: pathlib.Path) -> None:
    files = [tmp_path / f"{i}.{suffix}" for i in range(4)]
    for file, seed, workers in zip(files, (1, 1, 1, 2), (1, 1, 2, 1), strict=True):
        aitia.simulate(MIXED, n=200, out=str(file), run=Run(seed=seed, workers=workers))
    one, again, more_workers, other = (file.read_bytes() for file in files)
    assert one == again == more_workers
    assert one != other
    truths = [file.with_name(f"{file.stem}.truth.json").read_bytes() for file in files]
    assert truths[0] == truths[1] == truths[2]
    assert truths[0] != truths[3]


def test_a_truth_file_makes_its_data_again(tmp_path: pathlib.Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    aitia.simulate(MIXED, n=80, out=str(first), option={"x1.noise": "laplace"}, run=Run(seed=3))
    aitia.simulate(str(tmp_path / "a.truth.json"), out=str(second), run=Run(seed=3))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_what_is_written_is_read_back(suffix: str, tmp_path: pathlib.Path) -> None:
    made = aitia.simulate(MIXED, n=400, out=str(tmp_path / f"x.{suffix}"))
    assert made.table is not None
    kinds = {c.name: c.kind for c in made.table.columns}
    assert {"continuous", "binary", "categorical", "ordinal", "count", "environment"} == set(kinds.values())
    table = read(made.data, Reading(column=kinds))
    assert {c.name: c.kind for c in table.columns} == kinds
    ours, theirs = made.table.rows(), table.rows()
    for column in made.table.columns:
        np.testing.assert_array_equal(ours[column.name], theirs[column.name])
        assert column.missing == np.isnan(ours[column.name]).sum()


def test_parquet_keeps_the_order_of_levels(tmp_path: pathlib.Path) -> None:
    made = aitia.simulate("a->b", n=300, out=str(tmp_path / "x.parquet"), option={"b.kind": "ordinal", "b.labels": "low+middle+high"})
    column = read(made.data).column("b")
    assert (column.kind, column.levels) == ("ordinal", ("low", "middle", "high"))


def test_labels_and_kinds_stand_in_the_table() -> None:
    made = aitia.simulate("t->y", n=200, option={"t.kind": "binary", "t.labels": "placebo+drug"})
    assert made.table is not None
    assert made.table.column("t").levels == ("placebo", "drug")
    assert made.truth.effect("t", "y").arm == "drug"
    assert set(made.to_frame()["t"]) == {"placebo", "drug"}
    assert len(made.truth.to_frame()) == 1


def test_nothing_is_written_without_a_place_and_the_models_are_at_hand(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = aitia.simulate("z->t; z->y; t->y", n=50, treatment="t", outcome="y", option={"t.kind": "binary"})
    assert (made.data, made.truth_file) == (None, None)
    assert not list(tmp_path.iterdir())
    assert made.scm is not None
    assert made.table is not None
    other = made.scm.do({"t": 1.0}).predict(made.noise)
    treated = made.table.rows()["t"] == 1
    np.testing.assert_array_equal(other["y"][treated], made.table.rows()["y"][treated])
    assert aitia.simulate("series:p=2", n=20).process is not None


def test_the_command_names_a_fresh_folder_when_none_is_given(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert main(["simulate", "er:p=3", "--n", "20", "--quiet"]) == 0
    assert (tmp_path / "aitia-results" / "simulate" / "data.csv").is_file()
    assert (tmp_path / "aitia-results" / "simulate-2" / "data.truth.json").is_file()


def test_words_tell_graph_sortability_and_effects(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "simulate",
        "z->t; z->y; t->y",
        "--treatment",
        "t",
        "--outcome",
        "y",
        "--option",
        "t.kind=binary",
        "--option",
        "missing=0.1",
    ]
    assert main([*arguments, "--out", str(tmp_path / "x.csv"), "--quiet"]) == 0
    shown = capsys.readouterr()
    for words in ("Simulated 1000 rows", "x.csv", "z -> t", "sortability", "1 rather than 0", "exact", "missing (MCAR)"):
        assert words in shown.out
    assert shown.err == ""


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["simulate"], "nothing to simulate"),
        (["simulate", "er:p=3", "--twin", "x.csv"], "not built yet"),
        (["simulate", "er:p=3", "--treatment", "x1"], "needs a treatment and an outcome"),
        (["simulate", "er:p=3", "--noise", "gausian"], "gausian"),
        (["simulate", "er:p=3", "--option", "mising=0.1"], "mising"),
        (["simulate", "er:p=3", "--option", "missing"], "NAME=VALUE"),
        (["simulate", "er:p=3", "--n", "some"], "n does not take"),
        (["simulate", "er:p=3", "--out", "x.xlsx"], ".xlsx"),
        (["simulate", "no-such"], "no scenario"),
    ],
)
def test_misuse_takes_two_lines_and_exit_code_two(arguments: list[str], what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*arguments, "--quiet"]) == 2
    shown = capsys.readouterr()
    assert what in shown.err
    assert len(shown.err.strip().splitlines()) <= 2


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unwritable):
        aitia.simulate("er:p=3", n=10, out=str(tmp_path / "file" / "x.csv"))
    with pytest.raises(BadOption):
        aitia.simulate("er:p=3", n=10, out=str(tmp_path / "x.sav"))


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: pathlib.Path) -> None:
    out = tmp_path / "x.csv"
    aitia.simulate("er:p=3", n=10, out=str(out))
    before = out.read_bytes()
    with pytest.raises(BadOption):
        aitia.simulate("er:p=3,missing=7", n=20, out=str(out))
    assert out.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.csv", "x.truth.json"]


def test_a_deadline_stops_the_work() -> None:
    with pytest.raises(Stopped):
        aitia.simulate("er:p=30,degree=6,mechanism=gp", n=3000, run=Run(deadline=0.2))


def test_a_simulated_table_can_be_analysed() -> None:
    """The estimate of a simulated trial covers its own true effect."""
    made = aitia.simulate(
        {
            "graph": "z->t; z->y; t->y",
            "treatment": "t",
            "outcome": "y",
            "nodes": {"t": {"kind": "binary", "coefficients": {"z": 1.0}}, "y": {"coefficients": {"t": 2.0, "z": 1.0}}},
        },
        n=2000,
    )
    found = aitia.estimate(made.table, "t", "y", graph=made.truth.graph).estimate
    assert found is not None
    assert found.low < made.truth.effect("t", "y").value < found.high


PAGE = (pathlib.Path(__file__).parents[2] / "docs" / "how-to" / "simulate.md").read_text(encoding="utf8")


def test_every_command_of_the_page_works(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trial.toml").write_text(re.findall(r"```toml\n(.*?)```", PAGE, re.S)[0])
    commands = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.S) for line in block.splitlines()]
    assert len(commands) >= 12
    for line in commands:
        words = shlex.split(line)
        assert words[0] == "aitia"
        assert main([*words[1:], "--quiet"]) == 0, line


def test_the_python_of_the_page_works() -> None:
    exec(re.findall(r"```python\n(.*?)```", PAGE, re.S)[0], {})


def test_the_page_names_every_family_mechanism_and_noise() -> None:
    for name in (*FAMILIES, *get_args(MechanismName), *NOISES):
        assert f"`{name}`" in PAGE, name


def test_a_scenario_is_a_table_of_a_file_in_its_folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aitia.simulation.reading.SCENARIOS", tmp_path)
    own = '[two-causes]\nsays = "Two causes."\nseeds = 3\n[two-causes.spec]\ngraph = "a->c; b->c"\nnoise = "uniform"\n'
    (tmp_path / "rows.toml").write_text(own)
    (tmp_path / "figures.toml").write_text("[two-causes.pc]\nmean = 0.9\n")
    assert list(scenarios()) == ["two-causes"]
    made = aitia.simulate("two-causes:n=30,noise=laplace")
    assert made.truth.spec == {"name": "two-causes", "says": "Two causes.", "graph": "a->c; b->c", "n": 30, "noise": "laplace"}
    with pytest.raises(BadOption, match="two-causes"):
        aitia.simulate("two-cause")


@pytest.mark.parametrize("name", scenarios())
def test_every_packaged_scenario_can_be_drawn(name: str) -> None:
    spec = read_spec(name, {"n": 20, "effects": "none"})
    assert spec.name == name
    if spec.wiring.p <= 60:  # larger ones are as easy to read and slow to draw
        assert simulation_of(spec, Run()).truth.n == 20
