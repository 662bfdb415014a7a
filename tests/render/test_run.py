"""A session rendered: what must hold for every stem."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

import ltsrender.render.run as run_module
from ltsrender.errors import InputError, RenderError
from ltsrender.render import Plan, Selection, open_plan, render_stems
from ltsrender.stems import StemWriter

if TYPE_CHECKING:
    from pathlib import Path

Planner = Callable[..., Plan]
Maker = Callable[..., dict[str, Any]]

RECORDING_DB = -60.0
"""With all detail a stem that rests on a sound is that sound; what remains is rounding."""
RECOGNISABLE_DB = -12.0
"""Without it, what the model alone must reach on the sounds that it was trained on."""

REVERB = {"id": "verb", "effect": "reverb", "parameters": {"room_size": 0.3, "wet": 0.3}}
LIMITER = {"id": "lid", "effect": "brickwall_limiter", "parameters": {}}


def sound(path: Path) -> np.ndarray:
    return soundfile.read(path, dtype="float32", always_2d=True)[0].T


def stems(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_stems_and_buses_add_up_to_the_mix_bit_by_bit(
    track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    plan = plan_of(
        track("A", chain=[LIMITER], sends=[{"bus": "hall", "gain_db": -6}], pan=-0.4),
        track("B", gain_db=-3, start_s=0.3, end_s=1.1),
        track("C", output="hall"),
        buses=[{"name": "hall", "chain": [REVERB], "gain_db": -2}],
    )
    render_stems(plan, tmp_path / "out", device="cpu")
    parts = [sound(tmp_path / "out" / f"{name}.wav") for name in ("A", "B", "hall")]
    mix = sound(tmp_path / "out" / "mix.wav")
    np.testing.assert_array_equal(parts[0] + parts[1] + parts[2], mix)
    assert np.abs(mix).max() > 0.01
    assert sound(tmp_path / "out" / "C.wav").shape == mix.shape


def test_workers_and_blocks_have_no_part_in_the_sound(
    track: Maker, plan_of: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(track("A", chain=[REVERB]), track("B", chain=[LIMITER]))
    render_stems(plan, tmp_path / "one", device="cpu", workers=1)
    monkeypatch.setattr(run_module, "BLOCK_SAMPLES", 5_000)
    render_stems(plan, tmp_path / "two", device="cpu", workers=3)
    assert stems(tmp_path / "one") == stems(tmp_path / "two")


def test_another_track_changes_no_stem(track: Maker, plan_of: Planner, tmp_path: Path) -> None:
    noisy = track("A")
    noisy["lanes"] = [
        *noisy["lanes"],
        {"target": "noise", "points": [{"at": 0, "value": 0.5}]},
    ]
    render_stems(plan_of(noisy), tmp_path / "one", device="cpu")
    render_stems(plan_of(track("B"), noisy), tmp_path / "two", device="cpu")
    alone, among = (tmp_path / name / "A.wav" for name in ("one", "two"))
    assert alone.read_bytes() == among.read_bytes()


def test_noise_follows_the_seed(track: Maker, plan_of: Planner, tmp_path: Path) -> None:
    noisy = track("A", lanes=[{"target": "noise", "points": [{"at": 0, "value": 1}]}])
    for seed in (1, 2):
        render_stems(plan_of(noisy, seed=seed), tmp_path / str(seed), device="cpu")
    assert not np.array_equal(sound(tmp_path / "1" / "A.wav"), sound(tmp_path / "2" / "A.wav"))


def test_a_track_moved_in_time_is_the_same_sound_later(
    track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    still = track("A", lanes=[])
    render_stems(plan_of(still), tmp_path / "now", device="cpu")
    render_stems(plan_of(still | {"start_s": 0.7, "end_s": 2.2}), tmp_path / "later", device="cpu")
    now, later = (sound(tmp_path / name / "A.wav") for name in ("now", "later"))
    shift = round(0.7 * 44_100)
    np.testing.assert_array_equal(later[:, shift:], now)
    assert not later[:, :shift].any()


def test_a_passage_is_what_the_whole_holds_there(
    track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    plan = plan_of(track("A", chain=[REVERB, LIMITER]))
    render_stems(plan, tmp_path / "whole", device="cpu")
    part = open_plan(plan.session.file, Selection(from_s=0.5, to_s=0.9))
    report = render_stems(part, tmp_path / "part", device="cpu")
    assert report.length_s == pytest.approx(0.4)
    np.testing.assert_array_equal(
        sound(tmp_path / "part" / "A.wav"),
        sound(tmp_path / "whole" / "A.wav")[:, 22_050 : 22_050 + round(0.4 * 44_100)],
    )


def test_without_tails_a_piece_is_exactly_as_long_as_it_says(
    track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    render_stems(plan_of(), tmp_path / "dry", device="cpu")
    assert sound(tmp_path / "dry" / "mix.wav").shape == (2, round(1.5 * 44_100))
    render_stems(plan_of(track(chain=[REVERB])), tmp_path / "wet", device="cpu")
    wet = sound(tmp_path / "wet" / "mix.wav")
    assert wet.shape[1] > round(1.7 * 44_100)
    assert np.abs(wet[:, -500:]).max() < 1e-3


def test_the_manifest_renders_the_same_bytes_without_its_session(
    track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    plan = plan_of(track(chain=[REVERB]), render={"bit_depth": "24", "container": "flac"})
    first = render_stems(plan, tmp_path / "one", device="cpu")
    plan.session.file.unlink()
    render_stems(open_plan(first.manifest), tmp_path / "two", device="cpu")
    assert stems(tmp_path / "one") == stems(tmp_path / "two")


def test_a_cached_anchor_is_the_anchor_that_was_encoded(
    plan_of: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LTSRENDER_CACHE", str(tmp_path / "cache"))
    for name in ("cold", "warm"):
        render_stems(plan_of(), tmp_path / name, device="cpu")
    assert stems(tmp_path / "cold") == stems(tmp_path / "warm")
    kept = sorted((tmp_path / "cache").iterdir())
    assert len(kept) == 2
    kept[0].write_bytes(b"damaged")
    render_stems(plan_of(), tmp_path / "mended", device="cpu")
    assert stems(tmp_path / "cold") == stems(tmp_path / "mended")


def test_a_manifest_refuses_another_recording_under_the_same_name(
    plan_of: Planner, folder: Path, tmp_path: Path
) -> None:
    report = render_stems(plan_of(), tmp_path / "out", device="cpu")
    kept = {f.name: f.read_bytes() for f in (folder / "sounds").iterdir()}
    (folder / "sounds").unlink()
    (folder / "sounds").mkdir()
    for name, data in kept.items():
        (folder / "sounds" / name).write_bytes(data)
    (folder / "sounds" / "glass.flac").write_bytes(kept["breath.flac"])
    with pytest.raises(InputError, match=r"sounds\.glass .*glass\.flac, which has changed"):
        open_plan(report.manifest)


def test_silence_stays_silent(track: Maker, plan_of: Planner, folder: Path, tmp_path: Path) -> None:
    soundfile.write(folder / "nothing.wav", np.zeros((44_100, 2)), 44_100)
    quiet = track(anchors=[{"sound": "nothing"}, {"sound": "nothing2"}], chain=[LIMITER])
    sounds = {name: {"file": "nothing.wav"} for name in ("nothing", "nothing2")}
    render_stems(plan_of(quiet, sounds=sounds, render={"bit_depth": "24"}), tmp_path / "out")
    assert not sound(tmp_path / "out" / "mix.wav").any()


def test_a_mono_session_makes_mono_stems_of_stereo_sounds(plan_of: Planner, tmp_path: Path) -> None:
    render_stems(plan_of(channels=1), tmp_path / "out", device="cpu")
    assert sound(tmp_path / "out" / "A.wav").shape[0] == 1


def test_both_channels_of_a_mono_sound_are_the_same(
    track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    mono = track(anchors=[{"sound": "string"}], lanes=[], phase={"method": "pghi"})
    render_stems(plan_of(mono), tmp_path / "out", device="cpu")
    left, right = sound(tmp_path / "out" / "A.wav")
    np.testing.assert_array_equal(left, right)
    assert np.abs(left).max() > 0.01


def test_a_render_that_fails_leaves_nothing(
    track: Maker, plan_of: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "BLOCK_SAMPLES", 10_000)
    written = []

    def full_disk(_writer: object, block: np.ndarray) -> None:
        written.append(block)
        if len(written) > 3:
            raise RenderError("no space left on device")

    monkeypatch.setattr(StemWriter, "write", full_disk)
    with pytest.raises(RenderError, match="no space left"):
        render_stems(plan_of(track("A"), track("B")), tmp_path / "out", device="cpu")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_track_ends_without_a_click(track: Maker, plan_of: Planner, tmp_path: Path) -> None:
    render_stems(plan_of(track(lanes=[])), tmp_path / "out", device="cpu")
    last = np.abs(sound(tmp_path / "out" / "A.wav")[:, -2:])
    assert last.max() < 1e-4


def test_the_manifest_says_what_was_rendered(plan_of: Planner, tmp_path: Path) -> None:
    report = render_stems(plan_of(), tmp_path / "out", device="cpu")
    manifest = json.loads(report.manifest.read_text())
    assert [stem["file"] for stem in manifest["stems"]] == ["A.wav", "mix.wav"]
    assert manifest["track_seeds"]["A"] != manifest["seed"]
    assert set(manifest["sounds"]) == {"glass", "string"}
    assert list(manifest["documents"]) == ["piece.lts.json"]


def test_clipping_is_said_and_counted(track: Maker, plan_of: Planner, tmp_path: Path) -> None:
    loud = plan_of(track(gain_db=24.0), render={"bit_depth": "24"})
    report = render_stems(loud, tmp_path / "out", device="cpu")
    assert report.stems[-1].n_clipped > 0
    assert f"{report.stems[-1].n_clipped} samples beyond full scale" in report.summary()
    assert "beyond" not in render_stems(plan_of(), tmp_path / "soft", device="cpu").summary()


@pytest.mark.parametrize(("mix", "name"), [(1.0, "glass"), (0.0, "string")])
def test_where_mix_rests_on_a_sound_the_stem_is_the_recording(
    track: Maker, plan_of: Planner, folder: Path, tmp_path: Path, mix: float, name: str
) -> None:
    lanes = [{"target": "mix", "points": [{"at": 0, "value": mix}]}]
    bare = [*lanes, {"target": "detail", "points": [{"at": 0, "value": 0}]}]
    render_stems(plan_of(track(lanes=lanes)), tmp_path / "whole", device="cpu")
    render_stems(plan_of(track(lanes=bare)), tmp_path / "model", device="cpu")
    true = sound(folder / "sounds" / f"{name}.flac")[:, : round(1.4 * 44_100)]

    def error_db(stem: str) -> float:
        made = sound(tmp_path / stem / "A.wav")[:, : true.shape[1]]
        return float(20 * np.log10(np.linalg.norm(made - true) / np.linalg.norm(true)))

    assert error_db("whole") < RECORDING_DB
    assert RECORDING_DB < error_db("model") < RECOGNISABLE_DB


def test_a_manifest_that_was_moved_alone_says_so(plan_of: Planner, tmp_path: Path) -> None:
    report = render_stems(plan_of(), tmp_path / "out", device="cpu")
    lonely = tmp_path / "elsewhere" / "deep" / "manifest.json"
    lonely.parent.mkdir(parents=True)
    report.manifest.rename(lonely)
    with pytest.raises(InputError, match="a manifest that was moved alone no longer finds them"):
        open_plan(lonely)


def test_a_track_of_three_samples_is_heard(
    track: Maker, plan_of: Planner, folder: Path, tmp_path: Path
) -> None:
    soundfile.write(folder / "tick.wav", np.full(3, 0.5, np.float32), 44_100, subtype="FLOAT")
    short = track(anchors=[{"sound": "tick"}], lanes=[], end_s=3 / 44_100)
    render_stems(plan_of(short, sounds={"tick": {"file": "tick.wav"}}), tmp_path / "out")
    assert np.abs(sound(tmp_path / "out" / "A.wav")).max() > 0.1
