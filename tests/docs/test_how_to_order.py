"""What docs/how-to/order.md says runs, and its pictures are those that the example draws."""

from __future__ import annotations

import pathlib
import re
import runpy
import shlex
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "how-to" / "order.md").read_text(encoding="utf8")


def test_the_code_runs_from_top_to_bottom(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    blocks = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    assert len(blocks) == 9
    names: dict[str, object] = {"__name__": "how_to_order"}
    for block in blocks:
        exec(compile(block, "docs/how-to/order.md", "exec"), names)
    assert "96 nodes" in capsys.readouterr().out


def test_the_command_runs(tmp_path: pathlib.Path) -> None:
    (command,) = re.findall(r"```bash\n(.*?)```", TEXT, flags=re.DOTALL)
    words = shlex.split(command)
    assert words[0] == "aitia"
    run = pathlib.Path(sys.executable).with_name("aitia")
    subprocess.run([run, *words[1:]], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "order.svg").read_text(encoding="utf8").startswith("<svg")


def test_the_pictures_are_those_of_the_example(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["order_gallery.py", str(tmp_path)])
    runpy.run_path(str(ROOT / "examples" / "order_gallery.py"), run_name="__main__")
    shown = set(re.findall(r"pictures/order/(\w+\.svg)", TEXT))
    drawn = {path.name for path in tmp_path.glob("*.svg")}
    assert shown == drawn == {path.name for path in (ROOT / "docs" / "pictures" / "order").glob("*.svg")}
    for name in drawn:
        assert (tmp_path / name).read_bytes() == (ROOT / "docs" / "pictures" / "order" / name).read_bytes()


def test_the_example_of_a_decoder_runs(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("transformers")
    runpy.run_path(str(ROOT / "examples" / "order_decoder.py"), run_name="__main__")
    assert "26 cached nodes" in capsys.readouterr().out
