"""Between the sound as it came and the sound as it was made: dry/wet, and bypass on the way.

Both sounds are added with shares that make 1 together, new for every sample: what is the same in
both stays as loud as it was. The dry sound waits until the effect has made the same moment, so that
nothing is coloured by a delay between them. Where the share of one is 1, its bits come out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.effects.held import Held
from ltsrender.effects.insert import BYPASS, DRY_WET
from ltsrender.effects.ramp import CONTROL_SAMPLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ltsrender.effects.insert import ChainPart, Moving
    from ltsrender.effects.stage import Stage

FADE_S = 0.010
"""How long a bypass takes: short as a cut, long enough not to click."""

_GROUP = 8192  # control times evaluated together, always the same ones: no rounding by the caller


class Wetness:
    """How much of the processed sound is heard, for every sample.

    Parameters
    ----------
    part
        An insert or a group.
    lanes
        By target: what moves.
    sample_rate_hz
        Samples per second.
    first_sample
        Where on the lanes' time line the sound's sample 0 lies.
    """

    def __init__(
        self, part: ChainPart, lanes: Mapping[str, Moving], sample_rate_hz: int, first_sample: int
    ) -> None:
        self._dry_wet, self._dry_wet_lane = part.dry_wet, lanes.get(part.target(DRY_WET))
        self._bypass, self._bypass_lane = part.bypass, lanes.get(part.target(BYPASS))
        self._sample_rate_hz = sample_rate_hz
        self._first_sample = first_sample
        self._fade_controls = max(1, round(FADE_S * sample_rate_hz / CONTROL_SAMPLES))
        self._group = -1
        self._controls = np.zeros(0)

    @property
    def is_heard(self) -> bool:
        """Whether the processed sound is heard at any time."""
        if self._bypass and self._bypass_lane is None:
            return False
        return self._dry_wet > 0.0 or self._dry_wet_lane is not None

    @property
    def is_whole(self) -> bool:
        """Whether nothing but the processed sound is ever heard."""
        moves = self._bypass_lane is not None or self._dry_wet_lane is not None
        return not moves and not self._bypass and self._dry_wet == 1.0

    def shares(self, start: int, stop: int) -> NDArray[np.float64]:
        """Return the shares float64[stop - start], 0..1, of samples ``start`` to ``stop``."""
        shares = np.empty(stop - start)
        done = start
        while done < stop:
            group, inside = divmod(done, _GROUP * CONTROL_SAMPLES)
            if group != self._group:
                self._group, self._controls = group, self._group_of(group)
            n = min(stop - done, _GROUP * CONTROL_SAMPLES - inside)
            control, after = np.divmod(np.arange(inside, inside + n), CONTROL_SAMPLES)
            here = self._controls[control]
            step = self._controls[control + 1] - here
            shares[done - start : done - start + n] = here + step * (after / CONTROL_SAMPLES)
            done += n
        return shares

    def _group_of(self, group: int) -> NDArray[np.float64]:
        """Return the shares at the control times of a group, and at the first of the next."""
        n_before = self._fade_controls - 1
        index = np.arange(group * _GROUP - n_before, (group + 1) * _GROUP + 1, dtype=np.float64)
        samples = self._first_sample + index * CONTROL_SAMPLES
        seconds = np.maximum(samples, 0.0) / self._sample_rate_hz
        wet = _values(self._dry_wet_lane, self._dry_wet, seconds[n_before:])
        bypass = _values(self._bypass_lane, float(self._bypass), seconds)
        # Of the last 10 ms, how much was bypassed: a fade that begins where the lane switches, and
        # that is the same wherever a render begins.
        counted = np.cumsum(np.concatenate([[0], bypass >= 0.5]))
        share = (counted[self._fade_controls :] - counted[: -self._fade_controls]) / (
            self._fade_controls
        )
        return np.asarray(wet * (1.0 - share), np.float64)


def _values(lane: Moving | None, own: float, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a lane's values inside 0..1; the part's own where there is none."""
    if lane is None:
        return np.full(seconds.shape, own)
    values = lane.at(seconds)
    return np.where(np.isfinite(values), np.clip(values, 0.0, 1.0), own)


class BlendStage:
    """A part at work of which the dry sound is heard too; as `ltsrender.effects.stage.Stage`.

    Parameters
    ----------
    stage
        What makes the wet sound.
    wetness
        How much of it is heard.
    n_channels
        Of the sound.
    """

    def __init__(self, stage: Stage, wetness: Wetness, n_channels: int) -> None:
        self._stage = stage
        self._wetness = wetness
        self._dry = Held(n_channels)
        self._n_out = 0

    def process(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next input float32[channel, sample] and return what is finished."""
        self._dry.push(audio)
        return self._blended(self._stage.process(audio))

    def flush(self) -> NDArray[np.float32]:
        """Return the rest."""
        return self._blended(self._stage.flush())

    def close(self) -> None:
        """Close the part."""
        self._stage.close()

    def _blended(self, wet: NDArray[np.float32]) -> NDArray[np.float32]:
        start = self._n_out
        self._n_out += wet.shape[1]
        dry = self._dry.take(wet.shape[1])
        share = self._wetness.shares(start, self._n_out)
        mixed = (dry * (1.0 - share) + wet * share).astype(np.float32)
        # Whole shares are copied: 0 times infinite is no number, and -0 + 0 is another bit.
        return np.where(share == 0.0, dry, np.where(share == 1.0, wet, mixed))
