"""Make a class a noun: frozen, slotted, keyword-only data that shows itself and carries its kind and version."""

from __future__ import annotations

import dataclasses
import re
from typing import Any, ClassVar, TypeVar, cast, dataclass_transform

from aitia.core import show

T = TypeVar("T", bound=type)


class Noun:
    """Give a frozen data class its kind, its version and its views in text and notebooks."""

    __slots__ = ()
    noun_kind: ClassVar[str] = "noun"
    version: ClassVar[int] = 1
    registry: ClassVar[dict[str, type[Noun]]] = {}

    def __init_subclass__(cls) -> None:
        cls.noun_kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()
        Noun.registry[cls.noun_kind] = cls

    def __str__(self) -> str:
        return show.as_text(show.view_of(self))

    def __repr__(self) -> str:
        return show.as_text(show.view_of(self))

    def _repr_html_(self) -> str:
        return show.as_html(show.view_of(self))


@dataclass_transform(frozen_default=True, kw_only_default=True)
def noun(cls: T) -> T:
    """Turn a `Noun` subclass into a frozen, slotted, keyword-only data class compared by value."""
    return cast(T, dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)(cls))


@dataclass_transform(frozen_default=True, kw_only_default=True)
def holder(cls: T) -> T:
    """Turn a `Noun` subclass that holds arrays or open sources into one compared by identity."""
    return cast(T, dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)(cls))


def named(name: str, **kwargs: Any) -> Any:
    """Declare a field whose key in JSON is `name`, for names that Python reserves."""
    return dataclasses.field(metadata={"name": name}, **kwargs)
