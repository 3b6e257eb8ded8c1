"""Fill the templates that lie beside this file."""

from __future__ import annotations

import functools
import pathlib
import re
from typing import Any

FOLDER = pathlib.Path(__file__).parent


@functools.cache
def environment() -> Any:
    """Return the template environment: signs of HTML and SVG are escaped in .html and .svg files."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=jinja2.select_autoescape(("html", "svg")),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["markdown"] = markdown
    made.filters["fenced"] = fenced
    return made


def filled(name: str, **values: Any) -> str:
    """Return a template filled with values."""
    return str(environment().get_template(name).render(**values))


def markdown(text: str) -> str:
    r"""Write text so that Markdown shows it as it is.

    >>> markdown("a*b | <c>")
    'a\\*b \\| \\<c\\>'
    """
    return re.sub(r"([\\`*_\[\]<>|~$])", r"\\\1", text).replace("\n", " ").replace("&", "&amp;")


def fenced(text: str) -> str:
    """Return a fence of backticks longer than any in the text."""
    longest = max((len(found) for found in re.findall(r"`+", text)), default=0)
    return "`" * max(3, longest + 1)
