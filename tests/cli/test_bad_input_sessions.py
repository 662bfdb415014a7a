"""Broken sessions: every command that reads one says the same, and writes nothing.

Every row breaks one thing of a session that is otherwise whole.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

SESSION = "piece.lts.json"
COMMANDS = {
    "check": ("check", SESSION),
    "inspect": ("inspect", SESSION),
    "dry run": ("render", SESSION, "-o", "out", "--dry-run"),
    "render": ("render", SESSION, "-o", "out"),
}
POINTS = [{"at": 0, "value": 0}]


def lane(target: str, value: float = 0.5, **changes: Any) -> dict[str, Any]:
    return {"target": target, "points": [{"at": 0, "value": value}], **changes}


def insert(effect: str, **parameters: Any) -> dict[str, Any]:
    return {"effect": effect, "parameters": parameters}


# What the whole text is, by what is wrong with it; `text` is the session as it should be.
TEXTS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", r"^piece\.lts\.json: is empty$"),
    "only blanks": (lambda _: b" \n\t", "is empty"),
    "truncated": (lambda text: text[:200], r"line 1, column 199 begins a text"),
    "one bracket short": (
        lambda text: text[:-1],
        r"line 1, column \d+ needs a comma, or a closing",
    ),
    "trailing comma": (lambda text: text[:-1] + b",}", "has a comma too many|key in double quotes"),
    "more after the end": (lambda text: text + b"{}", "end of the file, but more follows"),
    "NaN": (lambda text: text.replace(b": 5", b": NaN"), r"seed is nan; only finite"),
    "Infinity": (lambda text: text.replace(b": 5", b": -Infinity"), r"seed is -inf; only finite"),
    "a number too big": (
        lambda text: text.replace(b": 5", b": 1e999"),
        r"seed is inf; only finite",
    ),
    "5000 digits": (lambda text: text.replace(b": 5", b": 1" + b"0" * 5000), "seed is inf"),
    "a key twice": (lambda text: b'{"seed": 1, ' + text[1:], r"seed is written twice"),
    "UTF-16": (lambda text: text.decode().encode("utf-16"), r"looks like UTF-16; save it as UTF-8"),
    "UTF-16 without a mark": (lambda text: text.decode().encode("utf-16-le"), "looks like UTF-16"),
    "UTF-32": (lambda text: text.decode().encode("utf-32-be"), "looks like UTF-16"),
    "Latin-1": (lambda text: text.replace(b"seed", b"s\xe9ed"), r"line 1 holds the byte 0xe9"),
    "half a surrogate pair": (
        lambda text: text.replace(b'"A"', b'"\\ud800"'),
        r"name holds a broken",
    ),
    "zero bytes inside": (lambda text: text + b"\0", "is not text but some other kind of file"),
    "100000 brackets": (lambda _: b"[" * 100_000, "is nested too deeply"),
    "60 levels": (lambda _: b'{"a":' * 60 + b"1" + b"}" * 60, "nested more than 32 levels"),
    "a million values": (lambda _: b"[" + b"0," * 1_000_001, "holds more than 1000000 values"),
    "a list": (lambda _: b"[1]", "is a list; takes an object, in curly brackets"),
    "null": (lambda _: b"null", "is null; takes an object"),
    "nothing in it": (lambda _: b"{}", 'needs "schema_version"\n.*needs "tracks"'),
    "bigger than 16 MB": (lambda text: text + b" " * 2**24, "is bigger than 16 MB"),
}


@pytest.mark.parametrize("what", TEXTS)
def test_text_that_is_no_session(folder: Any, what: str) -> None:
    broken, says = TEXTS[what]
    folder.write(SESSION, broken(json.dumps(folder.document).encode()))
    folder.refuses("check", SESSION, says=says)
    folder.refuses("render", SESSION, "-o", "out", says=says)


# What is changed in the session, and what is said about it.
EDITS: dict[str, tuple[dict[str, Any], str]] = {
    "a newer version": (
        {"schema_version": 2},
        r"schema_version is 2; this ltsrender reads version 1",
    ),
    "a version in quotes": ({"schema_version": "1"}, r'schema_version is "1"; takes 1'),
    "an unknown key": ({"traks": []}, r'traks is an unknown key; did you mean "tracks"\?'),
    "an unknown key inside": ({"tracks.0.gain": 0}, r'tracks\[0\]\.gain is .* mean "gain_db"\?'),
    "a key with an escape": (
        {"\x1b[2Jtitle": ""},
        r'^[^\x1b]*\["\\u001b\[2Jtitle"\] is an unknown',
    ),
    "no tracks": ({"tracks": []}, r"tracks is empty; needs at least 1 entry"),
    "tracks that are no list": ({"tracks": {}}, r"tracks is an object; takes a list"),
    "a track that is a text": ({"tracks.0": "A"}, r'tracks\[0\] is "A"; takes an object'),
    "a negative seed": ({"seed": -1}, r"seed is -1; takes 0\.\."),
    "a seed with a fraction": ({"seed": 0.5}, r"seed is 0.5; takes a whole number"),
    "another sample rate": ({"sample_rate_hz": 22050}, r"is 22050; takes 44100, 48000, 88200 or"),
    "8 channels": ({"channels": 8}, r"channels is 8; takes 1 or 2"),
    "a tempo of 0": (
        {"tempo": [{"at_beats": 0, "bpm": 0}]},
        r"tempo\[0\]\.bpm is 0; takes 1\.\.999",
    ),
    "a late tempo": ({"tempo": [{"at_beats": 4, "bpm": 60}]}, r"first tempo must stand at beat 0"),
    "tempi in disorder": (
        {"tempo": [{"at_beats": 0, "bpm": 60}, {"at_beats": 0, "bpm": 70}]},
        r"tempo\[1\]\.at_beats is 0; must be later than",
    ),
    "a wrong time signature": ({"time_signature": "4/5"}, r'time_signature is "4/5"; takes'),
    "32f in FLAC": (
        {"render": {"container": "flac", "bit_depth": "32f"}},
        r'render\.bit_depth is "32f"; flac takes "16" or "24"',
    ),
    "an unknown container": (
        {"render.container": "mp3"},
        r'is "mp3"; takes "wav", "flac" or "aiff"',
    ),
    "an endless tail": ({"render.max_tail_s": 1e9}, r"max_tail_s is .*; takes 0\.\.600 s"),
    "a track of no length": ({"tracks.0.end_s": 0}, r"tracks\[0\]\.end_s is 0; must be later than"),
    "a negative length": ({"tracks.0.start_s": 0.6}, r"end_s is 0.5; must be later than start_s"),
    "less than a sample": ({"tracks.0.end_s": 1e-9}, r"tracks\[0\] ends before its first sample"),
    "longer than a day": ({"tracks.0.end_s": 86_401}, r"end_s is 86401; takes 0\.\.86400 s"),
    "a length in quotes": ({"tracks.0.end_s": "0.5"}, r'end_s is "0.5"; takes a number'),
    "true for a number": ({"tracks.0.end_s": True}, r"end_s is true; takes a number"),
    "beats and seconds": ({"tracks.0.start_beats": 0}, r'tracks\[0\] needs "start_beats" and'),
    "a track called mix": (
        {"tracks.0.name": "Mix"},
        r"name is .* the mix of all tracks already has",
    ),
    "a track out of its folder": (
        {"tracks.0.name": "../A"},
        r"takes a name that can be a file name",
    ),
    "a track of dots": ({"tracks.0.name": ".."}, r"without a dot at its end"),
    "a track of a device": ({"tracks.0.name": "NUL"}, r"reserved by an operating system"),
    "a track without a name": ({"tracks.0.name": ""}, r'name is ""; takes '),
    "a name that clears screens": ({"tracks.0.name": "\x1b[2J"}, r'^[^\x1b]*"\\u001b\[2J"; takes'),
    "a name too long": ({"tracks.0.name": "a" * 101}, r"at most 100 letters"),
    "no model of that name": ({"tracks.0.model": "tny"}, r'model is "tny"; .* mean "tiny"\?'),
    "no sound of that name": (
        {"tracks.0.anchors.0.sound": "c"},
        r'sound is "c"; "sounds" has "a", "b"',
    ),
    "the same sound twice": ({"tracks.0.anchors.1.sound": "a"}, r"stands twice in the same list"),
    "no anchors": ({"tracks.0.anchors": []}, r"anchors is empty; needs at least 1 entry"),
    "an unknown way to go on": ({"tracks.0.anchors.0.when_short": "lop"}, r'mean "loop"\?'),
    "an unknown phase": (
        {"tracks.0.phase": {"method": "gl"}},
        r'"griffinlim" or "librosa"',
    ),
    "a send to nowhere": (
        {"tracks.0.sends": [{"bus": "hall"}]},
        r'bus is "hall"; "buses" has nothing',
    ),
    "an output to nowhere": ({"tracks.0.output": "hall"}, r'output is "hall"; "buses" has "mix"'),
    "a fader through the roof": ({"tracks.0.gain_db": 25}, r"gain_db is 25; takes -120\.\.24 dB"),
    "a pan beyond the wall": ({"tracks.0.pan": -1.01}, r"pan is -1.01; takes -1\.\.1"),
    "a mix of three": (
        {"sounds.c": {"file": "b.wav"}, "tracks.0.anchors": [{"sound": s} for s in "abc"]},
        r'target is "mix"; it needs exactly two anchors; track "A" has 3',
    ),
    "an unknown target": (
        {"tracks.0.lanes": [lane("mx")]},
        r'"mx"; it is not a target.*mean "mix"\?',
    ),
    "mix and weights": (
        {"tracks.0.lanes": [lane("mix"), lane("weight/a")]},
        r"lanes\[1\]\.target moves .* mix and weights exclude each other",
    ),
    "one target twice": (
        {"tracks.0.lanes": [lane("pan"), lane("pan")]},
        r'lanes\[1\]\.target moves "pan"; tracks\[0\]\.lanes\[0\] already moves it',
    ),
    "weights of nothing": (
        {"tracks.0.lanes": [lane("weight/a", 0)]},
        r"tracks\[0\] has weights that add up to 0 at 0.00 s",
    ),
    "weights that cancel": (
        {"tracks.0.lanes": [lane("weight/a", 1), lane("weight/b", -1)]},
        r"weights that add up to 0",
    ),
    "a weight of a stranger": (
        {"tracks.0.lanes": [lane("weight/z")]},
        r'"weight/z"; it names no anchor of track "A"',
    ),
    "a time of a stranger": (
        {"tracks.0.lanes": [lane("position/z")]},
        r'"position/z"; it names no anchor of track "A"',
    ),
    "a time before the sound": (
        {"tracks.0.lanes": [lane("position/a", -1)]},
        r"lanes\[0\]\.points\[0\]\.value is -1; position/a takes 0\.\.86400 s",
    ),
    "a mix out of range": (
        {"tracks.0.lanes": [lane("mix", 9)]},
        r"lanes\[0\]\.points\[0\]\.value is 9; mix takes -1\.\.2",
    ),
    "time that runs backwards": (
        {"tracks.0.lanes": [{"target": "pan", "points": [{"at": 1, "value": 0}, *POINTS]}]},
        r"points\[1\]\.at is 0, earlier than the point before it, at 1",
    ),
    "three points at once": (
        {"tracks.0.lanes": [{"target": "pan", "points": POINTS * 3}]},
        r"points\[2\]\.at is 0, as are the two points before it",
    ),
    "a lane without points": ({"tracks.0.lanes": [lane("pan", points=[])]}, r"points is empty"),
    "an unknown shape": (
        {"tracks.0.lanes": [{"target": "pan", "points": [POINTS[0] | {"shape": "cubic"}]}]},
        r'shape is "cubic"; takes "hold", "linear", "smooth", "exponential", "bezier" or "spline"',
    ),
    "a lane to no insert": (
        {"tracks.0.lanes": [lane("insert/verb/wet")]},
        r'lanes\[0\] target is "insert/verb/wet"; this chain has nothing to move',
    ),
    "a lane to no parameter": (
        {"tracks.0.lanes": [lane("insert/reverb/wett")], "tracks.0.chain": [insert("reverb")]},
        r'this chain has .*; did you mean "insert/reverb/wet"\?',
    ),
    "a parameter out of its range": (
        {"tracks.0.lanes": [lane("insert/reverb/wet", 2)], "tracks.0.chain": [insert("reverb")]},
        r"lanes\[0\]\.points\[0\]\.value is 2; insert/reverb/wet takes 0\.\.1",
    ),
    "what cannot move": (
        {
            "tracks.0.lanes": [lane("insert/brickwall_limiter/lookahead_ms")],
            "tracks.0.chain": [insert("brickwall_limiter")],
        },
        r"lookahead_ms cannot move during a render",
    ),
    "an unknown effect": (
        {"tracks.0.chain": [insert("revreb")]},
        r'chain\[0\]\.effect .*"reverb"\?',
    ),
    "an effect left out": ({"tracks.0.chain": [insert("chain")]}, r"chain\[0\]\.effect"),
    "an effect's wrong value": (
        {"tracks.0.chain": [insert("reverb", wet=7, room_size="big")]},
        r'room_size is "big", not a number; it takes 0\.\.1\n.*\.wet is 7; it takes 0\.\.1',
    ),
    "an effect's wrong key": (
        {"tracks.0.chain": [insert("reverb", wett=0.5)]},
        r'parameters\.wett is not known here; .* did you mean "wet"\?',
    ),
    "two inserts of one name": (
        {"tracks.0.chain": [insert("gain"), insert("gain")]},
        r'"gain" is used twice; first at piece\.lts\.json: tracks\[0\]\.chain\[0\]',
    ),
    "a missing preset": (
        {"tracks.0.chain": "cathedrl"},
        r'tracks\[0\]\.chain is "cathedrl", which does not exist.* mean "cathedral',
    ),
    "a preset out of /dev": ({"tracks.0.chain": "/dev/zero"}, r"which is a device or a pipe"),
    "a model of another rate": (
        {"sample_rate_hz": 48_000},
        r"is 48000; the model tiny\.ltsmodel was trained at 44100 Hz",
    ),
    "a missing sound": ({"sounds.a.file": "A.WAV"}, r'A\.WAV: there is no such file; .*"a\.wav"\?'),
    "a folder for a sound": ({"sounds.a.file": "."}, r": is a folder; a sound file is needed"),
    "a device for a sound": ({"sounds.a.file": "/dev/zero"}, r"/dev/zero: is a device or a pipe"),
    "a session for a sound": ({"sounds.a.file": SESSION}, r"is not a sound that can be read"),
    "a home for a sound": ({"sounds.a.file": "~/a.wav"}, r"~/a\.wav: there is no such file"),
    "a sound behind a newline": (
        {"sounds.a.file": "a\nb"},
        r'"a\\nb"; takes a file name without line',
    ),
    "backslashes": (
        {"sounds.a.file": "c:\\a.wav"},
        r"takes a file name with / between its folders",
    ),
    "in beyond the end": ({"sounds.a.in_s": 9}, r"a\.wav: in_s is 9; the sound is 0.4 s long"),
    "out beyond the end": ({"sounds.a.out_s": 9}, r"a\.wav: out_s is 9; the sound is 0.4 s long"),
    "in after out": (
        {"sounds.a": {"file": "a.wav", "in_s": 0.3, "out_s": 0.2}},
        r"out_s is 0.2; must",
    ),
    "a missing model": (
        {"models.tiny.file": "tny.ltsmodel"},
        r"tny\.ltsmodel: there is no such file;",
    ),
    "a sound for a model": ({"models.tiny.file": "a.wav"}, r"a\.wav: is not a whole timbre model"),
}


@pytest.mark.parametrize("what", EDITS)
def test_a_session_with_a_mistake(folder: Any, what: str) -> None:
    changes, says = EDITS[what]
    folder.edit(changes)
    told = {folder.refuses(*command, says=says) for command in COMMANDS.values()}
    assert len(told) == 1, "every command says the same"
    assert "\x1b" not in told.pop()


def test_every_mistake_is_told_at_once(folder: Any) -> None:
    folder.edit({"tracks.0.chain": [insert("revreb")], "sounds.a.file": "c.wav"})
    folder.edit({"models.tiny.file": "t", "tracks.0.lanes": [lane("insert/x/y")]})
    told = folder.refuses("check", SESSION, says="effect").splitlines()
    assert [line.split(": ")[0] for line in told] == ["c.wav", "t", SESSION]
    folder.path.joinpath(SESSION).unlink()
    folder.edit({"seed": -1, "tracks.0.pan": 3, "tracks.0.output": "x", "title": 1})
    assert len(folder.refuses("check", SESSION, says="seed").splitlines()) == 4
