"""What leaves the house: parts, kinds of files, names, levels, and what files say of themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
import wavinfo

from ltsrender.errors import SessionError
from ltsrender.render import Plan, Report, Selection, describe_plan, open_plan, render_stems
from ltsrender.stems import read_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Planner = Callable[..., Plan]
Maker = Callable[..., dict[str, Any]]

SHORT = {"start_s": 0.0, "end_s": 1.2}
FLOAT_STEP = 2.0**-23
SHAPED_STEPS = 14.1
"""How far shaped dither may move a sample."""


@pytest.fixture
def rendered(plan_of: Planner, tmp_path: Path) -> Callable[..., Report]:
    """Render a session and have it proven."""
    count = iter(range(100))

    def make(*tracks: dict[str, Any], **changes: Any) -> Report:
        report = render_stems(
            plan_of(*tracks, **changes), tmp_path / f"{next(count)}", device="cpu"
        )
        assert report.verdict.passed, report.verdict
        return report

    return make


def sounds(report: Report) -> dict[str, NDArray[np.float64]]:
    return {stem.path.name: soundfile.read(stem.path)[0].T for stem in report.stems}


def names(report: Report) -> list[str]:
    return [stem.path.name for stem in report.stems]


@pytest.mark.parametrize("lufs", [-30.0, -18.0])
def test_one_gain_brings_the_mix_to_its_loudness(track: Maker, rendered: Any, lufs: float) -> None:
    parts = [track("A", **SHORT), track("B", gain_db=-6, pan=0.5, **SHORT)]
    before = rendered(*parts)
    after = rendered(*parts, render={"bit_depth": "32f", "loudness": {"integrated_lufs": lufs}})
    loudness = after.stems[-1].loudness
    assert loudness.integrated_lufs == pytest.approx(lufs, abs=0.001)
    manifest = read_manifest(after.manifest)
    gain = 10 ** (manifest.common_gain_db / 20)
    for one, other in zip(sounds(before).values(), sounds(after).values(), strict=True):
        np.testing.assert_allclose(other, gain * one, rtol=1e-6, atol=1e-9)
    assert manifest.promised.integrated_lufs == lufs
    null = next(check for check in after.verdict.checks if check.name == "null")
    assert null.result == "passed"


def test_true_peaks_hold_the_gain_back_and_this_is_told(track: Maker, rendered: Any) -> None:
    wanted = {"integrated_lufs": -1.0, "true_peak_db": -3.0}
    report = rendered(track("A", **SHORT), render={"bit_depth": "32f", "loudness": wanted})
    assert report.stems[-1].loudness.true_peak_db == pytest.approx(-3.0, abs=0.001)
    assert "-1 LUFS cannot be had below -3 dBTP" in report.summary()
    assert read_manifest(report.manifest).promised.integrated_lufs is None


def test_peaks_can_be_the_level(track: Maker, rendered: Any) -> None:
    level = {"bit_depth": "32f", "loudness": {"peak_db": -12.5}}
    assert rendered(track("A", **SHORT), render=level).stems[-1].peak_db == pytest.approx(-12.5)
    level["loudness"] = {"true_peak_db": -7.0}
    loudness = rendered(track("A", **SHORT), render=level).stems[-1].loudness
    assert loudness.true_peak_db == pytest.approx(-7.0, abs=1e-3)


def test_a_limiter_makes_room_for_loudness_on_the_mix_alone(track: Maker, rendered: Any) -> None:
    parts = [track("A", **SHORT), track("B", **SHORT)]
    plain = rendered(*parts)
    loud = plain.stems[-1].loudness
    target = loud.integrated_lufs - loud.true_peak_db - 3.0 + 2.0  # 2 dB more than peaks allow
    wanted = {"integrated_lufs": target}
    made = rendered(
        *parts, render={"bit_depth": "32f", "loudness": wanted, "limiter": {"ceiling_db": -3}}
    )
    heard = made.stems[-1].loudness
    assert heard.integrated_lufs == pytest.approx(target, abs=0.05)
    assert heard.true_peak_db <= -3.0 + 0.01
    manifest = read_manifest(made.manifest)
    gain = 10 ** (manifest.common_gain_db / 20)
    np.testing.assert_allclose(
        sounds(made)["A.wav"], gain * sounds(plain)["A.wav"], rtol=1e-6, atol=1e-9
    )
    null = next(check for check in made.verdict.checks if check.name == "null")
    assert null.result == "not_checked"
    assert "the mix passes a limiter" in null.words


def test_what_a_limiter_cannot_do_is_told(track: Maker, rendered: Any) -> None:
    level = {"loudness": {"integrated_lufs": -1}, "limiter": {"ceiling_db": -12}}
    report = rendered(track("A", **SHORT), render={"bit_depth": "32f"} | level)
    assert "-1 LUFS cannot be had below -12 dBTP: the limiter makes no more" in report.summary()
    assert report.stems[-1].loudness.true_peak_db <= -12 + 0.05


def test_silence_has_no_level(track: Maker, rendered: Any) -> None:
    level = {"bit_depth": "32f", "loudness": {"integrated_lufs": -20}}
    report = rendered(track("A", gain_db=-120, **SHORT), render=level)
    assert "the mix is silent" in report.summary()


def test_regions_are_the_whole_cut_apart(track: Maker, rendered: Any) -> None:
    regions = [
        {"name": "one", "start_beats": 0.25, "end": "700 ms"},
        {"name": "past the end", "start": "1 s", "end_beats": 2, "loop": True},
    ]
    whole = rendered(track("A", **SHORT), regions=regions)
    made = rendered(
        track("A", **SHORT), regions=regions, render={"bit_depth": "32f", "bounds": "regions"}
    )
    assert names(made) == [
        "one A.wav",
        "one mix.wav",
        "past the end A.wav",
        "past the end mix.wav",
    ]
    sound = sounds(whole)["A.wav"]
    np.testing.assert_array_equal(sounds(made)["one A.wav"], sound[:, 11_025:30_870])
    late = sounds(made)["past the end A.wav"]
    assert late.shape[1] == 44_100
    np.testing.assert_array_equal(late[:, : sound.shape[1] - 44_100], sound[:, 44_100:])
    assert not late[:, sound.shape[1] - 44_100 :].any()
    assert [stem.start_s for stem in read_manifest(made.manifest).stems] == [0.25, 0.25, 1.0, 1.0]
    assert wavinfo.WavInfoReader(str(made.stems[2].path)).smpl.sample_loops[0].end == 44_099


def test_a_file_from_every_marker_to_the_next(track: Maker, rendered: Any) -> None:
    markers = [
        {"name": "late", "at_beats": 1},
        {"name": "early", "at_beats": 0.5},
        {"name": "after all", "at_beats": 50},
    ]
    whole = sounds(rendered(track("A", **SHORT)))["mix.wav"]
    wanted = {"bit_depth": "32f", "bounds": "markers", "stems": ["mix"]}
    parts = sounds(rendered(track("A", **SHORT), markers=markers, render=wanted))
    assert list(parts) == ["early mix.wav", "late mix.wav"]
    np.testing.assert_array_equal(np.concatenate([*parts.values()], axis=1), whole[:, 22_050:])


def test_a_passage_takes_the_place_of_regions(
    track: Maker, plan_of: Planner, tmp_path: Path
) -> None:

    regions = [{"name": "one", "start_beats": 0, "end_beats": 1}]
    plan = plan_of(track("A", **SHORT), regions=regions, render={"bounds": "regions"})
    passage = open_plan(plan.session.file, Selection(from_s=0.1, to_s=0.3))
    report = render_stems(passage, tmp_path / "out", device="cpu")
    assert [(s.path.name, s.n_samples) for s in report.stems] == [
        ("A.wav", 8_820),
        ("mix.wav", 8_820),
    ]


def test_several_kinds_of_files_at_once(track: Maker, rendered: Any) -> None:
    also = [
        {"container": "flac", "bit_depth": "16", "dither": "shaped"},
        {"container": "aiff", "sample_rate_hz": 48_000},
        {"names": "{track} mono {rate}", "mono": True, "bit_depth": "32f"},
    ]
    report = rendered(track("A", pan=0.4, **SHORT), render={"bit_depth": "32f", "also": also})
    made = sounds(report)
    assert list(made) == [
        *("A.wav", "mix.wav", "A.flac", "mix.flac", "A.aiff", "mix.aiff"),
        *("A mono 44100.wav", "mix mono 44100.wav"),
    ]
    assert np.abs(made["A.flac"] - made["A.wav"]).max() < SHAPED_STEPS * 2.0**-15
    assert made["A.aiff"].shape[1] == round(made["A.wav"].shape[1] * 48_000 / 44_100)
    mono = made["A mono 44100.wav"]
    assert np.abs(mono - made["A.wav"].mean(axis=0)).max() < FLOAT_STEP


def test_names_follow_a_pattern(track: Maker, rendered: Any) -> None:
    pattern = "{index:02} {track} {bpm}bpm {key} {bits}"
    report = rendered(
        track("A", **SHORT),
        tempo=[{"at_beats": 0, "bpm": 92.5}],
        metadata={"key": "F# minor"},
        render={"bit_depth": "32f", "names": pattern},
    )
    assert names(report) == ["01 A 92.5bpm F# minor 32f.wav", "02 mix 92.5bpm F# minor 32f.wav"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"render": {"names": "{trak}"}}, 'render.names is "{trak}"; it has no field {trak}'),
        ({"render": {"names": "all"}}, 'render.names names two files "all.wav"'),
        ({"render": {"also": [{"bit_depth": "16"}]}}, 'names two files "A.wav"'),
        ({"render": {"also": [{"names": "{"}]}}, "render.also[0].names"),
        ({"render": {"also": [{"container": "aiff", "bit_depth": "32f"}]}}, "aiff takes"),
        ({"render": {"container": "flac", "sample_rate_hz": 96_001}}, "in steps of 10 Hz"),
        ({"render": {"sample_rate_hz": 7_000}}, "8000..192000"),
        ({"render": {"bounds": "regions"}}, 'is "regions", but the session has none'),
        ({"render": {"bounds": "markers"}}, 'is "markers", but the session has none'),
        (
            {"render": {"bounds": "markers"}, "markers": [{"name": "late", "at_beats": 99}]},
            "no marker lies inside the piece",
        ),
        ({"render": {"stems": ["buses"]}}, "asks for buses; none of them is heard"),
        ({"render": {"loudness": {}}}, 'needs "integrated_lufs", "peak_db" or "true_peak_db"'),
        ({"regions": [{"name": "a", "start_beats": 1}]}, 'needs "end_beats" or "end"'),
        ({"regions": [{"name": "a", "start_beats": 1, "end_beats": 1}]}, "must be later"),
        ({"regions": [{"name": "a", "start": "1 s", "end": "0.5 s"}]}, "regions[0] ends at 0.5 s"),
        ({"regions": [{"name": "a", "start": "9 s", "end": "10 s"}]}, "the piece ends at 1.2 s"),
        ({"regions": [{"name": "a", "start": "marker:x", "end": "9 s"}]}, "regions[0].start"),
        ({"metadata": {"date": "yesterday"}}, "metadata.date"),
    ],
)
def test_what_cannot_be_delivered_is_told(
    track: Maker, plan_of: Planner, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(SessionError) as caught:
        plan_of(track("A", **SHORT), **changes)
    assert words in str(caught.value)


def test_files_say_what_they_are(track: Maker, rendered: Any) -> None:
    report = rendered(
        track("A", **SHORT),
        title="Stück",
        tempo=[{"at_beats": 0, "bpm": 120}],
        time_signature="7/8",
        markers=[{"name": "half", "at_beats": 1}],
        metadata={
            "artist": "Someone",
            "comment": "A note",
            "date": "2026-11-25",
            "starts_at": "01:00:00.5",
        },
        render={"bit_depth": "24", "sample_rate_hz": 48_000},
    )
    said = wavinfo.WavInfoReader(str(report.stems[0].path), info_encoding="utf-8")
    assert said.bext.time_reference == 48_000 * 3600 + 24_000
    assert said.bext.description == "Stuck - A (post_fader)"
    assert said.bext.originator_date == "2026-11-25"
    assert said.bext.loudness_value == pytest.approx(
        report.stems[0].loudness.integrated_lufs, abs=0.01
    )
    assert said.info.title == "Stück - A"
    assert said.info.artist == "Someone"
    (cue,) = said.cues.cues
    assert cue.sample_offset == 24_000
    assert [label.text for label in said.cues.labels] == ["half"]


def test_a_dry_run_tells_all_files(track: Maker, plan_of: Planner, tmp_path: Path) -> None:
    plan = plan_of(track("A", **SHORT), render={"also": [{"container": "flac"}]})
    words = describe_plan(plan, tmp_path / "out")
    assert all(f"  {name}\n" in words for name in ("A.wav", "A.flac", "mix.wav", "mix.flac"))


def test_the_manifest_makes_the_same_files_again(
    track: Maker, rendered: Any, tmp_path: Path
) -> None:
    regions = [{"name": "one", "start_beats": 0, "end_beats": 1}]
    level = {"bounds": "regions", "loudness": {"integrated_lufs": -20}, "limiter": {}}
    first = rendered(track("A", **SHORT), regions=regions, render=level)
    again = render_stems(open_plan(first.manifest), tmp_path / "again", device="cpu", workers=1)
    assert [stem.sha256 for stem in again.stems] == [stem.sha256 for stem in first.stems]
    manifests = [json.loads(r.manifest.read_text()) for r in (first, again)]
    assert manifests[0]["common_gain_db"] == manifests[1]["common_gain_db"]
