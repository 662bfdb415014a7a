"""How a track goes through its model's latent space: what it asks for, and whether the model can.

Everything here looks at lanes and at the model's card; no sound is opened for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.errors import Problem, nearest
from ltsrender.latents.space import Steering, mean_of
from ltsrender.models import ModelCard
from ltsrender.session.targets import SMALLEST_TOTAL_WEIGHT
from ltsrender.units import frames_covering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ltsrender.automation import Lane
    from ltsrender.models import Card
    from ltsrender.session import TrackDocument

CHECKED_FRAMES = 2**16
"""Frames whose weights are looked at together: a day has sixteen million."""
_DESCRIBE = "ltsrender model describe finds"


@dataclass(frozen=True, eq=False)
class Way:
    """How a track goes, and what is wrong with that.

    Attributes
    ----------
    steering
        What the composer chose.
    axes
        Directions in latent space by the targets ``latent/<name>`` and ``pca/<n>``.
    problems
        Everything that the model cannot do.
    """

    steering: Steering
    axes: Mapping[str, tuple[float, ...]]
    problems: tuple[Problem, ...]


@dataclass
class _Finder:
    """Looks at one track."""

    track: TrackDocument
    lanes: Mapping[str, Lane]
    card: Card
    model: str
    file: str
    place: str
    axes: dict[str, tuple[float, ...]] = field(default_factory=dict)
    replaced: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def find(self) -> Way:
        for lane in self.lanes.values():
            look = self._looks.get(lane.target.split("/")[0])
            if look is not None:
                look(lane)
        self._choices()
        track = self.track
        steering = Steering(track.weights, track.interpolation, track.guard, self.replaced)
        return Way(steering, self.axes, tuple(self.problems))

    @property
    def _looks(self) -> dict[str, Callable[[Lane], None]]:
        return {
            "latent": self._latent,
            "replace": self._replace,
            "pca": self._pca,
            "scale": self._scale,
            "level_mix": self._level,
            "level_weight": self._level,
        }

    def _refuse(self, lane: Lane, words: str, suggestion: str = "") -> None:
        said = f'target is "{lane.target}"; the model {self.model} {words}'
        self.problems.append(Problem(said, lane.file, lane.place, suggestion))

    def _refuse_key(self, key: str, words: str) -> None:
        self.problems.append(Problem(words, self.file, f"{self.place}.{key}"))

    def _index(self, lane: Lane) -> int | None:
        """Return which latent a lane moves, named or counted from 0; refuse what is none."""
        names = self.card.latent_names
        family, _, word = lane.target.partition("/")
        index = names.index(word) if word in names else -1
        if index < 0 and word.isascii() and word.isdigit() and int(word) < len(names):
            index = int(word)
        if index < 0:
            has = f"{names[0]}..{names[-1]}" if len(names) > 8 else ", ".join(names)
            near = nearest(lane.target, [f"{family}/{name}" for name in names])
            self._refuse(lane, f"has {len(names)} latents: {has}", near)
            return None
        if index == 0 and isinstance(self.card, ModelCard):
            instead = "macro/loudness moves in dB" if family == "latent" else "level_mix takes"
            suggestion = "macro/loudness" if family == "latent" else ""
            self._refuse(lane, f"has its loudness there, which {instead}", suggestion)
            return None
        return index

    def _latent(self, lane: Lane) -> None:
        index = self._index(lane)
        if index is not None:
            n = len(self.card.latent_names)
            self.axes[lane.target] = tuple(float(place == index) for place in range(n))

    def _replace(self, lane: Lane) -> None:
        index = self._index(lane)
        if index in self.replaced.values():
            other = next(t for t, taken in self.replaced.items() if taken == index)
            self._refuse(lane, f"has that latent moved already, by {other}")
        elif index is not None:
            self.replaced[lane.target] = index

    def _pca(self, lane: Lane) -> None:
        ground = self.card.ground
        if ground is None:
            self._refuse(lane, f"does not know its axes; {_DESCRIBE} them")
            return
        word = lane.target.removeprefix("pca/")
        n = len(ground.axes)
        if not (word.isascii() and word.isdigit() and 1 <= int(word) <= n):
            self._refuse(lane, f"has the axes pca/1 to pca/{n}")
            return
        index = int(word) - 1
        deviation = ground.axis_deviations[index]
        self.axes[lane.target] = tuple(deviation * value for value in ground.axes[index])

    def _scale(self, lane: Lane) -> None:
        if mean_of(self.card) is None:
            self._refuse(lane, f"does not know its mean; {_DESCRIBE} it")

    def _level(self, lane: Lane) -> None:
        if not isinstance(self.card, ModelCard):
            self._refuse(lane, "has no level apart from the shape, so nothing can move it apart")

    def _choices(self) -> None:
        track = self.track
        if track.guard in ("soft", "clamp") and self.card.ground is None:
            words = f'is "{track.guard}"; the model {self.model} does not know what it has seen'
            self._refuse_key("guard", f"{words}; {_DESCRIBE} it")
        if track.interpolation == "constant_speed" and "mix" not in self.lanes:
            words = 'is "constant_speed", which moves "mix"; this track has no lane that does'
            self._refuse_key("interpolation", words)
        if track.interpolation == "spherical" and track.weights == "free":
            words = 'is "spherical", which takes proportions; "weights" is "free", which are gains'
            self._refuse_key("interpolation", words)


def find_way(
    track: TrackDocument,
    lanes: Mapping[str, Lane],
    card: Card | None,
    model: str,
    file: str,
    place: str,
) -> Way:
    """Return how a track goes through its model's latent space.

    Parameters
    ----------
    track, lanes
        What the composer wrote, and its lanes by target.
    card, model
        The model's card, None where it could not be read, and its name in the session.
    file, place
        Where the track stands, for messages.
    """
    if card is None:
        return Way(Steering(), {}, ())
    return _Finder(track, lanes, card, model, file, place).find()


def weight_problems(
    track: TrackDocument,
    lanes: Mapping[str, Lane],
    span: tuple[int, int],
    clock: tuple[int, int],
) -> Iterator[str]:
    """Yield what is wrong with weights that leave nothing to hear, or cancel, at some frame.

    Parameters
    ----------
    track, lanes
        As for `find_way`; free weights may be anything.
    span
        Where the track starts and how long it is, in samples.
    clock
        Samples between frames, and samples per second.
    """
    if track.weights == "free":
        return
    for family, instead in (("weight", "use gain_db to fade"), ("level_weight", "fade by gain_db")):
        moved = [lane for target, lane in lanes.items() if target.startswith(f"{family}/")]
        wrong = _first_too_small(moved, span, clock) if moved else None
        if wrong is not None:
            total, moment_s = wrong
            what = "weights" if family == "weight" else "level weights"
            yield (
                f"has {what} that add up to {total:.3g} at {moment_s:.2f} s; together they must "
                f"stay above {SMALLEST_TOTAL_WEIGHT}, for only their proportions count ({instead})"
            )


def _first_too_small(
    lanes: list[Lane], span: tuple[int, int], clock: tuple[int, int]
) -> tuple[float, float] | None:
    """Return the first sum of lanes that is too small, and when in seconds; None without any."""
    (start, n_samples), (hop, rate) = span, clock
    n_frames = frames_covering(n_samples, hop)
    for first in range(0, n_frames, CHECKED_FRAMES):
        frames = np.arange(first, min(first + CHECKED_FRAMES, n_frames))
        moments_s = (frames * hop + start) / rate
        total = np.sum([lane.at(moments_s) for lane in lanes], axis=0)
        wrong = np.flatnonzero(total < SMALLEST_TOTAL_WEIGHT)
        if wrong.size:
            return float(total[wrong[0]]), float(moments_s[wrong[0]])
    return None
