"""A sound taken apart and rebuilt without its phases: what a phase method can do, and its cost."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.audio import PHASE_METHODS, Attacks, PhaseSettings, make_guide, resynthesize
from ltsrender.audiofile import load_sound, sound_info
from ltsrender.errors import InputError, Problem
from ltsrender.render.compare import Pair, pre_echo_line, spectral_lines, window_line
from ltsrender.render.run import one_torch_thread
from ltsrender.safefile import check_target, is_same_file
from ltsrender.signal import ArrayReader, TransformSpec, kernel_for
from ltsrender.signal.frames import block_frames
from ltsrender.stems import Stem, StemWriter
from ltsrender.units import frames_covering

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    Audio = NDArray[np.float32]

_FASTEST_OF_SHORT_SLICES_HZ = 96_000


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


def resynthesize_file(source: Path, out: Path, container: str, phase: PhaseSettings) -> Resynthesis:
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

    Raises
    ------
    InputError
        When the recording cannot be read, is the file to write, or has too low a sample rate.
    RenderError
        When the file cannot be written.
    """
    rate_hz = sound_info(source).sample_rate_hz
    spec = _spec_for(source, rate_hz)
    if is_same_file(source, out):
        raise InputError(Problem("would be overwritten; choose another place", out))
    check_target(out)
    audio = load_sound(source, rate_hz)
    with one_torch_thread():
        kernel_for(spec)  # its tables are made once, whatever the length
        begun = time.process_time()
        rebuilt = np.concatenate(list(rebuild(audio, spec, phase)), axis=1)
        cost = (time.process_time() - begun) * rate_hz / audio.shape[1]
    with StemWriter(out, rate_hz, audio.shape[0], "24", container, phase.seed) as writer:
        writer.write(rebuilt)
    pair = Pair((source.name, out.name), audio, rebuilt, rate_hz, ())
    return Resynthesis(pair, writer.stem, phase, cost)


def rebuild(audio: Audio, spec: TransformSpec, phase: PhaseSettings) -> Iterator[Audio]:
    """Yield a sound rebuilt from its own magnitudes, ``float32[channel, sample]`` in pieces.

    Its attacks are kept as a render keeps those of its sources: by the level before each of them.

    Parameters
    ----------
    audio
        ``float32[channel, sample]``.
    spec
        The transform, at the rate of the sound.
    phase
        How phases are found.
    """
    reader = ArrayReader(audio)
    guide = None
    if PHASE_METHODS[phase.method].needs_guide:
        guide = make_guide([reader], _all_of_it, spec, audio.shape[0])
    frames = _frames_of(reader, audio.shape[1], spec)
    return resynthesize(
        frames,
        spec,
        phase,
        guide=guide,
        attacks=Attacks([reader], _all_of_it),
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


def _spec_for(source: Path, rate_hz: int) -> TransformSpec:
    """Return the transform at a rate; the lowest band needs longer slices at very high ones."""
    times = 1
    while rate_hz > times * _FASTEST_OF_SHORT_SLICES_HZ:
        times *= 2
    try:
        return TransformSpec(
            sample_rate_hz=rate_hz, slice_samples=times * 2**18, padding_samples=times * 2**16
        )
    except ValueError as error:
        raise InputError(Problem(f"cannot be taken apart: {error}", source)) from error


def _frames_of(reader: ArrayReader, n_samples: int, spec: TransformSpec) -> Iterator[Audio]:
    kernel = kernel_for(spec)
    for block in range(frames_covering(n_samples, spec.block_samples)):
        yield block_frames(reader, block, kernel).cpu().numpy()


def _all_of_it(first_frame: int, last_frame: int) -> Audio:
    return np.ones((1, last_frame - first_frame), dtype=np.float32)
