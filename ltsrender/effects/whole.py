"""Effects that have to hear the whole sound before its first sample comes out.

Pitch shift and GSM lose sound or fall silent when it comes in blocks, and MP3 knows few sample
rates, so at others the sound is taken to one of them and back. Such an
insert keeps everything that it is fed, float32, and works once: when as much has come as ever will,
or at the end. It needs twice the sound's memory, 8 bytes for every sample of every channel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import soxr

from ltsrender.effects.native import NativeEffect
from ltsrender.effects.pitch import shift_pitch

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ltsrender.effects.insert import Insert

    Sound = NDArray[np.float32]

MP3_RATES_HZ = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
"""What an MP3 can be encoded at."""

_SHORTEST = 4_096  # samples; pedalboard mistakes two samples of two channels for something else
_GSM_SILENT = 2.0**-13  # half a step of the codec's 13 bits
_FRAME_S = 0.02  # what GSM encodes at a time; the squelch opens and closes by it


class WholeStage:
    """An insert that works on the whole sound; as `ltsrender.effects.stage.Stage`.

    Parameters
    ----------
    run
        Makes the whole of the sound, float32[channel, sample], into as much.
    n_channels
        Of the sound.
    longest_samples
        How many samples will ever be fed, if it is known: the work is done when they have come.
        Whatever comes later is taken as silence and answered by silence. Else at `flush`.
    """

    def __init__(
        self, run: Callable[[Sound], Sound], n_channels: int, longest_samples: int | None = None
    ) -> None:
        self._run = run
        self._nothing = np.zeros((n_channels, 0), np.float32)
        self._longest = longest_samples
        self._held: list[Sound] = []
        self._n_held = 0
        self._is_done = False

    def process(self, audio: Sound) -> Sound:
        """Take the next input; return nothing, or once everything, float32[channel, sample]."""
        if self._is_done:
            return np.zeros_like(audio)
        self._held.append(audio.copy())  # the caller may use his memory again
        self._n_held += audio.shape[1]
        if self._longest is None or self._n_held < self._longest:
            return self._nothing
        return self._everything(self._longest)

    def flush(self) -> Sound:
        """Return what is held back."""
        return self._nothing if self._is_done else self._everything(self._n_held)

    def close(self) -> None:
        """Let go of what is held."""
        self._held.clear()

    def _everything(self, n_heard: int) -> Sound:
        """Work on the first samples, and answer those that came with the last by silence."""
        sound = np.concatenate([self._nothing, *self._held], axis=1)
        self._held.clear()
        self._is_done = True
        if n_heard == 0 or not sound[:, :n_heard].any():
            return np.zeros_like(sound)
        made = np.zeros_like(sound)
        made[:, :n_heard] = self._run(sound[:, :n_heard])
        return made


def needs_the_whole(insert: Insert, sample_rate_hz: int) -> bool:
    """Return whether an insert has to hear the whole sound first."""
    is_foreign = insert.effect == "mp3" and sample_rate_hz not in MP3_RATES_HZ
    return insert.info.runs == "whole" or is_foreign


def whole_work(insert: Insert, sample_rate_hz: int) -> Callable[[Sound], Sound]:
    """Return what an insert does to a whole sound.

    Parameters
    ----------
    insert
        One that `needs_the_whole`.
    sample_rate_hz
        Of the sound.
    """

    def run_lines(audio: Sound) -> Sound:
        # pedalboard sums stereo to one line; and its decoder hums on after a sound.
        lines = [
            _through_pedalboard(insert, channel[np.newaxis], sample_rate_hz) for channel in audio
        ]
        return _squelched(np.concatenate(lines), audio, sample_rate_hz)

    def run_at_another_rate(audio: Sound) -> Sound:
        rate = mp3_rate_hz(sample_rate_hz)
        there = soxr.resample(audio.T, sample_rate_hz, rate, "VHQ").T
        made = _through_pedalboard(insert, np.ascontiguousarray(there), rate)
        return _as_long(soxr.resample(made.T, rate, sample_rate_hz, "VHQ").T, audio.shape[1])

    def run_pitch(audio: Sound) -> Sound:
        semitones = float(insert.parameters["semitones"])
        keep = bool(insert.parameters["keep_formants"])
        return shift_pitch(audio, sample_rate_hz, semitones, keep_formants=keep)

    if insert.effect == "pitch_shift":
        return run_pitch
    if insert.effect == "gsm":
        return run_lines
    return run_at_another_rate


def mp3_rate_hz(sample_rate_hz: int) -> int:
    """Return the rate at which an MP3 of a sound is made.

    >>> [mp3_rate_hz(rate) for rate in (48_000, 88_200, 96_000, 20_000)]
    [48000, 44100, 48000, 22050]
    """
    at_least = [rate for rate in MP3_RATES_HZ if rate >= sample_rate_hz]
    if at_least:
        return at_least[0]
    return 44_100 if sample_rate_hz % 44_100 == 0 else 48_000


def _through_pedalboard(insert: Insert, audio: Sound, sample_rate_hz: int) -> Sound:
    """Return as many samples as came in; pedalboard compensates the effect's delay itself."""
    n_samples = audio.shape[1]
    padded = _as_long(audio, max(n_samples, _SHORTEST))
    native = NativeEffect(insert, sample_rate_hz, padded.shape[1])
    return _as_long(native.whole(padded), n_samples)


def _squelched(made: Sound, heard: Sound, sample_rate_hz: int) -> Sound:
    """Return what a line passes: nothing from a frame after its input fell silent.

    Lines of gain over a frame open and close it, each frame at 1 where it or the one before is
    heard.
    """
    frame = max(int(_FRAME_S * sample_rate_hz), 1)
    n_channels, n_samples = heard.shape
    n_frames = -(-n_samples // frame)
    framed = _as_long(np.abs(heard), n_frames * frame).reshape(n_channels, n_frames, frame)
    is_heard = framed.max(axis=2) >= _GSM_SILENT
    ends = np.zeros((n_channels, n_frames + 1))
    ends[:, :-1] = is_heard
    ends[:, 1:] = np.maximum(ends[:, 1:], is_heard)
    at = np.arange(n_samples) / frame
    gains = np.stack([np.interp(at, np.arange(n_frames + 1), each) for each in ends])
    return np.asarray(made * gains, dtype=np.float32)


def _as_long(audio: Sound, n_samples: int) -> Sound:
    """Return exactly so many samples: silence is added, or the rest dropped."""
    kept = audio[:, :n_samples]
    return np.ascontiguousarray(np.pad(kept, ((0, 0), (0, n_samples - kept.shape[1]))))
