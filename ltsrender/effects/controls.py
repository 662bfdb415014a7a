"""The values of an insert's moving parameters at the control times.

Every 64 samples from sample 0 of the render, lanes are asked for their values; between two control
times a value goes straight from one to the next, on the parameter's taper. Times are asked for in
groups that never change, so no rounding depends on how a caller cuts the sound into pieces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.effects.ramp import CONTROL_SAMPLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ltsrender.effects.insert import Insert, Moving

GROUP = 8192
"""Control times whose values are asked for together."""

GROUP_SAMPLES = GROUP * CONTROL_SAMPLES
"""Samples of a group."""


def values_at(
    insert: Insert, name: str, lane: Moving | None, seconds: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return a parameter's values, inside its range whatever the lane says."""
    own = float(insert.parameters[name])
    if lane is None:
        return np.full(seconds.shape, own)
    parameter = insert.info.parameters[name]
    values = lane.at(seconds)
    inside = np.clip(values, parameter.minimum, parameter.maximum)
    return np.where(np.isfinite(values), inside, own)


class Controls:
    """Every number of an insert at the control times of one group after the other.

    Parameters
    ----------
    insert
        Complete and checked.
    lanes
        By parameter name: what moves.
    sample_rate_hz
        Samples per second.
    first_sample
        Where on the lanes' time line the sound's sample 0 lies.
    """

    def __init__(
        self, insert: Insert, lanes: Mapping[str, Moving], sample_rate_hz: int, first_sample: int
    ) -> None:
        self._insert = insert
        self._lanes = lanes
        self._sample_rate_hz = sample_rate_hz
        self._first_sample = first_sample
        self._numbers = [
            name for name, parameter in insert.info.parameters.items() if parameter.kind == "number"
        ]

    def group(self, number: int) -> dict[str, NDArray[np.float64]]:
        """Return by name float64[`GROUP` + 1]: the last is the next group's first."""
        index = np.arange(number * GROUP, (number + 1) * GROUP + 1, dtype=np.float64)
        seconds = (self._first_sample + index * CONTROL_SAMPLES) / self._sample_rate_hz
        return {
            name: values_at(self._insert, name, self._lanes.get(name), seconds)
            for name in self._numbers
        }
