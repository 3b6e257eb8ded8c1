"""Step through text written by hand: names, edges, lags and separators, with the place of each for errors."""

from __future__ import annotations

import re

from aitia.core.graph import Mark

BARE = re.compile(r'[^\s;,#"<>\-\[\]|{}()=→←↔]+')
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
LAG = re.compile(r"\[\s*-\s*(\d+)\s*\]")
# A circle at the right end is the letter o that stands before a space and another name, as in `a <-o b`.
EDGE = re.compile(r'(?P<left><|o(?=-))?-{1,2}(?P<right>>|o(?=[ \t]+[^\s;,#<\-]|[ \t]*"))?')
SIGNS: dict[str, tuple[Mark, Mark]] = {"→": ("tail", "arrow"), "←": ("arrow", "tail"), "↔": ("arrow", "arrow")}
LEFT: dict[str | None, Mark] = {"<": "arrow", "o": "circle", None: "tail"}
RIGHT: dict[str | None, Mark] = {">": "arrow", "o": "circle", None: "tail"}
SPACE = re.compile(r"(?:[ \t\r\f\v\u00a0\ufeff]|#[^\n]*)*")


class Scanner:
    """Read a text from left to right; every method returns what it read, or None and stays where it was."""

    def __init__(self, text: str, separators: str) -> None:
        self.text, self.separators = text, separators
        self.place = self.began = 0

    def spaces(self) -> None:
        """Skip spaces and comments."""
        match = SPACE.match(self.text, self.place)
        self.place = match.end() if match else self.place

    def at_end(self) -> bool:
        """Tell whether nothing is left but spaces."""
        self.spaces()
        return self.place >= len(self.text)

    def separator(self) -> bool:
        """Read separators; a new statement begins after them."""
        self.spaces()
        began = self.place
        while self.place < len(self.text) and self.text[self.place] in self.separators:
            self.place += 1
            self.began = self.place
            self.spaces()
        return self.place > began and self.began > began

    def sign(self, character: str) -> bool:
        """Read one character."""
        self.spaces()
        found = self.text.startswith(character, self.place)
        self.place += len(character) if found else 0
        return found

    def name(self) -> str | None:
        """Read a name, bare or in double quotes."""
        self.spaces()
        match = QUOTED.match(self.text, self.place)
        if match is not None:
            self.place = match.end()
            return re.sub(r"\\(.)", r"\1", match.group(1), flags=re.DOTALL) or None
        match = BARE.match(self.text, self.place)
        if match is None:
            return None
        self.place = match.end()
        return match.group()

    def lag(self) -> int:
        """Read a lag such as [-1]; 0 where there is none."""
        match = LAG.match(self.text, self.place)
        if match is None:
            return 0
        self.place = match.end()
        return int(match.group(1))

    def edge(self) -> tuple[Mark, Mark] | None:
        """Read an edge; returns the marks at its two ends."""
        self.spaces()
        for sign, marks in SIGNS.items():
            if self.sign(sign):
                return marks
        match = EDGE.match(self.text, self.place)
        if match is None or match.group() == "-":
            return None
        self.place = match.end()
        return LEFT[match.group("left")], RIGHT[match.group("right")]

    def here(self) -> str:
        """Say where the scanner stands, with the statement it is in."""
        ends = [self.text.find(mark, self.place) for mark in self.separators]
        end = min((e for e in ends if e >= 0), default=len(self.text))
        statement = " ".join(self.text[self.began : end].split())
        found = self.text[self.place : self.place + 1]
        what = "the end" if not found or found in self.separators else repr(self.text[self.place : end].split()[0][:20])
        return f"In {statement!r}, at character {self.place + 1} of the text, there is {what}"
