"""Draw the layouts of docs/how-to/order.md with `aitia show order`, one SVG for each.

usage: order_gallery.py [FOLDER]     docs/pictures/order by default
"""

from __future__ import annotations

import pathlib
import sys

import aitia

GALLERY = {
    "causal": ("causal(n)", 24),
    "window": ("window(n, 6, 2)", 24),
    "prefix": ("causal(n) | prefix(n, 8)", 24),
    "blocks": ("blocks((4, 4, 4, 4, 4, 4), 3, 1)", None),
    "chunks": ("chunks(8, 4)", 24),
    "fork_join": ("fork_join(5, (6, 4, 5), 4)", None),
    "nested_forks": ("fork_join(3, (5, (2, (4, 3), 2), 3), 2)", None),
    "mutual": ("mutual(10, 6, 8)", None),
    "rings": ("rings(5, 5)", None),
    "scales": ("scales((1, 4, 16))", None),
    "queries": ("queries(14, 10)", None),
    "block_diffusion": ("block_diffusion(n, 6)", 24),
    "by_graph": ("by_graph('prompt->first; prompt->second; first->second', {'prompt': 6, 'first': 8, 'second': 8})", None),
}


def main() -> None:
    given = sys.argv[1:]
    folder = pathlib.Path(given[0]) if given else pathlib.Path(__file__).resolve().parent.parent / "docs" / "pictures" / "order"
    folder.mkdir(parents=True, exist_ok=True)
    for name, (expression, n) in GALLERY.items():
        aitia.show("order", expression, n=n, out=str(folder / f"{name}.svg"))


if __name__ == "__main__":
    main()
