"""Describe a packaged data set: where it comes from, what was asked of it, and what is believed about it."""

from __future__ import annotations

import pathlib

from aitia.core.noun import Noun, noun

FOLDER = pathlib.Path(__file__).parent / "examples"


@noun
class Example(Noun):
    """Hold one packaged data set with its source, and the question it is known for.

    `graph` and `knowledge` are texts as the verbs take them; `terms` is how covariates enter in the published analysis.
    """

    name: str
    says: str
    file: str
    citation: str
    licence: str
    package: str
    package_version: str
    treatment: str
    outcome: str
    graph: str | None = None
    knowledge: str | None = None
    terms: str | None = None

    @property
    def path(self) -> pathlib.Path:
        """Where the data lie."""
        return FOLDER / self.file
