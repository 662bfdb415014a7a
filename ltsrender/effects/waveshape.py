"""Distortion, clipping and crushed bits, with a value of its own for every sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_CONTROL = 64
_CLIPPING, _DISTORTION, _BITCRUSH = 0, 1, 2
_KINDS = {
    "clipping": (_CLIPPING, "threshold_db"),
    "distortion": (_DISTORTION, "drive_db"),
    "bitcrush": (_BITCRUSH, "depth_bits"),
}


class WaveshapeKernel:
    """A curve through which every sample goes by itself: there is no memory."""

    def __init__(self, effect: str) -> None:
        self._kind, self._name = _KINDS[effect]

    def controls(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return one row: the logarithm to base 2 of threshold, drive or number of steps."""
        amount = values[self._name]
        octaves = amount if self._kind == _BITCRUSH else amount * (np.log2(10.0) / 20.0)
        return np.ascontiguousarray(octaves[None])

    def run(
        self,
        audio: NDArray[np.float32],
        _key: NDArray[np.float32] | None,
        controls: NDArray[np.float64],
        start: int,
        /,
    ) -> NDArray[np.float32]:
        """Return the bent sound; there is no key."""
        out = np.empty_like(audio)
        _shape(audio, out, controls[0], start, self._kind)
        return out


@njit(cache=True, nogil=True)
def _shape(
    audio: NDArray[np.float32],
    out: NDArray[np.float32],
    octaves: NDArray[np.float64],
    start: int,
    kind: int,
) -> None:
    n_channels, n_samples = audio.shape
    for n in range(n_samples):
        control = (start + n) // _CONTROL
        share = (start + n - control * _CONTROL) / _CONTROL
        here = octaves[control]
        octave = here + (octaves[control + 1] - here) * share
        if kind == _BITCRUSH:  # in pedalboard's precision: else a sample here or there rounds apart
            octave = float(np.float32(octave))
        factor = np.float32(2.0**octave)
        for channel in range(n_channels):
            x = audio[channel, n]
            if kind == _CLIPPING:
                out[channel, n] = min(max(x, -factor), factor)
            elif kind == _DISTORTION:
                out[channel, n] = np.tanh(x * factor)
            else:
                out[channel, n] = np.rint(x * factor) * (np.float32(1.0) / factor)
