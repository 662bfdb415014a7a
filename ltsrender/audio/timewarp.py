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
1 the first 24 ms are heard by the frames right at the onset only. The overlapped windows are
divided by the sum of what they really heard, so levels stay.

**Jumps.** Where the position leaps by more than 5 ms from one sample to the next, the frames of
both sides meet in a crossfade of 5 ms.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy import fft

from ltsrender.audio.vocoder import turn_frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.signal import SampleReader

    Audio = NDArray[np.float32]

WINDOW_S = 0.093
HOPS_PER_WINDOW = 8
JUMP_S = 0.005
ATTACK_S = 0.024
_GATE_S = 0.001
_SLIP_S = 0.001
_FRAMES_PER_STEP = 32
_KEPT_SAMPLES = 2**18
_LEAST_SHARE = 0.1
_FAR = 2.0**62


class Positions(Protocol):
    """Where in its sound each moment of a track is, as `ltsrender.latents.TimeMap` knows."""

    @property
    def start_sample(self) -> int:
        """When the sound begins on the track's time line."""

    @property
    def run_up_rate(self) -> int:
        """The rate at which time runs before that, 1 or -1."""

    @property
    def onsets(self) -> NDArray[np.float64]:
        """Onsets in samples from the sound's start, rising."""

    def at(self, samples: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return positions in samples from the sound's start."""

    def written(self, samples: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the positions before anything was bent: they jump where the composer jumps."""


@dataclass
class _Steps:
    """What consecutive frames play, each field [frame]."""

    positions: NDArray[np.int64]
    directions: NDArray[np.int64]
    is_true: NDArray[np.bool_]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass
class _State:
    """Where the vocoder stands between two steps.

    Attributes
    ----------
    frame
        The next frame.
    position, direction, is_true
        Of the frame before it.
    entry
        Of the stretch of sound since the last onset: how far track and sound were apart there.
    spectrum
        complex64[channel, bin], the frame before.
    sound, weight
        What the next window already overlaps with: float32[channel, sample], float32[sample].
    jumps
        Moments of jumps, in samples of the track.
    scanned
        The frame up to which jumps have been looked for.
    """

    frame: int
    spectrum: NDArray[np.complex64]
    sound: Audio
    weight: NDArray[np.float32]
    scanned: int
    direction: int
    position: int | None = None
    is_true: bool = False
    entry: int = 0
    jumps: list[int] = field(default_factory=list)


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
        self.sample_rate_hz = sample_rate_hz
        self._window_samples = 2 ** round(math.log2(WINDOW_S * sample_rate_hz))
        self._hop_samples = self._window_samples // HOPS_PER_WINDOW
        turn = 2 * np.pi * np.arange(self._window_samples) / self._window_samples
        self._window = (0.5 - 0.5 * np.cos(turn)).astype(np.float32)
        # Before this frame time runs at rate 1, and the sound is read as it is.
        self._first_frame = positions.start_sample // self._hop_samples - HOPS_PER_WINDOW
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
        if start < self._origin:
            result[:, : self._origin - start] = self._run_up(start, min(stop, self._origin))
        at = self._kept_from
        for piece in self._kept:
            first, last = max(start, at), min(stop, at + piece.shape[1])
            if first < last:
                result[:, first - start : last - start] = piece[:, first - at : last - at]
            at += piece.shape[1]
        return self._begun(result, start)

    @property
    def _origin(self) -> int:
        """The first sample that every window it needs has heard; before it time has rate 1."""
        return self._first_frame * self._hop_samples + self._window_samples // 2

    def _run_up(self, start: int, stop: int) -> Audio:
        rate = self.positions.run_up_rate
        first = _nearest(float(self.positions.at(np.array([start]))[0]))
        last = first + rate * (stop - 1 - start)
        return self.sound.read(min(first, last), max(first, last) + 1)[:, ::rate]

    def _begun(self, block: Audio, start: int) -> Audio:
        """Fade in right before the sound begins, if that is within the track."""
        begin = self.positions.start_sample
        if begin <= 0 or start >= begin:
            return block
        ramp = self.sample_rate_hz * JUMP_S
        share = (np.arange(start, start + block.shape[1]) - begin) / ramp + 1.0
        return block * np.clip(share, 0.0, 1.0).astype(np.float32)

    def _restart(self) -> None:
        n_bins = self._window_samples // 2 + 1
        self._state = _State(
            frame=self._first_frame,
            spectrum=np.zeros((self.n_channels, n_bins), dtype=np.complex64),
            sound=np.zeros((self.n_channels, self._window_samples), dtype=np.float32),
            weight=np.zeros(self._window_samples, dtype=np.float32),
            scanned=self._first_frame,
            direction=self.positions.run_up_rate,
        )
        self._kept: deque[Audio] = deque()
        self._kept_from = self._made_to = self._origin

    def _keep(self, piece: Audio, asked: int) -> None:
        """Keep a new piece, and forget the oldest while enough is left for what is asked."""
        if not self._kept:  # the first window's beginning was heard by that window only
            piece = piece[:, self._window_samples :]
        self._kept.append(piece)
        self._made_to += piece.shape[1]
        enough = max(_KEPT_SAMPLES, 2 * asked)
        while self._made_to - self._kept_from - self._kept[0].shape[1] > enough:
            self._kept_from += self._kept.popleft().shape[1]

    def _next_step(self) -> Audio:
        """Return the samples that the next frames finish, float32[channel, hop * frames]."""
        state, hop, window = self._state, self._hop_samples, self._window_samples
        first = state.frame
        centres = np.arange(first, first + _FRAMES_PER_STEP) * hop
        jumped = self._look_for_jumps(centres)
        steps = self._steps(centres, jumped)
        sounds, weights = self._turned(steps, centres)
        n_made = _FRAMES_PER_STEP * hop
        sound = np.pad(state.sound, ((0, 0), (0, n_made)))
        weight = np.pad(state.weight, (0, n_made))
        for n in range(_FRAMES_PER_STEP):
            sound[:, n * hop : n * hop + window] += sounds[n]
            weight[n * hop : n * hop + window] += weights[n]
        least = _LEAST_SHARE * HOPS_PER_WINDOW * 0.375  # the mean of a squared Hann window
        state.frame += _FRAMES_PER_STEP
        state.sound, state.weight = sound[:, n_made:], weight[n_made:]
        return sound[:, :n_made] / np.maximum(weight[:n_made], np.float32(least))

    def _look_for_jumps(self, centres: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Find jumps as far as the last frame's window reaches; tell which frames follow one."""
        state, hop = self._state, self._hop_samples
        stop = state.frame + _FRAMES_PER_STEP + HOPS_PER_WINDOW // 2 + 1
        frames = np.arange(state.scanned - 2, stop)
        written = self.positions.written(frames * hop)
        least = JUMP_S * self.sample_rate_hz
        bends = np.abs(np.diff(written, 2)) > least / 2
        for frame in frames[2:][bends].tolist():
            moments = np.arange((frame - 1) * hop, frame * hop + 1)
            leaps = np.abs(np.diff(self.positions.written(moments)))
            if leaps.max() > least:
                state.jumps.append(int(moments[1 + int(leaps.argmax())]))
        state.scanned = stop
        oldest = int(centres[0]) - self._window_samples
        state.jumps = [jump for jump in state.jumps if jump > oldest]
        count = np.searchsorted(state.jumps, np.append(centres[0] - hop, centres), side="right")
        return np.diff(count) > 0

    def _steps(self, centres: NDArray[np.int64], jumped: NDArray[np.bool_]) -> _Steps:
        """Decide what each frame plays: whole samples, directions, sides of onsets, phases."""
        state, hop, rate = self._state, self._hop_samples, self.sample_rate_hz
        wanted = self.positions.at(centres)
        onsets = self.positions.onsets
        steps = _Steps(*(np.empty(centres.size, dtype=kind) for kind in (np.int64, np.int64, bool)),
                       np.full(centres.size, -_FAR), np.full(centres.size, _FAR))  # fmt: skip
        for n, want in enumerate(wanted.tolist()):
            direction = state.direction
            before = state.position
            if before is None:
                before = _nearest(want) - direction * hop
            elif want != before:
                direction = 1 if want > before else -1
            position = before + direction * hop
            if abs(want - position) > 1.0:
                position = _nearest(want)
            side, side_before = np.searchsorted(onsets, (position, before), side="right").tolist()
            is_new = state.position is None or bool(jumped[n]) or side != side_before
            is_true = is_new or (
                state.is_true
                and direction == state.direction
                and position == before + direction * hop
            )
            slip = int(centres[n]) - direction * position
            if is_new or direction != state.direction:
                state.entry = slip
            if side > 0:
                low = float(onsets[side - 1])
                attack = ATTACK_S * rate
                if not is_true and (
                    abs(slip - state.entry) > _SLIP_S * rate
                    if direction > 0
                    else position - low > attack
                ):
                    low = max(low, min(low + attack, position - self._window_samples / 16))
                steps.low[n] = low
            if side < onsets.size:
                steps.high[n] = onsets[side]
            steps.positions[n], steps.directions[n] = position, direction
            steps.is_true[n] = is_true
            state.position, state.direction, state.is_true = position, direction, is_true
        return steps

    def _heard(
        self, positions: NDArray[np.int64], low: NDArray[np.float64], high: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """Return how much each frame hears of each sample around it: float32[frame, sample]."""
        half, ramp = self._window_samples // 2, _GATE_S * self.sample_rate_hz
        heard = np.ones((positions.size, self._window_samples), dtype=np.float32)
        offsets = np.arange(-half, half)
        near = (low > positions - half) | (high < positions + half + ramp)
        for n in np.flatnonzero(near):
            x = positions[n] + offsets
            gate = np.clip((x - low[n]) / ramp + 1.0, 0.0, 1.0)
            heard[n] = gate * np.clip((high[n] - x) / ramp, 0.0, 1.0)
        return heard

    def _turned(
        self, steps: _Steps, centres: NDArray[np.int64]
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
        earlier = np.zeros_like(spectra)
        gaining = np.flatnonzero(~steps.is_true)
        if gaining.size:
            shift = -steps.directions[gaining] * self._hop_samples
            earlier[gaining], _ = self._spectra(steps, gaining, shift)
        turn_frames(spectra, earlier, steps.is_true, self._state.spectrum)
        sounds = fft.irfft(spectra, self._window_samples, axis=-1)
        back = steps.directions < 0
        heard[back, 1:] = heard[back, :0:-1]
        outside = self._between_jumps(centres) * self._window
        return sounds * outside[:, None], outside * self._window * heard

    def _spectra(
        self, steps: _Steps, chosen: NDArray[np.int64], shift: NDArray[np.int64] | int = 0
    ) -> tuple[NDArray[np.complex64], NDArray[np.float32]]:
        """Return spectra around (shifted) positions, mirrored backwards, and what they heard."""
        positions = steps.positions[chosen] + shift
        heard = self._heard(positions, steps.low[chosen], steps.high[chosen])
        cut = self._cut(positions)
        spectra = fft.rfft(cut * (self._window * heard)[:, None], axis=-1)
        back = steps.directions[chosen] < 0
        spectra[back] = np.conj(spectra[back])
        return spectra, heard

    def _cut(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the sound around each position: float32[frame, channel, sample]."""
        half = self._window_samples // 2
        low, high = int(positions.min()) - half, int(positions.max()) + half
        if high - low > 4 * _FRAMES_PER_STEP * self._hop_samples:
            return np.stack([self.sound.read(p - half, p + half) for p in positions.tolist()])
        view = np.lib.stride_tricks.sliding_window_view(
            self.sound.read(low, high), self._window_samples, axis=1
        )
        return view[:, positions - half - low].swapaxes(0, 1)

    def _between_jumps(self, centres: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return what jumps leave of each frame's window: float32[frame, sample]."""
        left = np.ones((centres.size, self._window_samples), dtype=np.float32)
        half, ramp = self._window_samples // 2, JUMP_S * self.sample_rate_hz
        for jump in self._state.jumps:
            for n in np.flatnonzero(np.abs(centres - jump) < half + ramp):
                x = np.arange(-half, half) + centres[n] - jump
                share = np.clip(x / ramp + 0.5, 0.0, 1.0)
                left[n] *= share if centres[n] >= jump else 1.0 - share
        return left


def _nearest(position: float) -> int:
    """Return the nearest sample, halves upwards wherever: runs of halves stay evenly spaced."""
    return math.floor(position + 0.5)
