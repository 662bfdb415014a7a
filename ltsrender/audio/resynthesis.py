"""From frames to sound.

Everything happens in blocks on a grid that begins at sample 0 of the render, whatever pieces the
frames come in: the same frames give the same bytes however they are cut. What is in memory at one
time is a few blocks, and one slice more for each iteration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ltsrender.audio.ahead import ahead
from ltsrender.audio.detail import with_detail
from ltsrender.audio.griffin_lim import heard, refined
from ltsrender.audio.methods import PHASE_METHODS, PhaseTask
from ltsrender.audio.targets import targets_of
from ltsrender.audio.transients import with_attacks
from ltsrender.signal import TransformSpec, kernel_for
from ltsrender.units import frames_covering

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    import torch
    from numpy.typing import NDArray

    from ltsrender.audio.detail import Detail
    from ltsrender.audio.guide import Guide
    from ltsrender.audio.transients import Attacks

MOST_ITERATIONS = 1_000


@dataclass(frozen=True)
class PhaseSettings:
    """How phases are found.

    Attributes
    ----------
    method
        A name in `ltsrender.audio.methods.PHASE_METHODS`.
    iterations
        Griffin-Lim iterations afterwards, 0..1,000, fewer where the sound stands still before;
        None is the method's own number.
    seed
        For what is left to chance: phases of what is too quiet to have one.
    smooth_slopes
        Whether slopes are taken from smoothed frames, as the rough ones that models decode need;
        a sound's own magnitudes lose by it.

    Raises
    ------
    ValueError
        When the method is unknown or the number of iterations is out of bounds.
    """

    method: str = "hybrid"
    iterations: int | None = None
    seed: int = 0
    smooth_slopes: bool = True

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
    side_by_side: bool = True,
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
    side_by_side
        Whether a block is made while the one before it is refined: quicker where a processor has
        nothing else to do, and more memory. No influence on the sound.

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
    n_frames = frames_covering(n_samples, spec.hop_samples)
    method = PHASE_METHODS[phase.method]
    task = PhaseTask(kernel, guide, n_frames, phase.seed, phase.smooth_slopes, phase.n_iterations)
    targets = targets_of(frames, kernel, n_samples)
    if detail is not None:
        targets = with_detail(targets, detail, kernel)
    estimates = method.estimate(targets, task)
    if method.refined and phase.n_iterations:
        estimates = ahead(estimates) if side_by_side else estimates
        estimates = refined(estimates, phase.n_iterations, kernel)
    pieces = _cut(ahead(heard(estimates, kernel)), spec, n_samples)
    yield from pieces if attacks is None else with_attacks(pieces, attacks, spec)


def _cut(
    sounds: Iterable[torch.Tensor], spec: TransformSpec, n_samples: int
) -> Iterator[NDArray[np.float32]]:
    """Yield the samples ``0..n_samples - 1`` of blocks' sounds, ``float32[channel, sample]``."""
    # The first block is -1, and its sound begins one padding before it.
    start = -spec.block_samples - spec.padding_samples
    for sound in sounds:
        first, last = max(0, -start), n_samples - start
        start += sound.shape[1]
        piece = sound[:, first:last] if last > 0 else sound[:, :0]
        if piece.shape[1]:
            yield piece.cpu().numpy().copy()
