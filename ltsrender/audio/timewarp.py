"""A sound whose time is moved: stretched, frozen, turned round, scrubbed, at its own pitch.

A phase vocoder with a Hann window of 93 ms and a hop of an eighth of it. Each synthesis frame
takes the sound at the position that a time map gives for the frame's centre; its phases go on from
the frame before it (`ltsrender.audio.vocoder`). Backwards, a frame is mirrored in time, which is
the conjugate of its spectrum.

**Phases are the sound's own** in the first frame, after every jump and every onset, and from there
on as long as time runs at rate 1 or -1: the sound comes out as it went in, to rounding.

**Onsets.** An onset divides the sound: a frame hears the side on which its centre lies, and phases
begin anew behind it (Roebel, "A new approach to transient processing in the phase vocoder", 2003,
resets phases; what a frame hears of the other side is our own). While time does not run at rate
1 the first 24 ms are heard by the frames right at the onset only. Turned phases spread such a frame
over all of its window; what they spread is taken away again. The overlapped windows are divided by
the sum of what they really heard, so levels stay. Measured on two drum loops and a tabla stretched
by two and four: attacks keep their level to 0.2 dB (median), where a plain phase vocoder loses up
to 5 dB; noise between them is 1 to 2.5 dB too quiet for the 60 ms after an attack.

**Time that stands still** wanders (`ltsrender.latents.TimeMap`), and what is heard would swell and
change its vowel with it. Each frame is therefore given the spectral envelope, 180 Hz wide, of the
moment that was to be frozen.

**Jumps.** Where the position leaps by more than 5 ms from one sample to the next, the frames of
both sides meet in a crossfade of 5 ms.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

import numpy as np
import torch

from ltsrender.audio.timesteps import JUMP_S, Grid, Positions, Steps, Walk, nearest
from ltsrender.audio.vocoder import turn_frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.signal import SampleReader

    Audio = NDArray[np.float32]

WINDOW_S = 0.093
HOPS_PER_WINDOW = 8
_GATE_S = 0.001
_FRAMES_PER_STEP = 32
_KEPT_SAMPLES = 2**18
_ENVELOPE_BINS = 17
_MOST_GATHERED = 2.0
"""6 dB: a frame that hears little of its window is spread thin, and not all of it comes back."""
_MOST_RAISED = 4.0
"""12 dB: what was silent at one moment does not have the other's sound."""
_LEAST_WEIGHT = 0.1 * HOPS_PER_WINDOW * 0.375
"""A tenth of what overlapping squared Hann windows add up to."""


class WarpedSound:
    """A sound heard through a time map: a `SampleReader` on the track's time line.

    What it returns does not depend on what was asked before. It is made from its beginning to its
    end, in steps, and a few seconds of it are kept; whoever asks for what is no longer kept waits
    while it is made again.

    Parameters
    ----------
    sound
        The sound in its own time: sample 0 is its start. Positions may go as far as it can be read.
    positions
        The time map.
    sample_rate_hz
        Of both.
    """

    def __init__(self, sound: SampleReader, positions: Positions, sample_rate_hz: int) -> None:
        self.sound = sound
        self.positions = positions
        window = 2 ** round(math.log2(WINDOW_S * sample_rate_hz))
        self.grid = Grid(window // HOPS_PER_WINDOW, window, sample_rate_hz)
        turn = 2 * np.pi * np.arange(window) / window
        self._window = (0.5 - 0.5 * np.cos(turn)).astype(np.float32)
        self._first_frame = positions.start_sample // self.grid.hop_samples - HOPS_PER_WINDOW
        # The first sample that every window it needs has heard; before it the run-up is read.
        self._origin = self._first_frame * self.grid.hop_samples + window // 2
        self._restart()

    @property
    def n_channels(self) -> int:
        """Channels of the sound."""
        return self.sound.n_channels

    def read(self, start: int, stop: int) -> Audio:
        """Return samples ``start..stop - 1`` of the track: float32[channel, sample]."""
        if max(start, self._origin) < self._kept_from:
            self._restart()
        while self._made_to < stop:
            self._keep(self._next_step(), stop - start)
        result = np.zeros((self.n_channels, stop - start), dtype=np.float32)
        if start < min(stop, self._origin):
            result[:, : self._origin - start] = self._run_up(start, min(stop, self._origin))
        at = self._kept_from
        for piece in self._kept:
            first, last = max(start, at), min(stop, at + piece.shape[1])
            if first < last:
                result[:, first - start : last - start] = piece[:, first - at : last - at]
            at += piece.shape[1]
        return self._begun(result, start)

    def _run_up(self, start: int, stop: int) -> Audio:
        rate = self.positions.run_up_rate
        first = nearest(float(self.positions.at(np.array([start]))[0]))
        last = first + rate * (stop - 1 - start)
        return self.sound.read(min(first, last), max(first, last) + 1)[:, ::rate]

    def _begun(self, block: Audio, start: int) -> Audio:
        """Fade in right before the sound begins, if that is within the track."""
        begin = self.positions.start_sample
        if begin <= 0 or start >= begin:
            return block
        ramp = self.grid.sample_rate_hz * JUMP_S
        share = (np.arange(start, start + block.shape[1]) - begin) / ramp + 1.0
        return block * np.clip(share, 0.0, 1.0).astype(np.float32)

    def _restart(self) -> None:
        window = self.grid.window_samples
        self._frame = self._first_frame
        self._walk = Walk(self.positions.run_up_rate, scanned=self._first_frame)
        self._spectrum = np.zeros((self.n_channels, window // 2 + 1), dtype=np.complex64)
        # What the next window already overlaps with.
        self._sound = np.zeros((self.n_channels, window), dtype=np.float32)
        self._weight = np.zeros(window, dtype=np.float32)
        self._kept: deque[Audio] = deque()
        self._kept_from = self._made_to = self._origin

    def _keep(self, piece: Audio, asked: int) -> None:
        """Keep a new piece, and forget the oldest while enough is left for what is asked."""
        if not self._kept:  # the first window's beginning was heard by that window only
            piece = piece[:, self.grid.window_samples :]
        self._kept.append(piece)
        self._made_to += piece.shape[1]
        enough = max(_KEPT_SAMPLES, 2 * asked)
        while self._made_to - self._kept_from - self._kept[0].shape[1] > enough:
            self._kept_from += self._kept.popleft().shape[1]

    def _next_step(self) -> Audio:
        """Return the samples that the next frames finish, float32[channel, hop * frames]."""
        hop, window = self.grid.hop_samples, self.grid.window_samples
        centres = np.arange(self._frame, self._frame + _FRAMES_PER_STEP) * hop
        sounds, weights = self._turned(
            self._walk.steps(self.positions, centres, self.grid), centres
        )
        n_made = _FRAMES_PER_STEP * hop
        sound = np.pad(self._sound, ((0, 0), (0, n_made)))
        weight = np.pad(self._weight, (0, n_made))
        for n in range(_FRAMES_PER_STEP):
            sound[:, n * hop : n * hop + window] += sounds[n]
            weight[n * hop : n * hop + window] += weights[n]
        self._frame += _FRAMES_PER_STEP
        self._sound, self._weight = sound[:, n_made:], weight[n_made:]
        made: Audio = sound[:, :n_made]
        made /= np.maximum(weight[:n_made], np.float32(_LEAST_WEIGHT))
        return made

    def _heard(
        self, positions: NDArray[np.int64], low: NDArray[np.float64], high: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """Return how much each frame hears of each sample around it: float32[frame, sample]."""
        half, ramp = self.grid.window_samples // 2, _GATE_S * self.grid.sample_rate_hz
        heard = np.ones((positions.size, self.grid.window_samples), dtype=np.float32)
        offsets = np.arange(-half, half)
        near = (low > positions - half) | (high < positions + half + ramp)
        for n in np.flatnonzero(near):
            x = positions[n] + offsets
            gate = np.clip((x - low[n]) / ramp + 1.0, 0.0, 1.0)
            heard[n] = gate * np.clip((high[n] - x) / ramp, 0.0, 1.0)
        return heard

    def _turned(
        self, steps: Steps, centres: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return synthesis frames, windowed twice, and what windows they had.

        Returns
        -------
        sounds
            float32[frame, channel, sample]
        weights
            float32[frame, sample]
        """
        spectra, heard = self._spectra(steps, np.arange(centres.size))
        wandering = np.flatnonzero(steps.steady != steps.positions)
        if wandering.size:
            shift = steps.steady[wandering] - steps.positions[wandering]
            aim, _ = self._spectra(steps, wandering, shift)
            spectra[wandering] *= _envelope_ratio(aim, spectra[wandering])
        true = _sounds(spectra)
        earlier = np.zeros_like(spectra)
        turning = np.flatnonzero(~steps.is_true)
        if turning.size:
            shift = -steps.directions[turning] * self.grid.hop_samples
            earlier[turning], _ = self._spectra(steps, turning, shift)
        turn_frames(spectra, earlier, steps.is_true, self._spectrum)
        back = steps.directions < 0
        heard[back, 1:] = heard[back, :0:-1]
        sounds = true
        if turning.size:
            turned = _sounds(spectra[turning])
            sounds[turning] = _gathered(turned, true[turning], heard[turning], self._window)
        outside = self._between_jumps(centres) * self._window
        return sounds * outside[:, None], outside * self._window * heard

    def _spectra(
        self, steps: Steps, chosen: NDArray[np.int64], shift: NDArray[np.int64] | int = 0
    ) -> tuple[NDArray[np.complex64], NDArray[np.float32]]:
        """Return spectra around (shifted) positions, mirrored backwards, and what they heard."""
        positions = steps.positions[chosen] + shift
        heard = self._heard(positions, steps.low[chosen], steps.high[chosen])
        cut = self._cut(positions)
        windowed = torch.from_numpy(cut * (self._window * heard)[:, None])
        spectra: NDArray[np.complex64] = torch.fft.rfft(windowed).numpy()
        back = steps.directions[chosen] < 0
        spectra[back] = np.conj(spectra[back])
        return spectra, heard

    def _cut(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the sound around each position: float32[frame, channel, sample]."""
        half = self.grid.window_samples // 2
        low, high = int(positions.min()) - half, int(positions.max()) + half
        if high - low > 4 * _FRAMES_PER_STEP * self.grid.hop_samples:
            return np.stack([self.sound.read(p - half, p + half) for p in positions.tolist()])
        view = np.lib.stride_tricks.sliding_window_view(
            self.sound.read(low, high), self.grid.window_samples, axis=1
        )
        return view[:, positions - half - low].swapaxes(0, 1)

    def _between_jumps(self, centres: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return what jumps leave of each frame's window: float32[frame, sample]."""
        left = np.ones((centres.size, self.grid.window_samples), dtype=np.float32)
        half, ramp = self.grid.window_samples // 2, JUMP_S * self.grid.sample_rate_hz
        for jump in self._walk.jumps:
            for n in np.flatnonzero(np.abs(centres - jump) < half + ramp):
                x = np.arange(-half, half) + centres[n] - jump
                share = np.clip(x / ramp + 0.5, 0.0, 1.0)
                left[n] *= share if centres[n] >= jump else 1.0 - share
        return left


def _sounds(spectra: NDArray[np.complex64]) -> Audio:
    sounds: Audio = torch.fft.irfft(torch.from_numpy(spectra)).numpy()
    return sounds


def _gathered(
    turned: Audio, true: Audio, heard: NDArray[np.float32], window: NDArray[np.float32]
) -> Audio:
    """Return turned frames with what was heard where it was heard, and as loud.

    Turning phases spreads a frame that hears but a part of its window over all of it: what comes
    too early is taken away, and the rest raised to the energy that the frame had.

    Parameters
    ----------
    turned, true : float32[frame, channel, sample]
        Frames after and before their phases were turned.
    heard : float32[frame, sample]
        What they hear.
    window : float32[sample]
        The synthesis window.
    """
    kept: Audio = turned * (heard > 0)[:, None]
    before, after = (np.square(x * window).sum(axis=(1, 2)) for x in (true, kept))
    raised = np.sqrt(before / np.maximum(after, np.finfo(np.float32).tiny))
    kept *= np.clip(raised, 1.0, _MOST_GATHERED)[:, None, None].astype(np.float32)
    return kept


def _envelope_ratio(
    aim: NDArray[np.complex64], found: NDArray[np.complex64]
) -> NDArray[np.float32]:
    """Return by what spectra must be multiplied to have others' envelopes.

    Parameters
    ----------
    aim, found : complex64[frame, channel, bin]
        The spectra with the right envelope, and those to be changed.

    Returns
    -------
    float32[frame, 1, bin]
        The same for all channels, so that the image holds.
    """
    wanted, there = _smoothed_power(aim), _smoothed_power(found)
    ratio = np.sqrt(wanted / np.maximum(there, np.finfo(np.float32).tiny))
    return np.minimum(ratio, _MOST_RAISED)[:, None].astype(np.float32)


def _smoothed_power(spectra: NDArray[np.complex64]) -> NDArray[np.float64]:
    """Return the power of all channels, summed over neighbouring bins: float64[frame, bin]."""
    power = np.square(np.abs(spectra), dtype=np.float64).sum(axis=1)
    half = _ENVELOPE_BINS // 2
    total = np.cumsum(np.pad(power, ((0, 0), (half + 1, half)), mode="reflect"), axis=1)
    smoothed: NDArray[np.float64] = total[:, _ENVELOPE_BINS:] - total[:, :-_ENVELOPE_BINS]
    return np.maximum(smoothed, 0.0)
