"""Values and times as other programs write them, in the units that a lane has."""

from __future__ import annotations

from types import MappingProxyType

from ltsrender.automation.doors.text import number_of
from ltsrender.session import read_moment, read_quantity
from ltsrender.session.fields import DAY_S, MOST_BEATS
from ltsrender.session.quantities import Quantity, units_of
from ltsrender.session.targets import range_of, unknown_target

_HIGHEST_RATE_HZ = 768_000
LATEST = MappingProxyType(
    {"seconds": DAY_S, "beats": MOST_BEATS, "samples": DAY_S * _HIGHEST_RATE_HZ}
)
_LARGEST = 1e9


def is_target(name: str) -> bool:
    """Return whether a name is one of the things that can move."""
    return unknown_target(name) is None


def value_of(
    text: str,
    target: str,
    *,
    unit: str = "",
    ends: tuple[float, float] | None = None,
    comma: bool = False,
) -> float | str:
    """Return what a value means for a target.

    Parameters
    ----------
    text
        A number, or a quantity such as ``-3 dB``.
    target
        What moves.
    unit
        That of plain numbers, where the file says one: ``"dB"``, ``"%"``.
    ends
        What 0 and 1 become; None leaves numbers as they are.
    comma
        Whether a comma may separate the decimals.

    Returns
    -------
    float or str
        A number in the target's unit; for an insert, whose unit only its effect knows, a text may
        stay one.

    Raises
    ------
    ValueError
        With words that complete "is <text>; ...".
    """
    number = number_of(text, comma=comma)
    quantity = None
    if number is None:
        quantity = read_quantity(text.replace(",", ".", 1) if comma else text)
    elif unit and ends is None:
        quantity = Quantity(number, unit)
    if quantity is not None:
        if ends is not None:
            raise ValueError("has a unit; --minimum and --maximum are for plain numbers")
        return _in_unit_of(target, quantity)
    low, high = ends or (0.0, 1.0)
    return held(low + (high - low) * (number or 0.0), target)


def _in_unit_of(target: str, quantity: Quantity) -> float | str:
    allowed = range_of(target)
    if allowed is None:
        return f"{quantity.number:.15g} {quantity.unit}"
    meant = quantity.in_unit(allowed.unit)
    if meant is None:
        takes = units_of(allowed.unit) or "plain numbers"
        raise ValueError(f"{target} is written in {takes}")
    return held(meant, target)


def held(value: float, target: str) -> float:
    """Return a value, rounded to what a file shows.

    Raises
    ------
    ValueError
        When the target does not go there.
    """
    shown = rounded(value)  # first, so that rounding in a scale carries nothing past an end
    allowed = range_of(target)
    if allowed and not allowed.holds(shown):
        raise ValueError(f"{target} takes {allowed.words()}")
    if not abs(shown) <= _LARGEST:
        raise ValueError("a value lies within ±1000000000")
    return shown


def rounded(value: float) -> float:
    """Return a value to twelve digits, and no more than twelve of them behind the point."""
    return round(float(f"{value:.12g}"), 12) + 0.0  # never -0


def time_of(text: str, unit: str, *, comma: bool = False, factor: float = 1.0) -> float | str:
    """Return when something is: a number in the lane's unit of time, or a moment as a text.

    Raises
    ------
    ValueError
        With words that complete "is <text>; ...".
    """
    number = number_of(text, comma=comma)
    if number is None:
        read_moment(text)
        return text.strip()
    number *= factor
    if not 0.0 <= number <= LATEST[unit]:
        raise ValueError(f"a time lies within 0..{LATEST[unit]:.0f} {unit}")
    return round(number, 12)


def order_fault(at: float | str, before: list[float]) -> str:
    """Return what is wrong with where a point comes, and remember it.

    Parameters
    ----------
    at
        Its time; moments written as text are put in order when a session reads them.
    before
        The times of the two points before it at most; changed.

    Returns
    -------
    str
        Words that complete "is <time>; ...", or an empty text.
    """
    if isinstance(at, str):
        before.clear()
        return ""
    words = ""
    if before and at < before[-1]:
        words = f"it comes before the point before it, at {before[-1]:.9g}"
    elif len(before) == 2 and before[0] == before[1] == at:
        words = "so are the two points before it; a jump is two points"
    before[:] = [*before[-1:], at]
    return words
