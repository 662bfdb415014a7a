"""The ways to find phases, by name.

Which one is used matters least where the path rests on a sound, and most between sounds; what
each is worth on decoded frames stands in the documentation (explanation, phase methods).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ltsrender.audio.chance import draw_phases
from ltsrender.audio.image import with_image
from ltsrender.audio.librosa_reference import by_librosa
from ltsrender.audio.parallel_phase import run_phases
from ltsrender.audio.phase_integration import integrate_phase
from ltsrender.audio.source import follow_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ltsrender.audio.guide import Guide
    from ltsrender.audio.targets import Estimate, Target
    from ltsrender.signal import Kernel


@dataclass(frozen=True)
class PhaseTask:
    """What a phase method is told beside the targets.

    Attributes
    ----------
    kernel
        The transform's tables.
    guide
        The sources' own coefficients, where there are sources.
    n_frames
        How many frames there are.
    seed
        For what is left to chance.
    smooth_slopes
        Whether slopes are taken from smoothed frames.
    iterations
        How many iterations the composer wants.
    """

    kernel: Kernel
    guide: Guide | None
    n_frames: int
    seed: int
    smooth_slopes: bool
    iterations: int


@dataclass(frozen=True)
class PhaseMethod:
    """A way to find phases.

    Attributes
    ----------
    estimate
        From consecutive targets to estimates of the same blocks.
    iterations
        How many Griffin-Lim iterations follow at most, unless the composer says otherwise.
    needs_guide
        Whether it can only be used where the sources are known.
    """

    estimate: Callable[[Iterable[Target], PhaseTask], Iterator[Estimate]]
    iterations: int
    needs_guide: bool
    refined: bool = True
    """Whether our iterations follow; a method without them makes its own."""


def _from_source(targets: Iterable[Target], task: PhaseTask) -> Iterator[Estimate]:
    if task.guide is None:
        raise ValueError("phase from the source needs a guide")
    return follow_source(targets, task.guide, task.kernel, task.n_frames)


def _from_slopes(targets: Iterable[Target], task: PhaseTask) -> Iterator[Estimate]:
    found = integrate_phase(targets, task.kernel, task.seed, smooth=task.smooth_slopes)
    return _placed(found, task)


def _from_slopes_over_time(targets: Iterable[Target], task: PhaseTask) -> Iterator[Estimate]:
    return _placed(run_phases(targets, task.kernel), task)


def _from_chance(targets: Iterable[Target], task: PhaseTask) -> Iterator[Estimate]:
    return _placed(draw_phases(targets, task.kernel, task.seed), task)


def _from_librosa(targets: Iterable[Target], task: PhaseTask) -> Iterator[Estimate]:
    return by_librosa(targets, task.kernel, task.iterations, task.seed)


def _placed(estimates: Iterator[Estimate], task: PhaseTask) -> Iterator[Estimate]:
    """Give the channels of a stereo render the image of its sources, where there are any."""
    if task.guide is None or task.guide.n_channels == 1:
        return estimates
    return with_image(estimates, task.guide)


PHASE_METHODS: Mapping[str, PhaseMethod] = {
    "hybrid": PhaseMethod(_from_source, iterations=4, needs_guide=True),
    "source": PhaseMethod(_from_source, iterations=0, needs_guide=True),
    "pghi": PhaseMethod(_from_slopes, iterations=8, needs_guide=False),
    "vocoder": PhaseMethod(_from_slopes_over_time, iterations=32, needs_guide=False),
    "griffinlim": PhaseMethod(_from_chance, iterations=32, needs_guide=False),
    "librosa": PhaseMethod(_from_librosa, iterations=32, needs_guide=False, refined=False),
}
"""``hybrid`` begins with the phases of the sounds that the frames were made of and moves them, in
the middle of a morph, to where they fit the frames; ``source`` leaves them as they are. Without
sources: ``pghi`` integrates the slopes of the magnitudes, ``vocoder`` only those along time,
``griffinlim`` begins by chance. ``librosa`` is the reference that the others are held against."""
