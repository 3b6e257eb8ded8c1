"""Write numbers, probabilities and lists as a careful author would."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

MINUS = "\u2212"
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: Any, digits: int = 3) -> str:
    """Write a number with `digits` significant digits, thousands apart; a missing one as a dash.

    >>> number(1794.34), number(0.033333), number(-0.5), number(12345678.0), number(0.0000123), number(None)
    ('1,794', '0.0333', '−0.5', '12,345,678', '1.23 × 10⁻⁵', '–')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if isinstance(value, int):
        return signed(f"{value:,}")
    size = magnitude(value)
    if value and (size < -4 or size >= 9):
        return powered(value, digits)
    text = f"{value:,.{max(digits - 1 - size, 0)}f}"
    return signed(text.rstrip("0").rstrip(".") if "." in text else text)


def magnitude(value: float) -> int:
    """Return the power of ten of a number's first digit; 0 for zero."""
    return math.floor(math.log10(abs(value))) if value else 0


def powered(value: float, digits: int) -> str:
    """Write a very large or very small number with a power of ten."""
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    return signed(f"{mantissa} × 10{str(int(exponent)).translate(SUPERSCRIPT)}")


def signed(text: str) -> str:
    """Use the typographic minus, and none before zero."""
    return text.lstrip("-") if not text.strip("-0.,") else text.replace("-", MINUS, 1)


def decimals(values: Iterable[float | None], se: float | None) -> int | None:
    """Return the decimals that show an estimate to two digits of its standard error; None asks for a power of ten."""
    known = [abs(v) for v in values if v is not None and math.isfinite(v) and v]
    scale = se if se is not None and math.isfinite(se) and se > 0 else max(known, default=1.0) / 10
    if magnitude(scale) < -6 or (known and magnitude(max(known)) >= 9):
        return None
    return max(1 - magnitude(scale), 0)


def fixed(value: float | None, places: int | None) -> str:
    """Write a number with a number of decimals, so that it lines up with its interval."""
    if value is None or not math.isfinite(value) or places is None:
        return number(value)
    return signed(f"{value:,.{places}f}")


def aligned(value: float, low: float | None, high: float | None, se: float | None) -> tuple[str, str, str]:
    """Write an estimate and the ends of its interval to the same decimals.

    >>> aligned(3.46229, 2.5213, 4.4033, 0.48)
    ('3.46', '2.52', '4.40')
    """
    width = se if se is not None else None if low is None or high is None else (high - low) / 4
    places = decimals((value, low, high), width)
    return fixed(value, places), fixed(low, places), fixed(high, places)


def p_value(p: float | None) -> str:
    """Write a p-value the way papers do.

    >>> p_value(0.0312), p_value(0.00003), p_value(0.4567), p_value(1.0)
    ('p = .031', 'p < .001', 'p = .46', 'p = 1')
    """
    if p is None or math.isnan(p):
        return "–"
    if p < 0.001:
        return "p < .001"
    text = f"{p:.3f}" if p < 0.1 else f"{p:.2f}"
    if float(text) >= 1:
        return "p = 1"
    return "p = " + (text.removeprefix("0").rstrip("0") if p < 0.1 else text.removeprefix("0"))


def percent(share: float | None) -> str:
    """Write a share as a percentage.

    >>> percent(0.95), percent(0.0312), percent(0.0004), percent(None)
    ('95 %', '3.1 %', '0.04 %', '–')
    """
    if share is None:
        return "–"
    value = 100 * share
    places = 0 if abs(value) >= 10 or value == 0 else 1 if abs(value) >= 1 else 2
    text = f"{value:.{places}f}"
    return signed(text.rstrip("0").rstrip(".") if "." in text else text) + " %"


def listed(items: Iterable[object], joiner: str = "and") -> str:
    """Join words with commas and a last 'and'.

    >>> listed(("a", "b", "c"))
    'a, b and c'
    """
    words = [str(item) for item in items]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joiner} {words[-1]}" if words else "nothing"


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Write a count with its noun.

    >>> counted(1, "row"), counted(12345, "row")
    ('1 row', '12,345 rows')
    """
    return f"{number(count)} {noun if count == 1 else plural or noun + 's'}"


def sentence(text: str) -> str:
    """End with a full stop; the first letter stays, because it may be that of a name."""
    text = text.strip()
    return text + ("" if text.endswith((".", "!", "?", "…")) else ".") if text else ""


def capital(text: str) -> str:
    """Begin with a capital."""
    return text[:1].upper() + text[1:]


def distinct(items: Sequence[str]) -> tuple[str, ...]:
    """Return the items without repetition, in order."""
    return tuple(dict.fromkeys(items))
