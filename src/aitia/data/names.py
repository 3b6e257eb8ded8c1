"""Give every column a name of its own, or say why it has none."""

from __future__ import annotations

import collections
from collections.abc import Sequence

from aitia.core.finding import Finding
from aitia.core.table import SetAside


def cleaned(written: Sequence[str]) -> tuple[list[str], list[Finding]]:
    """Return names without spaces around them, `column 3` where there was none, and a finding about those."""
    names = [name.strip() for name in written]
    unnamed = [i for i, name in enumerate(names) if not name]
    for i in unnamed:
        new = f"column {i + 1}"
        while new in names:
            new += " (unnamed)"
        names[i] = new
    if not unnamed:
        return names, []
    says = f"{len(unnamed)} columns have no name in the header and are called {shortened([names[i] for i in unnamed])}."
    if len(unnamed) == 1:
        says = f"One column has no name in the header and is called {names[unnamed[0]]}."
    return names, [Finding(check="unnamed-columns", passed=None, value=float(len(unnamed)), says=says)]


def repeated(names: Sequence[str]) -> tuple[list[SetAside], list[Finding]]:
    """Set aside every name that more than one column bears, since none of them can be meant."""
    counts = {name: count for name, count in collections.Counter(names).items() if count > 1}
    if not counts:
        return [], []
    aside = [SetAside(name=name, why=f"{count} columns have this name.") for name, count in counts.items()]
    says = f"More than one column has the same name, so these were set aside: {shortened(list(counts))}."
    finding = Finding(check="duplicate-names", passed=None, value=float(len(counts)), says=says, next="Rename them in the data.")
    return aside, [finding]


def all_numbers(names: Sequence[str]) -> bool:
    """Tell whether every name is a number, as when a file has no header."""
    return all(is_number(name) for name in names)


def is_number(word: str) -> bool:
    """Tell whether a word is a number written out."""
    try:
        float(word.strip().replace(",", "."))
    except ValueError:
        return False
    return True


def shortened(items: Sequence[str], most: int = 12) -> str:
    """Join names, cutting a long list."""
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more
