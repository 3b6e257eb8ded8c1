"""An order is shown in figures, in characters and as a drawing that a browser can read."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

import aitia
from aitia.core.errors import BadOption
from aitia.sequence.order.expression import LAYOUTS, read_relation

EXPRESSIONS = [
    ("causal(n)", 12),
    ("(causal(n) & window(n, 4)) | prefix(n, 2)", 12),
    ("window(n, 4, sink=2)", 12),
    ("blocks([2, 3, 4], window=2, sink=1)", None),
    ("rings(5, 4)", None),
    ("fork_join(3, (2, 4), 3)", None),
    ("mutual(4, 3, 5)", None),
    ("queries(4, 3)", None),
    ("scales((1, 4))", None),
    ("chunks(4, 3, left=1)", 12),
    ("block_diffusion(n, 5)", 12),
    ("full(n)", 5),
    ('by_graph("a->b; c->b", {"a": 2})', None),
]


@pytest.mark.parametrize(("text", "n"), EXPRESSIONS)
def test_every_layout_is_read_shown_and_drawn(text: str, n: int | None, tmp_path: pathlib.Path) -> None:
    shown = aitia.show("order", text, n=n, out=str(tmp_path / "order.svg"))
    relation = read_relation(text, n)
    mask = relation.dense()
    assert shown.mask == tuple("".join("█" if read else "·" for read in row) for row in mask)
    assert shown.pairs == mask.sum() and shown.depth == max(shown.positions) + 1
    root = ElementTree.parse(tmp_path / "order.svg").getroot()
    patches = [node for node in root.iter() if node.tag.endswith("polygon")]
    assert len(patches) == sum(len(relation.reads(query)) for query in range(relation.n))


def test_every_layout_has_an_example() -> None:
    assert {name for name in LAYOUTS if any(name in text for text, _ in EXPRESSIONS)} == set(LAYOUTS)


@pytest.mark.parametrize(
    ("text", "n", "hint"),
    [
        ("caussal(3)", None, "causal"),
        ("causal(n)", None, "--n"),
        ("chunks(4, 2)", None, "--n"),
        ("causal(3) & causal(4)", None, "length"),
        ("causal(3) + 1", None, "&"),
        ("window(3)", None, "width"),
        ("causal(n) &", 3, "layouts"),
        ("m", 3, "n"),
        ("__import__('os').getcwd()", None, "layouts"),
        ("causal(0)", None, ""),
        ("9 ** 9 ** 9", None, "layouts"),
    ],
)
def test_what_is_no_order_is_refused_with_a_hint(text: str, n: int | None, hint: str) -> None:
    with pytest.raises(BadOption) as error:
        read_relation(text, n)
    assert hint in f"{error.value.what} {error.value.why} {error.value.next}"


def test_command_line() -> None:
    command = [sys.executable, "-m", "aitia", "show", "order", "fork_join(20, (24, 16, 20), 16)", "--json", "--quiet"]
    answer = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert (answer["depth"], answer["n"], len(answer["positions"])) == (60, 96, 96)


def test_large_orders_are_shown_in_little(tmp_path: pathlib.Path) -> None:
    shown = aitia.show("order", "causal(n) & window(n, 256)", n=32768, out=str(tmp_path / "order.svg"))
    assert len(shown.mask) == 48 and shown.peak_live == 256
    assert (tmp_path / "order.svg").stat().st_size < 100_000


def test_a_long_order_has_a_heading_that_fits_and_its_whole_text_as_the_title(tmp_path: pathlib.Path) -> None:
    text = " | ".join(f"prefix(n, {k})" for k in range(1, 9))
    aitia.show("order", text, n=12, out=str(tmp_path / "order.svg"))
    root = ElementTree.parse(tmp_path / "order.svg").getroot()
    shown = [item.text or "" for item in root.iter() if item.tag.endswith("}text")]
    assert root[0].text == text and max(map(len, shown)) <= 100 and shown[0].endswith("…")
