"""From a plugin's own 0..1 to the numbers and words that it shows, and back.

A plugin knows its parameters as raw values from 0 to 1 and tells, for each, a text: "1000.0 Hz",
"-inf", "Highpass". So its texts are asked for along the way from 0 to 1. If the numbers in them lie
on a straight line or on an exponential, that formula is the scale, as exact as the plugin itself;
if they rise in some other way, a table with lines between is. Few different words are a choice, two
that mean on and off a switch. What makes no sense to us stays raw, 0..1.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

N_RAW = 1001
"""How many raw values are asked about."""

_MOST_CHOICES = 64
_NUMBER = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(\D*)")
_TIMES = {"khz": (1_000.0, "Hz"), "hz": (1.0, "Hz"), "db": (1.0, "dB")}
_OFF = {"off", "false", "no", "disabled"}
_ON = {"on", "true", "yes", "enabled"}


@dataclass(frozen=True)
class Scale:
    """How one parameter of a plugin reads.

    Attributes
    ----------
    kind
        As `ltsrender.effects.catalog.Parameter.kind`.
    unit
        Of the plain values; empty where there is none.
    taper
        ``"log"`` where equal steps of the raw value are equal ratios of the plain one.
    plain, raw
        Points float64[n] of the scale, both rising or `raw` falling; of a line or an exponential
        only the ends.
    choices
        The words of a choice, and of a switch those for off and on; `raw` has a value for each.
    """

    kind: Literal["number", "choice", "switch"]
    unit: str
    taper: Literal["linear", "log"]
    plain: NDArray[np.float64]
    raw: NDArray[np.float64]
    choices: tuple[str, ...] = ()

    def raw_of(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the raw values float64[n] of plain numbers float64[n], always within 0..1."""
        plain = self.plain
        if self.taper == "log":
            values, plain = np.log(np.maximum(values, plain[0])), np.log(plain)
        return np.clip(np.interp(values, plain, self.raw), 0.0, 1.0)

    def raw_of_one(self, value: float | str | bool) -> float:
        """Return the raw value of a number, a word of a choice, or a switch."""
        if self.kind == "choice":
            return float(self.raw[self.choices.index(str(value))])
        if self.kind == "switch":
            return float(self.raw[int(bool(value))])
        return float(self.raw_of(np.array([float(value)]))[0])

    def plain_of(self, raw: float) -> float | str | bool:
        """Return what a raw value means."""
        if self.kind != "number":
            nearest = int(np.argmin(np.abs(self.raw - raw)))
            return bool(nearest) if self.kind == "switch" else self.choices[nearest]
        if self.raw[0] > self.raw[-1]:
            points, plain = self.raw[::-1], self.plain[::-1]
        else:
            points, plain = self.raw, self.plain
        if self.taper == "log":
            return float(np.exp(np.interp(raw, points, np.log(plain))))
        return float(np.interp(raw, points, plain))


def read_scale(text_of: Callable[[float], str], label: str = "", n_steps: int = 0) -> Scale:
    """Return the scale of a parameter from the texts that the plugin shows.

    Parameters
    ----------
    text_of
        Gives the text of a raw value.
    label
        The unit that the plugin declares, if any.
    n_steps
        How many values the plugin says the parameter has; 0 where it does not say.

    >>> read_scale(lambda raw: f"{20 * 1000**raw:.2f}", "Hz").taper
    'log'
    """
    raw = np.linspace(0.0, 1.0, N_RAW)
    texts = [text_of(float(value)).strip() for value in raw]
    numbers, unit, quantum = _numbers(texts)
    if numbers is not None:
        scale = _numeric(raw, numbers, unit or label.strip(), quantum)
        if scale is not None:
            return scale
    words = list(dict.fromkeys(texts))
    if 2 <= len(words) <= _MOST_CHOICES:
        return _choice(texts, words, raw, n_steps)
    ends = np.array([0.0, 1.0])
    return Scale("number", "", "linear", ends, ends)


def _numbers(texts: Sequence[str]) -> tuple[NDArray[np.float64] | None, str, float]:
    """Return the numbers in texts (NaN for a word at an end), the unit, the last digit's worth."""
    found = [_NUMBER.fullmatch(text.replace("\N{MINUS SIGN}", "-")) for text in texts]
    inside = found[1:-1]
    if not all(inside):
        return None, "", 0.0
    units = {match[2].strip().lower() for match in found if match}
    named = {match[2].strip() for match in found if match}
    if units == {"ms", "s"}:  # 950 ms, then 1.00 s
        factors, unit = {"ms": 0.001, "s": 1.0}, "s"
    elif units <= set(_TIMES):
        factors = {name: _TIMES[name][0] for name in units}
        unit = _TIMES[next(iter(units))][1]
        if len({_TIMES[name][1] for name in units}) > 1:
            return None, "", 0.0
    elif len(units) == 1:
        factors, unit = {next(iter(units)): 1.0}, next(iter(named))
    else:
        return None, "", 0.0
    values, quantum = [], 0.0
    for match in found:
        if match is None:
            values.append(math.nan)
            continue
        factor = factors[match[2].strip().lower()]
        values.append(float(match[1]) * factor)
        digits = match[1].lower().partition("e")[0].partition(".")[2]
        quantum = max(quantum, factor * 10.0 ** -len(digits))
    return np.array(values), unit, quantum


def _numeric(
    raw: NDArray[np.float64], numbers: NDArray[np.float64], unit: str, quantum: float
) -> Scale | None:
    keep = np.isfinite(numbers)
    raw, numbers = raw[keep], numbers[keep]
    steps = np.diff(numbers)
    if not (np.all(steps >= 0.0) or np.all(steps <= 0.0)) or numbers[0] == numbers[-1]:
        return None
    if numbers[0] > numbers[-1]:
        raw, numbers = raw[::-1], numbers[::-1]
    ends = slice(None, None, len(raw) - 1)
    allowed = 1.01 * quantum + 1e-6 * float(np.max(np.abs(numbers)))
    along = (raw - raw[0]) / (raw[-1] - raw[0])
    line = numbers[0] + (numbers[-1] - numbers[0]) * along
    if np.all(np.abs(line - numbers) <= allowed):
        return Scale("number", unit, "linear", numbers[ends], raw[ends])
    if numbers[0] > 0.0:
        curve = numbers[0] * (numbers[-1] / numbers[0]) ** along
        # The first number is itself rounded, by a share that the whole curve inherits.
        if np.all(np.abs(curve - numbers) <= allowed + curve * quantum / numbers[0]):
            return Scale("number", unit, "log", numbers[ends], raw[ends])
    plain, first, n_same = np.unique(numbers, return_index=True, return_counts=True)
    middle = (first + (n_same - 1) / 2.0).astype(np.float64)
    at = np.interp(middle, np.arange(len(raw)), raw)
    at[0], at[-1] = raw[0], raw[-1]
    return Scale("number", unit, "linear", plain, at)


def _choice(
    texts: Sequence[str], words: Sequence[str], raw: NDArray[np.float64], n_steps: int
) -> Scale:
    if n_steps == len(words):
        at = np.linspace(0.0, 1.0, len(words))
    else:
        at = np.array(
            [
                np.mean([value for value, text in zip(raw, texts, strict=True) if text == word])
                for word in words
            ]
        )
        at[0], at[-1] = 0.0, 1.0
    low = [word.lower() for word in words]
    if len(words) == 2 and low[0] in _OFF and low[1] in _ON:
        return Scale("switch", "", "linear", np.array([0.0, 1.0]), at, tuple(words))
    return Scale("choice", "", "linear", np.arange(float(len(words))), at, tuple(words))
