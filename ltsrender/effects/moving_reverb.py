"""The room in motion: Freeverb with every value of every sample its own.

Eight combs side by side, four all-passes behind them, per channel; lengths and scales are those of
pedalboard's reverb, the trick with 0.1 included by which that one keeps its numbers from becoming
very small (and rounds them to -162 dB). Freezing is a switch there, at 0.5; here what moves slowly
through 0.49 to 0.5 fades, and what jumps takes 64 samples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_CONTROL = 64
_COMBS = (1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617)
_ALL_PASSES = (556, 441, 341, 225)
_SPREAD = 23
_DAMP, _BACK, _INPUT, _DRY, _OWN, _OTHER = range(6)  # rows of controls
_TUNED_AT_HZ = 44_100
_THAWED, _FROZEN = 0.49, 0.5
_GUARD = np.float32(0.1)


class ReverbKernel:
    """A room for one or two channels."""

    def __init__(self, sample_rate_hz: int, n_channels: int) -> None:
        lengths = [
            [sample_rate_hz * (length + channel * _SPREAD) // _TUNED_AT_HZ for length in tuned]
            for channel in range(n_channels)
            for tuned in (_COMBS + _ALL_PASSES,)
        ]
        self._lengths = np.array(lengths, np.int64)
        self._rings = np.zeros((*self._lengths.shape, int(self._lengths.max())), np.float32)
        self._places = np.zeros_like(self._lengths)
        self._last = np.zeros((n_channels, len(_COMBS)), np.float32)

    def controls(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return six rows: damping, feedback, input, dry, own and other channel's wet."""
        way = np.clip((values["freeze"] - _THAWED) / (_FROZEN - _THAWED), 0.0, 1.0)
        frozen = way * way * (3.0 - 2.0 * way)
        flowing = 1.0 - frozen
        wet = 1.5 * values["wet"]
        return np.stack(
            [
                flowing * 0.4 * values["damping"],
                frozen + flowing * (0.28 * values["room_size"] + 0.7),
                flowing * 0.015,
                2.0 * values["dry"],
                wet * (1.0 + values["width"]),
                wet * (1.0 - values["width"]),
            ]
        )

    def run(
        self,
        audio: NDArray[np.float32],
        _key: NDArray[np.float32] | None,
        controls: NDArray[np.float64],
        start: int,
        /,
    ) -> NDArray[np.float32]:
        """Return the sound in its room; there is no key."""
        out = np.empty_like(audio)
        memory = (self._rings, self._lengths, self._places, self._last)
        _reverb(audio, out, controls, start, *memory)
        return out


@njit(cache=True, nogil=True)
def _combs(
    feed: NDArray[np.float32],
    values: NDArray[np.float32],
    wet: NDArray[np.float32],
    rings: NDArray[np.float32],
    lengths: NDArray[np.int64],
    places: NDArray[np.int64],
    last: NDArray[np.float32],
) -> None:
    """Add the combs' sounds to a piece: four at a time keep the processor busy."""
    one = np.float32(1.0)
    for comb in range(0, last.size, 4):
        a, b, c, d = places[comb], places[comb + 1], places[comb + 2], places[comb + 3]
        size_a, size_b = lengths[comb], lengths[comb + 1]
        size_c, size_d = lengths[comb + 2], lengths[comb + 3]
        la, lb, lc, ld = last[comb], last[comb + 1], last[comb + 2], last[comb + 3]
        ra, rb, rc, rd = rings[comb], rings[comb + 1], rings[comb + 2], rings[comb + 3]
        for n in range(feed.size):
            x, q, f = feed[n], values[_DAMP, n], values[_BACK, n]
            p = one - q
            ya, yb, yc, yd = ra[a], rb[b], rc[c], rd[d]
            la = ((ya * p + la * q) + _GUARD) - _GUARD
            lb = ((yb * p + lb * q) + _GUARD) - _GUARD
            lc = ((yc * p + lc * q) + _GUARD) - _GUARD
            ld = ((yd * p + ld * q) + _GUARD) - _GUARD
            ra[a] = ((x + la * f) + _GUARD) - _GUARD
            rb[b] = ((x + lb * f) + _GUARD) - _GUARD
            rc[c] = ((x + lc * f) + _GUARD) - _GUARD
            rd[d] = ((x + ld * f) + _GUARD) - _GUARD
            wet[n] = (((wet[n] + ya) + yb) + yc) + yd
            a = a + 1 if a + 1 < size_a else 0
            b = b + 1 if b + 1 < size_b else 0
            c = c + 1 if c + 1 < size_c else 0
            d = d + 1 if d + 1 < size_d else 0
        places[comb], places[comb + 1], places[comb + 2], places[comb + 3] = a, b, c, d
        last[comb], last[comb + 1], last[comb + 2], last[comb + 3] = la, lb, lc, ld


@njit(cache=True, nogil=True)
def _all_pass(wet: NDArray[np.float32], ring: NDArray[np.float32], size: int, place: int) -> int:
    half = np.float32(0.5)
    for n in range(wet.size):
        held = ring[place]
        x = wet[n]
        ring[place] = ((x + held * half) + _GUARD) - _GUARD
        wet[n] = held - x
        place = place + 1 if place + 1 < size else 0
    return place


@njit(cache=True, nogil=True)
def _into_room(
    audio: NDArray[np.float32], gains: NDArray[np.float32], feed: NDArray[np.float32]
) -> None:
    for n in range(feed.size):
        both = audio[0, n]
        if audio.shape[0] > 1:
            both += audio[1, n]
        feed[n] = both * gains[n]


@njit(cache=True, nogil=True)
def _mixed(
    audio: NDArray[np.float32],
    wet: NDArray[np.float32],
    values: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    n_channels, n_samples = audio.shape
    for channel in range(n_channels):
        for n in range(n_samples):
            made = wet[channel, n] * values[_OWN, n]
            if n_channels > 1:
                made += wet[1 - channel, n] * values[_OTHER, n]
            out[channel, n] = made + audio[channel, n] * values[_DRY, n]


@njit(cache=True, nogil=True)
def _reverb(
    audio: NDArray[np.float32],
    out: NDArray[np.float32],
    controls: NDArray[np.float64],
    start: int,
    rings: NDArray[np.float32],
    lengths: NDArray[np.int64],
    places: NDArray[np.int64],
    last: NDArray[np.float32],
) -> None:
    n_channels, n_samples = audio.shape
    n_combs = last.shape[1]
    values = np.empty((controls.shape[0], _CONTROL), np.float32)
    feed = np.empty(_CONTROL, np.float32)
    wet = np.empty((n_channels, _CONTROL), np.float32)
    done = 0
    while done < n_samples:
        control = (start + done) // _CONTROL
        first = control * _CONTROL - start
        stop = min(n_samples, first + _CONTROL)
        n_piece = stop - done
        for row in range(controls.shape[0]):
            here = controls[row, control]
            step = (controls[row, control + 1] - here) / _CONTROL
            for n in range(n_piece):
                values[row, n] = np.float32(here + step * (done - first + n))
        piece = audio[:, done:stop]
        _into_room(piece, values[_INPUT], feed[:n_piece])
        wet[:] = np.float32(0.0)
        for channel in range(n_channels):
            heard, room = wet[channel, :n_piece], rings[channel]
            size, place = lengths[channel], places[channel]
            _combs(feed[:n_piece], values, heard, room, size, place, last[channel])
            for index in range(n_combs, size.size):
                place[index] = _all_pass(heard, room[index], size[index], place[index])
        _mixed(piece, wet, values, out[:, done:stop])
        done = stop
