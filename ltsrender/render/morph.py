"""A morph of two recordings, written as the session that a composer would have written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ltsrender.audiofile import sound_info
from ltsrender.errors import AutomationError, InputError, Problem, SoundError
from ltsrender.models import read_card
from ltsrender.render.resolve import make_plan
from ltsrender.session import AutomationDocument, Documents, read_automation, read_session
from ltsrender.session.fields import DAY_S

if TYPE_CHECKING:
    from ltsrender.render.plan import Plan

SESSION_NAME = "morph.lts.json"
MODULATION_WHEEL = 1


def plan_morph(
    sounds: tuple[Path, Path],
    model: Path,
    curve: Path | None = None,
    *,
    length_s: float | None = None,
    controller: int = MODULATION_WHEEL,
    channel: int | None = None,
    seed: int = 0,
    container: str = "wav",
) -> Plan:
    """Return the plan of a morph from one recording to another.

    Parameters
    ----------
    sounds
        The first recording (``mix`` 1) and the second (``mix`` 0).
    model
        A timbre model.
    curve
        An automation file with a ``mix`` lane, or a MIDI file whose ``controller`` draws it
        (0..127 becomes 0..1); without one, a straight line from the first to the second.
    length_s
        Seconds to render; by default the longer of the two recordings.
    controller, channel
        The MIDI controller's number, 0..119, and its channel, 1..16, which may be left out when
        only one channel has the controller.
    seed
        Of latent noise, should the curve have a lane for it.
    container
        ``"wav"`` or ``"flac"``.

    Raises
    ------
    InputError
        With everything that is wrong in the recordings, the model and the curve.
    """
    problems: list[Problem] = []
    lengths = [_length_s(sound, problems) for sound in sounds]
    rate = _sample_rate_hz(model, problems)
    documents = Documents(Path())
    automation = []
    if curve:
        automation = _automation(curve, documents, controller, channel, problems)
    if length_s is not None and not 0 < length_s <= DAY_S:
        words = f"is {length_s:g}; takes more than 0 and at most {DAY_S:g} s"
        problems.append(Problem(words, place="--length"))
    if problems:
        raise InputError(problems)
    length_s = max(lengths) if length_s is None else length_s
    line = {"at": 0.0, "value": 1.0}, {"at": length_s, "value": 0.0}
    session = {
        "schema_version": 1,
        "title": f"{sounds[0].stem} to {sounds[1].stem}",
        "seed": seed,
        "sample_rate_hz": rate,
        "channels": max(sound_info(sound).n_channels for sound in sounds),
        "sounds": {
            "first": {"file": sounds[0].as_posix()},
            "second": {"file": sounds[1].as_posix()},
        },
        "models": {"model": {"file": model.as_posix()}},
        "tracks": [
            {
                "name": "morph",
                "model": "model",
                "start_s": 0.0,
                "end_s": length_s,
                "anchors": [{"sound": "first"}, {"sound": "second"}],
                "lanes": []
                if curve
                else [{"target": "mix", "time": "seconds", "points": list(line)}],
                "automation": automation,
            }
        ],
        "render": {"container": container},
    }
    replay = {SESSION_NAME: json.dumps(session).encode(), **documents.contents}
    return make_plan(read_session(SESSION_NAME, Documents(Path(), replay)))


def _length_s(sound: Path, problems: list[Problem]) -> float:
    try:
        return sound_info(sound).length_s
    except SoundError as error:
        problems += error.problems
        return 0.0


def _sample_rate_hz(model: Path, problems: list[Problem]) -> int:
    try:
        return int(read_card(model).transform["sample_rate_hz"])
    except InputError as error:
        problems += error.problems
        return 0


def _automation(
    curve: Path,
    documents: Documents,
    controller: int,
    channel: int | None,
    problems: list[Problem],
) -> list[dict[str, Any]]:
    """Return the session's reference to a curve; say what is wrong with the file."""
    name = curve.as_posix()
    try:
        content = read_automation(name, documents)
    except AutomationError as error:
        problems += error.problems
        return []
    if isinstance(content, AutomationDocument):
        targets = [lane.target for lane in content.lanes if lane.target]
        if "mix" not in targets:
            moved = ", ".join(targets)
            problems.append(Problem(f"has no mix lane, only {moved}; a morph needs one", curve))
        return [{"file": name}]
    channels = content.channels_of(controller)
    there = f"{curve} has {content.controllers_in_words()}"
    if not channels:
        problems.append(Problem(f"is {controller}; {there}", place="--controller"))
    elif channel is None and len(channels) > 1:
        problems.append(Problem(f"is needed; {there}", place="--channel"))
    elif channel not in (None, *channels):
        problems.append(Problem(f"is {channel}; {there}", place="--channel"))
    mapping = {"controller": controller, "target": "mix", "minimum": 0.0, "maximum": 1.0}
    if channel is not None:
        mapping["channel"] = channel
    return [{"file": name, "tempo": "file", "cc_map": [mapping]}]
