"""What docs/how-to/data.md says runs."""

from __future__ import annotations

import pathlib
import re
import shlex
import subprocess
import sys

TEXT = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "how-to" / "data.md").read_text(encoding="utf8")


def test_the_examples_run() -> None:
    blocks = re.findall(r"```python\n(.*?)```", TEXT, re.S)
    assert blocks
    for block in blocks:
        exec(compile(block, "docs/how-to/data.md", "exec"), {})


def test_the_commands_run() -> None:
    commands = [line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.S) for line in block.splitlines() if line.startswith("aitia ")]
    assert commands
    for command in commands:
        subprocess.run([sys.executable, "-m", *shlex.split(command)], check=True, capture_output=True)
