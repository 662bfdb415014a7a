"""The arithmetic of phase-gradient heap integration on constant-Q coefficients, in numba.

For a window that is Gaussian in frequency with standard deviation s (rad/s), phase follows from
log-magnitude l = log |c|:

    d phase / dt = w + s^2 dl/dw        d phase / dw = -(1 / s^2) dl/dt

Phase is integrated along these slopes by the trapezoid rule, always continuing from the loudest
coefficient reached so far. "Loudest" is kept by a queue of 1,024 buckets over log-magnitude, each
a linked list: every operation takes constant time.

Arrays are flat: band k's columns stand at ``offsets[k] .. offsets[k] + columns[k] - 1``.

Sources: Prusa, Balazs and Soendergaard, "A noniterative method for reconstruction of phase from
STFT magnitude" (2017), here with a bucket queue and with s and the hop of each band.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from ltsrender.audio.chance import chance

if TYPE_CHECKING:
    from numpy.typing import NDArray

TURN = 2 * math.pi
N_BUCKETS = 1_024
# Magnitudes are floored here (-140 dB re 1) before their logarithm is taken.
FLOOR = 1e-7


class Layout(NamedTuple):
    """Where the columns of a window of the sound stand, and the physics of each band.

    Attributes
    ----------
    offsets, columns, hops
        ``int64[band]``: the place of the band's first column, their number, their hop in samples.
    centres, limits, sigmas_squared
        ``float64[band]``: centre (rad/s), half-support (rad/s) and s^2 of each band.
    bands
        ``int16[place]``, the band of each place.
    sample_rate_hz
        Samples per second.
    """

    offsets: NDArray[np.int64]
    columns: NDArray[np.int64]
    hops: NDArray[np.int64]
    centres: NDArray[np.float64]
    limits: NDArray[np.float64]
    sigmas_squared: NDArray[np.float64]
    bands: NDArray[np.int16]
    sample_rate_hz: float


class Field(NamedTuple):
    """What is known of each coefficient; each ``[place]``.

    Attributes
    ----------
    levels
        ``float32``, log-magnitudes.
    time_steps, frequency_slopes
        ``float32``, phase per column (rad) and per rad/s.
    phases
        ``float64``, radians.
    done
        ``uint8``, 1 where the phase has been found.
    """

    levels: NDArray[np.float32]
    time_steps: NDArray[np.float32]
    frequency_slopes: NDArray[np.float32]
    phases: NDArray[np.float64]
    done: NDArray[np.uint8]


class Queue(NamedTuple):
    """Linked lists of places, one for each bucket of log-magnitude.

    Attributes
    ----------
    heads
        ``int32[bucket]``, the place that was put in last; -1 when empty.
    links
        ``int32[place]``, the place under it.
    least, scale
        A level's bucket is (level - least) * scale.
    """

    heads: NDArray[np.int32]
    links: NDArray[np.int32]
    least: float
    scale: float


@njit(nogil=True, cache=True)
def take_logarithms(magnitudes: NDArray[np.float32], levels: NDArray[np.float32]) -> None:
    """Write the log-magnitudes of flat magnitudes."""
    for i in range(magnitudes.size):
        levels[i] = math.log(max(magnitudes[i], np.float32(FLOOR)))


@njit(nogil=True, cache=True)
def take_gradients(layout: Layout, field: Field, stop: int) -> None:
    """Write time steps and frequency slopes of all columns before sample ``stop`` of the window.

    One column beyond ``stop`` must be there. The deviation from a band's centre is limited to the
    window's half-support: no sinusoid further away can be what rings there.
    """
    levels = field.levels
    for k in range(layout.offsets.size):
        hop = layout.hops[k]
        below, above = max(k - 1, 0), min(k + 1, layout.offsets.size - 1)
        per_radian = layout.sigmas_squared[k] / (layout.centres[above] - layout.centres[below])
        per_second = -layout.sample_rate_hz / (2 * hop) / layout.sigmas_squared[k]
        limit = layout.limits[k]
        for j in range(stop // hop):
            i = layout.offsets[k] + j
            earlier = levels[max(i - 1, layout.offsets[k])]
            field.frequency_slopes[i] = (levels[i + 1] - earlier) * per_second
            rise = levels[layout.offsets[above] + j * hop // layout.hops[above]]
            rise -= _level_between(layout, levels, below, j * hop)
            deviation = min(limit, max(-limit, rise * per_radian))
            field.time_steps[i] = (layout.centres[k] + deviation) * hop / layout.sample_rate_hz


@njit(nogil=True, cache=True)
def _level_between(layout: Layout, levels: NDArray[np.float32], band: int, sample: int) -> float:
    """Return a band's level at a sample, on a straight line between its columns."""
    hop = layout.hops[band]
    column = sample // hop
    i = layout.offsets[band] + column
    share = (sample - column * hop) / hop
    if share == 0.0:
        return float(levels[i])
    return float(levels[i] * (1.0 - share) + levels[i + 1] * share)


@njit(nogil=True, cache=True)
def integrate(
    layout: Layout, field: Field, queue: Queue, seeds: Queue, start: int, release: int, stop: int
) -> None:
    """Find the phases of the samples ``start .. stop - 1`` of a window.

    Integration begins from the last columns before ``start``, which are known, and goes on to
    ``stop``; what lies from ``release`` on was only looked at ahead and is left for the next call.
    A part that nothing leads to begins at its loudest coefficient with phase 0.
    """
    _drain(layout, field, queue, _put_known(layout, field, queue, start), start, stop)
    _put_all(layout, field, seeds, start, stop)
    done, heads, links = field.done, seeds.heads, seeds.links
    for bucket in range(heads.size - 1, -1, -1):
        seed = heads[bucket]
        while seed >= 0:
            if not done[seed]:
                field.phases[seed] = 0.0
                done[seed] = 1
                _put(queue.heads, queue.links, seed, bucket)
                _drain(layout, field, queue, bucket, start, stop)
            seed = links[seed]
    for k in range(layout.offsets.size):
        hop = layout.hops[k]
        field.done[layout.offsets[k] + release // hop : layout.offsets[k] + stop // hop] = 0


@njit(nogil=True, cache=True)
def _put_known(layout: Layout, field: Field, queue: Queue, start: int) -> int:
    """Put the last columns before ``start`` into the empty queue; return the top bucket."""
    queue.heads[:] = -1
    top = -1
    for k in range(layout.offsets.size):
        i = layout.offsets[k] + start // layout.hops[k] - 1
        if start > 0 and field.done[i] and field.levels[i] > queue.least:
            bucket = _bucket(field.levels[i], queue.least, queue.scale)
            top = max(top, _put(queue.heads, queue.links, i, bucket))
    return top


@njit(nogil=True, cache=True)
def _put_all(layout: Layout, field: Field, seeds: Queue, start: int, stop: int) -> None:
    """Put every column that is loud enough into the emptied queue."""
    heads, links, levels = seeds.heads, seeds.links, field.levels
    heads[:] = -1
    for k in range(layout.offsets.size):
        offset, hop = layout.offsets[k], layout.hops[k]
        for i in range(offset + start // hop, offset + stop // hop):
            if levels[i] > seeds.least:
                _put(heads, links, i, _bucket(levels[i], seeds.least, seeds.scale))


@njit(nogil=True, cache=True)
def _bucket(level: float, least: float, scale: float) -> int:
    return min(N_BUCKETS - 1, int((level - least) * scale))


@njit(nogil=True, cache=True)
def _put(heads: NDArray[np.int32], links: NDArray[np.int32], place: int, bucket: int) -> int:
    """Put a place on top of a bucket; return the bucket."""
    links[place] = heads[bucket]
    heads[bucket] = place
    return bucket


@njit(nogil=True, cache=True)
def _drain(layout: Layout, field: Field, queue: Queue, top: int, start: int, stop: int) -> None:
    """Reach every neighbour of every place in the queue, the loudest places first."""
    # Plain names: in the innermost loop the compiler counts references to arrays in tuples.
    offsets, hops, centres, bands = layout.offsets, layout.hops, layout.centres, layout.bands
    levels, phases, done = field.levels, field.phases, field.done
    steps, slopes = field.time_steps, field.frequency_slopes
    heads, links, least, scale = queue.heads, queue.links, queue.least, queue.scale
    while top >= 0:
        i = heads[top]
        if i < 0:
            top -= 1
            continue
        heads[top] = links[i]
        k = bands[i]
        hop = hops[k]
        time = (i - offsets[k]) * hop
        for direction in range(4):
            if direction == 0:  # later
                v = i + 1
                if time + hop >= stop or done[v] or levels[v] <= least:
                    continue
                phase = phases[i] + 0.5 * (steps[i] + steps[v])
            elif direction == 1:  # earlier
                v = i - 1
                if time - hop < start or done[v] or levels[v] <= least:
                    continue
                phase = phases[i] - 0.5 * (steps[i] + steps[v])
            else:  # the band above, the band below: where they have a column at the same time
                other = k + 1 if direction == 2 else k - 1
                if time < start or other < 0 or other >= offsets.size or time % hops[other]:
                    continue
                v = offsets[other] + time // hops[other]
                if done[v] or levels[v] <= least:
                    continue
                slope = 0.5 * (slopes[i] + slopes[v])
                phase = phases[i] + slope * (centres[other] - centres[k])
            phases[v] = phase
            done[v] = 1
            top = max(top, _put(heads, links, v, _bucket(levels[v], least, scale)))


@njit(nogil=True, cache=True)
def write_phases(
    layout: Layout,
    field: Field,
    start: int,
    stop: int,
    start_absolute: int,
    seed: int,
    phases: NDArray[np.float32],
) -> None:
    """Write the phases of samples ``start .. stop - 1`` of a window, 0..2 pi.

    Where no phase was found it is drawn from a hash of seed, band and absolute column, so that
    chance depends on neither blocks nor channels.

    Parameters
    ----------
    layout, field
        The window.
    start, stop
        Which samples of the window.
    start_absolute
        Where ``start`` is on the render's time line; may be negative.
    seed
        Of the track.
    phases
        ``float32[place in the result]``, band by band.
    """
    place = 0
    for k in range(layout.offsets.size):
        hop = layout.hops[k]
        for j in range(start // hop, stop // hop):
            i = layout.offsets[k] + j
            if field.done[i]:
                phase = field.phases[i]
                phases[place] = phase - TURN * math.floor(phase / TURN)
            else:
                phases[place] = chance(seed, k, start_absolute // hop + j - start // hop)
            place += 1
