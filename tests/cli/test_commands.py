"""What the commands do when everything is right, and how they end when somebody stops them."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from ltsrender.cli import COMMANDS
from ltsrender.train.unfinished import read_unfinished

if TYPE_CHECKING:
    from types import SimpleNamespace

RENDER = ("render", "piece.lts.json", "-o", "out")
MORPH = ("morph", "a.wav", "b.wav", "--model", "tiny.ltsmodel", "-o", "m.wav")
HEAVY = ("numpy", "torch", "pydantic", "librosa", "pedalboard", "matplotlib", "numba", "soundfile")
LOADED = "import sys, {0}; print(*[m for m in {1!r} if m in sys.modules])"
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "first-light"


def ended(process: Any) -> tuple[int, str, str]:
    with process:
        output, messages = process.communicate(timeout=60)
    return process.returncode, output, messages


# --- help, and what it loads


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(folder: Any, command: str) -> None:
    for option in ("--help", "-h"):
        answer = folder.run(command, option)
        assert answer.code == 0
        assert answer.output.startswith(f"Usage: ltsrender {command} ")
        assert not answer.messages


def test_the_help_of_all_tells_every_command_and_loads_nothing_heavy(folder: Any) -> None:
    script = (
        "import sys, ltsrender.__main__\n"
        "try: ltsrender.__main__.main()\n"
        f"finally: print(*[m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    code, output, messages = ended(folder.start("--help", python=("-c", script)))
    assert (code, messages.strip()) == (0, "")
    for command, sentence in COMMANDS.items():
        assert f"  {command} " in output
        assert sentence in output


def test_the_version(folder: Any) -> None:
    answer = folder.run("--version")
    assert answer.output.startswith("ltsrender 0.")


@pytest.mark.parametrize(
    "room",
    ["ltsrender", "ltsrender.session", "ltsrender.automation", "ltsrender.cli", "ltsrender.models"],
)
def test_rooms_that_load_neither_torch_nor_librosa_nor_pedalboard(folder: Any, room: str) -> None:
    code, output, _ = ended(folder.start(python=("-c", LOADED.format(room, HEAVY))))
    assert code == 0
    assert not {"torch", "librosa", "pedalboard", "matplotlib"} & set(output.split())


@pytest.mark.parametrize("command", ["check", "inspect"])
def test_a_session_is_checked_without_torch(folder: Any, command: str) -> None:
    script = (
        "import sys, ltsrender.__main__\n"
        "try: ltsrender.__main__.main()\n"
        "finally: print('torch' in sys.modules, 'matplotlib' in sys.modules, file=sys.stderr)"
    )
    folder.save()  # its track only mixes; one that goes beyond its sounds asks the model
    code, output, messages = ended(folder.start(command, "piece.lts.json", python=("-c", script)))
    assert (code, messages.split()) == (0, ["False", "False"])
    assert "A: 0.00.." in output


# --- render


def test_render_writes_stems_and_a_manifest(folder: Any) -> None:
    before = set(folder.files())
    answer = folder.run(*RENDER)
    assert answer.code == 0
    written = {"out/A.wav", "out/mix.wav", "out/manifest.json", "piece.lts.json"}
    assert set(folder.files()) - before == written
    assert "2 files of 0.50 s" in answer.output
    assert "A.wav    peak " in answer.output


def test_a_dry_run_tells_and_writes_nothing(folder: Any) -> None:
    folder.save()
    before = folder.files()
    answer = folder.run(*RENDER, "--dry-run")
    assert answer.code == 0
    assert "would write into out:\n  A.wav\n  mix.wav\n  manifest.json" in answer.output
    assert folder.files() == before
    assert not (folder.path / "out").exists()


def test_progress_is_clean_lines_where_there_is_no_terminal(folder: Any) -> None:
    answer = folder.run(*RENDER)
    assert "\x1b" not in answer.messages
    assert "\r" not in answer.messages
    stages = [line.split()[0] for line in answer.messages.splitlines()]
    assert stages == ["encoding", "rendering", "reading"]
    assert "real-time factor" in answer.messages


@pytest.mark.parametrize("command", [RENDER, MORPH])
def test_quiet_is_silent(folder: Any, command: tuple[str, ...]) -> None:
    answer = folder.run(*command, "--quiet")
    assert answer == (0, "", "")


def test_a_passage_and_a_track(folder: Any) -> None:
    folder.document["tracks"].append(folder.document["tracks"][0] | {"name": "B"})
    answer = folder.run(*RENDER, "--tracks", "B", "--from", "0.1", "--to", "0.2")
    assert answer.code == 0
    assert {path.name for path in (folder.path / "out").iterdir()} == {
        "B.wav",
        "mix.wav",
        "manifest.json",
    }
    assert soundfile.info(folder.path / "out" / "B.wav").frames == 4_410


def test_the_manifest_renders_the_same_bytes(folder: Any) -> None:
    assert folder.run(*RENDER).code == 0
    first = {path.name: path.read_bytes() for path in (folder.path / "out").iterdir()}
    assert folder.run("render", "out/manifest.json", "-o", "again").code == 0
    again = {path.name: path.read_bytes() for path in (folder.path / "again").iterdir()}
    assert again == first


def test_clipping_is_not_silent(folder: Any) -> None:
    folder.edit({"tracks.0.gain_db": 24})
    answer = folder.run(*RENDER)
    assert "samples beyond full scale" in answer.output


def test_warnings_are_notes(folder: Any) -> None:
    mapping = {"controller": 1, "target": "mix", "minimum": 0, "maximum": 1}
    reference = {"file": "hands.mid", "cc_map": [mapping]}
    folder.edit({"tracks.0.automation": [reference], "tracks.0.lanes": []})
    folder.edit({"tempo": [{"at_beats": 0, "bpm": 90}]})
    midi = folder.path / "hands.mid"
    tempo = b"\x00\xff\x51\x03\x07\xa1\x20"  # 120 bpm
    data = midi.read_bytes()
    length = int.from_bytes(data[18:22], "big") + len(tempo)
    midi.write_bytes(data[:18] + length.to_bytes(4, "big") + tempo + data[22:])
    answer = folder.run("check", "piece.lts.json")
    assert answer.code == 0
    assert answer.messages.startswith("note: hands.mid")


# --- names and sounds at the edge of what is allowed


@pytest.mark.parametrize(
    "name",
    ["with spaces.lts.json", "Übung ♪ 中.lts.json", "new\nline.lts.json", "back\\slash.json"],
)
def test_sessions_of_any_name(folder: Any, name: str) -> None:
    folder.write(name, folder.document)
    assert folder.run("check", name).code == 0
    answer = folder.run("render", name, "-o", f"{name} out")
    assert answer.code == 0
    assert (folder.path / f"{name} out" / "mix.wav").is_file()
    lines = answer.output.splitlines()
    assert len(lines) == 4, "a name never breaks a line"


def test_a_byte_order_mark_is_forgiven(folder: Any) -> None:
    folder.write("piece.lts.json", b"\xef\xbb\xbf" + json.dumps(folder.document).encode())
    assert folder.run("check", "piece.lts.json").code == 0


def test_home_is_found_where_the_shell_does_not_look(
    folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(folder.path))
    monkeypatch.setenv("USERPROFILE", str(folder.path))
    folder.save()
    assert folder.run("check", "~/piece.lts.json").code == 0
    (folder.path / "~").mkdir()
    folder.write("~/piece.lts.json", b"{}")
    assert folder.run("check", "~/piece.lts.json").code == 2


def test_titles_do_not_move_the_cursor(folder: Any, make: SimpleNamespace) -> None:
    folder.edit({"title": "\x1b[2J\x07evil"})
    model = folder.path / "tiny.ltsmodel"
    model.write_bytes(make.with_card(model.read_bytes(), {"name": "\x1b[31mred\rX"}))
    for command in (("check", "piece.lts.json"), ("inspect", "tiny.ltsmodel")):
        answer = folder.run(*command)
        assert answer.code == 0
        assert r"\x1b[" in answer.output
        assert not {"\x1b", "\x07", "\r"} & set(answer.output)


def test_titles_that_the_terminal_cannot_show(folder: Any) -> None:
    folder.edit({"title": "雨の音"})
    environment = {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    started = folder.start("check", "piece.lts.json", env=environment)
    code, output, messages = ended(started)
    assert (code, messages) == (0, "")
    assert output.startswith(r"\u96e8\u306e\u97f3: 0.50 s")


EDGES = {
    "one sample": [0.5],
    "two samples": [0.5, -0.5],
    "silence": np.zeros(2_000),
    "denormal numbers": np.full(2_000, 1e-40),
    "stereo": np.full((2_000, 2), 0.1),
    "a constant": np.full(2_000, 0.5),
}


@pytest.mark.parametrize("when_short", ["loop", "ping_pong", "hold", "once"])
@pytest.mark.parametrize("what", EDGES)
def test_sounds_at_the_edge(folder: Any, make: SimpleNamespace, what: str, when_short: str) -> None:
    folder.write("a.wav", make.sound(EDGES[what]))
    folder.edit({"tracks.0.anchors.0.when_short": when_short, "tracks.0.end_s": 0.2})
    assert folder.run(*RENDER).code == 0
    mix = soundfile.read(folder.path / "out" / "mix.wav")[0]
    assert mix.shape == (8_820, 2)


# --- morph


def test_morphs_by_a_line_a_curve_and_a_hand(folder: Any) -> None:
    sounds = set()
    for curve in (
        (),
        ("--curve", "swell.json"),
        ("--curve", "hands.mid"),
        ("--curve", "slow-crossing"),
    ):
        answer = folder.run(*MORPH, *curve)
        assert answer.code == 0, answer
        assert answer.output.startswith("m.wav  0.40 s, peak -")
        sounds.add((folder.path / "m.wav").read_bytes())
    assert len(sounds) >= 3


def test_a_morph_of_the_example_follows_its_curve(folder: Any) -> None:
    pair = [str(EXAMPLE / "sounds" / name) for name in ("glass.flac", "string.flac")]
    for curve in ([], ["--curve", "swell.json"], ["--curve", "hands.mid"]):
        arguments = [*pair, "--model", "tiny.ltsmodel", "--length", "1", "-o", "m.flac", *curve]
        assert folder.run("morph", *arguments, "--quiet").code == 0
        audio, rate = soundfile.read(folder.path / "m.flac")
        assert (audio.shape, rate) == ((44_100, 2), 44_100)
        assert np.abs(audio).max() > 0.01


def test_a_morph_is_as_long_as_the_longer_sound(folder: Any) -> None:
    assert folder.run(*MORPH).code == 0
    assert soundfile.info(folder.path / "m.wav").frames == 17_640
    assert folder.run(*MORPH, "--length", "0.05").code == 0
    assert soundfile.info(folder.path / "m.wav").frames == 2_205


# --- inspect


INSPECTED = {
    "session": ("piece.lts.json", r"session\npiece.lts.json: 0.50 s"),
    "automation": ("swell.json", "automation file swell\n  mix: 2 points, 0..1 beats, values 0..1"),
    "MIDI": ("hands.mid", r"MIDI file: 1 (modulation) on channel 1\n  type 0, 1 track, "),
    "model": ("tiny.ltsmodel", "timbre model tiny: frame-vae, 5 latents"),
    "sound": ("a.wav", "sound: WAV PCM_16, 0.400 s, 44100 Hz, mono"),
}


@pytest.mark.parametrize("kind", INSPECTED)
def test_inspect_tells_what_a_file_holds(folder: Any, kind: str) -> None:
    name, words = INSPECTED[kind]
    answer = folder.run("inspect", name)
    assert (answer.code, answer.messages) == (0, "")
    assert answer.output.startswith(words.replace(r"\n", "\n"))
    other = folder.path / "other"
    (folder.path / name).rename(other)
    assert folder.run("inspect", "other").output.split()[0] == answer.output.split()[0]


def test_inspect_tells_what_a_manifest_holds(folder: Any) -> None:
    assert folder.run(*RENDER).code == 0
    answer = folder.run("inspect", "out/manifest.json")
    assert answer.output.startswith("manifest of piece.lts.json (..), seed 5\n  A.wav: 0.50 s")


# --- plot


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_picture_is_the_same_bytes_each_time(folder: Any, kind: str) -> None:
    pictures = []
    for name in ("one", "two"):
        arguments = ("plot", "a.wav", "--session", "piece.lts.json", "--title", "A $x_$ 雨")
        answer = folder.run(*arguments, "-o", f"{name}.{kind}")
        assert (answer.code, answer.output, answer.messages) == (0, f"{name}.{kind}\n", "")
        pictures.append((folder.path / f"{name}.{kind}").read_bytes())
    assert pictures[0] == pictures[1]
    assert pictures[0].startswith({"png": b"\x89PNG", "svg": b"<?xml"}[kind])


def test_a_picture_of_almost_nothing(folder: Any, make: SimpleNamespace) -> None:
    folder.write("tiny.wav", make.sound([0.5], 8_000))
    assert folder.run("plot", "tiny.wav", "-o", "p.PNG") == (0, "p.PNG\n", "")


# --- being stopped


def stopped(folder: Any, number: int, line: str, *arguments: str) -> tuple[int, str, str]:
    """Start a command, send it a signal when it says a line, and return how it ended."""
    with folder.start(*arguments) as process:
        said = iter(process.stderr.readline, "")
        assert any(heard.startswith(line) for heard in said)
        process.send_signal(number)
        output, messages = process.communicate(timeout=60)
    return process.returncode, output, messages


INTERRUPTED = {
    "render": (RENDER, "rendering"),
    "encoding": (RENDER, "encoding"),
    "train": (("train", ".", "-o", "t.ltsmodel", "--minutes", "5", "--width", "8"), "fitting"),
}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals")
@pytest.mark.parametrize("what", INTERRUPTED)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_commands_leave_no_half_file(folder: Any, what: str, number: int) -> None:
    arguments, line = INTERRUPTED[what]
    folder.edit({"tracks.0.end_s": 600})
    folder.save()
    before = folder.files()
    code, output, messages = stopped(folder, number, line, *arguments)
    assert code == (1 if number == signal.SIGINT else 143)
    assert not output
    assert "Traceback" not in messages
    left = folder.files()
    if what == "train" and number == signal.SIGINT:  # whole, and to be gone on with
        assert "stopped, and put away; --resume goes on" in messages
        assert read_unfinished(folder.path / "t.ltsmodel") is not None
        del left["t.ltsmodel.training"]
    assert left == before


# --- model


def test_a_card_told_and_its_latents_renamed(folder: Any) -> None:
    answer = folder.run("model", "info", "tiny.ltsmodel")
    assert answer.code == 0
    assert answer.output.startswith("timbre model tiny\n")
    answer = folder.run("model", "rename-latents", "tiny.ltsmodel", "z1=breath", "z3=edge")
    assert answer == (0, "tiny.ltsmodel: latents 1 breath, 3 edge\n", "")
    assert "breath" in folder.run("model", "info", "tiny.ltsmodel").output


def test_renames_that_make_no_sense_leave_the_model_alone(folder: Any) -> None:
    folder.refuses("model", "rename-latents", "tiny.ltsmodel", "z9=a", says="names no latent")
    folder.refuses("model", "rename-latents", "tiny.ltsmodel", "breath", says="a pair is OLD=NEW")
    folder.refuses("model", "info", "tiny.ltsmode", says='did you mean "tiny.ltsmodel"')


def test_a_model_described_and_a_macro_rendered(folder: Any) -> None:
    answer = folder.run("model", "describe", "tiny.ltsmodel", ".")
    assert answer.code == 0
    assert answer.output.splitlines()[0] == "tiny.ltsmodel"
    assert "macro/brightness, octaves: " in answer.output
    louder = {"target": "macro/loudness", "time": "seconds", "points": [{"at": 0, "value": -6}]}
    folder.document["tracks"][0]["lanes"].append(louder)
    folder.write("piece.lts.json", folder.document)  # the file was saved by the first command
    assert folder.run(*RENDER, "--quiet").code == 0
    folder.refuses("model", "describe", "tiny.ltsmodel", "nowhere", says="no such folder")


# --- plot latent


def test_a_session_drawn_in_latent_space(folder: Any) -> None:
    arguments = ("--session", "piece.lts.json", "-o", "p.png")
    assert folder.run("plot", "latent", "tiny.ltsmodel", *arguments) == (0, "p.png\n", "")
    assert folder.run("plot", "latent", "tiny.ltsmodel", "a.wav", *arguments).code == 0


def test_the_spectrogram_may_go_unsaid(folder: Any) -> None:
    for words in (("a.wav", "-o", "p.png"), ("-o", "p.png", "a.wav")):
        assert folder.run("plot", *words) == (0, "p.png\n", "")
        assert folder.run("plot", "spectrogram", *words) == (0, "p.png\n", "")


def test_a_map_needs_something_to_show_and_the_tracks_own_model(folder: Any, make: Any) -> None:
    to = ("-o", "p.png")
    folder.refuses("plot", "latent", "tiny.ltsmodel", *to, says="give sounds, or --session")
    folder.refuses("plot", "latent", "tiny.ltsmodel", "a.wav", "--track", "A", *to, says="needs")
    other = folder.path / "other.ltsmodel"
    other.write_bytes(make.with_card((folder.path / "tiny.ltsmodel").read_bytes(), {"name": "o"}))
    session = ("--session", "piece.lts.json")
    folder.refuses("plot", "latent", "other.ltsmodel", *session, *to, says="another model")
