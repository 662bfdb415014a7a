"""Attacks: what a sound of frames has too early before its sources' onsets is taken away.

A band rings before an attack as long as after it, and a frame shows 6 ms at once. In the source the
phases make all of it cancel until the attack begins; made phases do not, and an attack is announced
by a swell. But the sources are known, so it is known how quiet it should be before every onset:
with P_i the power of source i in a region of frequency and w_i its weight, the wanted power is

    W = sum_i (w_i ** 2) P_i .

From 49 ms before an onset of W on, but not from before another, the sound's own power O, relative
to that at the onset, is brought down to W, relative to the same:

    gain ** 2 = min(1, tolerance * (W / W_onset) / (O / O_onset)) ,

first in each region, then in the whole. It never raises anything; it leaves alone what is less than
0.5 dB too loud, so that a render which is a recording stays that recording to the last bit; and it
is 1 again when the onset begins. All channels share it. O_onset / W_onset counts as 12 dB under the
same ratio just before these 49 ms at least: where a render has lost an attack, what sounds before
the attack must not be lost as well.

Measured on nine recordings with attacks, 4 s of each, true frames, pre-echo as in
`ltsrender.audio.measures`: pghi with 8 iterations mean +5.5 and worst +16.2 dB, after this -0.4 and
+0.1; phases from the source +1.4 and +8.9, after this -0.1 and +0.1. Spectra of four tonal
recordings move by 0.15 dB at most. `tests/bench/transients.py` measures it again, and
`docs/explanation/phase-methods.md` has the tables, and what else was tried.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ltsrender.audio.onsets import (
    FLOOR,
    TRAILING_STEPS,
    find_onsets,
    powers,
    regions,
    step_samples,
    trailing,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ltsrender.signal import SampleReader, TransformSpec

Floats = NDArray[np.float64]
PerFrame = Callable[[int, int], NDArray[np.float32]]

BEFORE_STEPS = 34  # 49 ms, as long as low bands ring
FADE_STEPS = 10  # of these, the first 15 ms fade in
ONSET_STEPS = 8  # 12 ms: where the level at the onset is taken
PRIOR_STEPS = 12  # 17 ms
# Where no swell is, the level may go down by 12 dB: a render whose attack is weak or missing keeps
# what sounds before it.
DEEPEST = 10**-1.2
# What was 20 dB under the attack in the source beforehand says nothing of the render's level.
FAR = 1e-2
TOLERANCE_DB = 0.5
# What is 60 dB under the attack is quiet enough.
LEAST = 1e-6
WHOLE_TRAILING_STEPS = 1
# Whole and region may see the same attack; 17 ms apart they are two.
SAME_ATTACK_STEPS = 12
# What is 50 dB under the whole in a region is no attack.
UNHEARD = 1e-5

BLOCK_STEPS = 1_024
# A gain depends on onsets up to 49 ms later, on levels around them, which the regions' own onsets
# have changed, and these on what makes them onsets: fewer than 150 steps in all.
MARGIN_STEPS = 192


@dataclass(frozen=True, eq=False)
class Attacks:
    """The sounds whose attacks a render shall have.

    Attributes
    ----------
    readers
        The sounds on the render's time line.
    weights
        ``weights(first_frame, last_frame)`` returns ``float32[sound, frame]``; frames are never
        negative but may lie after the end. Weights below 0 count as 0.
    """

    readers: Sequence[SampleReader]
    weights: PerFrame


def with_attacks(
    pieces: Iterable[NDArray[np.float32]], attacks: Attacks, spec: TransformSpec
) -> Iterator[NDArray[np.float32]]:
    """Yield a sound without what it has too early before its sources' onsets.

    Parameters
    ----------
    pieces
        The sound from sample 0 on, in pieces ``float32[channel, sample]`` of any length.
    attacks
        The sources.
    spec
        The transform; its sample rate and frame hop are used.

    Yields
    ------
    NDArray
        ``float32[channel, sample]``, as many samples in all; they do not depend on the pieces.
    """
    step = step_samples(spec.sample_rate_hz)
    n_block, n_margin = BLOCK_STEPS * step, MARGIN_STEPS * step
    block = 0
    waiting: NDArray[np.float32] | None = None
    for piece in pieces:
        if waiting is None:
            waiting = np.zeros((piece.shape[0], n_margin), dtype=np.float32)
        waiting = np.concatenate([waiting, piece], axis=1)
        while waiting.shape[1] >= n_block + 2 * n_margin:
            yield _block(waiting[:, : n_block + 2 * n_margin], block, attacks, spec)
            waiting = waiting[:, n_block:]
            block += 1
    while waiting is not None and waiting.shape[1] > n_margin:
        n_left = min(waiting.shape[1] - n_margin, n_block)
        window = waiting[:, : n_block + 2 * n_margin]
        window = np.pad(window, ((0, 0), (0, n_block + 2 * n_margin - window.shape[1])))
        yield _block(window, block, attacks, spec)[:, :n_left]
        waiting = waiting[:, n_block:]
        block += 1


def _block(
    window: NDArray[np.float32], block: int, attacks: Attacks, spec: TransformSpec
) -> NDArray[np.float32]:
    """Return one block of the sound, given with a margin on each side."""
    step = step_samples(spec.sample_rate_hz)
    inside = slice(MARGIN_STEPS * step, (MARGIN_STEPS + BLOCK_STEPS) * step)
    wanted = wanted_powers(
        attacks,
        spec,
        block * BLOCK_STEPS - MARGIN_STEPS,
        (block + 1) * BLOCK_STEPS + MARGIN_STEPS,
    )
    if wanted is None or not window.any():
        return window[:, inside].copy()
    return _sharpened(window, wanted, spec.sample_rate_hz)[:, inside]


def wanted_powers(attacks: Attacks, spec: TransformSpec, first: int, last: int) -> Floats | None:
    """Return the power that the sources give each region in the steps ``first..last - 1``.

    Returns
    -------
    float64[region, step] or None
        The regions of `ltsrender.audio.onsets.regions`, then the whole; None where no source is
        heard.
    """
    step = step_samples(spec.sample_rate_hz)
    centres = (np.arange(first, last) + 0.5) * step / spec.hop_samples
    frame, end = max(0, int(centres[0])), max(0, int(centres[-1])) + 2
    shares = np.maximum(attacks.weights(frame, end), 0.0)
    total: Floats | None = None
    for reader, share in zip(attacks.readers, shares, strict=True):
        if not share.any():
            continue
        sound = reader.read(first * step, last * step)
        if not sound.any():
            continue
        weight = np.interp(centres, np.arange(frame, end), share)
        found = np.square(weight) * _levels(sound.astype(np.float64), spec.sample_rate_hz)
        total = found if total is None else total + found
    return total


def _levels(sound: Floats, sample_rate_hz: int) -> Floats:
    """Return the power of every region and of the whole, ``float64[region, step]``."""
    step = step_samples(sample_rate_hz)
    return np.stack([powers(part, step) for part in (*regions(sound, sample_rate_hz), sound)])


def _sharpened(
    window: NDArray[np.float32], wanted: Floats, sample_rate_hz: int
) -> NDArray[np.float32]:
    """Return a window of the sound with its attacks as the wanted powers have them."""
    step = step_samples(sample_rate_hz)
    whole = find_onsets(wanted[-1])
    unheard = UNHEARD * wanted[-1]
    onsets = [
        _united(find_onsets(power + unheard, n_trailing), whole)
        for power, n_trailing in zip(wanted[:-1], TRAILING_STEPS, strict=True)
    ]
    if not any(steps.size for steps in onsets):
        return window
    sound = window.astype(np.float64)
    parts = regions(sound, sample_rate_hz)
    for part, power, steps, n_trailing in zip(
        parts, wanted[:-1], onsets, TRAILING_STEPS, strict=True
    ):
        sound -= _missing(power, powers(part, step), steps, n_trailing, step) * part
    own = powers(sound, step)
    sound -= _missing(wanted[-1], own, whole, WHOLE_TRAILING_STEPS, step) * sound
    return sound.astype(np.float32)


def _united(own: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a region's onsets and those of the whole that the region does not have itself."""
    other = [step for step in whole if (np.abs(own - step) > SAME_ATTACK_STEPS).all()]
    return np.union1d(own, np.array(other, dtype=np.int64))


def _missing(
    wanted: Floats, own: Floats, onsets: NDArray[np.int64], n_trailing: int, step: int
) -> Floats:
    """Return what is taken away of a sound before its onsets: 1 - gain, ``float64[sample]``.

    Parameters
    ----------
    wanted, own
        ``float64[step]``, the power that the sound should have and the one it has.
    onsets
        ``int64[onset]``, the first step of each attack.
    n_trailing
        Over how many steps levels are taken.
    step
        Samples of a step.
    """
    quiet, level = (trailing(power, n_trailing) + FLOOR for power in (wanted, own))
    # The level at an onset is that of the steps from it on, the one before that of those up to it.
    top, own_top = (trailing(p[::-1], ONSET_STEPS)[::-1] + FLOOR for p in (wanted, own))
    prior, own_prior = (trailing(p, PRIOR_STEPS) + FLOOR for p in (wanted, own))
    missing: Floats = np.zeros(own.size * step)
    earlier = 0
    for onset in onsets.tolist():
        first = max(earlier, onset - BEFORE_STEPS)
        if first > earlier:
            ratio_before = own_prior[first] / (prior[first] + FAR * top[onset])
        else:  # another onset's level goes on
            ratio_before = own_top[first] / top[first]
        ratio = max(own_top[onset] / top[onset], DEEPEST * ratio_before)
        enough = ratio * np.maximum(quiet[first:onset], LEAST * top[onset])
        _take_away(missing, level[first:onset] / enough, first, step)
        earlier = onset
    return missing


@njit(nogil=True, cache=True)
def _take_away(missing: Floats, excess: Floats, first: int, step: int) -> None:
    """Raise what is missing to what the steps from ``first`` on have too much of.

    It is 1 - gain, with straight lines between the middles of steps, and 0 at both ends: the
    attack itself, which begins where the last step ends, is not touched.
    """
    here, before = float(first * step), 0.0
    for n in range(excess.size + 1):
        there, share = float((first + n) * step), 0.0
        if n < excess.size:
            there += 0.5 * step
            excess_db = 10 * math.log10(excess[n]) - TOLERANCE_DB
            fade = min(1.0, (n + 0.5) / FADE_STEPS)
            share = 1.0 - 10 ** (-max(0.0, excess_db) * fade / 20)
        for i in range(math.ceil(here), math.ceil(there)):
            line = before + (share - before) * (i - here) / (there - here)
            missing[i] = max(missing[i], line)
        here, before = there, share
