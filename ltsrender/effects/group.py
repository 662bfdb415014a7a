"""Stages made of stages: one after the other, and side by side."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.effects.held import Held
from ltsrender.effects.insert import level_parameter
from ltsrender.effects.ramp import Ramp, gains_with_silence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from ltsrender.effects.insert import Branch, Moving
    from ltsrender.effects.kernelstage import KeyedStage
    from ltsrender.effects.stage import Stage


class Series:
    """Stages one after the other, as one stage; with none of them sound passes as it is."""

    def __init__(self, stages: Sequence[Stage], n_channels: int) -> None:
        self._stages = tuple(stages)
        self._nothing = np.zeros((n_channels, 0), np.float32)

    def process(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next input float32[channel, sample] and return what is finished."""
        return self._through(audio, first_stage=0)

    def flush(self) -> NDArray[np.float32]:
        """Return what is still held back; nothing may be processed afterwards."""
        rests = [
            self._through(stage.flush(), first_stage=number + 1)
            for number, stage in enumerate(self._stages)
        ]
        return np.concatenate([self._nothing, *rests], axis=1)

    def close(self) -> None:
        """Close every stage."""
        close_all(self._stages)

    def _through(self, audio: NDArray[np.float32], first_stage: int) -> NDArray[np.float32]:
        for stage in self._stages[first_stage:]:
            audio = stage.process(audio)
        return audio


class BranchAtWork:
    """One branch at work: its chain, what it made that the others have not, its level.

    Parameters
    ----------
    branch
        What it does.
    stage
        Its chain at work.
    moving
        The lane of its level; None where it stands still.
    sample_rate_hz, n_channels
        Of the sound.
    first_sample
        Where on the lanes' time line the sound's sample 0 lies.
    """

    def __init__(
        self,
        branch: Branch,
        stage: Stage,
        moving: Moving | None,
        sample_rate_hz: int,
        n_channels: int,
        first_sample: int,
    ) -> None:
        allowed = level_parameter(branch.name)

        def gains_at(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
            if moving is None:
                return gains_with_silence(np.full(seconds.shape, branch.gain_db))
            values = moving.at(seconds)
            inside = np.clip(values, allowed.minimum, allowed.maximum)
            return gains_with_silence(np.where(np.isfinite(values), inside, branch.gain_db))

        self.stage = stage
        self.made = Held(n_channels)
        self._ramp = Ramp(gains_at, sample_rate_hz, first_sample)

    def taken(self, start: int, stop: int) -> NDArray[np.float64]:
        """Return the next samples, ``start`` to ``stop`` of the whole, at their level."""
        return np.asarray(self.made.take(stop - start) * self._ramp.gains(start, stop), np.float64)


class SideBySide:
    """Branches at work: each hears the same sound, and what they make is added in time.

    A branch that is slower than the others (a limiter that looks ahead) makes them wait.

    Parameters
    ----------
    branches
        At least one.
    n_channels
        Of the sound.
    """

    def __init__(self, branches: Sequence[BranchAtWork], n_channels: int) -> None:
        self._branches = tuple(branches)
        self._n_channels = n_channels
        self._n_out = 0

    def process(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next input float32[channel, sample] and return what is finished."""
        for branch in self._branches:
            branch.made.push(branch.stage.process(audio))
        return self._summed()

    def flush(self) -> NDArray[np.float32]:
        """Return the rest."""
        for branch in self._branches:
            branch.made.push(branch.stage.flush())
        return self._summed()

    def close(self) -> None:
        """Close every branch."""
        close_all(branch.stage for branch in self._branches)

    def _summed(self) -> NDArray[np.float32]:
        start = self._n_out
        self._n_out += min(branch.made.n_samples for branch in self._branches)
        total = np.zeros((self._n_channels, self._n_out - start))
        for branch in self._branches:
            total += branch.taken(start, self._n_out)
        return total.astype(np.float32)


class KeyedInsert:
    """An insert that listens to another sound; both are lined up here.

    Parameters
    ----------
    stage
        One whose `process` takes the key beside the sound.
    name
        Whom it listens to.
    n_channels
        Of both sounds.
    """

    def __init__(self, stage: KeyedStage, name: str, n_channels: int) -> None:
        self._stage = stage
        self._name = name
        self._key = Held(n_channels)

    def hear(self, keys: Mapping[str, NDArray[np.float32]], shape: tuple[int, ...]) -> None:
        """Take the key of the next piece of sound, whatever of that piece comes here now."""
        key = keys.get(self._name)
        if key is None or key.shape != shape:
            found = "nothing" if key is None else f"{key.shape}"
            raise ValueError(f'the side-chain "{self._name}" needs {shape}, but got {found}')
        self._key.push(key.astype(np.float32, copy=False))

    def process(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next input float32[channel, sample] and return what is finished."""
        return self._stage.process(audio, self._key.take(audio.shape[1]))

    def flush(self) -> NDArray[np.float32]:
        """Return the rest."""
        return self._stage.flush()

    def close(self) -> None:
        """Close the stage."""
        self._stage.close()


def close_all(stages: Iterable[Stage]) -> None:
    """Close stages, each of them even where closing another fails."""
    with ExitStack() as stack:
        for stage in stages:
            stack.callback(stage.close)
