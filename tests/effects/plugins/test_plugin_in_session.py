"""A session with a plugin of somebody else's, from its file to its stems."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from ltsrender.cli import cli
from ltsrender.errors import RenderError, SessionError
from ltsrender.render import open_plan, render_stems
from ltsrender.stems import read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "first-light"
PLUGIN = {"id": "vst", "plugin": "LTSTestFilter", "timeout_s": 3.0}
SHORT = {"start_s": 0.0, "end_s": 0.7}


def track(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "model": "six", "anchors": [{"sound": "glass"}]} | SHORT | more


@pytest.fixture
def session(bench: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write a session of tracks into a folder that sees the example's sounds and model."""
    folder: Path = bench.root
    for name in ("sounds", "first-light.ltsmodel"):
        (folder / name).symlink_to(EXAMPLE / name)
    monkeypatch.setenv("LTSRENDER_CACHE", str(folder / "cache"))

    def write(*tracks: dict[str, Any], **changes: Any) -> Path:
        document = {
            "schema_version": 1,
            "sounds": {"glass": {"file": "sounds/glass.flac"}},
            "models": {"six": {"file": "first-light.ltsmodel"}},
            "tracks": list(tracks),
            "render": {"bit_depth": "32f", "tail_s": 0.2},
        }
        file = folder / "piece.lts.json"
        file.write_text(json.dumps(document | changes))
        return file

    return write


def sound(folder: Path, name: str) -> NDArray[np.float64]:
    return np.asarray(soundfile.read(folder / name)[0].T)


def test_a_plugin_sounds_in_time_and_moves(session: Any, tmp_path: Path) -> None:
    moving: dict[str, Any] = {"target": "insert/vst/Cutoff", "time": "seconds"}
    places = {0.0: 20_000, 0.3: 20_000, 0.35: 100, 0.7: 100}
    moving["points"] = [{"at": at, "value": value} for at, value in places.items()]
    file = session(track("A"), track("B", chain=[PLUGIN], lanes=[moving]))
    report = render_stems(open_plan(file), tmp_path / "out", device="cpu")
    assert report.verdict.passed
    plain, filtered = (sound(tmp_path / "out", f"{name}.wav") for name in "AB")
    lag = np.argmax(np.correlate(filtered[0, 64:12_000], plain[0, :12_064], "same"))
    assert abs(lag - np.argmax(np.correlate(plain[0, 64:12_000], plain[0, :12_064], "same"))) <= 1
    early, late = slice(1_000, 6_000), slice(24_000, 30_000)

    def brightness(part: NDArray[np.float64]) -> float:
        return float(np.abs(np.diff(part)).mean() / np.abs(part).mean())

    assert brightness(filtered[0, late]) < 0.5 * brightness(plain[0, late])
    assert brightness(filtered[0, early]) > 0.8 * brightness(plain[0, early])


def test_the_same_bytes_whatever_the_workers(session: Any, tmp_path: Path) -> None:
    file = session(track("A", chain=[PLUGIN]), track("B", chain=[PLUGIN]))
    first = render_stems(open_plan(file), tmp_path / "one", device="cpu", workers=1)
    again = render_stems(open_plan(first.manifest), tmp_path / "two", device="cpu", workers=4)
    assert [s.sha256 for s in first.stems] == [s.sha256 for s in again.stems]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"Fault": "crash", "Fault at": 0.3}, "crashed (SIGSEGV)"),
        ({"Fault": "hang", "Fault at": 0.3}, "gave no answer for 3 s"),
        ({"Fault": "nan", "Fault at": 0.3}, "not a number, or infinite"),
        ({"Cutoff": 20_000.0, "Lie": 10.0}, "64 samples late"),
    ],
)
def test_a_fault_takes_its_own_stems_and_no_others(
    session: Any, tmp_path: Path, values: dict[str, Any], words: str
) -> None:
    bad = PLUGIN | {"parameters": values}
    buses = [{"name": "room"}, {"name": "clean"}]
    file = session(
        track("Glass", chain=[bad], sends=[{"bus": "room"}]),
        track("Other", sends=[{"bus": "clean"}]),
        buses=buses,
        render={"bit_depth": "32f", "tail_s": 0.2, "taps": ["post_fader", "dry"]},
    )
    out = tmp_path / "out"
    answer = CliRunner().invoke(cli, ["render", str(file), "-o", str(out), "--device", "cpu"])
    assert answer.exit_code == 1
    assert '"Glass", insert "vst": plugin "LTSTestFilter"' in answer.stderr
    assert words in answer.stderr
    assert "not written: Glass (post_fader).wav, room.wav, mix.wav" in answer.stderr
    kept = {"Glass (dry).wav", "Other (post_fader).wav", "Other (dry).wav", "clean.wav"}
    assert {path.name for path in out.iterdir()} == kept | {"manifest.json"}
    manifest = read_manifest(out / "manifest.json")
    assert [(f.track, f.insert) for f in manifest.failures] == [("Glass", "vst")]
    assert manifest.verdict is not None
    assert not manifest.verdict.passed
    whole = render_stems(open_plan(session(track("Other"))), tmp_path / "whole", device="cpu")
    np.testing.assert_array_equal(
        sound(out, "Other (post_fader).wav"), soundfile.read(whole.stems[0].path)[0].T
    )


def test_where_everything_fails_nothing_is_left(session: Any, tmp_path: Path) -> None:
    bad = PLUGIN | {"parameters": {"Fault": "crash", "Fault at": 0.1}}
    plan = open_plan(session(track("Glass", chain=[bad])))
    with pytest.raises(RenderError, match='no file could be written\n"Glass", insert "vst"'):
        render_stems(plan, tmp_path / "out", device="cpu")
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_a_fault_on_the_master_leaves_the_stems(session: Any, tmp_path: Path) -> None:
    bad = PLUGIN | {"parameters": {"Fault": "abort", "Fault at": 0.1}}
    plan = open_plan(session(track("Glass"), master={"chain": [bad]}))
    report = render_stems(plan, tmp_path / "out", device="cpu")
    assert 'the master, insert "vst"' in report.complaint()
    assert [stem.path.name for stem in report.stems] == ["Glass.wav"]


def test_nobody_follows_a_track_whose_plugin_failed(session: Any, tmp_path: Path) -> None:
    bad = PLUGIN | {"parameters": {"Fault": "crash", "Fault at": 0.1}}
    follow = {"target": "gain_db", "envelope_follower": {"track": "Glass"}}
    follow["envelope_follower"] |= {"minimum": -60, "maximum": 0}  # type: ignore[operator]
    plan = open_plan(session(track("Glass", chain=[bad], mute=True), track("B", lanes=[follow])))
    with pytest.raises(RenderError, match='which lanes follow, failed\n"Glass", insert "vst"'):
        render_stems(plan, tmp_path / "out", device="cpu")
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_a_plugin_that_is_not_there_is_told_before_the_work(session: Any) -> None:
    with pytest.raises(SessionError, match="LTSTestFilter"):
        open_plan(session(track("A", chain=[PLUGIN | {"plugin": "LTSTestFiltre"}])))
