"""Where tracks leave what their models have seen, in words and in seconds.

A path that only mixes its sounds stays where they are, so only those are looked at that go beyond
them, or add to them, and those whose guard would move them. For that sounds are encoded, as a
render does and by the same cache: what is looked at here is not done again there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.automation import tempo_map_of, tracks_followed
from ltsrender.errors import plain
from ltsrender.latents import known_ground
from ltsrender.models import read_card

if TYPE_CHECKING:
    from collections.abc import Callable

    from ltsrender.automation import Lane, TempoMap
    from ltsrender.latents import LatentPath
    from ltsrender.render.plan import Plan, TrackPlan

MERGED_S = 0.25
"""Stretches that are closer than this are told as one."""
MOST_STRETCHES = 3
STAYS = {
    "mix": (0.0, 1.0),
    "weight": (0.0, np.inf),
    "scale": (0.0, 1.0),
    "noise": (0.0, 0.0),
    "macro": (0.0, 0.0),
    "latent": (0.0, 0.0),
    "pca": (0.0, 0.0),
}
"""Between which values a target leaves the path between its sounds; others have no part in it."""
AFTER_THE_PATH = ("gain_db", "pan", "insert")
"""What lanes of a track move when its sound is made already."""


@dataclass(frozen=True)
class Stretch:
    """A time in which a path is off known ground.

    Attributes
    ----------
    start_s, end_s
        On the session's time line.
    worst_s, worst
        The moment that is farthest off, and how far, in edges: 1 is the edge.
    """

    start_s: float
    end_s: float
    worst_s: float
    worst: float


def may_leave(track: TrackPlan) -> bool:
    """Return whether a guard has anything to look at on a track."""
    steering, lanes = track.steering, track.strip.lanes
    if steering.guard != "warn":
        return steering.guard != "off"
    # Gains of 1 add up too, where no lane says anything else; a mix is none.
    is_free = steering.weights == "free" and "mix" not in lanes
    has_point = any(anchor.point for anchor in track.anchors)
    if steering.interpolation == "spherical" or is_free or has_point:
        return True
    return any(_goes_beyond(lane) for lane in lanes.values())


def _goes_beyond(lane: Lane) -> bool:
    """Return whether a lane may lead beyond the sounds, or adds to them."""
    if lane.target.startswith("replace/"):
        return True
    family = lane.target.split("/")[0]
    low, high = STAYS.get(family, (-np.inf, np.inf))
    return bool(lane.minimum < low or lane.maximum > high)


def stretches(path: LatentPath) -> tuple[Stretch, ...]:
    """Return where a path is off known ground, in its order; its model must know its ground."""
    far, edge = known_ground(path)
    off = np.flatnonzero(far > edge)
    if not off.size:
        return ()
    moments_s = path.grid.seconds(0, path.n_frames)
    hop_s = path.grid.hop_samples / path.grid.sample_rate_hz
    parts = np.split(off, np.flatnonzero(np.diff(off) * hop_s > MERGED_S) + 1)
    return tuple(_stretch(part, far / edge, moments_s, hop_s) for part in parts)


def _stretch(frames: np.ndarray, edges: np.ndarray, moments_s: np.ndarray, hop_s: float) -> Stretch:
    worst = frames[edges[frames].argmax()]
    start_s, end_s = float(moments_s[frames[0]]), float(moments_s[frames[-1]]) + hop_s
    return Stretch(start_s, end_s, float(moments_s[worst]), float(edges[worst]))


def note_of(track: TrackPlan, path: LatentPath, tempo: TempoMap) -> str:
    """Return what there is to say of a track that leaves known ground; nothing, if it never does.

    Parameters
    ----------
    track, path
        The track, and its way through latent space.
    tempo
        Of the session, to say it in beats too.
    """
    if path.space.ground is None or not may_leave(track):
        return ""
    found = stretches(path)
    if not found:
        return ""
    told = [_in_words(each, tempo) for each in found[:MOST_STRETCHES]]
    more = len(found) - len(told)
    told += [f"and {more} more"] if more else []
    worst = max(found, key=lambda each: each.worst)
    held = {"soft": "; the guard bends it back", "clamp": "; the guard holds it at the edge"}
    return (
        f'track "{plain(track.strip.name)}" leaves what its model has seen at {", ".join(told)}; '
        f"farthest at {worst.worst_s:.2f} s, {worst.worst:.2f} times the distance of the edge"
        f"{held.get(track.steering.guard, '')}"
    )


def _in_words(stretch: Stretch, tempo: TempoMap) -> str:
    start, end = (float(tempo.beats_at(at)) for at in (stretch.start_s, stretch.end_s))
    return f"{stretch.start_s:.2f}..{stretch.end_s:.2f} s (beats {start:.2f}..{end:.2f})"


def ground_notes(
    plan: Plan, told: Callable[[str], None] = lambda _track: None, device: str = "cpu"
) -> list[str]:
    """Return a note for every track of a plan that leaves what its model has seen.

    Parameters
    ----------
    plan
        The session, resolved.
    told
        Called with the name of each track whose sounds have to be encoded for it.
    device
        Where the transform and the models run.
    """
    tempo = tempo_map_of(plan.session)
    notes = []
    for track in plan.tracks:
        if not is_watched(track):
            continue
        told(track.strip.name)
        note = note_of(track, path_of(track, device), tempo)
        notes += [note] if note else []
    return notes


def off_ground(track: TrackPlan) -> tuple[Stretch, ...]:
    """Return where a track is off known ground; nothing, where its guard is off."""
    return stretches(path_of(track)) if is_watched(track) else ()


def is_watched(track: TrackPlan) -> bool:
    """Return whether a track may leave known ground, and that can be told without a render.

    Its model must know where that is, and its path must not wait for another track.
    """
    if waits_for(track):
        return False
    return may_leave(track) and read_card(track.model_file).ground is not None


def waits_for(track: TrackPlan) -> set[str]:
    """Return the tracks and buses that must be heard before a track's path is known."""
    lanes = track.strip.lanes.values()
    moving = [lane for lane in lanes if lane.target.split("/")[0] not in AFTER_THE_PATH]
    return set().union(*(tracks_followed(lane.movement) for lane in moving))


def path_of(track: TrackPlan, device: str = "cpu") -> LatentPath:
    """Return a track's way through latent space; its sounds are encoded, or found in the cache."""
    # A session that stays on known ground is checked without torch.
    from ltsrender.models import load_model  # noqa: PLC0415
    from ltsrender.render.cache import AnchorCache, cache_folder  # noqa: PLC0415
    from ltsrender.render.run import one_torch_thread  # noqa: PLC0415
    from ltsrender.render.voice import encode_sound, make_voice, place_sounds  # noqa: PLC0415

    model = load_model(track.model_file, device)
    cache = AnchorCache(cache_folder())
    with one_torch_thread():
        sounds = place_sounds(track, model.spec.sample_rate_hz)
        anchors = [encode_sound(sound, track, model, cache, device) for sound in sounds]
    return make_voice(track, model, anchors, device).path
