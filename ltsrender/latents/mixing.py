"""Sounds mixed: where each of them is at a moment, and what is between them for given weights.

A path asks for the frames of its grid, even speed for moments here and there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ltsrender.latents.anchor import between_frames
from ltsrender.latents.circle import on_a_circle
from ltsrender.latents.speed import EvenSpeed
from ltsrender.latents.weighing import of_a_mix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from ltsrender.latents.anchor import Anchor
    from ltsrender.latents.space import Space

    Frames = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Mixing:
    """Anchors on the time line of their track.

    Attributes
    ----------
    anchors
        The encoded sounds.
    hop_samples
        Samples between their frames.
    """

    anchors: Sequence[Anchor]
    hop_samples: int

    def where(
        self, anchor: Anchor, samples: NDArray[np.int64], what: Literal["mean", "log_var"] = "mean"
    ) -> Frames:
        """Return where an anchor is: float32[channel, frame, latent], of its own channels.

        Parameters
        ----------
        anchor
            One of them.
        samples : int64[frame]
            Moments of the track.
        what
            Its mean, or its log-variance.
        """
        positions = anchor.placed.frame_positions(samples, self.hop_samples)
        if what == "mean":
            return between_frames(anchor.mean, positions, anchor.silence[0])
        return between_frames(anchor.log_var, positions, anchor.silence[1])

    def straight(
        self, weights: Frames, samples: NDArray[np.int64], what: Literal["mean", "log_var"] = "mean"
    ) -> Frames:
        """Return the sum of anchors times weights: float32[channel, frame, latent].

        Parameters
        ----------
        weights : float32[anchor, frame]
            They sum to 1 in every frame; free ones may not.
        samples, what
            As for `where`.
        """
        return _added(weights, (self.where(anchor, samples, what) for anchor in self.anchors))

    def on_circles(self, weights: Frames, samples: NDArray[np.int64], space: Space) -> Frames:
        """Return what is between anchors on circles round the mean of a space; as `straight`.

        The level is mixed in a straight line.
        """
        points = self._all(samples)
        mixed = _added(weights, points)
        shape = space.shape
        centre = space.centre(mixed.shape[-1])[shape].astype(np.float64)
        around = on_a_circle(weights.astype(np.float64), points[..., shape] - centre)
        mixed[..., shape] = around + centre
        return mixed

    def even_speed(self, decode: Callable[[Frames], Frames]) -> EvenSpeed:
        """Return how a mix of two anchors moves at even speed, as a model decodes it."""

        def ends(frames: NDArray[np.int64]) -> Frames:
            return self._all(frames * self.hop_samples)

        def between(mix: NDArray[np.float64], both: Frames) -> Frames:
            weights = of_a_mix(mix)[:, None, :, None]
            way: Frames = weights[0] * both[0] + weights[1] * both[1]
            return way

        return EvenSpeed(ends, between, decode)

    def _all(self, samples: NDArray[np.int64]) -> Frames:
        """Return where all anchors are: float32[anchor, channel, frame, latent]."""
        alone = [self.where(anchor, samples) for anchor in self.anchors]
        whole: Frames = np.stack(np.broadcast_arrays(*alone))
        return whole


def _added(weights: Frames, points: Iterable[Frames]) -> Frames:
    """Return points ``float32[channel, frame, latent]`` times their weights, added up.

    Points of one channel are in all of them.
    """
    total = np.zeros((1, 1, 1), np.float32)
    for weight, point in zip(weights, points, strict=True):
        total = total + weight[:, None] * point
    return total
