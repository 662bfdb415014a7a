"""The latent path: where a track is in latent space at every frame.

At each frame the path is the weighted mean of its anchors,

    z = sum_i w_i z_i / sum_i w_i ,

with the weights of a ``mix`` lane (m for the first sound, 1 - m for the second: 1 is all first
sound, 0 all second, and beyond 0..1 the path goes on along the same line; Tatar, Bisig and
Pasquier 2020), or those of one ``weight/<sound>`` lane per sound. Means are mixed, and so are
log-variances, as the original does; by default the mean is used and nothing is drawn by chance. A
``noise`` lane of value n adds n standard deviations of seeded Gaussian noise.

A ``macro/<descriptor>`` lane moves every anchor its own way, frame by frame, where anchors know one
(`ltsrender.latents.moves`), and moves are mixed as anchors are. Else, and so with older models, its
value v adds v times a direction of the model's card. A ``latent/<name>`` lane adds v to one latent.
What each sound is by itself stays, and so does silence. Where the model has a level, loudness is
exact: v dB multiply the level, rms ** 0.6, by 10 ** (0.6 v / 20).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from ltsrender.latents.moves import shares
from ltsrender.models.card import LOUDNESS_EXPONENT
from ltsrender.session.targets import SMALLEST_TOTAL_WEIGHT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ltsrender.latents.anchor import Anchor

NOISE_BLOCK_FRAMES = 512
"""Noise is drawn in blocks of this many frames on the absolute grid, so that it never depends on
how the caller cuts the path."""

DEFAULT_DETAIL = 1.0
"""Measured in `ltsrender.audio.detail`: all of it is better than none at every mix."""

PRIOR_LOG_VAR = 0.0
"""Mixed log-variances stop here: an extrapolated one would otherwise grow without bound."""

LOUDNESS = "macro/loudness"
PITCH = "macro/pitch"
NO_DETAIL_OCTAVES = 1.0 / 24.0
"""From half a semitone on, nothing of a sound's detail fits its partials any more."""
_MOVING = ("macro/", "latent/")
_SAME_LATENT = 1e-5


class Movement(Protocol):
    """Anything that has a value at every moment of the session, such as an automation lane."""

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the value at each moment, in seconds from the session's start."""


@dataclass(frozen=True)
class FrameGrid:
    """The frame times of a render.

    Attributes
    ----------
    n_frames
        Frames from the track's start to its end, the first one not before the end included.
    hop_samples
        Samples between frames.
    sample_rate_hz
        Samples per second.
    start_sample
        Sample of the session's time line at which the track's frame 0 stands.
    """

    n_frames: int
    hop_samples: int
    sample_rate_hz: int
    start_sample: int = 0

    def samples(self, first: int, last: int) -> NDArray[np.int64]:
        """Return the moments of frames ``first..last - 1`` on the track's time line."""
        return np.arange(first, last, dtype=np.int64) * self.hop_samples

    def seconds(self, first: int, last: int) -> NDArray[np.float64]:
        """Return the moments of frames ``first..last - 1`` on the session's time line."""
        return (self.samples(first, last) + self.start_sample) / self.sample_rate_hz


@dataclass(frozen=True, eq=False)
class LatentPath:
    """A way through latent space that can be asked for any stretch of its frames.

    Attributes
    ----------
    anchors
        The encoded sounds, in the session's order.
    movements
        The lanes that steer the path, by target: ``mix``, ``weight/<sound>``, ``noise``,
        ``detail``, ``macro/<descriptor>`` and ``latent/<name>``.
    names
        The name of each anchor's sound, as in ``weight/<sound>``.
    grid
        The frame times.
    seed
        Seed of the latent noise.
    axes
        ``float32[latent]`` by ``macro/<descriptor>`` or ``latent/<name>``. A macro without one is
        among the moves of every anchor, or is loudness, and latent 0 is the level.
    """

    anchors: Sequence[Anchor]
    movements: Mapping[str, Movement]
    names: Sequence[str]
    grid: FrameGrid
    seed: int
    axes: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    @property
    def n_channels(self) -> int:
        """Channels of the path: 2 as soon as one sound is stereo."""
        return max(anchor.placed.n_channels for anchor in self.anchors)

    @property
    def n_frames(self) -> int:
        """Number of frames from the track's start to its end."""
        return self.grid.n_frames

    def weights(self, first: int, last: int) -> NDArray[np.float32]:
        """Return the weight of every anchor, summing to 1 in every frame: float32[anchor, frame].

        Weights below 0 and above 1 are extrapolation. Frames after the path's end may be asked for.
        """
        seconds = self.grid.seconds(first, last)
        if "mix" in self.movements:
            mix = self.movements["mix"].at(seconds)
            return np.stack([mix, 1.0 - mix]).astype(np.float32)
        raw = self._written_weights(seconds)
        nothing = raw.sum(axis=0) < SMALLEST_TOTAL_WEIGHT
        if nothing.any():
            # Lanes may end in nothing where the track ends; its last frames ring on beyond.
            end = max(self.n_frames - 2, 0)
            raw[:, nothing] = self._written_weights(self.grid.seconds(end, end + 1))
        shares: NDArray[np.float32] = (raw / raw.sum(axis=0)).astype(np.float32)
        return shares

    def _written_weights(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the weights as the lanes have them, whatever their sum: float64[anchor, frame]."""
        unsteered = 0.0 if any(name.startswith("weight/") for name in self.movements) else 1.0
        return np.stack(
            [
                self.movements[f"weight/{name}"].at(seconds)
                if f"weight/{name}" in self.movements
                else np.full(seconds.shape, unsteered)
                for name in self.names
            ]
        )

    def block(self, first: int, last: int) -> NDArray[np.float32]:
        """Return frames ``first..last - 1`` of the path: float32[channel, frame, latent]."""
        weights = self.weights(first, last)
        mean = self._described(self._mixed(weights, first, last, "mean"), weights, first, last)
        if "noise" not in self.movements:
            return mean
        log_var = self._mixed(weights, first, last, "log_var")
        amount = self.movements["noise"].at(self.grid.seconds(first, last)).astype(np.float32)
        deviation = np.exp(0.5 * np.minimum(log_var, PRIOR_LOG_VAR))
        return mean + amount[:, None] * deviation * self._noise(first, last)

    def _described(
        self, mean: NDArray[np.float32], weights: NDArray[np.float32], first: int, last: int
    ) -> NDArray[np.float32]:
        """Return ``mean``, float32[channel, frame, latent], as macros and latents move it."""
        macros = {name: lane for name, lane in self.movements.items() if name.startswith(_MOVING)}
        if not macros:
            return mean
        seconds = self.grid.seconds(first, last)
        moved = mean.copy()
        for target, lane in macros.items():
            amount = lane.at(seconds).astype(np.float32)
            name = target.removeprefix("macro/")
            if target in self.axes:
                moved += amount[:, None] * self.axes[target]
            elif name in self.anchors[0].moves:
                moved += self._moved(name, lane.at(seconds), weights, first, last)
            else:
                moved[..., 0] *= 10.0 ** (LOUDNESS_EXPONENT * amount / 20.0)
        silence = self.anchors[0].silence[0]
        silent = (np.abs(mean - silence) <= _SAME_LATENT * (1.0 + np.abs(silence))).all(axis=-1)
        return np.where(silent[..., None], mean, moved)

    def _moved(
        self,
        name: str,
        amounts: NDArray[np.float64],
        weights: NDArray[np.float32],
        first: int,
        last: int,
    ) -> NDArray[np.float32]:
        """Return what a macro moves the path by: float32[channel, frame, latent]."""
        samples = self.grid.samples(first, last)
        n_latents = self.anchors[0].mean.shape[2]
        moved = np.zeros((self.n_channels, last - first, n_latents), dtype=np.float32)
        still = np.zeros(n_latents, dtype=np.float32)
        for weight, anchor in zip(weights, self.anchors, strict=True):
            positions = anchor.placed.frame_positions(samples, self.grid.hop_samples)
            moves = anchor.moves[name]
            steps = shares(moves.amounts, amounts)
            for share, move in zip(steps, moves.latents, strict=True):
                if share.any():
                    moved += (weight * share)[:, None] * _between_frames(move, positions, still)
        return moved

    def anchor_block(self, anchor: int, first: int, last: int) -> NDArray[np.float32]:
        """Return where one anchor alone is at frames ``first..last - 1``, whatever its weight.

        Returns
        -------
        float32[channel, frame, latent]
            Of the anchor's own channels. Frames after the path's end may be asked for.
        """
        chosen = self.anchors[anchor]
        samples = self.grid.samples(first, last)
        positions = chosen.placed.frame_positions(samples, self.grid.hop_samples)
        return _between_frames(chosen.mean, positions, chosen.silence[0])

    @property
    def loudest_rms(self) -> float:
        """The rms over bands of the loudest frame of all sounds."""
        return max(anchor.loudest_rms for anchor in self.anchors)

    def detail(self, first: int, last: int) -> NDArray[np.float32]:
        """Return how much of the sounds' detail is carried at each frame: float32[frame], 0..1.

        Detail lies where the partials of a sound were: as their pitch leaves, it goes.
        """
        seconds = self.grid.seconds(first, last)
        amount = np.full(last - first, DEFAULT_DETAIL, dtype=np.float32)
        if "detail" in self.movements:
            amount = self.movements["detail"].at(seconds).astype(np.float32)
        if self.glides:
            away = np.abs(self.movements[PITCH].at(seconds)) / NO_DETAIL_OCTAVES
            amount *= np.clip(1.0 - away, 0.0, 1.0).astype(np.float32)
        return amount

    @property
    def glides(self) -> bool:
        """Whether partials leave the places where its sounds have them; a lane of 0 moves none."""
        moves = self.anchors[0].moves.get("pitch")
        return PITCH in self.movements and moves is not None and bool(moves.amounts)

    def _mixed(
        self,
        weights: NDArray[np.float32],
        first: int,
        last: int,
        what: Literal["mean", "log_var"],
    ) -> NDArray[np.float32]:
        samples = self.grid.samples(first, last)
        shape = (self.n_channels, last - first, self.anchors[0].mean.shape[2])
        mixed = np.zeros(shape, dtype=np.float32)
        for weight, anchor in zip(weights, self.anchors, strict=True):
            positions = anchor.placed.frame_positions(samples, self.grid.hop_samples)
            values = anchor.mean if what == "mean" else anchor.log_var
            silence = anchor.silence[0 if what == "mean" else 1]
            mixed += weight[:, None] * _between_frames(values, positions, silence)
        return mixed

    def _noise(self, first: int, last: int) -> NDArray[np.float32]:
        """Return frames of unit Gaussian noise, the same for both channels: [frame, latent]."""
        n_latents = self.anchors[0].mean.shape[2]
        blocks = range(first // NOISE_BLOCK_FRAMES, (last - 1) // NOISE_BLOCK_FRAMES + 1)
        drawn = np.concatenate(
            [
                np.random.Generator(np.random.Philox(key=self.seed, counter=block << 64))
                .standard_normal((NOISE_BLOCK_FRAMES, n_latents))
                .astype(np.float32)
                for block in blocks
            ]
        )
        offset = blocks.start * NOISE_BLOCK_FRAMES
        return drawn[first - offset : last - offset]


def trace_path(
    anchors: Sequence[Anchor],
    names: Sequence[str],
    movements: Mapping[str, Movement],
    grid: FrameGrid,
    *,
    seed: int = 0,
    axes: Mapping[str, NDArray[np.float32]] | None = None,
) -> LatentPath:
    """Return the path that lanes trace between anchors.

    Parameters
    ----------
    anchors
        The encoded sounds.
    names
        Their names, as ``weight/<sound>`` targets use them.
    movements
        Lanes by target; those that are not about the latent path are ignored.
    grid
        The frame times of the render.
    seed
        Seed of the latent noise; only a ``noise`` lane uses it.
    axes
        Directions, ``float32[latent]``, of macros and of single latents. Macros may lack one that
        all anchors have moves for; so may loudness, for a model whose latent 0 is the level.

    Raises
    ------
    ValueError
        When there is no anchor, a ``mix`` has not exactly two, or a macro has no direction.
    """
    if not anchors:
        raise ValueError("a latent path needs at least one anchor")
    if "mix" in movements and len(anchors) != 2:
        raise ValueError(f"mix needs two anchors, there are {len(anchors)}")
    steering = {
        target: movement
        for target, movement in movements.items()
        if target in ("mix", "noise", "detail") or target.startswith(("weight/", *_MOVING))
    }
    axes = axes or {}
    known = {*axes, LOUDNESS} | {f"macro/{name}" for name in _moves_of_all(anchors)}
    lost = [t for t in steering if t.startswith(_MOVING) and t not in known]
    if lost:
        raise ValueError(f"{', '.join(lost)} has no direction")
    return LatentPath(tuple(anchors), steering, tuple(names), grid, seed, axes)


def _moves_of_all(anchors: Sequence[Anchor]) -> set[str]:
    return set.intersection(*(set(anchor.moves) for anchor in anchors))


def _between_frames(
    values: NDArray[np.float32] | NDArray[np.float16],
    positions: NDArray[np.float64],
    silence: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Interpolate encoded frames linearly at fractional positions.

    Where the position is NaN the sound is silent, and its latents are those of silence: all 0, the
    level among them, if the model has one.

    Parameters
    ----------
    values : float32[channel, frame, latent] or float16
    positions : float64[frame]
    silence : float32[latent]

    Returns
    -------
    float32[channel, frame, latent]
    """
    silent = np.isnan(positions)
    place = np.where(silent, 0.0, positions)
    lower = np.minimum(place.astype(np.int64), values.shape[1] - 1)
    upper = np.minimum(lower + 1, values.shape[1] - 1)
    share = (place - lower).astype(np.float32)[:, None]
    below = values[:, lower].astype(np.float32)
    between = below + share * (values[:, upper] - below)
    return np.where(silent[:, None], silence, between)
