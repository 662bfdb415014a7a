"""From frames to sound.

Everything happens in blocks on a grid that begins at sample 0 of the render, whatever pieces the
frames come in: the same frames give the same bytes however they are cut. What is in memory at one
time is a few blocks, and one slice more for each iteration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ltsrender.audio.chance import draw_phases
from ltsrender.audio.detail import with_detail
from ltsrender.audio.griffin_lim import first_passages, iterated
from ltsrender.audio.phase_integration import integrate_phase
from ltsrender.audio.source import follow_source
from ltsrender.audio.targets import Estimate, Target, targets_of
from ltsrender.audio.transients import with_attacks
from ltsrender.signal import Kernel, TransformSpec, kernel_for
from ltsrender.units import frames_covering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import numpy as np
    import torch
    from numpy.typing import NDArray

    from ltsrender.audio.detail import Detail
    from ltsrender.audio.griffin_lim import Passage
    from ltsrender.audio.guide import Guide
    from ltsrender.audio.transients import Attacks

MOST_ITERATIONS = 1_000


@dataclass(frozen=True)
class PhaseSettings:
    """How phases are found.

    Attributes
    ----------
    method
        A name in `PHASE_METHODS`: ``"source"`` follows the sounds that the frames were made of,
        ``"pghi"`` integrates the slopes of the magnitudes, ``"griffinlim"`` begins by chance and
        has nothing but iterations.
    iterations
        Griffin-Lim iterations afterwards, 0..1,000; None is the method's own number: 0 after
        ``"source"``, whose phases iterations only disturb, 8 after ``"pghi"``, and 32 after
        ``"griffinlim"``.
    seed
        For what is left to chance: phases of what is too quiet to have one.

    Raises
    ------
    ValueError
        When the method is unknown or the number of iterations is out of bounds.
    """

    method: str = "source"
    iterations: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.method not in PHASE_METHODS:
            raise ValueError(f"method is {self.method!r}; it must be one of {list(PHASE_METHODS)}")
        if self.iterations is not None and not 0 <= self.iterations <= MOST_ITERATIONS:
            raise ValueError(
                f"iterations is {self.iterations}; it must be within 0..{MOST_ITERATIONS:,}"
            )

    @property
    def n_iterations(self) -> int:
        """How many iterations follow."""
        if self.iterations is None:
            return PHASE_METHODS[self.method].iterations
        return self.iterations


@dataclass(frozen=True)
class PhaseTask:
    """What a phase method is told beside the targets."""

    kernel: Kernel
    guide: Guide | None
    n_frames: int
    seed: int


@dataclass(frozen=True)
class PhaseMethod:
    """A way to find phases.

    Attributes
    ----------
    estimate
        From consecutive targets to estimates of the same blocks.
    iterations
        How many Griffin-Lim iterations follow unless the composer says otherwise.
    needs_guide
        Whether it can only be used where the sources are known.
    """

    estimate: Callable[[Iterable[Target], PhaseTask], Iterator[Estimate]]
    iterations: int
    needs_guide: bool


def _from_source(targets: Iterable[Target], task: PhaseTask) -> Iterator[Estimate]:
    if task.guide is None:
        raise ValueError("phase from the source needs a guide")
    return follow_source(targets, task.guide, task.kernel, task.n_frames)


def _from_slopes(targets: Iterable[Target], task: PhaseTask) -> Iterator[Estimate]:
    return integrate_phase(targets, task.kernel, task.seed)


def _from_chance(targets: Iterable[Target], task: PhaseTask) -> Iterator[Estimate]:
    return draw_phases(targets, task.kernel, task.seed)


PHASE_METHODS: Mapping[str, PhaseMethod] = {
    "source": PhaseMethod(_from_source, iterations=0, needs_guide=True),
    "pghi": PhaseMethod(_from_slopes, iterations=8, needs_guide=False),
    "griffinlim": PhaseMethod(_from_chance, iterations=32, needs_guide=False),
}


def resynthesize(
    frames: Iterable[NDArray[np.float32]],
    spec: TransformSpec,
    phase: PhaseSettings,
    *,
    guide: Guide | None = None,
    detail: Detail | None = None,
    attacks: Attacks | None = None,
    n_samples: int,
    device: str | torch.device = "cpu",
) -> Iterator[NDArray[np.float32]]:
    """Yield the sound of frames.

    Parameters
    ----------
    frames
        Magnitudes in pieces ``float32[channel, frame, band]`` of any length, linear and at least
        0; frame j is centred at sample j * hop. Frames beyond ``n_samples`` are left unread.
    spec
        The transform that the frames belong to.
    phase
        How phases are found.
    guide
        The sources' own coefficients; required where the method needs it.
    detail
        What the frames lack of the sources' detail; None adds nothing.
    attacks
        The sources whose attacks are kept clear of what would announce them; None changes nothing.
    n_samples
        Samples to make, at least 0.
    device
        Where to compute.

    Yields
    ------
    NDArray
        ``float32[channel, sample]``; the pieces together have exactly ``n_samples`` samples and do
        not depend on the pieces of ``frames``. Equal channels give equal bytes. Silent frames give
        exact silence.

    Raises
    ------
    ValueError
        When frames are missing or misshapen, or a required guide is.
    """
    kernel = kernel_for(spec, device)
    if n_samples == 0:
        return
    task = PhaseTask(kernel, guide, frames_covering(n_samples, spec.hop_samples), phase.seed)
    targets = targets_of(frames, kernel, n_samples)
    if detail is not None:
        targets = with_detail(targets, detail, kernel)
    passages = first_passages(PHASE_METHODS[phase.method].estimate(targets, task), kernel)
    pieces = _heard(iterated(passages, phase.n_iterations, kernel), spec, n_samples)
    yield from pieces if attacks is None else with_attacks(pieces, attacks, spec)


def _heard(
    passages: Iterable[Passage], spec: TransformSpec, n_samples: int
) -> Iterator[NDArray[np.float32]]:
    """Yield the samples ``0..n_samples - 1`` of passages, ``float32[channel, sample]``."""
    # The first block is -1, and its sound begins one padding before it.
    start = -spec.block_samples - spec.padding_samples
    for passage in passages:
        first, last = max(0, -start), n_samples - start
        start += passage.sound.shape[1]
        piece = passage.sound[:, first:last] if last > 0 else passage.sound[:, :0]
        if piece.shape[1]:
            yield piece.cpu().numpy().copy()
