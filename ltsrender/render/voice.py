"""The engine of one track: from its sounds and lanes to its raw sound, before any effect."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from ltsrender.audio import (
    PHASE_METHODS,
    Attacks,
    Detail,
    PhaseSettings,
    WarpedSound,
    make_guide,
    resynthesize,
)
from ltsrender.audiofile import load_sound
from ltsrender.frames import decode_anchor, decode_frames
from ltsrender.latents import FrameGrid, move_in_time, place_sound, trace_path
from ltsrender.latents.point import PlacedPoint, place_point, point_anchor
from ltsrender.latents.space import space_of
from ltsrender.render.plan import track_seed
from ltsrender.render.streams import recut
from ltsrender.signal import analyse_block
from ltsrender.units import frames_covering

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ltsrender.audio.guide import Analyse
    from ltsrender.latents import Anchor, LatentPath, PlacedSound
    from ltsrender.models import TimbreModel
    from ltsrender.render.cache import AnchorCache
    from ltsrender.render.plan import AnchorPlan, TrackPlan
    from ltsrender.render.streams import Block
    from ltsrender.signal import Coefficients, Kernel, SampleReader

WITHOUT_SOURCES = "pghi"
"""How phases are found where a sound's own are no guide."""
END_FADE_S = 0.01
"""A track ends within this time instead of with a click, wherever its sounds are then."""


@dataclass(frozen=True, eq=False)
class Voice:
    """A track made ready to sound: its model loaded, its sounds placed and encoded."""

    track: TrackPlan
    model: TimbreModel
    placed: tuple[PlacedSound, ...]
    path: LatentPath
    device: str

    def blocks(
        self, block_samples: int, n_channels: int, *, side_by_side: bool = True
    ) -> Iterator[Block]:
        """Yield the track on the session's time line, in blocks of one size, without end.

        Silence before the track starts and after it ends.

        Parameters
        ----------
        block_samples, n_channels
            Shape of the blocks.
        side_by_side
            As for `ltsrender.audio.resynthesize`.

        Yields
        ------
        float32[n_channels, block_samples]
        """
        silence = np.zeros((n_channels, block_samples), dtype=np.float32)
        whole, rest = divmod(self.track.start_sample, block_samples)
        before = itertools.chain(itertools.repeat(silence, whole), [silence[:, :rest]])
        sounding = (_spread_over(block, n_channels) for block in self._sound(side_by_side))
        after = itertools.repeat(silence)
        return recut(itertools.chain(before, sounding, after), block_samples)

    def _sound(self, side_by_side: bool) -> Iterator[Block]:
        spec = self.model.spec
        phase = self.track.phase
        readers = [_reader(sound, spec.sample_rate_hz) for sound in self.placed]
        # Attacks read what guide and detail have long passed, and a moved sound is made forwards.
        attacks = [_reader(sound, spec.sample_rate_hz) for sound in self.placed]
        # Detail and guide ask for the same block one after the other.
        analyse = _remembered(len(self.placed))
        guide = make_guide(
            readers,
            self.path.shares,
            spec,
            self.path.n_channels,
            device=self.device,
            analyse=analyse,
        )
        detail = Detail(
            readers=readers,
            own_frames=[
                functools.partial(decode_anchor, self.path, self.model, index)
                for index in range(len(self.placed))
            ],
            weights=self.path.shares,
            amount=self.path.detail,
            analyse=analyse,
            covered=self.model.spectra.covered,
        )
        method = phase.method
        strays = self.path.glides or any(anchor.is_point for anchor in self.path.anchors)
        if strays and PHASE_METHODS[method].needs_guide:
            # Phases of partials that are elsewhere would be heard as such; a point has none at all.
            method = WITHOUT_SOURCES
        settings = PhaseSettings(method, phase.iterations, self.track.seed)
        blocks = resynthesize(
            decode_frames(self.path, self.model, block_frames=spec.frames_per_block),
            spec,
            settings,
            guide=guide,
            detail=detail,
            attacks=Attacks(attacks, self.path.level_shares),
            n_samples=self.track.n_samples,
            device=self.device,
            side_by_side=side_by_side,
        )
        fade_samples = int(END_FADE_S * spec.sample_rate_hz)
        return _faded_out(
            blocks, self.track.n_samples, min(fade_samples, self.track.n_samples // 2)
        )


def place_sounds(track: TrackPlan, sample_rate_hz: int) -> tuple[PlacedSound, ...]:
    """Load the sounds of a track and lay them out on its time line."""
    return tuple(_placed(anchor, track, sample_rate_hz) for anchor in track.anchors)


def encode_sound(
    sound: PlacedSound, track: TrackPlan, model: TimbreModel, cache: AnchorCache, device: str
) -> Anchor:
    """Encode one of a track's placed sounds, as far as the track needs it.

    Parameters
    ----------
    sound
        The sound, from `place_sounds`.
    track
        What the track plays, resolved.
    model
        Its timbre model, loaded.
    cache
        Where encoded sounds are kept.
    device
        Where the transform runs.
    """
    if isinstance(sound, PlacedPoint):
        return point_anchor(sound, model, track.edits)
    needed = _needed_samples(sound, track)
    return cache.anchor(sound, model, n_samples=needed, device=device, macros=track.edits)


def make_voice(
    track: TrackPlan, model: TimbreModel, anchors: Sequence[Anchor], device: str
) -> Voice:
    """Make a track ready to sound.

    Parameters
    ----------
    track
        What the track plays, resolved.
    model
        Its timbre model, loaded.
    anchors
        Its sounds, encoded.
    device
        Where the transform and the phase run.
    """
    spec = model.spec
    grid = FrameGrid(
        n_frames=frames_covering(track.n_samples, spec.hop_samples) + 1,
        hop_samples=spec.hop_samples,
        sample_rate_hz=spec.sample_rate_hz,
        start_sample=track.start_sample,
    )
    names = [anchor.sound for anchor in track.anchors]
    axes = {target: np.asarray(axis, np.float32) for target, axis in track.axes.items()}
    path = trace_path(
        anchors,
        names,
        track.strip.lanes,
        grid,
        seed=track.seed,
        axes=axes,
        steering=track.steering,
        space=space_of(model),
    )
    return Voice(track, model, tuple(anchor.placed for anchor in anchors), path, device)


def _placed(anchor: AnchorPlan, track: TrackPlan, sample_rate_hz: int) -> PlacedSound:
    if anchor.point:
        return place_point(anchor.point)
    audio = load_sound(anchor.file, sample_rate_hz, anchor.in_s, anchor.out_s)
    if track.mono:
        audio = audio.mean(axis=0, keepdims=True)
    placed = place_sound(
        audio,
        anchor.when_short,
        sample_rate_hz=sample_rate_hz,
        start_sample=anchor.start_sample,
        crossfade_s=anchor.crossfade_s,
    )
    target = f"position/{anchor.sound}"
    if target not in track.strip.lanes:
        return placed
    return move_in_time(
        placed,
        track.strip.lanes[target],
        sample_rate_hz=sample_rate_hz,
        track_start_sample=track.start_sample,
        seed=track_seed(track.seed, target),
    )


def _needed_samples(sound: PlacedSound, track: TrackPlan) -> int:
    """Return how much of a sound its track needs, from the sound's own start on."""
    if sound.time_map is not None:
        return int(sound.time_map.farthest) + 1
    return max(track.n_samples - sound.start_sample, 1)


def _reader(sound: PlacedSound, sample_rate_hz: int) -> SampleReader:
    """Return a sound as it is heard on its track."""
    if sound.time_map is None:
        return sound
    return WarpedSound(replace(sound, start_sample=0), sound.time_map, sample_rate_hz)


def _remembered(n_blocks: int) -> Analyse:
    """Return an analysis that remembers its last blocks, but not those of before the beginning.

    They are asked for once, and would push out what is asked for again.
    """
    remembered = cast("Analyse", functools.lru_cache(maxsize=n_blocks)(analyse_block))

    def analyse(reader: SampleReader, block: int, kernel: Kernel) -> Coefficients:
        return (analyse_block if block < 0 else remembered)(reader, block, kernel)

    return analyse


def _spread_over(block: Block, n_channels: int) -> Block:
    return block if block.shape[0] == n_channels else np.repeat(block, n_channels, axis=0)


def _faded_out(blocks: Iterable[Block], n_samples: int, fade_samples: int) -> Iterator[Block]:
    """Fade the last samples of a sound out along a raised cosine."""
    position = 0
    for block in blocks:
        left = n_samples - np.arange(position, position + block.shape[1])
        position += block.shape[1]
        if left[-1:].size and left[-1] <= fade_samples:
            share = np.clip(left / (fade_samples + 1), 0.0, 1.0)
            yield block * (0.5 - 0.5 * np.cos(np.pi * share)).astype(np.float32)
        else:
            yield block
