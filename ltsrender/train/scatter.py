"""Where sounds lie in a model's latent space, and the way a session takes between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.audiofile import content_sha256
from ltsrender.errors import Problem, SessionError
from ltsrender.models import load_model
from ltsrender.render.cache import AnchorCache, cache_folder
from ltsrender.render.run import one_torch_thread
from ltsrender.render.voice import encode_sound, make_voice, place_sounds
from ltsrender.train.dataset import find_sounds
from ltsrender.train.material import read_material
from ltsrender.train.projection import check_projection, projected
from ltsrender.train.sensitivity import db_per_unit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ltsrender.latents import LatentPath
    from ltsrender.models import TimbreModel
    from ltsrender.render.plan import TrackPlan

MOST_POINTS = 4_000
"""Of all sounds together, and of the path: more would be one blot."""
PATH_BLOCK = 512


@dataclass(frozen=True, eq=False)
class Cloud:
    """The frames of one sound on the plane, ``float64[frame, 2]``."""

    name: str
    points: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LatentMap:
    """Everything that the picture shows.

    Attributes
    ----------
    clouds
        Sounds that are only there to show where sounds lie.
    anchors
        The sounds of the track.
    path
        Where the track goes, ``float64[frame, 2]``, empty without a session; and its moments.
    path_s
        ``float64[frame]``, seconds of the session.
    axes
        Names of the two axes.
    """

    clouds: tuple[Cloud, ...]
    anchors: tuple[Cloud, ...]
    path: NDArray[np.float64]
    path_s: NDArray[np.float64]
    axes: tuple[str, str]


def map_latents(
    model_file: Path,
    sounds: Sequence[Path],
    track: TrackPlan | None = None,
    projection: str = "pca",
) -> LatentMap:
    """Return where sounds lie, and the path of a track between its own.

    Distances are in dB of what the decoder makes of them (`ltsrender.train.sensitivity`), the
    level left out where the model has one.

    Parameters
    ----------
    model_file
        The model.
    sounds
        Files and folders.
    track
        A track of a session that plays this very model.
    projection
        One of `ltsrender.train.projection.PROJECTIONS`.

    Raises
    ------
    InputError
        When something cannot be read, the track plays another model, or the projection is not
        installed.
    """
    check_projection(projection)
    model = load_model(model_file)
    if track is not None and track.model_sha256 != content_sha256(model_file):
        words = f"plays {track.model_file}, which is another model than {model_file}"
        raise SessionError(Problem(words, place=f'track "{track.strip.name}"'))
    with one_torch_thread():
        names, values = _encoded(model, sounds)
        n_clouds = len(names)
        moments = np.zeros(0)
        if track is not None:
            path = _path_of(track, model)
            names += [anchor.sound for anchor in track.anchors]
            values += [_sounding(anchor.mean[0], model) for anchor in path.anchors]
            way, moments = _way(path)
            values.append(way)
        values = [*_thinned(values[: len(names)]), *values[len(names) :]]
        together = np.concatenate(values)
        scale = db_per_unit(model, np.concatenate(values[: len(names)]))
        flat, axes = projected(together.astype(np.float64) * scale, projection)
    parts = np.split(flat, np.cumsum([len(value) for value in values])[:-1])
    clouds = [Cloud(name, part) for name, part in zip(names, parts, strict=False)]
    return LatentMap(
        tuple(clouds[:n_clouds]),
        tuple(clouds[n_clouds:]),
        parts[-1] if track is not None else np.zeros((0, 2)),
        moments,
        (axes[0], axes[1]),
    )


def _encoded(
    model: TimbreModel, sounds: Sequence[Path]
) -> tuple[list[str], list[NDArray[np.float32]]]:
    files = list(dict.fromkeys(file for place in sounds for file in find_sounds(place)))
    found = read_material(files, model) if files else ()
    latents = [model.encode(sound.frames[sound.audible])[0] for sound in found]
    return [sound.name for sound in found], latents


def _sounding(z: NDArray[np.float32], model: TimbreModel) -> NDArray[np.float32]:
    """Return the frames of an anchor that are not silence, all of them if none is."""
    far = (np.abs(z - model.silence()[0]) > 1e-5).any(axis=1)
    return z[far] if far.any() else z


def _thinned(values: list[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    step = max(1, -(-sum(map(len, values)) // MOST_POINTS))
    return [value[::step] for value in values]


def _path_of(track: TrackPlan, model: TimbreModel) -> LatentPath:
    cache = AnchorCache(cache_folder())
    anchors = [
        encode_sound(sound, track, model, cache, "cpu")
        for sound in place_sounds(track, model.spec.sample_rate_hz)
    ]
    return make_voice(track, model, anchors, "cpu").path


def _way(path: LatentPath) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return the path of the first channel, thinned, and its moments in seconds."""
    step = max(1, -(-path.n_frames // MOST_POINTS))
    points, moments = [], []
    for first in range(0, path.n_frames, PATH_BLOCK * step):
        last = min(first + PATH_BLOCK * step, path.n_frames)
        points.append(path.block(first, last)[0, ::step])
        moments.append(path.grid.seconds(first, last)[::step])
    return np.concatenate(points), np.concatenate(moments)
