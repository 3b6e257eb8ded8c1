"""Keep the completed tables of an analysis and the designs made from them, so that each is made once."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from aitia.core.design import Design
from aitia.core.estimate import Estimate
from aitia.core.missing import Imputation
from aitia.core.table import Table

Names = tuple[str, ...]


@dataclasses.dataclass
class Filled:
    """Hold completed tables by the columns that were filled in, designs that belong together, and the effect on the first of
    each, with which checks compare.

    A design that stands for itself, because nothing is filled in, belongs to itself alone.
    """

    tables: dict[Names, tuple[Table, ...]] = dataclasses.field(default_factory=dict)
    told: dict[Names, Imputation] = dataclasses.field(default_factory=dict)
    designs: list[tuple[Design, ...]] = dataclasses.field(default_factory=list)
    checked: list[tuple[Design, Estimate]] = dataclasses.field(default_factory=list)

    def keep(self, designs: Sequence[Design]) -> Design:
        """Keep designs made from completed tables, and return the first, which stands for them."""
        if len(designs) > 1:
            self.designs.append(tuple(designs))
        return designs[0]

    def of(self, design: Design) -> tuple[Design, ...]:
        """Return the designs that one stands for."""
        return next((group for group in self.designs if group[0] is design), (design,))
