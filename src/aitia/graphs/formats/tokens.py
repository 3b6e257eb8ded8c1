"""Cut a graph file into words, quoted texts and signs, and say the line and place of what is wrong."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable

from aitia.core.errors import BadGraph

Pattern = re.Pattern[str]


def unescaped(text: str) -> str:
    """Return what stands between quotes, without the backslashes before quotes and backslashes.

    >>> unescaped(r'say \\"a\\" and C:\\dir')
    'say "a" and C:\\\\dir'
    """
    return re.sub(r'\\([\\"])', r"\1", text)


@dataclasses.dataclass(frozen=True, slots=True)
class Grammar:
    """Say how the pieces of a format look: `pieces` has the groups skip, quoted, word and sign; `example` helps in errors.

    `unquoted` turns what stands between quotes into what is meant.
    """

    name: str
    pieces: Pattern
    example: str
    unquoted: Callable[[str], str] = unescaped


class Tokens:
    """Stand at one piece of a text; `kind` is word, quoted, sign or end."""

    def __init__(self, source: str, grammar: Grammar) -> None:
        self.source, self.grammar = source, grammar
        self.after = 0
        self.kind = self.piece = ""
        self.at = 0
        self.step()

    def step(self) -> str:
        """Return the piece and go on to the next one."""
        before = self.piece
        self.kind, self.piece = "skip", ""
        while self.kind == "skip":
            self.at = self.after
            match = self.grammar.pieces.match(self.source, self.at)
            if match is None:
                self.kind, self.piece = ("end", "") if self.at >= len(self.source) else ("sign", self.source[self.at])
                self.after = self.at + len(self.piece)
                return before
            self.kind, self.after = match.lastgroup or "sign", match.end()
        self.piece = self.source[self.at : self.after]
        if self.kind == "quoted":
            self.piece = self.grammar.unquoted(self.piece[1:-1])
        return before

    def sees(self, *pieces: str) -> bool:
        """Tell whether the piece is one of these, unquoted."""
        return self.kind != "quoted" and self.piece in pieces

    def sees_word(self, *words: str) -> bool:
        """Tell whether the piece is one of these words, in any case of letters."""
        return self.kind == "word" and self.piece.lower() in words

    def accept(self, piece: str) -> bool:
        """Step over a piece if it is there."""
        found = self.sees(piece)
        if found:
            self.step()
        return found

    def expect(self, piece: str) -> None:
        """Step over a piece; raises `BadGraph` if another is there."""
        if not self.accept(piece):
            raise self.wrong(repr(piece))

    def name(self, what: str) -> str:
        """Return a word or quoted text and step over it; raises `BadGraph` if there is neither."""
        if self.kind not in ("word", "quoted") or not self.piece:
            raise self.wrong(what)
        return self.step()

    def until(self, sign: str) -> str:
        """Return the raw text up to a sign and step over both."""
        end = self.source.find(sign, self.at)
        if end < 0:
            raise self.wrong(f"a {sign!r} further on")
        raw = self.source[self.at : end]
        self.after = end + len(sign)
        self.step()
        return raw

    def wrong(self, expected: str, at: int | None = None) -> BadGraph:
        """Build the error for what stands here, or at an earlier place, where something else was expected."""
        place = self.at if at is None else at
        line = self.source.count("\n", 0, place) + 1
        column = place - (self.source.rfind("\n", 0, place) + 1) + 1
        rest = self.source[place : place + 20].split("\n")[0] if at is not None else self.source[place : self.after][:20]
        what = "the end" if self.kind == "end" and at is None else repr(rest)
        return BadGraph(
            f"In line {line} of the {self.grammar.name} text, at character {column}, there is {what}.",
            why=f"Expected: {expected}.",
            next=f"A graph in this format reads like: {self.grammar.example}",
        )


def once(names: dict[str, object], name: str, what: str) -> None:
    """Raise `BadGraph` where a name is there already."""
    if name in names:
        raise BadGraph(f"The {what} {name!r} is there twice.", next="Keep one of them.")


def quoted_text(name: str) -> str:
    """Write a name in double quotes.

    >>> quoted_text('say "a"')
    '"say \\\\"a\\\\""'
    """
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
