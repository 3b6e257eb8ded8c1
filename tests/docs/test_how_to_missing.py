"""What docs/how-to/missing-values.md says runs, and its options are those of the method."""

from __future__ import annotations

import pathlib
import re
from typing import Any

from aitia.core.shelf import imputation

TEXT = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "how-to" / "missing-values.md").read_text(encoding="utf8")


def test_the_examples_run() -> None:
    names: dict[str, Any] = {}
    blocks = re.findall(r"```python\n(.*?)```", TEXT, re.S)
    assert len(blocks) == 2
    for block in blocks:
        exec(compile(block, "docs/how-to/missing-values.md", "exec"), names)


def test_the_options_are_those_of_the_method() -> None:
    settings = {setting.name: str(setting.default) for setting in imputation["impute"].settings}
    told = dict(re.findall(r"^\| `impute\.(\w+)` \| (\w+) \|", TEXT, re.M))
    assert told == settings
