"""The page on bringing graphs says what the registry says, and its code runs."""

from __future__ import annotations

import pathlib
import re

import pytest

from aitia.graphs.formats.registry import TEXTS

PAGE = (pathlib.Path(__file__).parents[3] / "docs" / "how-to" / "graphs.md").read_text(encoding="utf8")


def test_the_table_of_formats_is_the_registry() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) ?\| (.*?) ?\|$", PAGE, re.MULTILINE)
    expected = [(form.name, form.says, " ".join(form.suffixes), ", ".join(form.cannot) if form.write else "read only") for form in TEXTS]
    assert rows == expected


@pytest.mark.filterwarnings("error")
def test_the_code_on_the_page_runs() -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 8
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "graphs.md", "exec"), names)
    assert names["losses"](names["lagged"], "dagitty") == ("lag",)  # type: ignore[operator]
