"""pedalboard's side of an insert: the only module that imports it, and only when sound flows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pedalboard

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.effects.catalog import Parameter, Value
    from ltsrender.effects.insert import Insert

_BELOW_NYQUIST = 0.49  # of the sample rate: filters are unstable above, and infinite at it

_LADDER_MODES = {
    "lowpass_12": pedalboard.LadderFilter.LPF12,
    "highpass_12": pedalboard.LadderFilter.HPF12,
    "bandpass_12": pedalboard.LadderFilter.BPF12,
    "lowpass_24": pedalboard.LadderFilter.LPF24,
    "highpass_24": pedalboard.LadderFilter.HPF24,
    "bandpass_24": pedalboard.LadderFilter.BPF24,
}
_QUALITIES = {
    "clean": pedalboard.Resample.Quality.WindowedSinc32,
    "linear": pedalboard.Resample.Quality.Linear,
    "stepped": pedalboard.Resample.Quality.ZeroOrderHold,
}
_CHOICES: dict[str, dict[str, Any]] = {"mode": _LADDER_MODES, "quality": _QUALITIES}


class NativeEffect:
    """A pedalboard effect with every value of an insert set.

    Parameters
    ----------
    insert
        Complete and checked.
    sample_rate_hz, block_samples
        Fixed for the effect's life: pedalboard clears an effect's memory without a word when
        either grows.
    """

    def __init__(self, insert: Insert, sample_rate_hz: int, block_samples: int) -> None:
        self._plugin: Any = getattr(pedalboard, insert.info.pedalboard_class)()
        self._sample_rate_hz = sample_rate_hz
        self._block_samples = block_samples
        for name, parameter in insert.info.parameters.items():
            self.set(parameter, insert.parameters[name])

    def set(self, parameter: Parameter, value: Value) -> None:
        """Set one parameter; a frequency stays below half the sample rate."""
        native: Any = value
        if parameter.kind == "choice":
            native = _CHOICES[parameter.name][str(value)]
        elif parameter.kind == "number":
            native = parameter.clipped(float(value))
            if parameter.native == "target_sample_rate":  # at the sound's own rate it does nothing
                native = min(native, self._sample_rate_hz)
            elif parameter.unit == "Hz":
                native = min(native, _BELOW_NYQUIST * self._sample_rate_hz)
        setattr(self._plugin, parameter.native, native)

    def process(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a block's sound, float32[channel, sample]: fewer samples while latency fills.

        pedalboard drops the samples by which an effect is late from the start of its output, so
        what comes out is in time; what it still holds comes out when zeros are fed.
        """
        made = self._plugin.process(
            audio, self._sample_rate_hz, buffer_size=self._block_samples, reset=False
        )
        return np.asarray(made, dtype=np.float32)

    def whole(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a whole sound's sound, as many samples as it has; pedalboard drains the delay."""
        made = self._plugin.process(audio, self._sample_rate_hz, reset=True)
        return np.asarray(made, dtype=np.float32)


def pitched(
    audio: NDArray[np.float32], sample_rate_hz: int, semitones: float, *, keep_formants: bool
) -> NDArray[np.float32]:
    """Return a whole sound at another pitch, late and longer; see `ltsrender.effects.pitch`."""
    made = pedalboard.time_stretch(
        np.ascontiguousarray(audio),
        float(sample_rate_hz),
        # One value for every sample chooses the engine that does not drift downwards.
        pitch_shift_in_semitones=np.full(audio.shape[1], semitones, np.float64),
        preserve_formants=keep_formants,
    )
    return np.asarray(made, dtype=np.float32)
