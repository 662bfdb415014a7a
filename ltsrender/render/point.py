"""Points in latent space, from a sound or a session's path into a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.audiofile import load_sound
from ltsrender.errors import Problem, SessionError, plain
from ltsrender.latents import encode_anchor, place_sound
from ltsrender.latents.anchor import is_silence
from ltsrender.models import load_model, weights_sha256
from ltsrender.render.known import path_of, waits_for
from ltsrender.safefile import check_target, written_beside
from ltsrender.session.point import FORMAT, LatentPresetDocument, PresetModelDocument
from ltsrender.units import frames_covering

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from ltsrender.models import Card, TimbreModel
    from ltsrender.render.plan import TrackPlan

_SILENT = "is silent there: nothing sounds, so there is no timbre to keep"


def point_of_sound(
    model: TimbreModel, sound: Path, at_s: float, length_s: float = 0.0
) -> NDArray[np.float32]:
    """Return where a model hears a moment of a sound: float32[latent].

    Parameters
    ----------
    model
        The model.
    sound
        The recording; its channels are mixed.
    at_s, length_s
        The moment, in seconds; with a length, the mean over so long, silence left out.

    Raises
    ------
    InputError
        When the sound cannot be read, ends before, or is silent there.
    """
    rate = model.spec.sample_rate_hz
    audio = load_sound(sound, rate).mean(axis=0, keepdims=True)
    hop = model.spec.hop_samples
    if not 0.0 <= at_s < audio.shape[1] / rate:
        words = f"is {at_s:g}; the sound is {audio.shape[1] / rate:.2f} s long"
        raise SessionError(Problem(words, sound, "--at"))
    first, last = _frames(at_s, length_s, rate / hop)
    last = min(last, frames_covering(audio.shape[1], hop))
    # What lies a while after the last frame is no part of it.
    anchor = encode_anchor(
        place_sound(audio, "once", sample_rate_hz=rate), model, n_samples=(last + 1) * hop
    )
    return _mean(anchor.mean[:, first:last], model, sound)


def point_of_path(track: TrackPlan, at_s: float, length_s: float = 0.0) -> NDArray[np.float32]:
    """Return where a track's path is at a moment of the session: float32[latent].

    Parameters
    ----------
    track
        The track, whose guard and noise have their part in it.
    at_s, length_s
        The moment, in seconds of the session; with a length, the mean over so long.

    Raises
    ------
    SessionError
        When the track does not sound then, or another must be heard first.
    """
    place = f'track "{plain(track.strip.name)}"'
    followed = ", ".join(plain(name) for name in sorted(waits_for(track)))
    if followed:
        words = f"has lanes that follow {followed}, so its path is known in a render alone"
        raise SessionError(Problem(words, place=place))
    path = path_of(track)
    grid = path.grid
    start_s = grid.start_sample / grid.sample_rate_hz
    end_s = start_s + track.n_samples / grid.sample_rate_hz
    if not start_s <= at_s < end_s:
        words = f"is {at_s:g}; {place} sounds from {start_s:.2f} to {end_s:.2f} s"
        raise SessionError(Problem(words, place="--at"))
    first, last = _frames(at_s - start_s, length_s, grid.sample_rate_hz / grid.hop_samples)
    z = path.block(first, min(last, path.n_frames))
    return _mean(z, load_model(track.model_file), place)


def _frames(at_s: float, length_s: float, per_second: float) -> tuple[int, int]:
    first = round(at_s * per_second)
    return first, first + max(1, round(length_s * per_second))


def _mean(z: NDArray[np.float32], model: TimbreModel, file: Path | str) -> NDArray[np.float32]:
    """Return the mean of frames ``float32[channel, frame, latent]`` that are not silent."""
    rows = z.reshape(-1, z.shape[-1])
    sounds = ~is_silence(rows, model.silence()[0])
    if model.has_level:
        sounds &= rows[:, 0] > 0.0
    if not sounds.any():
        raise SessionError(Problem(_SILENT, file, "--at"))
    point = np.asarray(rows[sounds].mean(axis=0, dtype=np.float64), np.float32)
    if not model.decode(point[None]).any():
        words = (
            "is a moment of which the model makes silence; another moment, or another model, may do"
        )
        raise SessionError(Problem(words, file, "--at"))
    return point


def save_point(
    target: Path,
    point: NDArray[np.float32],
    model_file: Path,
    card: Card,
    name: str = "",
    note: str = "",
) -> None:
    """Write a point into a file, whole or not at all.

    Parameters
    ----------
    target
        The file, ``.json``.
    point : float32[latent]
        From `point_of_sound` or `point_of_path`.
    model_file, card
        The model in whose latent space it lies.
    name, note
        What it is called (the file's name by default), and where it comes from.

    Raises
    ------
    RenderError
        When the file cannot be written.
    """
    check_target(target)
    values = (float(f"{value:.7g}") for value in point)
    document = LatentPresetDocument(
        format=FORMAT,
        schema_version=1,
        name=name or target.stem,
        note=note,
        model=PresetModelDocument(
            name=card.name or model_file.stem, weights_sha256=weights_sha256(model_file)
        ),
        latents=dict(zip(card.latent_names, values, strict=True)),
    )
    facts = document.model_dump(exclude_defaults=True)
    keys = ("format", "schema_version", "name", "note", "model", "latents")
    text = json.dumps({key: facts[key] for key in keys if key in facts}, indent=1)
    with written_beside(target) as part:
        part.write_text(text + "\n", encoding="utf-8")
