"""Even speed: a mix that moves what is heard by equal steps.

A straight line through latent space is not a straight line of spectra: half of the way may pass
where nothing changes, and then everything at once. So the way between two sounds is decoded at 16
places m_k of the mix, and the steps between them measured: the rms over bands of the difference in
dB of the shapes, with a soft floor 60 dB below their rms. With s(m) the length of the way up to m
over the whole, the mix p becomes

    m = s^-1(p) ,

straight lines between places. At 0 and 1 it is p exactly; beyond, it goes on as fast as it came to
the end. A little of the straight mix is left in s, so that no stretch is passed in no time.

Sounds move, and the way with them: it is measured at every 32nd frame, each time for four frames
together, on an absolute grid; eight moments on both sides are averaged, or the bend itself would
flicker, and m between moments lies between theirs. Where both sounds are silent nothing is
measured, and p stays.

Measured on seven pairs of recordings, a mix that ramps over 4 s: how unevenly the spectrum moves,
as the deviation of its steps over their mean. Between held sounds 0.21 in a straight line and 0.04
at even speed; between moving ones, by the mix alone, 0.30 and 0.19, and as a share of how long the
way is at that moment 0.23 and 0.11 (nearly three times that where moments are not averaged).
`tests/bench/latent_ways.py` measures it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Frames = NDArray[np.float32]

PLACES = 16
EVERY_FRAMES = 32
MOMENTS = 16
"""Moments that are measured together: with `PLACES` a batch of the model."""
TOGETHER = 4
AROUND = 8
"""Moments on both sides that are averaged."""
FLOOR = 1e-3
STRAIGHT = 0.05
_LEAST = 1e-12


@dataclass(frozen=True, eq=False)
class EvenSpeed:
    """How a mix moves at even speed.

    Attributes
    ----------
    ends
        ``ends(frames)`` returns where the two sounds are, ``float32[2, channel, frame, latent]``,
        at the frames ``int64[frame]``.
    between
        ``between(mix, ends)`` returns the way between them, ``float32[channel, frame, latent]``,
        for a mix ``float64[frame]``.
    decode
        From latents ``float32[frame, latent]`` to magnitudes ``float32[frame, bin]``.
    """

    ends: Callable[[NDArray[np.int64]], Frames]
    between: Callable[[Floats, Frames], Frames]
    decode: Callable[[Frames], Frames]

    def at(self, first: int, last: int, mix: Floats) -> Floats:
        """Return the mix of frames ``first..last - 1`` so that it moves evenly: float64[frame]."""
        frames = np.arange(first, last)
        moment, rest = np.divmod(np.maximum(frames, 0), EVERY_FRAMES)
        share = rest / EVERY_FRAMES
        before, after = self._inverse(moment, mix), self._inverse(moment + 1, mix)
        return before + share * (after - before)

    def _inverse(self, moments: NDArray[np.int64], mix: Floats) -> Floats:
        found = np.empty(len(mix))
        # Runs of frames share a moment.
        edges = np.flatnonzero(np.diff(moments, prepend=-1, append=-1))
        for start, stop in pairwise(edges.tolist()):
            index = int(moments[start])
            lengths = self._tables(index // MOMENTS)[index % MOMENTS]
            found[start:stop] = inverse(lengths, mix[start:stop])
        return found

    @cached_property
    def _tables(self) -> Callable[[int], Floats]:
        return lru_cache(maxsize=8)(self._lengths)

    @cached_property
    def _steps(self) -> Callable[[int], Floats]:
        return lru_cache(maxsize=8)(self._measured)

    def _lengths(self, group: int) -> Floats:
        """Return how long the way is up to each place, 0..1: ``float64[moment, place]``."""
        near = [self._steps(max(each, 0)) for each in (group - 1, group, group + 1)]
        windows = sliding_window_view(np.concatenate(near), 2 * AROUND + 1, axis=0)
        steps = windows[MOMENTS - AROUND : 2 * MOMENTS - AROUND].mean(axis=-1)
        return lengths_of(steps)

    def _measured(self, group: int) -> Floats:
        """Return the steps of the way in dB: ``float64[moment, step]``."""
        moments = (group * MOMENTS + np.arange(MOMENTS)) * EVERY_FRAMES
        places = np.repeat(np.linspace(0.0, 1.0, PLACES), MOMENTS)
        square = np.zeros((PLACES - 1, MOMENTS))
        for offset in range(0, EVERY_FRAMES, EVERY_FRAMES // TOGETHER):
            ends = self.ends(np.tile(moments + offset, PLACES))
            z = self.between(places, ends)
            for channel in z:
                shapes = _shapes_db(self.decode(channel))
                steps = np.diff(shapes.reshape(PLACES, MOMENTS, -1), axis=0)
                square += np.square(steps).mean(axis=-1)
        return np.sqrt(square).T


def lengths_of(steps: Floats) -> Floats:
    """Return how long a way is up to each place, as shares of the whole: rising from 0 to 1.

    Parameters
    ----------
    steps : float64[..., step]
        0 or more; all 0 is a way without a measure, and every place counts the same.
    """
    mean = steps.mean(axis=-1, keepdims=True)
    lengths = np.cumsum(steps + STRAIGHT * mean + _LEAST, axis=-1)
    zero = np.zeros((*steps.shape[:-1], 1))
    lengths = np.concatenate([zero, lengths / lengths[..., -1:]], axis=-1)
    lengths[..., -1] = 1.0
    return np.asarray(lengths)


def inverse(lengths: Floats, mix: Floats) -> Floats:
    """Return the place on a way where its length is ``mix``; beyond 0..1 it goes on.

    Parameters
    ----------
    lengths : float64[place]
        Rising from 0 to 1, at places that lie evenly within 0..1.
    mix : float64[frame]
    """
    places = np.linspace(0.0, 1.0, len(lengths))
    inside = np.interp(mix, lengths, places)
    begin = places[1] / lengths[1]
    end = (1.0 - places[-2]) / (1.0 - lengths[-2])
    below = np.where(mix < 0.0, mix * begin, inside)
    return np.asarray(np.where(mix > 1.0, 1.0 + (mix - 1.0) * end, below))


def _shapes_db(frames: Frames) -> Floats:
    """Return shapes in dB with a soft floor; those of silence are all alike."""
    magnitudes = frames.astype(np.float64)
    rms = np.sqrt(np.square(magnitudes).mean(axis=1, keepdims=True))
    return np.asarray(20.0 * np.log10(magnitudes / np.maximum(rms, _LEAST) + FLOOR))
