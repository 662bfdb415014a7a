"""Where a sound stands on the time line of its track, and what happens when it is too short.

A placed sound is an intro, played once, and a cycle, repeated for ever. Both are kept as one array
``[intro | cycle]``; every later moment is an index into it. The same indices tell which encoded
frame belongs to a moment, so the latent path and the source phase can never drift apart.

========== ============================== ===========================================
when_short intro                          cycle
========== ============================== ===========================================
once       the sound                      silence
loop       the sound up to the crossfade  the same, its end crossfaded into its start
ping_pong  (empty)                        the sound forwards, then backwards
hold       the sound                      its last half second, back and forth
========== ============================== ===========================================

While a sound is held its *latent* stands still at the last frame; the cycle only lends the held
timbre phases that go on moving as those of a sounding thing do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ltsrender.latents.loop import closed_loop
from ltsrender.signal.onsets import LEAST_GAP_S, find_onsets
from ltsrender.units import samples_from_seconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.latents.timemap import TimeMap

WhenShort = Literal["loop", "ping_pong", "hold", "once"]

HELD_REGION_S = 0.5


@dataclass(frozen=True, eq=False)
class PlacedSound:
    """A sound on the time line of its track: a ``SampleReader`` of unbounded length.

    Attributes
    ----------
    unrolled
        float32[channel, sample]: the intro, then one cycle.
    intro_samples
        Length of the intro, 0 or more.
    start_sample
        Sample of the track's time line at which the sound begins, 0 or more.
    held_sample
        Sample of the sound whose frame the latent holds on to, or ``None`` when it never stands
        still.
    time_map
        Which moment of the sound each moment of the track is, where a lane moves it; `read` always
        plays the sound from its start on.
    """

    unrolled: NDArray[np.float32]
    intro_samples: int
    start_sample: int = 0
    held_sample: int | None = None
    time_map: TimeMap | None = None

    @property
    def n_channels(self) -> int:
        """Number of channels, 1 or 2."""
        return int(self.unrolled.shape[0])

    @property
    def cycle_samples(self) -> int:
        """Length of the repeated part; 0 when silence follows the intro."""
        return int(self.unrolled.shape[1]) - self.intro_samples

    @property
    def end_sample(self) -> int | None:
        """Where the sound ends, in its own time; None where it goes on."""
        if self.held_sample is not None:
            return self.held_sample
        return None if self.cycle_samples else self.intro_samples - 1

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return the sound on the track's time line, silent where it does not sound.

        Parameters
        ----------
        start, stop
            Samples of the track's time line; ``start`` may be negative.

        Returns
        -------
        float32[channel, stop - start]
        """
        block = np.zeros((self.n_channels, stop - start), dtype=np.float32)
        elapsed, end = start - self.start_sample, stop - self.start_sample
        at = max(elapsed, 0)
        while at < end:
            over = at - self.intro_samples
            repeated = over >= 0 and self.cycle_samples > 0
            place = self.intro_samples + over % self.cycle_samples if repeated else at
            n_samples = min(end - at, self.unrolled.shape[1] - place)
            if n_samples <= 0:  # played once, and over
                break
            first = at - elapsed
            block[:, first : first + n_samples] = self.unrolled[:, place : place + n_samples]
            at += n_samples
        return block

    def encoded_samples(self) -> int:
        """Return how many samples from the sound's own start hold every frame it can ever need.

        One cycle more than is stored: the frames of the second cycle have a cycle on both sides,
        as all later ones have.
        """
        return self.intro_samples + 2 * self.cycle_samples

    def frame_positions(self, samples: NDArray[np.int64], hop_samples: int) -> NDArray[np.float64]:
        """Return which encoded frame, in frames from the sound's start, sounds at each moment.

        Parameters
        ----------
        samples : int64[frame]
            Moments on the track's time line.
        hop_samples
            Samples between encoded frames.

        Returns
        -------
        float64[frame]
            Fractional frame numbers; NaN where the sound is silent.
        """
        elapsed = (samples - self.start_sample).astype(np.float64)
        if self.time_map is not None:
            # Bends may lead a little before the sound: its first frame is the nearest there is.
            elapsed = np.where(elapsed < 0, -1.0, np.maximum(self.time_map.steady(samples), 0.0))
        inside = self._sounding(elapsed)
        positions = np.full(samples.shape, np.nan)
        if self.held_sample is not None:
            moment = np.minimum(elapsed[inside], self.held_sample)
        else:
            moment = self._wrapped(elapsed[inside], self.intro_samples + self.cycle_samples)
        positions[inside] = moment / hop_samples
        return positions

    def onsets(self, stop: float, sample_rate_hz: int) -> NDArray[np.float64]:
        """Return the sound's onsets before ``stop``, in samples from its start, rising.

        The beginning is one where the sound begins loud, and so are the onsets of every cycle.
        """
        silence = int(LEAST_GAP_S * sample_rate_hz)
        first = self.start_sample - silence
        whole = self.read(first, self.start_sample + self.encoded_samples())
        found = find_onsets(whole, sample_rate_hz).astype(np.float64) - silence
        found = np.maximum(found, 0.0)
        # The second cycle has a cycle on both sides, as all later ones have.
        second = self.intro_samples + self.cycle_samples
        once, again = found[found < second], found[found >= second]
        if self.cycle_samples <= silence or self.held_sample is not None:
            return once[once < stop]
        n_cycles = max(int(np.ceil((stop - second) / self.cycle_samples)), 0)
        cycles = again + np.arange(n_cycles)[:, None] * self.cycle_samples
        every: NDArray[np.float64] = np.concatenate([once, cycles.ravel()])
        before: NDArray[np.float64] = every[every < stop]
        return before

    def _sounding(self, elapsed: NDArray[np.float64]) -> NDArray[np.bool_]:
        begun = elapsed >= 0
        return begun if self.cycle_samples else begun & (elapsed < self.intro_samples)

    def _wrapped(self, elapsed: NDArray[np.float64], intro: int) -> NDArray[np.float64]:
        if not self.cycle_samples:
            return elapsed
        return np.where(elapsed < intro, elapsed, intro + (elapsed - intro) % self.cycle_samples)


def place_sound(
    audio: NDArray[np.float32],
    when_short: WhenShort,
    *,
    sample_rate_hz: int,
    start_sample: int = 0,
    crossfade_s: float = 0.05,
) -> PlacedSound:
    """Lay a sound out on the time line of its track.

    Parameters
    ----------
    audio : float32[channel, sample]
        The sound, at least one sample long.
    when_short
        What follows when the sound has ended and the track has not; the table above.
    sample_rate_hz
        Of the audio and of the time line.
    start_sample
        Sample of the track's time line at which the sound begins.
    crossfade_s
        Of a loop; at most half the sound is used.
    """
    n_samples = audio.shape[1]
    held_sample = None
    if when_short == "loop":
        overlap = min(samples_from_seconds(crossfade_s, sample_rate_hz), n_samples // 2)
        intro, cycle = closed_loop(audio, overlap, sample_rate_hz)
    elif when_short == "ping_pong":
        intro, cycle = audio[:, :0], _there_and_back(audio)
    elif when_short == "hold":
        held = audio[:, -min(n_samples, samples_from_seconds(HELD_REGION_S, sample_rate_hz)) :]
        # Backwards first, so that the cycle continues where the sound ends.
        intro, cycle = audio, np.roll(_there_and_back(held), -held.shape[1], axis=1)
        held_sample = n_samples - 1
    else:
        intro, cycle = audio, audio[:, :0]
    return PlacedSound(
        unrolled=np.concatenate([intro, cycle], axis=1),
        intro_samples=intro.shape[1],
        start_sample=start_sample,
        held_sample=held_sample,
    )


def _there_and_back(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the sound forwards and backwards, neither turning point played twice."""
    return np.concatenate([audio, audio[:, -2:0:-1]], axis=1)
