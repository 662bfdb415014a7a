"""A sound taken apart and rebuilt without its phases: what a phase method can do, and its cost."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.audio import PHASE_METHODS, Attacks, Detail, PhaseSettings, make_guide, resynthesize
from ltsrender.audiofile import load_sound, sound_info
from ltsrender.errors import InputError, Problem
from ltsrender.render.compare import Pair, pre_echo_line, spectral_lines, window_line
from ltsrender.render.run import one_torch_thread
from ltsrender.safefile import check_target, is_same_file
from ltsrender.signal import ArrayReader, TransformSpec, kernel_for
from ltsrender.signal.frames import block_frames
from ltsrender.stems import Stem, StemFormat, StemWriter
from ltsrender.units import frames_covering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Audio = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Resynthesis:
    """A sound, what became of it, and what that took.

    Attributes
    ----------
    pair
        The sound and the rebuilt one, before it was dithered.
    stem
        The file that was written.
    phase
        How phases were found.
    cost
        Seconds of work for a second of sound: processor time of analysis, phase and synthesis,
        which the machine's other work has little part in.
    """

    pair: Pair
    stem: Stem
    phase: PhaseSettings
    cost: float


def resynthesize_file(
    source: Path,
    out: Path,
    container: str,
    phase: PhaseSettings,
    *,
    from_frames: bool = False,
    transform: Mapping[str, int | float] | None = None,
) -> Resynthesis:
    """Analyse a recording, forget its phases, rebuild it and write it with 24 bits.

    Parameters
    ----------
    source
        The recording; every channel is taken apart by itself, at its own sample rate.
    out
        The file to write.
    container
        ``"wav"`` or ``"flac"``.
    phase
        How phases are found; where a method follows the source, that is the recording itself.
    from_frames
        Whether to rebuild from frames, all that a model knows of a sound, instead of from the
        magnitudes of all coefficients.
    transform
        Parameters of the transform that differ from the usual ones.

    Raises
    ------
    InputError
        When the recording cannot be read, is the file to write, or has too low a sample rate.
    RenderError
        When the file cannot be written.
    """
    rate_hz = sound_info(source).sample_rate_hz
    spec = _spec_for(source, rate_hz, transform or {})
    if is_same_file(source, out):
        raise InputError(Problem("would be overwritten; choose another place", out))
    try:
        form = StemFormat(container, "24", rate_hz)
    except ValueError as error:  # FLAC does not tell every sample rate
        raise InputError(Problem(str(error), source)) from None
    check_target(out)
    audio = load_sound(source, rate_hz)
    with one_torch_thread():
        kernel_for(spec)  # its tables are made once, whatever the length
        begun = time.process_time()
        rebuilt = np.concatenate(list(rebuild(audio, spec, phase, from_frames=from_frames)), axis=1)
        cost = (time.process_time() - begun) * rate_hz / audio.shape[1]
    with StemWriter(out, rate_hz, audio.shape[0], form, phase.seed) as writer:
        writer.write(rebuilt)
    pair = Pair((source.name, out.name), audio, rebuilt, rate_hz, ())
    return Resynthesis(pair, writer.stem, phase, cost)


def rebuild(
    audio: Audio, spec: TransformSpec, phase: PhaseSettings, *, from_frames: bool = False
) -> Iterator[Audio]:
    """Yield a sound rebuilt from its own magnitudes, ``float32[channel, sample]`` in pieces.

    A method that follows the sources keeps their attacks too, as a render does; one that knows
    only magnitudes has to do without.

    Parameters
    ----------
    audio
        ``float32[channel, sample]``.
    spec
        The transform, at the rate of the sound.
    phase
        How phases are found.
    from_frames
        Whether only frames are known of the sound.
    """
    reader = ArrayReader(audio)
    guide = attacks = None
    if PHASE_METHODS[phase.method].needs_guide:
        guide = make_guide([reader], _all_of_it, spec, audio.shape[0])
        attacks = Attacks([reader], _all_of_it)
    # Remembered, for all of the detail is asked for beside the frames themselves.
    frames = functools.lru_cache(maxsize=3)(functools.partial(_block_of, reader, spec=spec))
    n_blocks = frames_covering(audio.shape[1], spec.block_samples)
    detail = None
    if not from_frames:
        phase = replace(phase, smooth_slopes=False)
        detail = Detail([reader], [functools.partial(_stretch_of, frames)], _all_of_it, _whole)
    return resynthesize(
        map(frames, range(n_blocks)),
        spec,
        phase,
        guide=guide,
        detail=detail,
        attacks=attacks,
        n_samples=audio.shape[1],
    )


def describe_resynthesis(made: Resynthesis) -> str:
    """Return what was written, how well and at what cost, as lines of text."""
    stem = made.stem
    cut = f"  {stem.n_clipped} samples beyond full scale were cut off" if stem.n_clipped else ""
    peak = f"peak {stem.peak_db:.1f} dBFS{cut}"
    n = made.phase.n_iterations
    how = f"phase {made.phase.method}, {n} iteration{'' if n == 1 else 's'}"
    return "\n".join(
        [
            f"{stem.path}  {stem.length_s:.2f} s, {peak}",
            f"{how}, {made.cost:.3f} seconds of work for a second of sound",
            window_line(),
            *spectral_lines(made.pair),
            pre_echo_line(made.pair),
        ]
    )


def _spec_for(source: Path, rate_hz: int, parameters: Mapping[str, int | float]) -> TransformSpec:
    try:
        return TransformSpec.at_rate(rate_hz, **parameters)
    except ValueError as error:
        raise InputError(Problem(f"cannot be taken apart: {error}", source)) from error


def _block_of(reader: ArrayReader, block: int, *, spec: TransformSpec) -> Audio:
    return block_frames(reader, block, kernel_for(spec)).numpy()


def _stretch_of(frames: Callable[[int], Audio], first: int, last: int) -> Audio:
    """Return frames ``first..last - 1`` of neighbouring blocks: [channel, frame, band]."""
    n_block = frames(0).shape[1]
    blocks = range(first // n_block, (last - 1) // n_block + 1)
    together = np.concatenate([frames(block) for block in blocks], axis=1)
    return together[:, first - blocks.start * n_block :][:, : last - first]


def _all_of_it(first_frame: int, last_frame: int) -> Audio:
    return np.ones((1, last_frame - first_frame), dtype=np.float32)


def _whole(first_frame: int, last_frame: int) -> Audio:
    return np.ones(last_frame - first_frame, dtype=np.float32)
