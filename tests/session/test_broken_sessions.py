"""Everything a composer, a crash or an enemy can do to a session; each answered in words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAN = float("nan")
MIX = {"target": "mix", "points": [{"at": 0, "value": 1}]}
WEIGHT = {"target": "weight/glass", "points": [{"at": 0, "value": 1}]}


def points(*values: Any) -> list[dict[str, Any]]:
    return [{"at": at, "value": value} for at, value in values]


ONE_CHANGE = [
    ("seed", "7", 'seed is "7"; takes a whole number'),
    ("seed", 7.5, "seed is 7.5; takes a whole number"),
    ("seed", True, "seed is true; takes a whole number"),
    ("seed", -1, "seed is -1; takes 0..9007199254740992"),
    ("title", 3, "title is 3; takes text in double quotes"),
    ("schema_version", 2, "schema_version is 2; this ltsrender reads version 1 (a newer"),
    ("schema_version", 0, "schema_version is 0; this ltsrender reads version 1"),
    ("schema_version", "1", 'schema_version is "1"; takes 1'),
    ("schema_version", ..., 'needs "schema_version"'),
    ("format", "ltsrender automation", "is an automation file; a session is needed"),
    ("chanels", 2, 'chanels is an unknown key; did you mean "channels"?'),
    ("channels", 8, "channels is 8; takes 1 or 2"),
    ("sample_rate_hz", 22050, "sample_rate_hz is 22050; takes 44100, 48000, 88200 or 96000"),
    ("time_signature", "4/3", 'time_signature is "4/3"; takes a time signature such as "4/4"'),
    ("time_signature", "65/4", 'time_signature is "65/4"; takes a time'),
    ("tempo", [], "tempo is empty; needs at least 1 entry"),
    ("tempo.0.bpm", 0, "tempo[0].bpm is 0; takes 1..999 bpm"),
    ("tempo.0.bpm", 1000, "tempo[0].bpm is 1000; takes 1..999 bpm"),
    ("tempo.0.bpm", NAN, "tempo[0].bpm is nan; only finite numbers are allowed"),
    ("tempo.0.at_beats", 4, "tempo[0].at_beats is 4; the first tempo must stand at beat 0"),
    ("tempo.1.at_beats", 0, "tempo[1].at_beats is 0; must be later than the change before it"),
    ("markers.1", {"name": "B", "at_beats": 40}, 'markers[1].name is "B", which stands twice'),
    ("sounds.glass.in_s", -1, "sounds.glass.in_s is -1; takes 0..86400 s"),
    ("sounds.glass.out_s", 0.5, "sounds.glass.out_s is 0.5; must be later than in_s, which is 0.5"),
    ("sounds.glass.file", "", 'sounds.glass.file is ""; takes a file'),
    ("sounds.glass.file", "a\nb", "takes a file name without line breaks"),
    ("sounds.glass.file", "a\\b.wav", "takes a file name with / between its folders"),
    ("sounds.glass.file", "x" * 1001, "takes a file name of at most 1000 letters"),
    ("sounds.a/b", {"file": "x.wav"}, 'sounds["a/b"] is "a/b"; takes a name that can be a file'),
    ("sounds", [], "sounds is a list; takes an object"),
    ("models.main", "main.ltsmodel", 'models.main is "main.ltsmodel"; takes an object'),
    ("tracks", [], "tracks is empty; needs at least 1 entry"),
    ("tracks", ..., 'needs "tracks"'),
    ("tracks.0", 5, "tracks[0] is 5; takes an object"),
    ("tracks.0.name", "", 'tracks[0].name is ""; takes a name'),
    ("tracks.0.name", "CON.x", "reserved by an operating system"),
    ("tracks.0.name", "a. ", "without spaces at its ends"),
    ("tracks.0.name", "é" * 101, "takes a name of at most 100 letters"),
    ("tracks.0.name", "mix", 'tracks[0].name is "mix", a name that the mix of all tracks already'),
    ("tracks.0.name", "BREATH", 'tracks[1].name is "Breath", a name that tracks[0] already has'),
    ("tracks.0.name", "Hall", 'buses[0].name is "hall", a name that tracks[0] already has'),
    ("tracks.0.start_beats", 48, "tracks[0].end_beats is 48; must be later than start_beats"),
    ("tracks.0.end_beats", ..., 'tracks[0] needs "start_beats" and "end_beats", or "start_s"'),
    ("tracks.0.end_s", 9, "has start_beats, end_beats, end_s"),
    ("tracks.1.start_s", None, 'tracks[1] needs "start_beats" and "end_beats", or'),
    ("tracks.0.end_beats", 139_000, "end_beats is 139000; at this tempo that is more than 24"),
    ("tracks.1.end_s", 86_401, "tracks[1].end_s is 86401; takes 0..86400 s"),
    ("tracks.0.anchors", [], "tracks[0].anchors is empty; needs at least 1 entry"),
    ("tracks.0.anchors.0.sound", "glas", '"sounds" has "glass", "string", "breath"; did you mean'),
    ("tracks.0.anchors.1.sound", "glass", 'anchors[1].sound is "glass", which stands twice'),
    ("tracks.0.anchors.1.start_s", 1, 'anchors[1] has both "start_beats" and "start_s"'),
    ("tracks.0.anchors.0.when_short", "lop", 'is "lop"; takes "loop", "ping_pong", "hold" or'),
    ("tracks.0.anchors.0.crossfade_s", None, "crossfade_s is null; takes a number"),
    ("tracks.0.output", "hal", 'output is "hal"; "buses" has "hall", "mix"; did you mean "hall"?'),
    ("tracks.0.sends.0.bus", "hal", 'sends[0].bus is "hal"; "buses" has "hall"; did you mean'),
    ("tracks.0.sends.1", {"bus": "hall"}, 'sends[1].bus is "hall", which stands twice'),
    ("tracks.0.gain_db", 25, "tracks[0].gain_db is 25; takes -120..24 dB"),
    ("tracks.0.pan", float("-inf"), "tracks[0].pan is -inf; only finite numbers are allowed"),
    (
        "tracks.0.phase",
        {"method": "phgi"},
        'method is "phgi"; takes "hybrid", "source", "pghi", "vocoder", "griffinlim" or "librosa"',
    ),
    ("tracks.0.chain.0.effct", "x", 'chain[0].effct is an unknown key; did you mean "effect"?'),
    ("tracks.0.chain.0", 8, "tracks[0].chain[0] is 8; takes an object"),
    ("tracks.0.chain", 8, "tracks[0].chain is 8; takes a list"),
    ("tracks.0.lanes.0.target", "mx", 'target is "mx"; it is not a target; targets are mix, noise'),
    ("tracks.0.lanes.0.target", "gain", 'did you mean "gain_db"?'),
    ("tracks.0.lanes.0.target", "weigth/glass", 'did you mean "weight/<sound>"?'),
    ("tracks.0.lanes.0.target", "insert/verb", 'did you mean "insert/<id>/<parameter>"?'),
    ("tracks.0.lanes.0.target", "weight/glas", 'names no anchor of track "Glass to string"; did'),
    ("tracks.0.lanes.0.target", "postion/glass", 'did you mean "position/<sound>"?'),
    (
        "tracks.0.lanes.0.target",
        "position/glas",
        'names no anchor of track "Glass to string"; did you mean "position/glass"?',
    ),
    ("tracks.0.lanes.0.target", "send/room", 'names no send of track "Glass to string"; did you'),
    ("tracks.1.lanes", [MIX], 'it needs exactly two anchors; track "Breath" has 1'),
    ("buses.0.lanes", [MIX], 'it does not exist on bus "hall", which has gain_db, pan, width,'),
    ("master", {"lanes": [MIX]}, "it does not exist on the master, which has gain_db, width,"),
    ("master", [], "master is a list; takes an object"),
    ("tracks.0.lanes.2", WEIGHT, 'moves "weight/glass"; tracks[0].lanes[0] moves "mix", and mix'),
    ("tracks.0.lanes.2", MIX, 'lanes[2].target moves "mix"; tracks[0].lanes[0] already moves it'),
    ("tracks.0.lanes.0.points", [], "tracks[0].lanes[0].points is empty"),
    ("tracks.0.lanes.0.points.0.value", 9.0, "points[0].value is 9.0; mix takes -1..2"),
    ("tracks.0.lanes.0.points.0.value", "1", 'points[0].value is "1"; takes a number'),
    ("tracks.0.lanes.0.points.0.shape", "liner", 'did you mean "linear"?'),
    ("tracks.0.lanes.0.points", points((2, 1), (1, 1)), "points[1].at is 1, earlier than the"),
    ("tracks.0.lanes.0.points", points((1, 1), (1, 0), (1, 1)), "a jump is two points"),
    ("tracks.0.lanes.0.time", "bars", 'time is "bars"; takes "beats", "seconds" or "samples"'),
    ("tracks.1.automation.0.file", "../x/swell.json", "which does not exist"),
    ("tracks.1.automation.0.file", "automation", 'file is "automation", which is a folder'),
    ("tracks.1.automation.0.file", "x" * 999, "which does not exist"),
    ("tracks.1.automation.0.file", "piece.lts.json", "is a session; an automation file is needed"),
    ("tracks.1.automation.0.file", "/dev/zero", "which is a device or a pipe"),
    ("tracks.1.automation.0.tempo", "file", "tempo is for MIDI files; this automation"),
    (
        "tracks.1.automation.0.cc_map",
        [{"controller": 1, "target": "noise", "minimum": 0, "maximum": 1}],
        "cc_map is for MIDI files; this automation file is JSON",
    ),
    ("tracks.1.automation.1", {"file": "swell"}, '"gain_db" by swell: lanes[0]; automation/swell'),
    ("render", {"bit_depth": 24}, 'bit_depth is 24; takes "16", "24" or "32f"'),
    ("render", {"bit_depth": "32f", "container": "flac"}, 'flac takes "16" or "24"'),
    ("render", {"max_tail_s": 1e9}, "max_tail_s is 1000000000.0; takes 0..600 s"),
]


@pytest.mark.parametrize(("place", "value", "words"), ONE_CHANGE)
def test_one_mistake_is_told_in_words(
    write: Callable[..., Path],
    told: Callable[[Path], list[str]],
    place: str,
    value: Any,
    words: str,
) -> None:
    problems = told(write({place: value}))
    assert any(words in problem for problem in problems), problems
    assert len(problems) <= 2, problems  # a mistake may show in two places, never in ten


TEXTS = [
    (b"", "is empty"),
    (b" \n\t", "is empty"),
    (b"\xef\xbb\xbf", "is empty"),
    (b"[1, 2]", "is a list; takes an object, in curly brackets"),
    (b"null", "is null; takes an object, in curly brackets"),
    (b'{"a": 1,\n "b": 2,}', "line 2, column"),
    (b'{"a": 1\n "b": 2}', "line 2, column 2 needs a comma, or a closing bracket, before this"),
    (b'{"a" 1}', "line 1, column 6 needs a colon"),
    (b'{"a": }', "line 1, column 7 needs a value here"),
    (b"{'a': 1}", "line 1, column 2 needs a key in double quotes"),
    (b'{"a": "b', "line 1, column 7 begins a text whose closing quote is missing"),
    (b'{"a": 1} x', "line 1, column 10 should be the end of the file"),
    (b'{"a": "\\x"}', "line 1, column 8 has a backslash that means nothing"),
    (b'{"a": "x\ny"}', "has a line break or tab inside a text"),
    (b'{"schema_version": 1, "seed": NaN}', "seed is nan; only finite numbers"),
    (b'{"seed": 1e999, "title": [-Infinity]}', "title[0] is -inf; only finite numbers"),
    (b'{"seed": 1, "seed": 2}', "seed is written twice in the same object"),
    (b'{"a": {"b": [{"c": 1, "c": 2}]}}', "a.b[0].c is written twice"),
    (b"[" * 100_000, "is nested too deeply"),
    (b"[" * 40 + b"]" * 40, "is nested more than 32 levels deep"),
    (b'{"title": "\\ud800"}', "title holds a broken \\u escape"),
    (b'{"\\udfff": 1}', "has a key with a broken \\u escape"),
    (b'{"title": "\xff"}', "line 1 holds the byte 0xff, which is not UTF-8 text"),
    ('{"schema_version": 1}'.encode("utf-16"), "looks like UTF-16; save it as UTF-8"),
    ('{"schema_version": 1}'.encode("utf-16-le"), "looks like UTF-16; save it as UTF-8"),
    ('{"中": 1}'.encode("utf-16-le"), "looks like UTF-16; save it as UTF-8"),
    ((256).to_bytes(8, "little") + b"{}", "is not text but some other kind of file"),
    (b'{"seed": ' + b"9" * 5000 + b"}", "seed is inf; only finite numbers"),
    (b"MThd\0\0\0\6\0\0\0\1\1\xe0", "is a MIDI file; a session is needed"),
    (b"\x89PNG\r\n\x1a\n", "line 1 holds the byte 0x89, which is not UTF-8 text"),
    (b"[" + b"0," * 1_100_000 + b"0]", "holds more than 1000000 values"),
    (b"[" + b"0," * 20_000 + b"0]", "has 20001 entries; takes at most 10000"),
    (b" " * (16 * 2**20 + 1), "is bigger than 16 MB"),
]


@pytest.mark.parametrize(
    ("data", "words"), TEXTS, ids=[f"{i} {words}" for i, (_, words) in enumerate(TEXTS)]
)
def test_text_that_is_no_session_is_told_in_words(
    tmp_path: Path, told: Callable[[Path], list[str]], data: bytes, words: str
) -> None:
    file = tmp_path / "broken.lts.json"
    file.write_bytes(data)
    problems = told(file)
    assert any(words in problem for problem in problems), problems
    assert all(problem.startswith("broken.lts.json: ") or "MB" in problem for problem in problems)


def test_a_byte_order_mark_is_forgiven(write: Callable[..., Path]) -> None:
    from ltsrender.session import read_session  # noqa: PLC0415 - the only good one among the broken

    file = write()
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert read_session(file).document.seed == 7


def test_every_mistake_in_a_very_broken_session_is_told_but_not_without_end(
    write: Callable[..., Path], told: Callable[[Path], list[str]]
) -> None:
    problems = told(write({"tracks.0.lanes.0.points": points(*[(0, "x")] * 5_000)}))
    assert len(problems) == 201
    assert problems[-1] == "piece.lts.json: has more problems like these"


AUTOMATION = [
    ([], "automation/swell.json: is a list; takes an object"),
    ({"schema_version": 1, "lanes": []}, 'automation/swell.json: needs "format"'),
    ({"format": "other", "schema_version": 1}, 'format is "other"; needs "ltsrender automation"'),
    ({"format": "ltsrender automation", "schema_version": 9}, "schema_version is 9; this ltsr"),
    (
        {"format": "ltsrender automation", "schema_version": 1, "lanes": [WEIGHT]},
        'automation/swell.json: lanes[0].target is "weight/glass"; it names no anchor of track',
    ),
    (
        {"format": "ltsrender automation", "schema_version": 1, "lanes": [MIX, MIX]},
        'moves "mix" by automation/swell.json: lanes[1]; automation/swell.json: lanes[0] already',
    ),
]


@pytest.mark.parametrize(("swell", "words"), AUTOMATION)
def test_a_broken_automation_file_is_told_in_words(
    write: Callable[..., Path], told: Callable[[Path], list[str]], swell: Any, words: str
) -> None:
    problems = told(write({}, swell))
    assert any(words in problem for problem in problems), problems


def test_a_session_that_is_not_there_names_the_nearest(
    write: Callable[..., Path], told: Callable[[Path], list[str]]
) -> None:
    file = write().with_name("pice.lts.json")
    assert told(file) == [f'{file}: does not exist; did you mean "piece.lts.json"?']


def test_a_file_that_may_not_be_read_says_so(
    write: Callable[..., Path], told: Callable[[Path], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write()

    def locked(*_arguments: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", locked)
    assert told(file) == [f"{file}: cannot be read: permission denied"]
    monkeypatch.setattr("pathlib.Path.stat", locked)
    assert told(file) == [f"{file}: cannot be read: permission denied"]


def test_the_piece_that_is_broken_here_is_right_without_the_mistakes(
    write: Callable[..., Path],
) -> None:
    from ltsrender.session import read_session  # noqa: PLC0415 - the only good one among the broken

    assert json.loads(write().read_text())["seed"] == read_session(write()).document.seed
