"""Read and write what is known beforehand: `tier a b | c d; require a->b; forbid c->d; randomised t`."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable

from aitia.core import codec
from aitia.core.errors import BadOption, Unreadable, near
from aitia.core.graph import quoted
from aitia.core.knowledge import Constraint, Knowledge, Role, Tier
from aitia.graphs.formats.scanner import Scanner

SEPARATORS = ";\n"
EXAMPLE = 'Knowledge reads like "tier a b | c d; require a->b; forbid c->d; randomised t".'


def read_knowledge(source: Knowledge | str | os.PathLike[str] | None) -> Knowledge:
    """Read knowledge from text or a file of it; None knows nothing.

    Raises `BadOption` naming the statement, also where statements contradict each other, and `Unreadable` for a file.

    >>> read_knowledge("tier age | dose; randomised dose").tier_of("dose")
    1
    """
    if source is None:
        return Knowledge()
    if isinstance(source, Knowledge):
        return consistent(source)
    text = os.fspath(source)
    if isinstance(source, os.PathLike) or is_path(text):
        text = file_text(pathlib.Path(text))
    if text.lstrip().startswith("{"):
        found = codec.loads(text, Knowledge)
        return consistent(found)
    return consistent(parse(text))


def is_path(text: str) -> bool:
    """Tell whether a text names a file rather than states something."""
    words = text.split(maxsplit=1)
    if not words or words[0].lower() in KEYWORDS or "\n" in text or text.lstrip().startswith("{"):
        return False
    try:
        return pathlib.Path(text).is_file() or (len(words) == 1 and bool(pathlib.Path(text).suffix))
    except (OSError, ValueError):
        return False


def file_text(path: pathlib.Path) -> str:
    """Return what a file holds."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise Unreadable(f"The knowledge file {path} cannot be read.", why=f"{why}.", next=EXAMPLE) from error


def parse(text: str) -> Knowledge:
    """Read knowledge from text; raises `BadOption` naming the statement and what was expected."""
    scanner = Scanner(text, SEPARATORS)
    found: dict[str, list] = {"required": [], "forbidden": [], "tiers": [], "roles": []}
    scanner.separator()
    while not scanner.at_end():
        place = scanner.place
        word = scanner.name() or ""
        if word.lower() not in KEYWORDS:
            scanner.place = place
            known = ("tier", "require", "forbid", "randomised")
            raise BadOption(f"{scanner.here()}.", why=f"Expected one of {', '.join(known)}.", next=f"{near(word, known)} {EXAMPLE}")
        field, read = KEYWORDS[word.lower()]
        found[field] += read(scanner)
        if not scanner.separator() and not scanner.at_end():
            raise wrong(scanner, "the end of the statement (; or a new line)")
    once = {field: tuple(dict.fromkeys(items)) for field, items in found.items() if field != "tiers"}
    return Knowledge(tiers=tuple(found["tiers"]), **once)


def wrong(scanner: Scanner, expected: str) -> BadOption:
    """Build the error for what stands where something else was expected."""
    return BadOption(f"{scanner.here()}.", why=f"Expected: {expected}.", next=EXAMPLE)


def read_names(scanner: Scanner) -> list[str]:
    """Read names with spaces or commas between them."""
    names = []
    while (name := scanner.name()) is not None:
        names.append(name)
        scanner.sign(",")
    if not names:
        raise wrong(scanner, 'a name ("…" around a name that holds spaces or signs)')
    return names


def read_tiers(scanner: Scanner) -> list[Tier]:
    """Read groups of names, earlier ones first, with | between them."""
    tiers = [Tier(names=tuple(dict.fromkeys(read_names(scanner))))]
    while scanner.sign("|"):
        tiers.append(Tier(names=tuple(dict.fromkeys(read_names(scanner)))))
    return tiers


def read_constraints(scanner: Scanner) -> list[Constraint]:
    """Read edges a->b, or chains of them, with commas between them."""
    found = []
    while True:
        before = scanner.name()
        if before is None:
            raise wrong(scanner, "an edge such as a->b")
        chain = 0
        while (marks := scanner.edge()) is not None:
            after = scanner.name()
            if after is None or marks not in (("tail", "arrow"), ("arrow", "tail")) or after == before:
                raise wrong(scanner, "an edge a->b between two different names")
            source, target = (before, after) if marks == ("tail", "arrow") else (after, before)
            found.append(Constraint(source=source, target=target))
            before, chain = after, chain + 1
        if not chain:
            raise wrong(scanner, "-> and another name")
        if not scanner.sign(","):
            return found


def read_roles(scanner: Scanner) -> list[Role]:
    """Read the names of variables that were assigned at random."""
    return [Role(name=name, role="randomised") for name in read_names(scanner)]


Reader = Callable[[Scanner], list]
KEYWORDS: dict[str, tuple[str, Reader]] = {
    **dict.fromkeys(("tier", "tiers"), ("tiers", read_tiers)),
    **dict.fromkeys(("require", "required", "requires"), ("required", read_constraints)),
    **dict.fromkeys(("forbid", "forbidden", "forbids"), ("forbidden", read_constraints)),
    **dict.fromkeys(("randomised", "randomized", "randomise", "randomize"), ("roles", read_roles)),
}


def consistent(knowledge: Knowledge) -> Knowledge:
    """Return the knowledge; raises `BadOption` where two of its statements contradict each other."""
    tier: dict[str, int] = {}
    for i, group in enumerate(knowledge.tiers):
        for name in group.names:
            if tier.setdefault(name, i) != i:
                raise clash(f"{name} is in tier {tier[name] + 1} and in tier {i + 1}")
    forbidden = {(c.source, c.target) for c in knowledge.forbidden}
    for c in knowledge.required:
        edge = f"{c.source} -> {c.target}"
        if (c.source, c.target) in forbidden:
            raise clash(f"{edge} is both required and forbidden")
        if tier.get(c.source, -1) > tier.get(c.target, len(knowledge.tiers)):
            raise clash(f"{edge} is required, and {c.source} is in a later tier than {c.target}")
        if knowledge.randomised(c.target):
            raise clash(f"{edge} is required, and {c.target} is randomised, so nothing causes it")
    return knowledge


def clash(says: str) -> BadOption:
    """Build the error for two statements that cannot both hold."""
    return BadOption(f"The knowledge contradicts itself: {says}.", next="Drop one of the two statements.")


def write_knowledge(knowledge: Knowledge) -> str:
    """Write knowledge as text that `read_knowledge` reads back; who said each statement is not in it.

    >>> write_knowledge(read_knowledge("require a->b\\nrandomized t"))
    'require a->b; randomised t'
    """
    parts = ["tier " + " | ".join(" ".join(map(quoted, tier.names)) for tier in knowledge.tiers)] if knowledge.tiers else []
    for word, constraints in (("require", knowledge.required), ("forbid", knowledge.forbidden)):
        edges = [f"{quoted(c.source)}->{quoted(c.target)}" for c in constraints]
        parts += [f"{word} {', '.join(edges)}"] if edges else []
    parts += ["randomised " + " ".join(quoted(role.name) for role in knowledge.roles)] if knowledge.roles else []
    return "; ".join(parts)
