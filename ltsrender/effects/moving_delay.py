"""An echo whose time moves without a glide in pitch and without a click.

Where the time moves, a second tap is read at the new time and faded in while the old one fades
out, over 21 ms; then the lane is asked again. Each tap stands still, so nothing is bent: a moving
time sounds like a crowd of echoes, not like a tape changing speed. Feedback and mix move for every
sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_CONTROL = 64
_FADE_S = 0.021
_LONGEST_S = 30.0
_TINY = np.float32(1e-25)


class DelayKernel:
    """Echo with feedback; the memory holds 30 s."""

    def __init__(self, sample_rate_hz: int, n_channels: int) -> None:
        self._sample_rate_hz = sample_rate_hz
        n_samples = int(_LONGEST_S * sample_rate_hz) + 1
        self._ring = np.zeros((n_channels, n_samples), np.float32)
        # where to write; the delay now, the delay to come, samples of its fade still to do
        self._place = np.array([0, -1, 0, 0], np.int64)
        self._fade = max(round(_FADE_S * sample_rate_hz / _CONTROL), 1) * _CONTROL

    def controls(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return three rows: the delay in whole samples, feedback, mix."""
        # Single precision and cut off, not rounded: pedalboard's whole samples.
        seconds = values["delay_s"].astype(np.float32).astype(np.float64)
        delay = np.maximum(np.floor(seconds * self._sample_rate_hz), 1.0)
        return np.stack([delay, values["feedback"], values["mix"]])

    def run(
        self,
        audio: NDArray[np.float32],
        _key: NDArray[np.float32] | None,
        controls: NDArray[np.float64],
        start: int,
        /,
    ) -> NDArray[np.float32]:
        """Return the sound with its echoes; there is no key."""
        out = np.empty_like(audio)
        _delay(audio, out, controls, start, self._ring, self._place, self._fade)
        return out


@njit(cache=True, nogil=True)
def _delay(
    audio: NDArray[np.float32],
    out: NDArray[np.float32],
    controls: NDArray[np.float64],
    start: int,
    ring: NDArray[np.float32],
    place: NDArray[np.int64],
    fade: int,
) -> None:
    n_channels, n_samples = audio.shape
    size = ring.shape[1]
    write, now, new, left = place[0], place[1], place[2], place[3]
    one = np.float32(1.0)
    done = 0
    while done < n_samples:
        control = (start + done) // _CONTROL
        first = control * _CONTROL - start
        stop = min(n_samples, first + _CONTROL)
        if first == done and left == 0:
            wanted = int(controls[0, control])
            if now < 0:
                now = wanted
            elif wanted != now:
                new, left = wanted, fade
        feedback, feedback_step = controls[1, control], controls[1, control + 1]
        mix, mix_step = controls[2, control], controls[2, control + 1]
        feedback_step = (feedback_step - feedback) / _CONTROL
        mix_step = (mix_step - mix) / _CONTROL
        for channel in range(n_channels):
            line = ring[channel]
            at = write
            tap, new_tap = (write - now) % size, (write - new) % size
            for n in range(done, stop):
                echo = line[tap]
                if left > 0:
                    t = (fade - left + n - done) / fade
                    share = np.float32(t * t * t * (10.0 + t * (6.0 * t - 15.0)))
                    echo += share * (line[new_tap] - echo)
                    new_tap = new_tap + 1 if new_tap + 1 < size else 0
                x, offset = audio[channel, n], n - first
                again = x + np.float32(feedback + feedback_step * offset) * echo
                line[at] = again if abs(again) > _TINY else np.float32(0.0)
                wet = np.float32(mix + mix_step * offset)
                out[channel, n] = x * (one - wet) + wet * echo
                at = at + 1 if at + 1 < size else 0
                tap = tap + 1 if tap + 1 < size else 0
        write = (write + stop - done) % size
        if left > 0:
            left -= stop - done
            if left == 0:
                now = new
        done = stop
    place[0], place[1], place[2], place[3] = write, now, new, left
