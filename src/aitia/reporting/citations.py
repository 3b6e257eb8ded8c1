"""Read the bibliography, and find the papers behind the methods that a study used."""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import re
from collections.abc import Iterable

from aitia.core.analysis import Verdict
from aitia.core.card import Method
from aitia.core.errors import UnknownName, near
from aitia.core.estimand import Estimand
from aitia.core.query import Protocol
from aitia.core.shelf import SHELVES
from aitia.core.study import Study
from aitia.reporting.words import listed

SOURCE = pathlib.Path(__file__).parent / "references.bib"
ENTRY = re.compile(r"^@(\w+)\{([^,\s]+),\n(.*?)^\}", re.M | re.S)
FIELD = re.compile(r"^\s*(\w+)\s*=\s*\{(.*)\},?\s*$", re.M)
ACCENT = re.compile(r"\{\\(['`^\"~v])\{?(\w)\}?\}")
ACCENTS = {"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "v": "\u030c"}
SHELF_OF = {"estimate": "estimation", "identify": "identification", "check": "checks", "discover": "discovery", "impute": "imputation"}
TARGET_TRIAL, TOGETHER = "hernan2016", "holm1979"


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """Hold one entry of the bibliography: its key, type, fields as printed, and BibTeX source."""

    key: str
    type: str
    fields: dict[str, str]
    source: str

    @property
    def authors(self) -> tuple[str, ...]:
        """The authors, each as "Family, Given"."""
        return tuple(re.split(r"\s+and\s+", self.fields["author"]))

    @property
    def short(self) -> str:
        """The authors' names and the year, as in running text."""
        names = [author.partition(",")[0] for author in self.authors]
        return f"{names[0]} et al. {self.fields['year']}" if len(names) > 3 else f"{listed(names)} {self.fields['year']}"

    @property
    def text(self) -> str:
        """The entry as one line of a list of references."""
        container = place(self.fields)
        end = f" doi:{self.fields['doi']}" if "doi" in self.fields else ""
        return f"{listed(map(initials, self.authors))} ({self.fields['year']}). {self.fields['title']}. {container}.{end}"


def place(fields: dict[str, str]) -> str:
    """Say where an entry appeared: journal, volume and pages, or book and publisher."""
    volume = fields.get("volume", "") + (f"({fields['number']})" if "number" in fields else "")
    pages = fields.get("pages", "")
    if "journal" in fields:
        return ", ".join(part for part in (fields["journal"], ": ".join(p for p in (volume, pages) if p)) if part)
    inside = f"In {fields['booktitle']}" if "booktitle" in fields else ""
    edition = f"Edition {fields['edition']}" if "edition" in fields else ""
    pages = f"{'pages' if '–' in pages else 'page'} {pages}" if pages else ""
    return ", ".join(part for part in (inside, pages, edition, fields.get("publisher", ""), fields.get("note", "")) if part)


def initials(author: str) -> str:
    """Write an author's family name and initials.

    >>> initials("Robins, James M."), initials("Liang, Kung-Yee")
    ('Robins, J. M.', 'Liang, K.-Y.')
    """
    family, _, given = author.partition(",")
    letters = ["-".join(f"{part[0]}." for part in name.split("-") if part) for name in given.split()]
    return f"{family}, {' '.join(letters)}" if letters else family


def plain(text: str) -> str:
    """Turn a BibTeX field into plain text: accents, dashes, quotes and braces."""
    text = ACCENT.sub(lambda found: found[2] + ACCENTS[found[1]], text)
    for old, new in (("$\\chi^2$", "χ²"), ("{\\i}", "ı"), ("---", "—"), ("--", "–"), ("``", "“"), ("''", "”"), ("{", ""), ("}", "")):
        text = text.replace(old, new)
    return composed(text)


def composed(text: str) -> str:
    """Join letters with their accents into one sign each."""
    import unicodedata

    return unicodedata.normalize("NFC", text)


@functools.cache
def entries() -> dict[str, Entry]:
    """Return every entry of the bibliography by its key."""
    found = {}
    for match in ENTRY.finditer(SOURCE.read_text(encoding="utf8")):
        fields = {name.lower(): plain(value) for name, value in FIELD.findall(match[3])}
        found[match[2]] = Entry(key=match[2], type=match[1].lower(), fields=fields, source=match[0].strip())
    return found


def entry(key: str) -> Entry:
    """Return one entry; raises `UnknownName` when a key is not in the bibliography."""
    if key not in entries():
        raise UnknownName(f"There is no paper {key!r} in the bibliography.", next=near(key, entries()))
    return entries()[key]


def bibtex(keys: Iterable[str]) -> str:
    """Return the BibTeX source of some entries; raises `UnknownName`."""
    return "".join(entry(key).source + "\n\n" for key in keys)


def used(study: Study) -> tuple[Method, ...]:
    """Return the methods that a study's records name, in the order of the work."""
    names = [(SHELF_OF.get(record.step), record.method) for record in study.records]
    names += [("identification", estimand.strategy) for estimand in study.all(Estimand)]
    found: dict[tuple[str, str], Method] = {}
    for shelf, name in names:
        if shelf in SHELVES and name is not None and name in SHELVES[shelf]:
            found[(shelf, name)] = SHELVES[shelf][name]
    found |= {(m.shelf, m.name): m for method in list(found.values()) for m in named_in_options(study, method)}
    return tuple(found.values())


def named_in_options(study: Study, method: Method) -> tuple[Method, ...]:
    """Return the methods of other shelves that a method was told to use."""
    given = {str(value) for record in study.records if record.method == method.name for value in record.options.values()}
    return tuple(SHELVES[shelf][name] for shelf in method.card.uses if shelf in SHELVES for name in sorted(given) if name in SHELVES[shelf])


def reasons(study: Study) -> dict[str, tuple[str, ...]]:
    """Return the key of each paper behind the study with what it was used for."""
    found: dict[str, list[str]] = {}
    if study.latest(Protocol) is not None:
        found.setdefault(TARGET_TRIAL, []).append("protocol of the target trial")
    for method in used(study):
        for key in method.card.cites:
            found.setdefault(key, []).append(method.name)
    tested = sum(finding.p is not None for finding in study.findings())
    if study.latest(Verdict) is not None and tested > 1:
        found.setdefault(TOGETHER, []).append("judging the checks together")
    return {key: tuple(dict.fromkeys(purposes)) for key, purposes in found.items()}


def cited(study: Study) -> tuple[str, ...]:
    """Return the keys of the papers behind the methods that a study used, in the order of the work."""
    return tuple(reasons(study))
