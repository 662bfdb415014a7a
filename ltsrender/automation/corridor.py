"""Fewer breakpoints for the same movement: the longest straight lines through a corridor.

Every position has a lowest and a highest allowed value. From a breakpoint the slopes are kept that
pass through all corridors so far; when none is left the line ends at the last position that could
be reached, and the next one begins there. One pass, linear in time (J. Sklansky and V. Gonzalez,
"Fast polygonal approximation of digitized curves", 1980).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ltsrender.automation.curve import Floats


def through_corridor(at: Floats, value: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return the breakpoints of straight lines that stay within a corridor.

    Parameters
    ----------
    at
        float64[point]: positions, each later than the one before.
    value
        float64[point]: what would be there; the first is kept, the others are aimed at.
    low, high
        float64[point]: how far the lines may leave ``value``; they hold it.

    Returns
    -------
    at, value
        float64[kept]: breakpoints, the first and the last position among them.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = np.arange(5.0), np.array([0.0, 1.0, 0.0, 1.0, 0.0])
    >>> [part.tolist() for part in through_corridor(x, y, y - 1.5, y + 1.5)]
    [[0.0, 4.0], [0.0, 0.0]]
    """
    x, wanted, lowest, highest = at.tolist(), value.tolist(), low.tolist(), high.tolist()
    kept = [(x[0], wanted[0])]
    here, level = kept[0]
    least, most = -math.inf, math.inf
    end = len(x) - 1
    for index in range(1, len(x)):
        run = x[index] - here
        down, up = (lowest[index] - level) / run, (highest[index] - level) / run
        if max(least, down) <= min(most, up):
            least, most = max(least, down), min(most, up)
            continue
        before = index - 1
        slope = min(max((wanted[before] - level) / (x[before] - here), least), most)
        level = min(max(level + slope * (x[before] - here), lowest[before]), highest[before])
        here = x[before]
        kept.append((here, level))
        run = x[index] - here
        least, most = (lowest[index] - level) / run, (highest[index] - level) / run
    if end:
        slope = min(max((wanted[end] - level) / (x[end] - here), least), most)
        level = min(max(level + slope * (x[end] - here), lowest[end]), highest[end])
        kept.append((x[end], level))
    table = np.array(kept, dtype=np.float64)
    return table[:, 0], table[:, 1]
