"""A frame made brighter, noisier, higher or louder: what a macro means, said in spectra.

Latent space has no one direction of noise. A bell grows noisy where levels between its partials
rise, a voice where its gaps fill: other bands each time, so other latents. Averaged over sounds
little is left of it, and decoded frames followed such a direction by a fifth. In the spectrum
itself it is plain what to do. With X_k a frame over its rms, e a floor 60 dB below, f_k the bands:

    brightness    X_k f_k ** t                    the spectrum tilted
    noisiness     (X_k + e) ** (1 - t) - e        levels drawn together, valleys filled
    pitch         X at f_k / 2 ** u               the spectrum moved along its bands
    loudness      g X_k                           the whole, where a model has no level

All but loudness keep the frame's rms. t is sought frame by frame, so that the descriptor moves by
what was said; where no t does, by as much as there is: hiss cannot become hissier. What the
encoder makes of it is the way through latent space (`ltsrender.latents.moves`). To learn from
edits where a generator should go is Jahanian, Chai and Isola's idea (2020, "On the steerability
of generative adversarial networks"); they sought one direction for everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.latents.descriptors import DESCRIPTORS, FLATNESS_FLOOR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Frames = NDArray[np.float32]
    Values = NDArray[np.float64]

EDITS = ("brightness", "noisiness", "pitch", "loudness")

TILTS = np.linspace(-3.0, 3.0, 17)
"""Exponents of frequency, 6 dB per octave each."""
POWERS = np.linspace(-1.6, 0.96, 17)
"""How far levels are drawn together: 1 all the way, below 0 apart."""
REFINEMENTS = 2
_LEAST = np.float32(1e-12)
_LN_2 = np.float32(np.log(2.0))


def edited(
    name: str, frames: Frames, amounts: Sequence[float], centres_hz: Values
) -> NDArray[np.float32]:
    """Return frames whose descriptor has moved, and little else.

    Parameters
    ----------
    name
        One of `EDITS`.
    frames : float32[frame, bin]
        Linear magnitudes, 0 or more. Silence stays silence.
    amounts
        By how much, in the descriptor's unit.
    centres_hz : float64[bin]
        The frequency of every bin.

    Returns
    -------
    float32[amount, frame, bin]
        Linear magnitudes of the same rms, but for loudness.
    """
    if not amounts:
        return np.zeros((0, *frames.shape), np.float32)
    if name == "loudness":
        gains = 10.0 ** (np.asarray(amounts) / 20.0)
        return (gains[:, None, None] * frames).astype(np.float32)
    if name == "pitch":
        return np.stack([_like(moved_along(frames, u, centres_hz), frames) for u in amounts])
    rms = _rms(frames)
    shapes = np.asarray(frames / np.maximum(rms, _LEAST), np.float32)
    log_shapes = np.log(shapes + np.float32(FLATNESS_FLOOR))
    octaves = np.log2(centres_hz / np.sqrt(centres_hz[0] * centres_hz[-1])).astype(np.float32)

    def made(strength: Values) -> Frames:
        one = np.asarray(strength[:, None], np.float32)
        raw = _tilted(shapes, one, octaves) if name == "brightness" else _drawn(log_shapes, one)
        return _like(raw, frames)

    return _sought(
        made,
        lambda each: DESCRIPTORS[name](each, centres_hz),
        TILTS if name == "brightness" else POWERS,
        np.stack([DESCRIPTORS[name](frames, centres_hz) + amount for amount in amounts]),
    )


def moved_along(frames: Frames, octaves: float, centres_hz: Values) -> Frames:
    """Return frames moved along their bands, float32[frame, bin]; what comes in is empty.

    Bands that are no part of the scale of octaves, those at the ends of our own frames, stay.
    Between bands magnitudes are interpolated.
    """
    places = np.log2(centres_hz)
    width = float(np.median(np.diff(places)))
    is_end = np.abs(np.diff(places) - width) > 0.01 * width
    first, last = int(is_end[0]), len(places) - int(is_end[-1])
    steps = octaves / width
    whole = int(np.floor(steps))
    share = np.float32(steps - whole)
    moved = frames.copy()
    scale = frames[:, first:last]
    moved[:, first:last] = (1 - share) * _along(scale, whole) + share * _along(scale, whole + 1)
    return moved


def _along(scale: Frames, bands: int) -> Frames:
    moved = np.zeros_like(scale)
    n_bands = scale.shape[1]
    if bands >= 0:
        moved[:, bands:] = scale[:, : max(n_bands - bands, 0)]
    else:
        moved[:, :bands] = scale[:, -bands:]
    return moved


def _tilted(shapes: Frames, strength: Frames, octaves: Frames) -> Frames:
    return np.asarray(shapes * np.exp(strength * _LN_2 * octaves), np.float32)


def _drawn(log_shapes: Frames, strength: Frames) -> Frames:
    drawn: Frames = np.exp((1 - strength) * log_shapes) - np.float32(FLATNESS_FLOOR)
    return np.maximum(drawn, np.float32(0.0))


def _rms(frames: Frames) -> Frames:
    return np.asarray(np.sqrt(np.square(frames).mean(axis=1, keepdims=True)))


def _like(edit: Frames, frames: Frames) -> Frames:
    """Return an edit at the rms of the frames, and where it left nothing, nothing."""
    return np.asarray(edit * (_rms(frames) / np.maximum(_rms(edit), _LEAST)), np.float32)


def _sought(
    made: Callable[[Values], Frames],
    described: Callable[[Frames], Values],
    strengths: Values,
    wanted: Values,
) -> Frames:
    """Return the frames whose descriptor is what is wanted, float32[amount, frame, bin].

    A table of strengths brackets every frame's; false position refines it.

    Parameters
    ----------
    made
        From a strength for every frame to edited frames.
    described
        From frames to descriptors, which rise with the strength.
    strengths : float64[row]
        Rising.
    wanted : float64[amount, frame]
        Descriptors; those that no strength reaches get the nearest.
    """
    n_frames = wanted.shape[1]
    column = np.arange(n_frames)
    table = np.stack([described(made(np.full(n_frames, strength))) for strength in strengths])
    table = np.maximum.accumulate(table, axis=0)
    found = []
    for value in wanted:
        upper = np.clip((table < value).sum(axis=0), 1, len(strengths) - 1)
        low, high = strengths[upper - 1], strengths[upper]
        below, above = table[upper - 1, column], table[upper, column]
        frames, strength = np.zeros((0, 0), np.float32), low
        for _ in range(1 + REFINEMENTS):
            share = np.clip((value - below) / np.maximum(above - below, 1e-9), 0.0, 1.0)
            strength = low + share * (high - low)
            frames = made(strength)
            here = described(frames)
            is_low = here < value
            low, below = np.where(is_low, strength, low), np.where(is_low, here, below)
            high, above = np.where(is_low, high, strength), np.where(is_low, above, here)
        found.append(frames)
    return np.stack(found)
