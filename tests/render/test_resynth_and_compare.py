"""Sounds taken apart and rebuilt, and sounds beside each other, as the commands do it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from ltsrender.audio import PHASE_METHODS
from ltsrender.audio.measures import spectral_convergence_db
from ltsrender.cli import cli
from ltsrender.cli.resynth import command as resynth
from ltsrender.render import load_pair

RATE_HZ = 22_050


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def write(name: str, audio: np.ndarray, rate_hz: int = RATE_HZ) -> Path:
    soundfile.write(name, audio.T, rate_hz, subtype="FLOAT")
    return Path(name)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def tones(n_channels: int = 1, length_s: float = 0.6, gain: float = 1.0) -> np.ndarray:
    time_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    sound = np.sin(2 * np.pi * 330 * time_s) * np.where(time_s < 0.2, 0.002, 0.3) * gain
    return np.stack([sound / (c + 1) for c in range(n_channels)]).astype(np.float32)


@pytest.mark.parametrize("method", PHASE_METHODS)
def test_a_sound_comes_back_in_24_bits_with_error_and_cost(method: str) -> None:
    sound = tones(n_channels=2)
    write("in.wav", sound)
    done = run("resynth", "in.wav", "-o", "out.flac", "--phase", method, "--iterations", 2)
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0].startswith("out.flac  0.60 s, peak -")
    assert re.fullmatch(rf"phase {method}, 2 iterations, \d+\.\d+ seconds of work for .+", lines[1])
    assert lines[2].split()[-3:] == ["512", "2048", "8192"]
    assert "40..8000 Hz" in lines[3]
    assert "20..11025 Hz" in lines[4]
    assert "at 2 onsets" in lines[5]
    assert soundfile.info("out.flac").subtype == "PCM_24"
    made = soundfile.read("out.flac", dtype="float32", always_2d=True)[0].T
    assert made.shape == sound.shape
    told = float(lines[3].split()[-2])
    found = np.mean([
        spectral_convergence_db(a, b, RATE_HZ) for a, b in zip(sound, made, strict=True)
    ])  # fmt: skip
    # The file has the rounding of 24 bits; what is told does not.
    assert max(found, -100.0) == pytest.approx(max(told, -100.0), abs=0.1)


def test_the_source_s_own_phases_are_the_best() -> None:
    write("in.wav", tones())
    errors = {}
    for method in ("source", "pghi", "griffinlim"):
        done = run("resynth", "in.wav", "-o", "out.wav", "--phase", method)
        errors[method] = float(done.output.splitlines()[3].split()[-2])
    assert errors["source"] < -35
    assert errors["source"] < min(errors["pghi"], errors["griffinlim"]) - 5


def test_the_command_knows_every_phase_method() -> None:
    (option,) = (p for p in resynth.params if p.name == "method")
    assert list(option.type.to_info_dict()["choices"]) == list(PHASE_METHODS)


def test_what_cannot_be_rebuilt_is_told() -> None:
    write("in.wav", tones())
    write("slow.wav", tones(), rate_hz=2_000)
    for arguments, words in (
        (("nowhere.wav", "-o", "out.wav"), "nowhere.wav: there is no such file"),
        (("in.wav", "-o", "in.wav"), "in.wav: would be overwritten; choose another place"),
        (("slow.wav", "-o", "out.wav"), "slow.wav: cannot be taken apart: sample_rate_hz is 2000"),
        (("in.wav", "-o", "out.mp3"), "out.mp3 must end in .wav or .flac"),
        (("in.wav", "-o", "out.wav", "--iterations", -1), "-1 is not in the range"),
    ):
        answer = run("resynth", *arguments)
        assert answer.exit_code == 2
        assert words in answer.output
    assert not Path("out.wav").exists()


@pytest.mark.parametrize("rate_hz", [4_000, 96_000, 192_000])
def test_every_other_rate_is_welcome(rate_hz: int) -> None:
    write("in.wav", tones()[:, :2_000], rate_hz)
    done = run("resynth", "in.wav", "-o", "out.wav", "--phase", "source")
    assert done.exit_code == 0, done.output
    assert soundfile.info("out.wav").samplerate == rate_hz


def test_a_sound_beside_itself_at_half_its_level() -> None:
    write("a.wav", tones())
    write("b.wav", tones(gain=0.5))
    done = run("compare", "a.wav", "b.wav")
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0] == "b.wav against a.wav: 0.60 s, 1 channel, 22050 Hz"
    assert [line.split()[-3:] for line in lines[2:4]] == [["-6.0"] * 3] * 2
    values = {line.split("  ")[0]: line.split()[-1] for line in lines[-3:]}
    assert values == {"peak": "-6.0", "loudness": "-6.0", "rms": "-6.0"}


def test_silence_has_dashes_where_nothing_can_be_measured() -> None:
    write("a.wav", np.zeros((1, 9_000), np.float32))
    done = run("compare", "a.wav", "a.wav")
    assert done.exit_code == 0, done.output
    measured = done.output.splitlines()[2:8]
    assert [line.split()[-1] for line in measured] == ["-", "-", "-", "-", "-", "onsets"]


def test_what_differs_is_explained_and_made_comparable() -> None:
    write("mono.wav", tones(length_s=0.5), 22_050)
    write("stereo.wav", np.repeat(np.repeat(tones(), 2, axis=0), 2, axis=1), 44_100)
    done = run("compare", "mono.wav", "stereo.wav")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[:3] == [
        "stereo.wav has a sample rate of 44100 Hz, not 22050: it was resampled",
        "mono.wav is mono: it is compared with each channel of the other",
        "stereo.wav is 0.1000 s longer: what only one of them has is left out",
    ]
    pair = load_pair(Path("mono.wav"), Path("stereo.wav"))
    assert pair.reference.shape == pair.sound.shape == (2, 11_025)


def test_both_sounds_are_looked_at_before_anything_is_said() -> None:
    Path("text.wav").write_text("no sound")
    answer = run("compare", "nowhere.wav", "text.wav")
    assert answer.exit_code == 2
    assert [line.split(":")[0] for line in answer.output.splitlines()] == [
        "nowhere.wav",
        "text.wav",
    ]


def test_a_picture_is_drawn_the_same_each_time() -> None:
    write("a.wav", tones(n_channels=2))
    write("b.wav", tones(n_channels=2, gain=0.7))
    for name in ("one.png", "two.png"):
        done = run("compare", "a.wav", "b.wav", "--picture", name)
        assert done.output.splitlines()[-1] == name
    assert Path("one.png").read_bytes() == Path("two.png").read_bytes()
    assert Path("one.png").stat().st_size > 20_000
    answer = run("compare", "a.wav", "b.wav", "--picture", "p.gif")
    assert answer.exit_code == 2
    assert "--picture" in answer.output
    Path("taken.png").mkdir()
    assert run("compare", "a.wav", "b.wav", "--picture", "taken.png").exit_code == 1
