"""Keep what the user says is known before any data are read, each statement with who said so."""

from __future__ import annotations

from typing import Literal

from aitia.core.noun import Noun, noun

RoleName = Literal["randomised"]


@noun
class Constraint(Noun):
    """State that an edge source -> target is required or forbidden."""

    source: str
    target: str
    said_by: str = "user"


@noun
class Tier(Noun):
    """State that these variables come after every earlier tier and before every later one."""

    names: tuple[str, ...]
    said_by: str = "user"


@noun
class Role(Noun):
    """State the role of a variable, such as a treatment that was randomised."""

    name: str
    role: RoleName
    said_by: str = "user"


@noun
class Knowledge(Noun):
    """Hold required and forbidden edges, tiers in time order and roles."""

    required: tuple[Constraint, ...] = ()
    forbidden: tuple[Constraint, ...] = ()
    tiers: tuple[Tier, ...] = ()
    roles: tuple[Role, ...] = ()

    def randomised(self, name: str) -> bool:
        """Tell whether the variable was assigned at random by design."""
        return any(role.name == name and role.role == "randomised" for role in self.roles)

    def tier_of(self, name: str) -> int | None:
        """Return the index of the variable's tier, or None."""
        return next((i for i, tier in enumerate(self.tiers) if name in tier.names), None)

    @property
    def names(self) -> tuple[str, ...]:
        """Every variable that some statement mentions, in order of first mention."""
        pairs = [name for c in (*self.required, *self.forbidden) for name in (c.source, c.target)]
        tiers = [name for tier in self.tiers for name in tier.names]
        return tuple(dict.fromkeys([*tiers, *pairs, *(role.name for role in self.roles)]))
