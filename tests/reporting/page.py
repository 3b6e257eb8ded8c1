"""Read a page the way a strict browser does: every tag closed in order, its text and tables at hand."""

from __future__ import annotations

import dataclasses
import html.parser

VOID = frozenset({"meta", "link", "br", "hr", "img", "input"})


@dataclasses.dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    parent: Element | None = None
    children: list[Element | str] = dataclasses.field(default_factory=list)

    @property
    def text(self) -> str:
        """All text inside, in order."""
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def all(self, tag: str) -> list[Element]:
        """Every element of a tag inside, in order."""
        inside = [child for child in self.children if isinstance(child, Element)]
        return [found for child in inside for found in ([child] if child.tag == tag else []) + child.all(tag)]

    def by_id(self, key: str) -> Element:
        """The element with an id."""
        found = [e for tag in ("section", "div", "clipPath", "clippath") for e in self.all(tag) if e.attributes.get("id") == key]
        assert len(found) == 1, f"{len(found)} elements have the id {key}"
        return found[0]


class Strict(html.parser.HTMLParser):
    """Build the tree; a tag that is closed out of order or not at all is an error."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("document", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"<{tag}> has an attribute twice"
        element = Element(tag, dict(attrs), self.open[-1])
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, dict(attrs), self.open[-1]))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parsed(page: str) -> Element:
    """Return the tree of a page, or of an SVG."""
    parser = Strict()
    parser.feed(page)
    parser.close()
    assert parser.open == [parser.root], f"never closed: {[e.tag for e in parser.open[1:]]}"
    return parser.root
