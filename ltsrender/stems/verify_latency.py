r"""Whether every stem lies where it lies in the mix, to the sample.

Where the sum of the stems is the mix, the null has answered already: a stem that was one sample
late would leave the difference of its neighbouring samples behind.

Where it is not, the answer is found by correlation. A stem x and the sum o of all others are two
inputs of a system whose output is the mix m, and their paths follow from the spectra of power
:math:`S`, averaged over overlapping blocks (Bendat and Piersol, "Random Data", chapter 7):

.. math:: S_{xm} = H_x S_{xx} + H_o S_{xo}, \qquad S_{om} = H_x S_{ox} + H_o S_{oo}.

Whatever the master does, it does to both, so :math:`H_x H_o^*` has no phase when x is in its place,
and the phase of a shift when it is not. Its inverse transform, every frequency counted as much as
it is heard over what the two paths do not explain (the phase transform of Knapp and Carter, 1976),
has one peak, at the lag. A sound of a few steady partials has many equal peaks and a very low one a
broad peak: where the peak does not stand clear of its neighbours, nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.stems.verify_sums import side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from ltsrender.stems.verify_sums import Sum

    Power = NDArray[np.float64]
    Cross = NDArray[np.complex128]

_LONGEST_WINDOW, _SHORTEST_WINDOW = 2**15, 2**10
_FEWEST_BLOCKS = 16  # of a file: fewer would be explained by two paths whatever is in them
_UNHEARD = 1e-4  # of the mix's power: what lies 40 dB below it is not counted
_PROMINENT = 0.5  # of the peak that a path without a remainder has
_CLEAR = 6.0  # standard deviations by which a peak stands above its neighbours
_LEAKAGE = 1e-7  # of the strongest bin: what a window spreads from it over all others
_ONE = 1e-9  # of the product of two powers: sounds that are one, but for rounding
_TINY = 1e-300


@dataclass(frozen=True)
class Lag:
    """Where a stem lies in the mix.

    Attributes
    ----------
    file
        Name of the stem's file.
    samples
        How many samples the stem is late; ``None`` where the sound does not tell.
    """

    file: str
    samples: int | None


@dataclass
class _Spectra:
    """Spectra of one stem, summed over blocks and channels; ``S_xy`` is conj(X) Y."""

    own: Power
    with_sum: Cross
    with_mix: Cross


def lags_of(total: Sum, progress: Callable[[int], None], *, is_sum: bool) -> list[Lag]:
    """Return where every stem of a mix lies in it, and the sum of all as the last.

    Parameters
    ----------
    total
        The mix and its stems.
    progress
        Told how many samples were read.
    is_sum
        Whether the mix should be no more than the sum: then a stem is compared with what is left
        of the mix when all others are taken away.
    """
    n_window = _window(total.mix.facts.n_samples)
    n_bins = n_window // 2 + 1
    stems = [
        _Spectra(np.zeros(n_bins), np.zeros(n_bins, np.complex128), np.zeros(n_bins, np.complex128))
        for _ in total.parts
    ]
    sums, mixes, both = np.zeros(n_bins), np.zeros(n_bins), np.zeros(n_bins, np.complex128)
    for parts, mix in _windows(total, n_window, progress):
        mix_bins, sum_bins = np.fft.rfft(mix), np.fft.rfft(sum(parts))
        mixes += _power(mix_bins)
        sums += _power(sum_bins)
        both += _cross(sum_bins, mix_bins)
        for part, spectra in zip(parts, stems, strict=True):
            bins = np.fft.rfft(part)
            spectra.own += _power(bins)
            spectra.with_sum += _cross(bins, sum_bins)
            spectra.with_mix += _cross(bins, mix_bins)
    together = _Spectra(sums, sums.astype(np.complex128), both)
    if is_sum:
        lags = [_lag_in_rest(spectra, together, mixes) for spectra in stems]
    elif len(stems) > 1:
        lags = [_lag_beside_others(spectra, together, mixes) for spectra in stems]
    else:
        lags = []
    names = [part.facts.file for part in total.parts][: len(lags)]
    lags.append(_lag_alone(together.own, together.with_mix, mixes, mixes))
    return [Lag(name, lag) for name, lag in zip([*names, total.mix.facts.file], lags, strict=True)]


def _window(n_samples: int) -> int:
    """Return a power of two of which a file holds enough blocks, overlapping by half."""
    wanted = 2 * n_samples // _FEWEST_BLOCKS
    return int(np.clip(2 ** max(wanted.bit_length() - 1, 0), _SHORTEST_WINDOW, _LONGEST_WINDOW))


def _windows(
    total: Sum, n_window: int, progress: Callable[[int], None]
) -> Iterator[tuple[list[Power], Power]]:
    """Yield windowed blocks of all parts and of the mix, float64[channel, sample]."""
    half = n_window // 2
    n_channels = total.mix.facts.n_channels
    window = np.hanning(n_window + 1)[:-1]
    silence = [np.zeros((n_channels, half)) for _ in total.files]
    before = silence
    for blocks in chain(side_by_side(total.files, half), [silence]):
        n_short = half - blocks[0].shape[1]
        now = [np.pad(block, ((0, 0), (0, n_short))) for block in blocks]
        *parts, mix = (
            np.concatenate(pair, axis=1) * window for pair in zip(before, now, strict=True)
        )
        yield parts, mix
        before = now
        progress(half * len(blocks))


def _power(bins: Cross) -> Power:
    return np.asarray((np.abs(bins) ** 2).sum(axis=0), np.float64)


def _cross(first: Cross, second: Cross) -> Cross:
    return np.asarray((np.conj(first) * second).sum(axis=0), np.complex128)


def _lag_beside_others(own: _Spectra, together: _Spectra, mixes: Power) -> int | None:
    """Compare the path of a stem with that of the sum of all others."""
    x, o = own.own, together.own - 2.0 * own.with_sum.real + own.own
    x_o = own.with_sum - own.own
    x_m, o_m = own.with_mix, together.with_mix - own.with_mix
    apart = x * o - np.abs(x_o) ** 2  # 0 where one is the other, filtered: nothing can be told
    is_apart = apart > np.maximum(_ONE * x * o, _TINY)
    apart = np.where(is_apart, apart, 1.0)
    path_x: Cross = (x_m * o - x_o * o_m) * is_apart / apart
    path_o: Cross = (o_m * x - np.conj(x_o) * x_m) * is_apart / apart
    explained = (np.conj(path_x) * x_m + np.conj(path_o) * o_m).real
    remainder = np.maximum(mixes - explained, 0.0) + _floor(mixes)
    heard_x = np.abs(path_x) ** 2 * apart / np.maximum(o, _TINY)
    heard_o = np.abs(path_o) ** 2 * apart / np.maximum(x, _TINY)
    weights = 1.0 / (
        1.0 + remainder / np.maximum(heard_x, _TINY) + remainder / np.maximum(heard_o, _TINY)
    )
    return _peak(path_x * np.conj(path_o), weights)


def _lag_in_rest(own: _Spectra, together: _Spectra, mixes: Power) -> int | None:
    """Compare a stem with what the others leave of the mix."""
    with_rest = own.with_mix - own.with_sum + own.own
    rest = (
        mixes
        + together.own
        + own.own
        + 2.0 * (own.with_mix - together.with_mix - own.with_sum).real
    )
    return _lag_alone(own.own, with_rest, np.maximum(rest, 0.0), mixes)


def _lag_alone(own: Power, cross: Cross, other: Power, mixes: Power) -> int | None:
    """Compare a sound with another that should be nothing but it."""
    heard = np.abs(cross) ** 2 / np.maximum(own, _TINY)
    remainder = np.maximum(other - heard, 0.0) + _floor(mixes)
    return _peak(cross, heard / (heard + remainder))


def _floor(mixes: Power) -> Power:
    """Return the power below which a bin says nothing."""
    return np.asarray(_UNHEARD * mixes + _LEAKAGE * mixes.max() + _TINY, np.float64)


def _peak(response: Cross, weights: Power) -> int | None:
    """Return how many samples a response is early, where its phase tells."""
    phases = response / np.maximum(np.abs(response), _TINY)
    found = np.fft.irfft(weights * phases)
    alone = np.fft.irfft(weights)  # what a response without a lag would give
    if alone[0] <= _TINY or weights.mean() < 1e-3:  # too quiet in the mix
        return None
    n = len(found)
    found, alone = found / alone[0], alone / alone[0]
    place = int(np.argmax(found))
    height = float(found[place])
    noise = float(np.std(found[n // 4 : -n // 4]))
    clear = height * (1.0 - float(alone[1:].max()))
    if height < _PROMINENT or clear < _CLEAR * noise:
        return None
    return -(place if place < n // 2 else place - n)
