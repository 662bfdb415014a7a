"""Sound through a chain of effects, in time to the sample, in pieces of any length."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.effects.blend import BlendStage, Wetness
from ltsrender.effects.group import BranchAtWork, KeyedInsert, Series, SideBySide
from ltsrender.effects.insert import BYPASS, DRY_WET, Insert, macros_of
from ltsrender.effects.macro import with_macro_lanes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from ltsrender.effects.insert import ChainPart, Group, Moving
    from ltsrender.effects.stage import Stage

_NO_KEYS: Mapping[str, NDArray[np.float32]] = MappingProxyType({})


class ChainProcessor:
    """The effects of one track or bus at work.

    As many samples come out as went in, each in time with the sample that went in: what an insert
    delays (a limiter that looks ahead) is compensated, what stands beside it waits. `process` may
    return fewer samples than it took; `flush` returns the rest. Tails sound when zeros are fed
    after the sound: how long is the caller's choice. The output does not depend on the lengths of
    the pieces.

    Parameters
    ----------
    parts
        The chain, in the order in which sound passes: inserts and groups.
    lanes
        By target, see `targets_of`: what moves. Other targets are not looked at. Values are clipped
        to the parameter's range, and where they are not finite the part's own value stands in.
    sample_rate_hz, n_channels
        Of the sound, for the whole of the processor's life.
    first_sample
        Where the sound's sample 0 lies on the lanes' time line; a multiple of 64 puts the control
        times where a render from 0 has them.
    longest_samples
        How many samples will ever be fed. Effects that work on a sound as a whole hold everything
        back until so many have come, or until `flush`.

    Raises
    ------
    ValueError
        When a lane moves a parameter that cannot move; the plan should have refused it.
    """

    def __init__(
        self,
        parts: Sequence[ChainPart],
        lanes: Mapping[str, Moving],
        sample_rate_hz: int,
        n_channels: int,
        *,
        first_sample: int = 0,
        longest_samples: int | None = None,
    ) -> None:
        self._n_channels = n_channels
        builder = _Builder(
            with_macro_lanes(macros_of(parts), lanes),
            sample_rate_hz,
            n_channels,
            first_sample,
            longest_samples,
        )
        self._stage = builder.series(parts)
        self._keyed = builder.keyed

    def process(
        self, audio: NDArray[np.float32], keys: Mapping[str, NDArray[np.float32]] = _NO_KEYS
    ) -> NDArray[np.float32]:
        """Take the next input float32[channel, sample] and return what is finished.

        Parameters
        ----------
        audio
            The sound, float32[channel, sample].
        keys
            By name, the sounds of the side-chains (`sidechains_of`): shaped like ``audio`` and in
            time with it.

        Raises
        ------
        InsertFailed
            When an insert fails at work: a plugin that crashes, say.
        """
        if audio.ndim != 2 or audio.shape[0] != self._n_channels:
            raise ValueError(f"audio has shape {audio.shape}; it is [{self._n_channels}, sample]")
        for insert in self._keyed:
            insert.hear(keys, audio.shape)
        return self._stage.process(audio.astype(np.float32, copy=False))

    def flush(self) -> NDArray[np.float32]:
        """Return what is still held back; nothing may be processed afterwards."""
        return self._stage.flush()

    def close(self) -> None:
        """End what runs beside this process; may be called again."""
        self._stage.close()


class _Builder:
    """Puts stages together as the parts of a chain say."""

    def __init__(
        self,
        lanes: Mapping[str, Moving],
        sample_rate_hz: int,
        n_channels: int,
        first_sample: int,
        longest_samples: int | None,
    ) -> None:
        self._lanes = lanes
        self._sample_rate_hz = sample_rate_hz
        self._n_channels = n_channels
        self._first_sample = first_sample
        self._longest_samples = longest_samples
        self.keyed: list[KeyedInsert] = []

    def series(self, parts: Iterable[ChainPart]) -> Series:
        """Return a chain at work; parts that are never heard are left out."""
        found = (self._part(part) for part in parts)
        return Series([stage for stage in found if stage is not None], self._n_channels)

    def _part(self, part: ChainPart) -> Stage | None:
        wetness = Wetness(part, self._lanes, self._sample_rate_hz, self._first_sample)
        if not wetness.is_heard:
            return None
        stage = self._insert(part) if isinstance(part, Insert) else self._group(part)
        return stage if wetness.is_whole else BlendStage(stage, wetness, self._n_channels)

    def _group(self, group: Group) -> Stage:
        first = group.branches[0]
        if len(group.branches) == 1 and not first.name and first.gain_db == 0.0:
            return self.series(first.parts)
        at_work = [
            BranchAtWork(
                branch,
                self.series(branch.parts),
                self._lanes.get(group.target(branch.name)),
                self._sample_rate_hz,
                self._n_channels,
                self._first_sample,
            )
            for branch in group.branches
        ]
        return SideBySide(at_work, self._n_channels)

    def _insert(self, insert: Insert) -> Stage:
        if insert.plugin is not None:
            return self._plugin(insert)
        from ltsrender.effects.kernelstage import KeyedStage  # noqa: PLC0415
        from ltsrender.effects.stages import (  # noqa: PLC0415 - checked without pedalboard
            make_stage,
        )

        stage = make_stage(
            insert,
            self._lanes,
            self._sample_rate_hz,
            self._n_channels,
            self._first_sample,
            longest_samples=self._longest_samples,
        )
        if not isinstance(stage, KeyedStage):
            return stage
        keyed = KeyedInsert(stage, insert.sidechain, self._n_channels)
        self.keyed.append(keyed)
        return keyed

    def _plugin(self, insert: Insert) -> Stage:
        from ltsrender.effects.plugin_stage import PluginStage  # noqa: PLC0415

        table = insert.info.parameters
        moving = {
            name: self._lanes[insert.target(name)]
            for name in table
            if name not in (DRY_WET, BYPASS) and insert.target(name) in self._lanes
        }
        fixed = [name for name in moving if not table[name].automatable]
        if fixed:
            raise ValueError(f"{insert.target(fixed[0])} cannot be automated")
        given = (self._sample_rate_hz, self._n_channels, self._first_sample)
        return PluginStage(insert, moving, *given)


def apply_chain(
    blocks: Iterable[NDArray[np.float32]],
    parts: Sequence[ChainPart],
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
    parts, lanes, sample_rate_hz, n_channels, first_sample
        As for `ChainProcessor`; without side-chains.
    """
    processor = ChainProcessor(parts, lanes, sample_rate_hz, n_channels, first_sample=first_sample)
    try:
        for block in blocks:
            made = processor.process(block)
            if made.shape[1]:
                yield made
        rest = processor.flush()
        if rest.shape[1]:
            yield rest
    finally:
        processor.close()
