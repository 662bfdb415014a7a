"""Sound through a chain of inserts, in time to the sample, in pieces of any length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from ltsrender.effects.insert import Insert, Moving


class ChainProcessor:
    """The inserts of one track or bus at work.

    As many samples come out as went in, each in time with the sample that went in: what an insert
    delays (a limiter that looks ahead) is compensated. `process` may return fewer samples than it
    took; `flush` returns the rest. Tails sound when zeros are fed after the sound: how long is the
    caller's choice. The output does not depend on the lengths of the pieces.

    Parameters
    ----------
    inserts
        The chain, in the order in which sound passes.
    lanes
        By target, ``insert/<id>/<parameter>``: what moves. Other targets are not looked at. Values
        hold for 64 samples, are clipped to the parameter's range, and where they are not finite
        the insert's own value stands in. Equalisers glide (`Parameter.glide`).
    sample_rate_hz, n_channels
        Of the sound, for the whole of the processor's life.
    first_sample
        Where the sound's sample 0 lies on the lanes' time line; a multiple of 64 puts the control
        times where a render from 0 has them.

    Raises
    ------
    ValueError
        When a lane moves a parameter that cannot move; the plan should have refused it.
    """

    def __init__(
        self,
        inserts: Sequence[Insert],
        lanes: Mapping[str, Moving],
        sample_rate_hz: int,
        n_channels: int,
        *,
        first_sample: int = 0,
    ) -> None:
        from ltsrender.effects.stages import (  # noqa: PLC0415 - checked without pedalboard
            make_stage,
        )

        self._n_channels = n_channels
        self._stages = [
            make_stage(insert, lanes, sample_rate_hz, n_channels, first_sample)
            for insert in inserts
            if not insert.bypass
        ]

    def process(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next input float32[channel, sample] and return what is finished."""
        if audio.ndim != 2 or audio.shape[0] != self._n_channels:
            raise ValueError(f"audio has shape {audio.shape}; it is [{self._n_channels}, sample]")
        return self._through(audio.astype(np.float32, copy=False), first_stage=0)

    def flush(self) -> NDArray[np.float32]:
        """Return what is still held back; nothing may be processed afterwards."""
        rests = [
            self._through(stage.flush(), first_stage=number + 1)
            for number, stage in enumerate(self._stages)
        ]
        return np.concatenate([np.zeros((self._n_channels, 0), np.float32), *rests], axis=1)

    def _through(self, audio: NDArray[np.float32], first_stage: int) -> NDArray[np.float32]:
        for stage in self._stages[first_stage:]:
            audio = stage.process(audio)
        return audio


def apply_chain(
    blocks: Iterable[NDArray[np.float32]],
    inserts: Sequence[Insert],
    lanes: Mapping[str, Moving],
    sample_rate_hz: int,
    n_channels: int,
    *,
    first_sample: int = 0,
) -> Iterator[NDArray[np.float32]]:
    """Yield a sound after its chain, as many samples as it had; see `ChainProcessor`.

    Parameters
    ----------
    blocks
        The sound, float32[channel, sample], in pieces of any length.
    inserts, lanes, sample_rate_hz, n_channels, first_sample
        As for `ChainProcessor`.
    """
    processor = ChainProcessor(
        inserts, lanes, sample_rate_hz, n_channels, first_sample=first_sample
    )
    for block in blocks:
        made = processor.process(block)
        if made.shape[1]:
            yield made
    rest = processor.flush()
    if rest.shape[1]:
        yield rest
