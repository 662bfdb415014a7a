"""Wrong options, folders that cannot be written to, full disks: a note and nothing half done."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import ltsrender.render.run as run_module
from ltsrender.stems import StemWriter

if TYPE_CHECKING:
    from types import SimpleNamespace

RENDER = "render piece.lts.json -o out"
MORPH = "morph a.wav b.wav --model tiny.ltsmodel -o m.wav"
MIDI = f"{MORPH} --curve hands.mid"
PLOT = "plot a.wav -o p.png"
TRAIN = "train . -o t.ltsmodel --epochs 1 --latents 4 --width 8"

ARGUMENTS: dict[str, tuple[str, str]] = {
    "no such command": ("rendr piece.lts.json", r"No such command 'rendr'"),
    "no such option": (f"{RENDER} --form wav", r"No such option"),
    "render without a place": ("render piece.lts.json", r"Missing option '-o'"),
    "a session nearly there": (
        "check piece.lts.jsn",
        r"^piece\.lts\.jsn: .* mean \"piece\.lts\.json\"\?",
    ),
    "a folder for a session": ("check .", r"is a folder; .* mean \"piece\.lts\.json\"\?"),
    "an automation file for a session": ("check swell.json", r"is an automation file; a session"),
    "a MIDI file for a session": ("check hands.mid", r"is a MIDI file; a session is needed"),
    "a model for a session": ("check tiny.ltsmodel", r"is not text but some other kind of file"),
    "a home that is not there": (
        "check ~/nothing.lts.json",
        r"/nothing\.lts\.json: does not exist",
    ),
    "a user that is not there": ("check ~nobody.lts.json", r"~nobody\.lts\.json: does not exist"),
    "from the end": (f"{RENDER} --from 0.5", r"--from is 0.5; the piece runs from 0 to 0.5 s"),
    "from beyond the end": (f"{RENDER} --from 3", r"--from is 3; the piece runs from 0 to 0.5 s"),
    "from before the start": (f"{RENDER} --from -1", r"--from is -1; the piece runs from 0 to"),
    "from NaN": (f"{RENDER} --from nan", r"--from is nan; the piece runs from 0 to"),
    "from the last half sample": (f"{RENDER} --from 0.499999", r"--from is 0.499999; the piece"),
    "to before from": (f"{RENDER} --from 0.2 --to 0.1", r"--to is 0.1; .* later than --from"),
    "to half a sample later": (f"{RENDER} --from 0.1 --to 0.100001", r"--to is 0.100001; .* later"),
    "to NaN": (f"{RENDER} --to nan", r"--to is nan; takes up to 86400 s"),
    "to infinity": (f"{RENDER} --to inf", r"--to is inf; takes up to 86400 s"),
    "to words": (f"{RENDER} --to end", r"Invalid value for '--to': 'end' is not a valid float"),
    "an unknown track": (f"{RENDER} --tracks AA", r'--tracks names "AA"; .* mean "A"\?'),
    "no worker": (f"{RENDER} --workers 0", r"0 is not in the range 1<=x<=64"),
    "no such device": (
        f"{RENDER} --device gpu",
        r"'gpu' is not one of 'auto', 'cpu', 'cuda', 'mps'",
    ),
    "no such device here": (f"{RENDER} --device cuda", r"--device cuda is not available on this"),
    "a length of 0": (
        f"{MORPH} --length 0",
        r"^--length is 0; takes more than 0 and at most 86400 s",
    ),
    "a negative length": (f"{MORPH} --length -1", r"^--length is -1; takes more than 0"),
    "a length of NaN": (f"{MORPH} --length nan", r"^--length is nan; takes more than 0"),
    "an endless length": (f"{MORPH} --length 1e300", r"^--length is 1e\+300; takes more than 0"),
    "less than a sample": (f"{MORPH} --length 1e-9", r"ends before its first sample"),
    "a morph to MP3": (f"{MORPH[:-3]}mp3", r"m\.mp3 must end in \.wav or \.flac"),
    "a morph to nothing": (f"{MORPH[:-4]}", r"m must end in \.wav or \.flac"),
    "a morph over its own sound": (
        f"{MORPH[:-5]}./a.wav",
        r"^a\.wav: would be overwritten, but it is",
    ),
    "a morph without a model": ("morph a.wav b.wav -o m.wav", r"Missing option '--model'"),
    "a negative seed": (f"{MORPH} --seed -1", r"-1 is not in the range"),
    "a seed beyond all seeds": (f"{MORPH} --seed 99999999999999999999", r"is not in the range"),
    "no such controller": (
        f"{MIDI} --controller 7",
        r"^--controller is 7; hands\.mid has 1 \(modul",
    ),
    "no such channel": (f"{MIDI} --channel 2", r"^--channel is 2; hands\.mid has 1 \(modulation\)"),
    "a controller beyond MIDI": (f"{MIDI} --controller 120", r"120 is not in the range 0<=x<=119"),
    "a curve that is a sound": (f"{MORPH} --curve a.wav", r"^a\.wav: is not text but some other"),
    "everything missing": (
        "morph x y --model z --curve c -o m.wav",
        r"^x: there is .*\n^y: there is .*\n^z: there is .*\n^c: does not exist",
    ),
    "a picture of another kind": (
        "plot a.wav -o p.gif",
        r"p\.gif must end in \.png or \.svg or \.pdf",
    ),
    "a picture of no kind": ("plot a.wav -o .", r"\. must end in \.png or \.svg or \.pdf"),
    "a picture of a session": ("plot piece.lts.json -o p.png", r"is not a sound that can be read"),
    "a track without its session": (f"{PLOT} --track A", r"--track and --target need --session"),
    "an unknown track drawn": (
        f"{PLOT} --session piece.lts.json --track AA",
        r'^--track is "AA"; there are A; did you mean "A"\?',
    ),
    "an unknown target drawn": (
        f"{PLOT} --session piece.lts.json --target mx",
        r'^--target is "mx"; the track A moves mix, gain_db, pan; did you mean "mix"\?',
    ),
    "a device for a sound": ("inspect /dev/zero", r"/dev/zero: is a device or a pipe; a file is"),
    "a name beyond all names": (f"inspect {'x' * 5000}", r"^x+: does not exist; a file is needed"),
    "training on nothing": ("train none -o t", r"^none: there is no such folder"),
    "training on text": ("train swell.json -o t --epochs 1", r"^swell\.json: is not a sound that"),
    "training over a recording": (
        f"{TRAIN} -o b.wav",
        r"^b\.wav: would be overwritten, but it is one",
    ),
    "no epochs": (f"{TRAIN} --epochs 0", r"epochs is 0; 1\.\.1e\+07 is allowed"),
    "negative minutes": (f"{TRAIN} --minutes -1", r"minutes is -1"),
    "minutes that are NaN": (f"{TRAIN} --minutes nan", r"minutes is nan"),
    "endless minutes": (f"{TRAIN} --minutes inf", r"minutes is inf"),
    "too few latents": (f"{TRAIN} --latents 3", r"latents is 3; 4\.\.256 is allowed"),
    "no width": (f"{TRAIN} --width 0", r"width is 0; 8\.\.4096 is allowed"),
    "a seed before all seeds": (f"{TRAIN} --seed -1", r"seed is -1"),
}


@pytest.mark.parametrize("what", ARGUMENTS)
def test_wrong_arguments(folder: Any, what: str) -> None:
    arguments, says = ARGUMENTS[what]
    folder.refuses(*arguments.split(), says=says)


@pytest.mark.parametrize("command", ["check", "inspect", "render", "train", "plot", "morph"])
def test_a_variable_that_was_not_set(folder: Any, command: str) -> None:
    rest = {"render": ["-o", "out"], "train": ["-o", "t"], "plot": ["-o", "p.png"]}
    rest["morph"] = ["b.wav", "--model", "tiny.ltsmodel", "-o", "m.wav"]
    folder.refuses(command, "", *rest.get(command, []), says="name of a file or folder is missing")


@pytest.mark.parametrize("command", [RENDER, MORPH, PLOT, TRAIN])
def test_an_output_without_a_name(folder: Any, command: str) -> None:
    folder.refuses(*command.split(), "-o", "", says="'-o'.* name of a file or folder is missing")


def test_licences_and_names_have_an_end(folder: Any) -> None:
    for option in ("--licence", "--name"):
        folder.refuses(*TRAIN.split(), option, "x" * 5000, says="takes at most 2000 letters")


@pytest.mark.parametrize(("command", "target"), [(RENDER, "out/A.wav"), (RENDER, "out/mix.wav"),
    (RENDER, "out/manifest.json"), (RENDER, "out/A.wav.part"), (MORPH, "m.wav"), (PLOT, "p.png"),
    (TRAIN, "t.ltsmodel")])  # fmt: skip
def test_a_folder_where_a_file_should_be(folder: Any, command: str, target: str) -> None:
    (folder.path / target).mkdir(parents=True)
    file = target.removesuffix(".part")
    folder.refuses(*command.split(), says=f"^{file}: cannot be written: Is a directory", code=1)


@pytest.mark.parametrize("command", [RENDER, MORPH, PLOT, TRAIN])
def test_a_file_where_a_folder_should_be(folder: Any, command: str) -> None:
    wanted = Path("swell.json") / command.split("-o ")[1].split(maxsplit=1)[0]
    says = r"^swell\.json/.*: cannot be written: (File exists|Not a directory)"
    folder.refuses(*command.split(), "-o", str(wanted), says=says, code=1)


@pytest.mark.parametrize("command", [RENDER, MORPH, TRAIN])
def test_nothing_is_begun_where_nothing_can_be_written(folder: Any, command: str) -> None:
    wanted = Path("/proc/nothing") / command.split("-o ")[1].split(maxsplit=1)[0]
    told = folder.refuses(*command.split(), "-o", str(wanted), says="cannot be written", code=1)
    assert len(told.splitlines()) == 1, "no work before the refusal"


def test_a_render_never_overwrites_what_it_renders(folder: Any) -> None:
    folder.edit({"tracks.0.name": "a"})
    says = r"^a\.wav: would be overwritten, but it is what is rendered"
    folder.refuses("render", "piece.lts.json", "-o", ".", says=says)
    folder.edit({"tracks.0.name": "A"})
    folder.write("manifest.json", folder.document)
    folder.refuses("render", "manifest.json", "-o", ".", says=r"^manifest\.json: would be overwr")


def test_a_morph_of_two_channels_asks_which(folder: Any, make: SimpleNamespace) -> None:
    messages = make.midi((0, 0), (9, 64))
    second = messages.replace(b"\x09\x01\x40", b"\x09\xb1\x01\x40")
    assert second != messages
    second = second.replace(second[18:22], (len(second) - 22).to_bytes(4, "big"))
    folder.write("hands.mid", second)
    folder.refuses(*MIDI.split(), says=r"^--channel is needed; .* channel 1, .* on channel 2")
    assert folder.run(*MIDI.split(), "--channel", "2").code == 0


def test_training_tells_every_recording_that_is_of_no_use(
    folder: Any, make: SimpleNamespace
) -> None:
    folder.write("set/silent.wav", make.sound(np.zeros(9000)))
    folder.write("set/nothing.wav", b"")
    arguments = TRAIN.replace(" . ", " set ").split()
    told = folder.refuses(*arguments, says="^there is no sound to train on$")
    assert "set/silent.wav: is silent from end to end" in told
    assert "set/nothing.wav: is empty (0 bytes)" in told
    folder.write("set/good.wav", make.sound(np.sin(np.arange(9000) / 9)))
    answer = folder.run(*arguments)
    assert answer.code == 0
    assert "4 latents from 1 sound;" in answer.output
    assert "skipped: set/nothing.wav: is empty (0 bytes)" in answer.messages
    assert (folder.path / "t.ltsmodel").is_file()


def test_training_on_a_folder_without_sounds(folder: Any) -> None:
    (folder.path / "set").mkdir()
    (folder.path / "set" / "notes.txt").write_text("do re mi")
    folder.refuses(*TRAIN.replace(" . ", " set ").split(), says="^set: holds no sound file")


NAMELESS = os.fsdecode(b"a\xff.wav")  # no Unicode text, but a name all the same


def test_names_that_are_no_text(folder: Any) -> None:
    (folder.path / "a.wav").rename(folder.path / NAMELESS)
    (folder.path / "swell.json").rename(folder.path / os.fsdecode(b"\xff.json"))
    folder.save()
    (folder.path / "piece.lts.json").rename(folder.path / os.fsdecode(b"\xff.lts.json"))
    for command in (("inspect", NAMELESS), ("plot", NAMELESS, "-o", "p.png")):
        folder.refuses(*command, says="has a name that is not Unicode text; rename it")
    (folder.path / NAMELESS).rename(folder.path / "a.wav")
    says = "has a name that is not Unicode text, so no manifest can name it"
    folder.refuses("render", os.fsdecode(b"\xff.lts.json"), "-o", "out", says=says)
    assert not (folder.path / "out").exists()


@pytest.mark.parametrize("kind", ["wav", "flac"])
@pytest.mark.parametrize("n_blocks", [0, 1, 3])
def test_a_disk_that_fills_up(
    folder: Any, monkeypatch: pytest.MonkeyPatch, kind: str, n_blocks: int
) -> None:
    really, written = StemWriter.write, []

    def write(writer: StemWriter, block: np.ndarray) -> None:
        if len(written) >= n_blocks:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written.append(block)
        really(writer, block)

    monkeypatch.setattr(StemWriter, "write", write)
    monkeypatch.setattr(run_module, "BLOCK_SAMPLES", 4_096)
    folder.edit({"render.container": kind})
    folder.refuses(*RENDER.split(), says=r"cannot be written: No space left on device", code=1)


def test_a_disk_that_is_full_when_a_file_is_finished(
    folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)
    for command in (RENDER, MORPH, PLOT, TRAIN):
        says = r"cannot be written: No space left on device$"
        folder.refuses(*command.split(), says=says, code=1)


LIMITED = """
import resource, runpy, sys
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
runpy.run_module("ltsrender", run_name="__main__")
"""


@pytest.mark.skipif(os.name == "nt", reason="only POSIX limits the size of files")
def test_files_that_may_not_grow(folder: Any) -> None:
    """The system itself refuses: what a process may write is limited, as by a quota."""
    folder.save()
    before = folder.files()
    with folder.start(*RENDER.split(), python=("-c", LIMITED, "30000")) as process:
        output, messages = process.communicate()
    assert (process.returncode, output) == (1, "")
    assert re.search(
        r"^out/\w+\.wav: cannot be written: File too large\n\Z", messages, re.MULTILINE
    )
    assert folder.files() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_an_output_that_is_full(folder: Any) -> None:
    with (
        Path("/dev/full").open("w") as full,
        folder.start("inspect", "tiny.ltsmodel", stdout=full) as process,
    ):
        messages = process.communicate()[1]
    assert process.returncode == 1
    assert messages == "the output cannot be written: No space left on device\n"
