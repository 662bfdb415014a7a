"""The arithmetic of the phase vocoder: how far each bin of a frame is turned, in numba.

A synthesis frame is an analysis frame F whose bins are turned by unit rotations R, S = F R. With E
the analysis one synthesis hop earlier *in the sound*, the phase of a bin goes on from the previous
synthesis frame S' by what it gains in one hop:

    along time       arg S = arg S' + (arg F - arg E)      so R is the direction of S' conj(E)

and between neighbours of one frame phases differ as they do in the analysis:

    along frequency  arg S(m) - arg S(k) = arg F(m) - arg F(k)      so R(m) = R(k)

Both gradients are thus differences of measured phases. Nothing is unwrapped, nothing depends on
how fast the position moves, and at rate 1, where E = F', the sound comes out as it went in.

Which way a bin is reached is decided by a heap, as in Prusa and Holighaus, "Phase vocoder done
right" (2017): always from the loudest coefficient of either frame that has been reached. No peaks
are picked. The heap is a queue of buckets as in `ltsrender.audio.pghi`, here 0.5 dB wide or less,
the bucket being the leading bits of the power itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Of a positive float32: sign, 8 bits of exponent, and the first 3 of the mantissa.
_SHIFT = 20
_N_BUCKETS = 1 << 12


@njit(nogil=True, cache=True)
def turn_frames(
    frames: NDArray[np.complex64],
    earlier: NDArray[np.complex64],
    is_true: NDArray[np.bool_],
    previous: NDArray[np.complex64],
) -> None:
    """Turn consecutive frames so that their phases go on; in place.

    Parameters
    ----------
    frames : complex64[frame, channel, bin]
        The analysis, F; the synthesis, S, afterwards. All channels are turned alike, so that the
        phases between them stay those of the sound.
    earlier : complex64[frame, channel, bin]
        The analysis one hop earlier, E; not read where ``is_true``.
    is_true : bool[frame]
        Frames whose phases are right as they are.
    previous : complex64[channel, bin]
        The synthesis frame before the first one; the last one afterwards.
    """
    n_bins = frames.shape[2]
    heads = np.full(_N_BUCKETS, -1, dtype=np.int32)
    links = np.empty(2 * n_bins, dtype=np.int32)
    powers = np.empty(2 * n_bins, dtype=np.float32)
    turns = np.empty(n_bins, dtype=np.complex64)
    for n in range(frames.shape[0]):
        if not is_true[n]:
            _gain(frames[n], earlier[n], previous, powers, turns)
            _spread_turns(turns, powers, heads, links)
            for c in range(frames.shape[1]):
                for m in range(n_bins):
                    frames[n, c, m] *= turns[m]
        previous[:] = frames[n]


@njit(nogil=True, cache=True)
def _gain(
    frame: NDArray[np.complex64],
    earlier: NDArray[np.complex64],
    previous: NDArray[np.complex64],
    powers: NDArray[np.float32],
    turns: NDArray[np.complex64],
) -> None:
    """Write S' conj(E) and the powers of S' and F, each summed over the channels."""
    n_channels, n_bins = frame.shape
    for m in range(n_bins):
        before = np.float32(0)
        here = np.float32(0)
        turn = np.complex64(0)
        for c in range(n_channels):
            s, f = previous[c, m], frame[c, m]
            before += s.real * s.real + s.imag * s.imag
            here += f.real * f.real + f.imag * f.imag
            turn += s * np.conj(earlier[c, m])
        powers[m], powers[n_bins + m] = before, here
        turns[m] = turn


@njit(nogil=True, cache=True)
def _spread_turns(
    turns: NDArray[np.complex64],
    powers: NDArray[np.float32],
    heads: NDArray[np.int32],
    links: NDArray[np.int32],
) -> None:
    """Replace what each bin gains along time by the rotation it gets, the loudest bins first.

    Parameters
    ----------
    turns : complex64[bin]
        S' conj(E), of any length; the rotations afterwards.
    powers : float32[2 bin]
        Of the previous frame, then of this one.
    heads, links : int32[bucket], int32[2 bin]
        Working space; all heads are -1, before and afterwards.
    """
    n_bins = turns.size
    buckets = powers.view(np.int32)
    done = np.zeros(n_bins, dtype=np.bool_)
    top = 0
    for m in range(n_bins):
        top = _put(m, top, buckets, heads, links)
    while top >= 0:
        place = heads[top]
        if place < 0:
            top -= 1
            continue
        heads[top] = links[place]
        if place >= n_bins:  # reached: its neighbours get what it got
            m = place - n_bins
            for neighbour in (m - 1, m + 1):
                if 0 <= neighbour < n_bins and not done[neighbour]:
                    done[neighbour] = True
                    turns[neighbour] = turns[m]
                    top = _put(n_bins + neighbour, top, buckets, heads, links)
        elif not done[place]:  # nothing louder beside it: its own phase goes on
            done[place] = True
            length = abs(turns[place])
            turns[place] = turns[place] / length if length > 0 else np.complex64(1)
            top = _put(n_bins + place, top, buckets, heads, links)


@njit(nogil=True, cache=True)
def _put(
    place: int,
    top: int,
    buckets: NDArray[np.int32],
    heads: NDArray[np.int32],
    links: NDArray[np.int32],
) -> int:
    """Put a place on top of its bucket; return the highest bucket in use."""
    bucket = buckets[place] >> _SHIFT
    links[place] = heads[bucket]
    heads[bucket] = place
    return int(max(top, bucket))
