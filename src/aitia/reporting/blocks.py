"""Hold what a report is made of, in words: sections of paragraphs, lists, tables, figures and code."""

from __future__ import annotations

import dataclasses
from typing import ClassVar, Literal

Tone = Literal["plain", "good", "bad", "open"]
GLYPHS: dict[Tone, str] = {"plain": "", "good": "✓", "bad": "✗", "open": "○"}


@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """Hold one cell of a table: its text, smaller lines under it, and a tone that shows as colour and glyph."""

    text: str
    notes: tuple[str, ...] = ()
    tone: Tone = "plain"

    @property
    def glyph(self) -> str:
        """The sign that repeats the tone for readers who see no colour."""
        return GLYPHS[self.tone]


@dataclasses.dataclass(frozen=True, slots=True)
class Paragraph:
    """Hold one paragraph."""

    kind: ClassVar[str] = "paragraph"
    text: str
    quiet: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Bullets:
    """Hold a list of sentences, numbered when their order matters."""

    kind: ClassVar[str] = "bullets"
    items: tuple[str, ...]
    ordered: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Facts:
    """Hold a table of two columns: a label and what it is."""

    kind: ClassVar[str] = "facts"
    caption: str
    rows: tuple[tuple[str, str], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Grid:
    """Hold a table with a heading over each column; `numeric` are the columns of figures.

    A `stacked` table holds sentences: on a narrow screen its cells stand below one another.
    """

    kind: ClassVar[str] = "grid"
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: tuple[int, ...] = ()
    stacked: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Figure:
    """Hold a drawing, its caption and its description for those who do not see it."""

    kind: ClassVar[str] = "figure"
    svg: str
    title: str
    description: str
    note: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Code:
    """Hold text to be copied."""

    kind: ClassVar[str] = "code"
    caption: str
    text: str
    language: str = "text"


Block = Paragraph | Bullets | Facts | Grid | Figure | Code


@dataclasses.dataclass(frozen=True, slots=True)
class Section:
    """Hold one section of a report; `key` is its address on the page."""

    key: str
    title: str
    blocks: tuple[Block, ...]


def cells(*texts: str | Cell) -> tuple[Cell, ...]:
    """Make a row of cells from texts."""
    return tuple(text if isinstance(text, Cell) else Cell(text) for text in texts)
