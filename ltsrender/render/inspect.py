"""What a file holds, in words: session, automation, MIDI, model, manifest or sound."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ltsrender.audiofile import sound_info
from ltsrender.automation.describe_midi import describe_midi
from ltsrender.clipping import clipping_words
from ltsrender.errors import InputError, Problem
from ltsrender.models import OriginalCard, read_card
from ltsrender.models.card import HEADROOM_DB
from ltsrender.render.describe import describe_plan
from ltsrender.render.open import open_plan
from ltsrender.session import (
    AutomationDocument,
    Documents,
    LaneDocument,
    read_automation,
    read_map,
)
from ltsrender.session.controllers import SOURCE_KEYS
from ltsrender.session.locate import near_file, what_is
from ltsrender.session.midi import is_midi
from ltsrender.session.modulators import SOURCES
from ltsrender.stems import read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MODEL_SUFFIX = ".ltsmodel"
_NO_FILE = {
    "": "does not exist; a file is needed",
    "folder": "is a folder; a file is needed",
    "device": "is a device or a pipe; a file is needed",
}


def inspect_file(path: Path) -> str:
    """Return what a file holds, as lines of text.

    Parameters
    ----------
    path
        Any file that ltsrender reads; its kind is found from what is in it.

    Raises
    ------
    InputError
        When it is none of them, or one with mistakes.
    """
    found = what_is(path)
    if found in _NO_FILE:
        near = "" if found else near_file(path.name, "", path.parent)
        raise InputError(Problem(_NO_FILE[found], path, suggestion=near))
    return _kind_of(path)(path)


def _kind_of(path: Path) -> Callable[[Path], str]:
    """Return the description that fits a file: by its first bytes, else by its keys or name."""
    try:
        with path.open("rb") as file:
            head = file.read(4_096)
    except OSError as error:
        raise InputError(Problem(f"cannot be read: {error.strerror}", path)) from error
    if path.suffix.lower() == MODEL_SUFFIX or head[8:10] == b'{"':  # after a header's length
        return _model
    if is_midi(head):
        return _automation
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return {
            "ltsrender manifest": _manifest,
            "ltsrender automation": _automation,
            "ltsrender controller map": _map,
        }.get(_format_of(path), _session)
    return _sound


def _format_of(path: Path) -> str:
    try:
        return str(json.loads(path.read_bytes()).get("format", ""))
    except (ValueError, RecursionError):
        return ""  # the session reader says where the text breaks off


def _session(path: Path) -> str:
    return "session\n" + describe_plan(open_plan(path))


def _manifest(path: Path) -> str:
    manifest = read_manifest(path)
    lines = [f"manifest of {manifest.session} ({manifest.session_folder}), seed {manifest.seed}"]
    lines += [
        f"  {stem.file}: {stem.length_s:.2f} s, {stem.bit_depth} bit, peak {stem.peak_db:.1f} dBFS"
        for stem in manifest.stems
    ]
    lines += [f"  {name} {version}" for name, version in manifest.versions.items()]
    return "\n".join(lines)


def _automation(path: Path) -> str:
    content = read_automation(path.name, Documents(path.parent))
    if not isinstance(content, AutomationDocument):
        return describe_midi(content)
    lines = [f"automation file {content.name}".rstrip()]
    lines += [f"  {_lane(lane)}" for lane in content.lanes]
    return "\n".join(lines)


def _lane(lane: LaneDocument) -> str:
    name = lane.target or f'"{lane.name}"'
    if lane.points is None:
        kind = next(key for key in SOURCES if getattr(lane, key) is not None)
        return f"{name}: {kind.replace('_', ' ')}"
    at, values = ([getattr(point, key) for point in lane.points] for key in ("at", "value"))
    numbers = [value for value in values if not isinstance(value, str)]
    unit = "" if isinstance(at[-1], str) else f" {lane.time}"
    span = f", values {min(numbers):g}..{max(numbers):g}" if numbers else ""
    return f"{name}: {len(at)} points, {_moment(at[0])}..{_moment(at[-1])}{unit}{span}"


def _moment(at: float | str) -> str:
    return at if isinstance(at, str) else f"{at:g}"


def _map(path: Path) -> str:
    document = read_map(path.name, Documents(path.parent))
    lines = [f"controller map {document.name or ''}".rstrip()]
    for entry in document.cc_map:
        tree = entry.model_dump(exclude_none=True)
        source = ", ".join(
            f"{key} {tree[key]}" for key in (*SOURCE_KEYS, "key", "channel", "track") if key in tree
        )
        lines.append(f"  {source}: {entry.target}, {entry.minimum:g}..{entry.maximum:g}")
    return "\n".join(lines)


def _model(path: Path) -> str:
    card = read_card(path)
    transform = card.transform
    parts = "bins" if isinstance(card, OriginalCard) else "bands"
    size = f"{card.n_latents} latents, {card.n_bands} {parts}"
    rate = f"{transform['sample_rate_hz']} Hz, a frame every {transform['hop_samples']} samples"
    lines = [
        f"timbre model {card.name}: {card.architecture}, {size}, {rate}",
        f"  licence: {card.licence or 'none given'}",
        f"  made with: {', '.join(f'{name} {v}' for name, v in card.versions.items())}",
    ]
    lines += [f"  {name}: {value:.2f}" for name, value in card.metrics.items()]
    if isinstance(card, OriginalCard):
        lines.append(
            "  a run of the original; where its training frames lie is unknown, so renders are "
            f"held {HEADROOM_DB:g} dB above the loudest frame of their own sounds"
        )
    lines += [
        f"  trained on {sound.name}: {sound.length_s:.2f} s" for sound in card.training_sounds
    ]
    lines += [
        f"  held out, not trained on: {sound.name}: {sound.length_s:.2f} s"
        for sound in card.held_out_sounds
    ]
    return "\n".join(lines)


def _sound(path: Path) -> str:
    info = sound_info(path)
    channels = {1: "mono", 2: "stereo"}.get(info.n_channels, f"{info.n_channels} channels")
    return (
        f"sound: {info.container} {info.subtype}, {info.length_s:.3f} s, "
        f"{info.sample_rate_hz} Hz, {channels}{clipping_words(path)}"
    )
