"""Broken sounds, models, anchors and manifests: told by every command that meets them."""

from __future__ import annotations

import json
import os
import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

SESSION = "piece.lts.json"
RENDER = ("render", SESSION, "-o", "out")
MORPH = ("morph", "a.wav", "b.wav", "--model", "tiny.ltsmodel", "-o", "m.wav")

# What a.wav becomes; `tone` is the sound as it should be.
SOUNDS: dict[str, tuple[Callable[[bytes, SimpleNamespace], bytes], str]] = {
    "empty": (lambda *_: b"", r"^a\.wav: is empty \(0 bytes\)$"),
    "text": (lambda *_: b"do re mi", r"^a\.wav: is not a sound that can be read \(Format not"),
    "cut in its header": (lambda tone, _: tone[:30], r"^a\.wav: is not a sound that can be read"),
    "cut in its sound": (lambda tone, _: tone[:3000], r"^a\.wav: is cut off: 35280 bytes declared"),
    "without samples": (lambda _, make: make.sound([]), r"^a\.wav: holds no samples$"),
    "with NaN": (
        lambda _, make: make.sound([0.5, np.nan]),
        r"^a\.wav: holds 1 samples that are NaN",
    ),
    "infinite": (
        lambda _, make: make.sound([-np.inf]),
        r"^a\.wav: holds 1 samples that are NaN or",
    ),
    "beyond +60 dB": (lambda _, make: make.sound([0, 2e4]), r"^a\.wav: holds 1 samples above \+60"),
    "of 8 channels": (
        lambda _, make: make.sound(np.zeros((9, 8))),
        r"^a\.wav: has 8 channels; sounds",
    ),
    "of a slow rate": (
        lambda _, make: make.sound([0, 1], 100),
        r"^a\.wav: has a sample rate of 100 Hz",
    ),
}


@pytest.mark.parametrize("what", SOUNDS)
def test_a_broken_sound(folder: Any, make: SimpleNamespace, what: str) -> None:
    broken, says = SOUNDS[what]
    sound = folder.path / "a.wav"
    sound.write_bytes(broken(sound.read_bytes(), make))
    for command in (RENDER, ("check", SESSION), MORPH, ("plot", "a.wav", "-o", "a.png")):
        folder.refuses(*command, says=says)


NAMES: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing": (lambda _: None, r"there is no such file|does not exist"),
    "a folder": (lambda file: file.mkdir(), r"is a folder"),
    "a pipe": (os.mkfifo, r"is a device or a pipe|is not a file"),
    "a loop of links": (
        lambda file: file.symlink_to(file.name),
        r"[Tt]oo many levels of symbolic",
    ),
    "behind a file": (lambda file: file.write_bytes(b""), r"is empty|has only 0 bytes|no such"),
}


@pytest.mark.parametrize("what", NAMES)
def test_files_that_are_none(folder: Any, what: str) -> None:
    becomes, says = NAMES[what]
    becomes(folder.path / "gone")
    says = f"gone.*{says}"
    folder.refuses("check", "gone", says=says)
    folder.refuses("render", "gone", "-o", "out", says=says)
    folder.refuses("plot", "gone", "-o", "gone.png", says=says)
    folder.refuses("morph", "gone", *MORPH[2:], says=says)
    folder.refuses(*MORPH[:4], "gone", *MORPH[5:], says=says)
    folder.refuses(*MORPH, "--curve", "gone", says=says)
    folder.refuses("inspect", "gone", says=says)


def test_unreadable_files(folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The superuser of a container reads everything, so the refusal is the file system's part."""
    really = Path.open

    def refuse(path: Path, mode: str = "r", *more: Any, **others: Any) -> Any:
        if path.name in ("a.wav", "tiny.ltsmodel", "swell.json", SESSION) and "r" in mode:
            raise PermissionError(13, "Permission denied", str(path))
        return really(path, mode, *more, **others)

    folder.save()
    monkeypatch.setattr(Path, "open", refuse)
    arguments = ("--model", "tiny.ltsmodel", "--curve", "swell.json", "-o", "m.wav")
    denied = r"cannot be read: [Pp]ermission denied"
    for file in ("a.wav", "tiny.ltsmodel", r".*swell\.json"):
        assert_told(folder.run("morph", "a.wav", "b.wav", *arguments), f"^{file}: {denied}")
    for command in ("check", "inspect"):
        assert_told(folder.run(command, SESSION), f"^{SESSION}: {denied}")


def assert_told(answer: Any, says: str) -> None:
    assert answer.code == 2, answer
    assert re.search(says, answer.messages, re.MULTILINE), answer


# What tiny.ltsmodel becomes; `model` is the file as it should be.
MODELS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", r"is not a timbre model: it has only 0 bytes"),
    "a pickle": (lambda _: b"\x80\x04\x95" + bytes(100), r"is not a whole timbre model|not JSON"),
    "truncated": (lambda model: model[:-1], r"the file is damaged or cut short"),
    "too long": (lambda model: model + b"x", r"holds \d+ bytes of weights; its header speaks of"),
    "a header without end": (lambda model: b"\xff" * 8 + model[8:], r"promise a header of"),
    "a header of noise": (lambda model: model[:8] + b"?" + model[9:], r"its header is not JSON"),
    "weights that are NaN": (
        lambda model: model[:-4] + struct.pack("<f", np.nan),
        r"holds weights that no training makes \(NaN",
    ),
}
CARDS: dict[str, tuple[dict[str, Any], str]] = {
    "a newer version": (
        {"format_version": 2},
        r"card\.format_version is 2; this ltsrender reads 1",
    ),
    "an unknown key": ({"code": "import os"}, r"card\.code .*not permitted"),
    "another architecture": ({"architecture": "rave"}, r"card\.architecture .*'frame-vae'"),
    "no transform": (
        {"transform": {}},
        r"card\.transform is no transform: .* missing: sample_rate",
    ),
    "a rate in words": ({"transform.sample_rate_hz": "x"}, r"sample_rate_hz is 'x'; it must be a"),
    "a hop that is none": ({"transform.hop_samples": 7}, r"hop_samples is 7; it must be within 8"),
    "endless slices": (
        {"transform.slice_samples": 2**40},
        r"slice_samples is 1099511627776; it must",
    ),
    "bands too many": ({"sizes.n_bands": 40}, r"n_bands is 40, but its transform has \d+ bands"),
    "a width too wide": ({"sizes.width": 10**9}, r"card\.sizes\.width .*less than or equal"),
    "latents without end": ({"latents.maximum": [1e300] * 5}, r"card\.latents\.maximum"),
    "a level of nothing": ({"latents.maximum": [0.0] * 5}, r"the loudest level\) is 0"),
}


@pytest.mark.parametrize("what", [*MODELS, *CARDS])
def test_a_broken_model(folder: Any, make: SimpleNamespace, what: str) -> None:
    file = folder.path / "tiny.ltsmodel"
    if what in MODELS:
        broken, says = MODELS[what]
        file.write_bytes(broken(file.read_bytes()))
    else:
        changes, says = CARDS[what]
        file.write_bytes(make.with_card(file.read_bytes(), changes))
    says = rf"^tiny\.ltsmodel: .*{says}"
    folder.refuses(*RENDER, says=says)
    folder.refuses(*MORPH, says=says)
    if what != "weights that are NaN":  # the card alone is not read for long enough
        folder.refuses("check", SESSION, says=says)
        folder.refuses("inspect", "tiny.ltsmodel", says=says)


def test_a_model_of_a_rate_that_sessions_do_not_have(folder: Any, make: SimpleNamespace) -> None:
    file = folder.path / "tiny.ltsmodel"
    file.write_bytes(make.with_card(file.read_bytes(), {"transform.sample_rate_hz": 44_000}))
    folder.refuses(*MORPH, says=r"sample_rate_hz is 44000; takes 44100, 48000, 88200 or 96000")


def test_a_model_that_fits_its_card_but_not_its_weights(folder: Any, make: SimpleNamespace) -> None:
    file = folder.path / "tiny.ltsmodel"
    file.write_bytes(make.with_card(file.read_bytes(), {"sizes.width": 9}))
    folder.refuses(*RENDER, says=r"^tiny\.ltsmodel: tensor '.*' has shape .*; the card's sizes ask")


Arrays = dict[str, np.ndarray]
ANCHORS: dict[str, Callable[[Path], object]] = {
    "empty": lambda file: file.write_bytes(b""),
    "truncated": lambda file: file.write_bytes(file.read_bytes()[:-7]),
    "one bit turned": lambda file: file.write_bytes(
        file.read_bytes()[:-1] + bytes([file.read_bytes()[-1] ^ 1])
    ),
    "of another shape": lambda file: rewrite(file, lambda array: array[:1, :1]),
    "of fewer frames": lambda file: rewrite(file, lambda array: array[:, :5]),
    "of no frames": lambda file: rewrite(file, lambda array: array[:, :0]),
    "of NaN": lambda file: rewrite(file, lambda array: array * np.nan),
    "a folder": lambda file: (file.unlink(), file.mkdir()),
    "a loop of links": lambda file: (file.unlink(), file.symlink_to(file.name)),
}


def rewrite(file: Path, change: Callable[[np.ndarray], np.ndarray]) -> None:
    changed = {name: np.ascontiguousarray(change(a)) for name, a in load_file(file).items()}
    save_file(changed, file)


@pytest.mark.parametrize("what", ANCHORS)
def test_a_broken_anchor_is_encoded_again(
    folder: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setenv("LTSRENDER_CACHE", str(tmp_path / "anchors"))
    assert folder.run(*RENDER).code == 0
    whole = folder.files()
    anchors = sorted((tmp_path / "anchors").iterdir())
    assert len(anchors) == 2
    for anchor in anchors:
        ANCHORS[what](anchor)
    assert folder.run(*RENDER).code == 0
    assert folder.files() == whole


@pytest.mark.parametrize("place", ["a.wav", "a.wav/inside", "/proc/nothing"])
def test_a_cache_that_cannot_be_only_costs_time(
    folder: Any, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setenv("LTSRENDER_CACHE", place)
    assert folder.run(*RENDER).code == 0


# What the manifest of a render becomes.
MANIFESTS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "of a newer version": (lambda m: m.update(schema_version=2), r"schema_version is 2; this"),
    "of another session": (
        lambda m: m["documents"][SESSION].update(content="{}"),
        r'documents\["piece\.lts\.json"\] is not what was rendered: its bytes and its hash',
    ),
    "without its session": (lambda m: m.update(documents={}), r"session names a document that the"),
    "with another sound": (
        lambda m: m["sounds"]["a"].update(sha256="0" * 64),
        r"sounds\.a is a\.wav, which has changed since this render",
    ),
    "with another model": (
        lambda m: m["models"]["tiny"].update(sha256="0" * 64),
        r"models\.tiny is tiny\.ltsmodel, which has changed since this render",
    ),
    "of a hash that is none": (lambda m: m["sounds"]["a"].update(sha256="x"), r'sha256 is "x"'),
    "moved away": (lambda m: m.update(session_folder="far"), r"out/far/a\.wav: there is no such"),
    "with a null character": (
        lambda m: m.update(session_folder="\0"),
        r"cannot be read: embedded nu",
    ),
    "from after the end": (
        lambda m: m["selection"].update(from_s=9),
        r"--from is 9; the piece runs",
    ),
    "until infinity": (
        lambda m: m["selection"].update(to_s=1e308),
        r"--to is 1e\+308; takes up to",
    ),
    "of unknown tracks": (
        lambda m: m["selection"].update(tracks=["B"]),
        r'--tracks names "B"; there',
    ),
    "of a wrong key": (lambda m: m.update(stem=[]), r'stem is an unknown key; .* "stems"\?'),
}


@pytest.mark.parametrize("what", MANIFESTS)
def test_a_broken_manifest(folder: Any, what: str) -> None:
    change, says = MANIFESTS[what]
    assert folder.run(*RENDER).code == 0
    manifest = json.loads((folder.path / "out" / "manifest.json").read_text())
    change(manifest)
    folder.write("out/manifest.json", manifest)
    folder.refuses("render", "out/manifest.json", "-o", "again", says=says)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_truncated_manifest(folder: Any, share: float) -> None:
    assert folder.run(*RENDER).code == 0
    file = folder.path / "out" / "manifest.json"
    file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])
    for command in (("render", "out/manifest.json", "-o", "again"), ("check", "out/manifest.json")):
        folder.refuses(*command, says=r"manifest\.json: (is empty|line \d+)")


INSPECTED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", r"is empty"),
    "zeros": (bytes(100), r"is not a sound that can be read"),
    "a list": (b"[]", r"is not a sound"),
    "an empty object": (b"{}", r'needs "schema_version"'),
    "a format that is a list": (b'{"format": ["x"]}', r"format is an unknown key"),
    "a bracket": (b"{", r"line 1, column 2 needs a key"),
    "brackets": (b'{"a":' * 50_000, r"is nested too deeply"),
    "half a MIDI file": (b"MThd", r"is cut short"),
    "half a model": (struct.pack("<Q", 100) + b'{"__', r"is not a whole timbre model"),
}


@pytest.mark.parametrize("what", INSPECTED)
def test_what_inspect_cannot_tell(folder: Any, what: str) -> None:
    content, says = INSPECTED[what]
    folder.write("thing", content)
    folder.refuses("inspect", "thing", says=rf"^thing: .*{says}")
