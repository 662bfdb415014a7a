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

**In this order** a frame is made:

1. the sounds are mixed, in a straight line or on a circle (`ltsrender.latents.circle`), by weights
   that may have been bent to even speed (`ltsrender.latents.speed`); the level by its own weights;
2. ``scale`` moves it from the model's mean c, or towards it: c + s (z - c). What follows is said in
   the model's units, and is not scaled;
3. ``macro/``, ``latent/`` and ``pca/`` add;
4. ``replace/`` says what a latent is, whatever came before;
5. ``smoothing`` averages over time, and with it the jumps of all lanes above
   (`ltsrender.latents.averaging`);
6. ``noise`` comes after it, or it would be smoothed away;
7. the guard is last: nothing passes it (`ltsrender.latents.ground`).

Silence takes no part in 2 to 4, nor in 6 and 7, and noise never moves a level. What these need to
know of frames around is computed in chunks on an absolute grid, so that a path never depends on how
it is cut.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.latents.anchor import is_silence
from ltsrender.latents.chunks import Chunks
from ltsrender.latents.mixing import Mixing
from ltsrender.latents.noise import led_astray
from ltsrender.latents.sampled import Sampled
from ltsrender.latents.shifting import MOVING, shifted
from ltsrender.latents.space import Space, Steering
from ltsrender.latents.weighing import normalised, of_a_mix, shares_of_gains, written
from ltsrender.models.card import LOUDNESS_EXPONENT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ltsrender.latents.anchor import Anchor
    from ltsrender.latents.grid import FrameGrid, Movement
    from ltsrender.latents.speed import EvenSpeed

DEFAULT_DETAIL = 1.0
"""Measured in `ltsrender.audio.detail`: all of it is better than none at every mix."""

LOUDNESS = "macro/loudness"
PITCH = "macro/pitch"
NO_DETAIL_OCTAVES = 1.0 / 24.0
"""From half a semitone on, nothing of a sound's detail fits its partials any more."""
_LEVELS = ("level_mix", "level_weight/")
_ALONE = ("mix", "level_mix", "noise", "detail", "scale", "smoothing")
_NAMED = ("weight/", "level_weight/", "replace/", *MOVING)


@dataclass(frozen=True, eq=False)
class LatentPath:
    """A way through latent space that can be asked for any stretch of its frames.

    Attributes
    ----------
    anchors
        The encoded sounds, in the session's order.
    movements
        The lanes that steer the path, by target.
    names
        The name of each anchor's sound, as in ``weight/<sound>``.
    grid
        The frame times.
    seed
        Seed of the latent noise.
    axes
        ``float32[latent]`` by ``macro/<descriptor>``, ``latent/<name>`` or ``pca/<n>``. A macro
        without one is among the moves of every anchor, or is loudness, and latent 0 is the level.
    steering
        What else the composer chose.
    space
        What is known of the model's latent space.
    """

    anchors: Sequence[Anchor]
    movements: Mapping[str, Movement]
    names: Sequence[str]
    grid: FrameGrid
    seed: int
    axes: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    steering: Steering = field(default_factory=Steering)
    space: Space = field(default_factory=Space)

    @property
    def n_channels(self) -> int:
        """Channels of the path: 2 as soon as one sound is stereo."""
        return max(anchor.placed.n_channels for anchor in self.anchors)

    @property
    def n_frames(self) -> int:
        """Number of frames from the track's start to its end."""
        return self.grid.n_frames

    @cached_property
    def lanes(self) -> Mapping[str, Sampled]:
        """The lanes that steer the path, by target, at its frames."""
        return {target: Sampled(lane, self.grid) for target, lane in self.movements.items()}

    def unguarded(self) -> LatentPath:
        """Return the path as it would be without a guard."""
        return replace(self, steering=replace(self.steering, guard="off"))

    def weights(self, first: int, last: int) -> NDArray[np.float32]:
        """Return the weight of every anchor in every frame: float32[anchor, frame].

        They sum to 1, but free ones, which are gains. Weights below 0 and above 1 are
        extrapolation. Frames after the path's end may be asked for.
        """
        if "mix" in self.movements:
            mix = self.lanes["mix"].at_frames(first, last)
            even = self._even_speed
            return of_a_mix(mix if even is None else even.at(first, last, mix))
        return self._weighed("weight", first, last)

    def level_weights(self, first: int, last: int) -> NDArray[np.float32]:
        """Return what every anchor's level weighs, as `weights` does for its shape."""
        if "level_mix" in self.movements:
            return of_a_mix(self.lanes["level_mix"].at_frames(first, last))
        if self._has_own_level:
            return self._weighed("level_weight", first, last)
        return self.weights(first, last)

    def shares(self, first: int, last: int) -> NDArray[np.float32]:
        """Return what every anchor is to phases and detail: float32[anchor, frame].

        The weights, but of a point without a sound, which is nothing to them, and of free weights.
        """
        return self._heard(self.weights(first, last))

    def level_shares(self, first: int, last: int) -> NDArray[np.float32]:
        """Return what every anchor is to attacks, as `shares` does: they are the level's."""
        return self._heard(self.level_weights(first, last))

    def _heard(self, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        found: NDArray[np.float32] = (
            shares_of_gains(weights) if self.steering.weights == "free" else weights
        )
        if any(anchor.is_point for anchor in self.anchors):
            has_sound = np.array([[not anchor.is_point] for anchor in self.anchors])
            found = np.where(has_sound, found, np.float32(0.0))
        return found

    def _weighed(self, family: str, first: int, last: int) -> NDArray[np.float32]:
        raw = written(self.lanes, self.names, family, first, last)
        if self.steering.weights == "free":
            return raw.astype(np.float32)
        end = max(self.n_frames - 2, 0)
        return normalised(raw, lambda: written(self.lanes, self.names, family, end, end + 1))

    @property
    def _has_own_level(self) -> bool:
        return any(name.startswith(_LEVELS) for name in self.movements)

    @cached_property
    def _mixing(self) -> Mixing:
        return Mixing(self.anchors, self.grid.hop_samples)

    @cached_property
    def _even_speed(self) -> EvenSpeed | None:
        """How the mix is bent to even speed, where it is."""
        decode = self.space.decode
        if self.steering.interpolation != "constant_speed" or decode is None:
            return None
        return self._mixing.even_speed(decode)

    def block(self, first: int, last: int) -> NDArray[np.float32]:
        """Return frames ``first..last - 1`` of the path: float32[channel, frame, latent]."""
        looks_around = (
            "smoothing" in self.movements
            or self.steering.interpolation == "spherical"
            or self.steering.guard in ("soft", "clamp")
        )
        if looks_around:
            return self._chunks.block(first, last)
        return self.with_noise(self.unsmoothed(first, last), first, last)

    @cached_property
    def _chunks(self) -> Chunks:
        return Chunks(self)

    def with_noise(self, mean: NDArray[np.float32], first: int, last: int) -> NDArray[np.float32]:
        """Return ``mean``, float32[channel, frame, latent], as chance leads it astray.

        Silence stays silent, and the level what it is: log-variances of silence, or of free weights
        that add up to little, would let chance make the loudest sounds of nothing.
        """
        if "noise" not in self.movements:
            return mean
        samples = self.grid.samples(first, last)
        log_var = self._mixing.straight(self.weights(first, last), samples, "log_var")
        amount = self.lanes["noise"].at_frames(first, last).astype(np.float32)
        astray = led_astray(mean, log_var, amount, self.seed, first)
        if self.space.has_level:
            astray[..., 0] = mean[..., 0]
        return np.where(self.is_silent(mean)[..., None], mean, astray)

    def is_silent(self, z: NDArray[np.float32], below_db: float | None = None) -> NDArray[np.bool_]:
        """Return where points ``[..., latent]`` are those of silence: bool[...].

        Parameters
        ----------
        below_db
            What is so far below the loudest frame of the sounds counts too, where there is a level.
        """
        silent = is_silence(z, self.anchors[0].silence[0])
        if not self.space.has_level:
            return silent
        least = 0.0
        if below_db is not None:
            least = (self.loudest_rms * 10.0 ** (-below_db / 20.0)) ** LOUDNESS_EXPONENT
        return np.asarray(silent | (z[..., 0] <= least))

    def unsmoothed(self, first: int, last: int) -> NDArray[np.float32]:
        """Return frames as sounds are mixed and lanes move them, before smoothing and noise."""
        weights = self.weights(first, last)
        return shifted(self, self._mixed_means(weights, first, last), weights, first, last)

    def _mixed_means(
        self, weights: NDArray[np.float32], first: int, last: int
    ) -> NDArray[np.float32]:
        samples = self.grid.samples(first, last)
        if self.steering.interpolation == "spherical":
            mixed = self._mixing.on_circles(weights, samples, self.space)
        else:
            mixed = self._mixing.straight(weights, samples)
        if self._has_own_level:
            levels = self.level_weights(first, last)
            mixed[..., 0] = self._mixing.straight(levels, samples)[..., 0]
        return mixed

    def anchor_block(self, anchor: int, first: int, last: int) -> NDArray[np.float32]:
        """Return where one anchor alone is at frames ``first..last - 1``, whatever its weight.

        Returns
        -------
        float32[channel, frame, latent]
            Of the anchor's own channels. Frames after the path's end may be asked for.
        """
        return self._mixing.where(self.anchors[anchor], self.grid.samples(first, last))

    @property
    def loudest_rms(self) -> float:
        """The rms over bands of the loudest frame of all sounds."""
        return max(anchor.loudest_rms for anchor in self.anchors)

    def detail(self, first: int, last: int) -> NDArray[np.float32]:
        """Return how much of the sounds' detail is carried at each frame: float32[frame], 0..1.

        Detail lies where the partials of a sound were: as their pitch leaves, it goes.
        """
        amount = np.full(last - first, DEFAULT_DETAIL, dtype=np.float32)
        if "detail" in self.movements:
            amount = self.lanes["detail"].at_frames(first, last).astype(np.float32)
        if self.glides:
            away = np.abs(self.lanes[PITCH].at_frames(first, last)) / NO_DETAIL_OCTAVES
            amount *= np.clip(1.0 - away, 0.0, 1.0).astype(np.float32)
        return amount

    @property
    def glides(self) -> bool:
        """Whether partials leave the places where its sounds have them; a lane of 0 moves none."""
        moves = self.anchors[0].moves.get("pitch")
        return PITCH in self.movements and moves is not None and bool(moves.amounts)


def trace_path(
    anchors: Sequence[Anchor],
    names: Sequence[str],
    movements: Mapping[str, Movement],
    grid: FrameGrid,
    *,
    seed: int = 0,
    axes: Mapping[str, NDArray[np.float32]] | None = None,
    steering: Steering | None = None,
    space: Space | None = None,
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
    steering, space
        What else the composer chose, and what is known of the model.

    Raises
    ------
    ValueError
        When there is no anchor, a ``mix`` has not exactly two, or a macro has no direction.
    """
    if not anchors:
        raise ValueError("a latent path needs at least one anchor")
    if ("mix" in movements or "level_mix" in movements) and len(anchors) != 2:
        raise ValueError(f"mix needs two anchors, there are {len(anchors)}")
    lanes = {
        target: movement
        for target, movement in movements.items()
        if target in _ALONE or target.startswith(_NAMED)
    }
    axes = axes or {}
    known = {*axes, LOUDNESS} | {f"macro/{name}" for name in _moves_of_all(anchors)}
    lost = [t for t in lanes if t.startswith(MOVING) and t not in known]
    if lost:
        raise ValueError(f"{', '.join(lost)} has no direction")
    return LatentPath(
        tuple(anchors),
        lanes,
        tuple(names),
        grid,
        seed,
        axes,
        steering or Steering(),
        space or Space(),
    )


def _moves_of_all(anchors: Sequence[Anchor]) -> set[str]:
    return set.intersection(*(set(anchor.moves) for anchor in anchors))
