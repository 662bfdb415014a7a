"""Recordings as control signals: read by the session as they stand, or thinned to a lane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from ltsrender.automation import (
    MusicalTime,
    Recording,
    TempoMap,
    Wanted,
    import_file,
    read_lanes,
)
from ltsrender.automation.doors import control_signal
from ltsrender.errors import AutomationError
from ltsrender.session import Documents

if TYPE_CHECKING:
    from pathlib import Path

    from ltsrender.automation import Imported, Lane

RATE_HZ = 8000


def record(path: Path, *channels: Any, rate_hz: int = RATE_HZ) -> Path:
    soundfile.write(path, np.stack(channels, axis=1).astype(np.float32), rate_hz, subtype="FLOAT")
    return path


def imported(recording: Path, **said: Any) -> tuple[Imported, Lane]:
    target = recording.with_suffix(".json")
    answer = import_file(recording, target, Wanted(**said))
    (lane,) = read_lanes(target.name, Documents(target.parent), MusicalTime())
    return answer, lane


def noise(n: int) -> np.ndarray:
    return np.random.default_rng(5).normal(0, 0.4, n).astype(np.float32).astype(float)


@pytest.mark.parametrize("max_error", [0.001, 0.05, 0.5])
def test_no_sample_is_farther_than_the_error(tmp_path: Path, max_error: float) -> None:
    signal = noise(20_000)
    answer, lane = imported(record(tmp_path / "cv.wav", signal), error=max_error)
    wanted = np.clip(signal, -1, 1)
    at = np.arange(signal.size) / RATE_HZ
    assert np.abs(lane.at(at) - wanted).max() <= max_error * (1 + 1e-6)
    assert answer.kind == "signal"
    assert answer.lanes[0][1] < signal.size


def test_the_range_is_mapped_and_said(tmp_path: Path) -> None:
    signal = np.array([-1.0, -0.5, 0.5, 1.0, 2.0, -7.0])
    path = record(tmp_path / "cv.wav", signal, rate_hz=2000)
    _, lane = imported(path, targets=("gain_db",), minimum=-60.0, maximum=0.0, error=1e-6)
    at = np.arange(6) / 2000
    np.testing.assert_allclose(lane.at(at), [-60, -45, -15, 0, 0, -60], atol=1e-5)
    _, lane = imported(path, targets=("mix",), minimum=1.0, maximum=0.0, unipolar=True, error=1e-6)
    np.testing.assert_allclose(lane.at(at), [1, 1, 0.5, 0, 0, 1], atol=1e-6)


def test_the_other_channel(tmp_path: Path) -> None:
    path = record(tmp_path / "cv.wav", np.zeros(100), np.full(100, 0.5))
    assert imported(path)[1].at(np.array([0.0])).item() == 0.0
    assert imported(path, channel=2)[1].at(np.array([0.0])).item() == 0.5


def test_the_file_is_read_in_pieces_and_they_make_no_difference(tmp_path: Path) -> None:
    n = 2**18 + 4321  # longer than what is read at a time
    signal = np.sin(np.arange(n) / 3000) * 0.9
    signal[2**18 - 1 : 2**18 + 1] = [0.25, -0.25]
    answer, lane = imported(record(tmp_path / "cv.wav", signal), error=1e-4)
    at = np.arange(n) / RATE_HZ
    assert np.abs(lane.at(at) - signal).max() <= 1.01e-4
    assert answer.lanes[0][1] < n / 20


def test_a_curve_of_two_lines_has_three_points(tmp_path: Path) -> None:
    signal = np.concatenate([np.linspace(0, 1, 5000, endpoint=False), np.linspace(1, 0, 5001)])
    answer, _ = imported(record(tmp_path / "cv.wav", signal), error=1e-4)
    assert answer.lanes == (("mix", 3),)
    assert answer.notes == ("no sample is farther than 0.0001 from the lane",)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "another channel": ({"channel": 2}, "has one channel; --channel is 2"),
    "beats": ({"time": "beats"}, "is in seconds, as recordings are; --time says beats"),
    "two targets": ({"targets": ("mix", "pan")}, "is one signal; got --target 2 times"),
    "too far": ({"maximum": 3.0}, "would become up to --maximum 3; mix takes -1..2"),
    "a length": ({"length_s": 3.0}, "has times of its own; --length is for curves"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusing(tmp_path: Path, case: str) -> None:
    said, words = REFUSED[case]
    with pytest.raises(AutomationError, match=rf"cv\.wav: {words}"):
        imported(record(tmp_path / "cv.wav", noise(100)), **said)
    assert not (tmp_path / "cv.json").exists()


def test_too_many_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_signal, "MOST_POINTS", 1000)
    path = record(tmp_path / "cv.wav", noise(5000))
    with pytest.raises(AutomationError, match=r"needs more than 1000 points at an error of 0\.002"):
        imported(path)


@pytest.mark.parametrize("data", [b"RIFF\x24\0\0\0WAVEfmt ", b"", b"\xff\xfe\x00noise"])
def test_no_recordings(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "cv.wav").write_bytes(data)
    with pytest.raises(AutomationError, match=r"cv\.wav: "):
        import_file(tmp_path / "cv.wav", tmp_path / "cv.json", Wanted(), "signal")


def live(folder: Path, signal: str, tempo: TempoMap | None = None) -> Lane:
    (folder / "live.json").write_text(
        '{"format": "ltsrender automation", "schema_version": 1, "lanes": '
        f'[{{"target": "mix", "signal": {{"sound": "cv", {signal}}}}}]}}'
    )
    time = MusicalTime() if tempo is None else MusicalTime(tempo)
    sounds = {"cv": Recording(folder / "cv.wav")}
    (lane,) = read_lanes("live.json", Documents(folder), time, sounds=sounds)
    return lane


def test_a_session_reads_the_recording_itself(tmp_path: Path) -> None:
    """Straight lines between samples; before it the first value, after it the last; by hand."""
    record(tmp_path / "cv.wav", np.array([-1.0, 0.0, 0.5, 1.0]), rate_hz=2000)
    lane = live(tmp_path, '"minimum": 0, "maximum": 1, "start": "1 s"')
    at = 1 + np.array([-1.0, 0, 0.25, 1, 1.5, 2.5, 3, 99]) / 2000
    np.testing.assert_allclose(
        lane.at(at), [0, 0, 0.125, 0.5, 0.625, 0.875, 1, 1], atol=1e-6, rtol=0
    )


def test_it_begins_again(tmp_path: Path) -> None:
    record(tmp_path / "cv.wav", np.array([0.0, 0.5, 1.0, 0.5]), rate_hz=2000)
    lane = live(tmp_path, '"minimum": 0, "maximum": 1, "unipolar": true, "loop": true')
    at = np.array([0.0, 1, 2, 3, 3.5, 4, 4001]) / 2000
    np.testing.assert_allclose(lane.at(at), [0, 0.5, 1, 0.5, 0.25, 0, 0.5], atol=1e-6)


def test_its_start_follows_the_tempo(tmp_path: Path) -> None:
    record(tmp_path / "cv.wav", np.linspace(0, 1, 2001), rate_hz=2000)
    lane = live(tmp_path, '"minimum": -1, "maximum": 1, "start": 3', TempoMap([(0, 60)]))
    np.testing.assert_allclose(lane.at(np.array([2.0, 3.5, 9.0])), [0, 0.5, 1], atol=1e-6)


def test_a_real_recording_both_ways(shared_audio: Path, tmp_path: Path) -> None:
    """What is imported is within its error of what the session would read itself."""
    source = min(shared_audio.glob("bass_*.flac"))
    audio, rate_hz = soundfile.read(source, always_2d=True, dtype="float32", frames=60_000)
    path = record(tmp_path / "cv.wav", audio[:, 0], rate_hz=rate_hz)
    _, lane = imported(path, minimum=0.0, maximum=1.0, error=0.01)
    read_live = live(tmp_path, '"minimum": 0, "maximum": 1')
    at = np.sort(np.random.default_rng(1).uniform(0, 60_000 / rate_hz + 1, 20_000))
    wanted = 0.5 * (np.interp(at * rate_hz, np.arange(len(audio)), audio[:, 0]) + 1)
    np.testing.assert_allclose(read_live.at(at), wanted, atol=1e-5)
    assert np.abs(lane.at(at) - read_live.at(at)).max() <= 0.01 + 1e-6
