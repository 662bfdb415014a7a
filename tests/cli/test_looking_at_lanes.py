"""``ltsrender automation check``, ``plot``, ``simplify``, ``sample``: answers and refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest

SESSION = "piece.lts.json"
SWELL = "swell.json"
COMMANDS = {
    "check": (),
    "plot": ("-o", "x.png"),
    "simplify": ("-o", "x.json"),
    "sample": (),
}


def automation(folder: Any, *lanes: dict[str, Any], name: str = "lanes.json") -> str:
    document = {"format": "ltsrender automation", "schema_version": 1, "lanes": lanes}
    folder.write(name, document)
    return name


def test_check_tells_what_each_lane_does(folder: Any) -> None:
    answer = folder.run("automation", "check", SWELL)
    assert answer.code == 0, answer.messages
    assert answer.output.splitlines() == [
        "swell.json: at 60 beats per minute in 4/4; --session says otherwise",
        "  mix  2 points (linear), 0 s (1|1|000) to 1 s (1|2|000), values 0..1",
        "No mistakes found.",
    ]


def test_check_in_the_time_of_a_session(folder: Any) -> None:
    folder.edit({"tempo": [{"at_beats": 0, "bpm": 120}], "markers": [{"name": "B", "at_beats": 2}]})
    points = [{"at": 0, "value": 0}, {"at": "marker:B", "value": 1}]
    follower = {"target": "noise", "envelope_follower": {"sound": "a"}}
    name = automation(folder, {"target": "mix", "points": points}, follower)
    answer = folder.run("automation", "check", name, "--session", SESSION)
    assert answer.code == 0, answer.messages
    assert "mix    2 points (linear), 0 s (1|1|000) to 1 s (1|3|000), values 0..1" in answer.output
    assert "noise  the level of a.wav, 0 s (1|1|000) to 0.4 s (1|1|768), values" in answer.output
    folder.refuses(
        "automation",
        "check",
        name,
        says=r'points\[1\]\.at is "marker:B"; markers are: none\n(.*\n)*.*only a session knows',
    )


def test_check_of_a_session_goes_through_every_strip(folder: Any) -> None:
    folder.edit({"buses": [{"name": "hall"}]})
    output = folder.run("automation", "check", SESSION).output
    assert "A: 0..0.5 s\n  mix  2 points" in output
    assert "hall: 0..0.5 s\n  nothing moves" in output
    alone = folder.run("automation", "check", SESSION, "--track", "A").output
    assert "hall" not in alone


def test_check_of_midi_tells_what_it_holds(folder: Any) -> None:
    answer = folder.run("automation", "check", "hands.mid")
    assert answer.code == 0
    assert answer.output.startswith("MIDI file")
    assert "modulation" in answer.output


def test_check_finds_all_mistakes_at_once(folder: Any) -> None:
    points = [{"at": 0, "value": 0}, {"at": 1, "value": 9}]
    name = automation(folder, {"target": "mix", "points": points}, {"target": "mixx", "value": 1})
    found = folder.refuses("automation", "check", name, says=r"points\[1\]\.value is 9; mix takes")
    assert 'lanes[1].target is "mixx"' in found


def test_insert_parameters_have_the_units_of_the_session(folder: Any) -> None:
    insert = {"id": "low", "effect": "lowpass", "parameters": {"cutoff_hz": 900}}
    folder.edit({"tracks.0.chain": [insert]})
    target = "insert/low/cutoff_hz"
    points = [{"at": 0, "value": "A4"}, {"at": 1, "value": "1.2 kHz"}]
    name = automation(folder, {"target": target, "points": points})
    command = ("automation", "sample", name, "--at", "0", "--at", "1")
    output = folder.run(*command, "--session", SESSION, "--track", "A").output
    assert f"{target} (Hz)" in output
    assert [line.split()[-1] for line in output.splitlines()[1:]] == ["440", "1200"]


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_plot_of_a_file(folder: Any, suffix: str) -> None:
    answer = folder.run("automation", "plot", SWELL, "-o", f"x.{suffix}", "--to", "1|3")
    assert (answer.code, answer.output) == (0, f"x.{suffix}\n")
    assert (folder.path / f"x.{suffix}").stat().st_size > 1000


@pytest.mark.parametrize("more", [(), ("--track", "A"), ("--all",), ("--target", "pan")])
def test_plot_of_a_session(folder: Any, more: tuple[str, ...]) -> None:
    if "pan" in more:
        lane = {"target": "pan", "lfo": {"rate_hz": 9}}
        folder.edit({"tracks.0.lanes": [*folder.document["tracks"][0]["lanes"], lane]})
    assert folder.run("automation", "plot", SESSION, "-o", "x.png", *more).code == 0
    assert (folder.path / "x.png").stat().st_size > 1000


def test_simplify(folder: Any) -> None:
    at = range(101)
    points = [{"at": t, "value": round(t / 100 + 0.0004 * (t % 2), 6)} for t in at]
    name = automation(folder, {"target": "mix", "note": "Up.", "points": points})
    command = ("automation", "simplify", name, "-o", "thin.json")
    answer = folder.run(*command)
    assert answer.output.splitlines() == [
        "mix: 101 points became 2, within 0.001",
        "thin.json",
    ]
    (lane,) = json.loads((folder.path / "thin.json").read_text())["lanes"]
    assert lane == {"target": "mix", "note": "Up.", "points": [points[0], points[-1]]}
    assert "101 points became 101" in folder.run(*command, "--error", "0.0001").output


def test_simplify_says_when_there_is_nothing_to_thin(folder: Any) -> None:
    shape = {"name": "shape", "points": [{"at": 0, "value": 0}, {"at": 1, "value": 1}]}
    for lanes in (
        [{"target": "pan", "lfo": {"rate_hz": 1}}],
        [shape, {"target": "mix", "multiply": ["shape", 0.5]}],
    ):
        answer = folder.run("automation", "simplify", automation(folder, *lanes), "-o", "thin.json")
        words = "its lanes are not drawn, or other lanes use them"
        assert answer.output == f"nothing to thin in lanes.json: {words}\nthin.json\n"


def test_sample_prints_a_table(folder: Any) -> None:
    answer = folder.run("automation", "sample", SWELL, "--at", "0.5", "--at", "1|2")
    assert answer.output.splitlines() == [
        "seconds  bar|beat|tick  mix",
        "    0.5        1|1|480  0.5",
        "      1        1|2|000    1",
    ]


def test_sample_of_a_session_as_csv(folder: Any) -> None:
    command = ("automation", "sample", SESSION, "--every", "250 ms", "--csv")
    assert (
        folder.run(*command).output
        == "seconds,beats,mix\n0.0,0.0,1.0\n0.25,0.25,0.5\n0.5,0.5,0.0\n"
    )


def test_sample_of_what_only_a_render_knows(folder: Any) -> None:
    tracks = folder.document["tracks"]
    follower = {"target": "pan", "envelope_follower": {"track": "A"}}
    folder.document["tracks"] = [*tracks, {**tracks[0], "name": "B", "lanes": [follower]}]
    answer = folder.run("automation", "sample", SESSION, "--track", "B", "--at", "0")
    assert answer.messages == "note: pan follows A: known once it is rendered\n"
    assert answer.output.splitlines()[1].split()[-1] == "-"


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("nothing.json", r"^nothing\.json: does not exist"),
        ("inside", r"^inside: is a folder"),
        ("broken.json", r"^broken\.json: "),
        ("tiny.ltsmodel", r"^tiny\.ltsmodel: "),
        ("a.wav", r"^a\.wav: "),
        ("list.json", r"^list\.json: "),
        ("map.json", r"^map\.json: is a controller map"),
    ],
)
def test_files_that_are_none(folder: Any, command: str, file: str, says: str) -> None:
    folder.write("inside/x", b"")
    folder.write("broken.json", b'{"lanes": [')
    folder.write("list.json", b"[1, 2]")
    folder.write("map.json", {"format": "ltsrender controller map", "schema_version": 1})
    folder.refuses("automation", command, file, *COMMANDS[command], says=says)


@pytest.mark.parametrize("command", ["plot", "simplify", "sample"])
def test_midi_has_no_lanes(folder: Any, command: str) -> None:
    folder.refuses(
        "automation",
        command,
        "hands.mid",
        *COMMANDS[command],
        says=r"^hands\.mid: is a MIDI file with .*modulation",
    )


def test_a_session_has_no_points_to_thin(folder: Any) -> None:
    folder.refuses(
        "automation", "simplify", SESSION, "-o", "x.json", says="is a session; an automation file"
    )


@pytest.mark.parametrize("command", ["plot", "simplify", "sample"])
def test_targets_that_are_not_there(folder: Any, command: str) -> None:
    arguments = ("automation", command, SWELL, *COMMANDS[command], "--target", "mixx")
    folder.refuses(*arguments, says=r'^--target is "mixx"; .* did you mean "mix"\?$')


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("sample", SWELL, "--at", "soon"), '^--at is "soon"; takes a number'),
        (("sample", SWELL, "--at", "marker:B"), '^--at is "marker:B"; markers are: none'),
        (("sample", SWELL, "--every", "0"), '^--every is "0"; takes more than 0'),
        (("sample", SWELL, "--from", "2", "--to", "1"), "^--from is 2 s"),
        (("sample", SWELL, "--track", "A"), "--track needs --session"),
        (("sample", SESSION, "--session", SESSION), "is a session itself"),
        (("sample", SESSION, "--track", "C"), '^--track is "C"; there are A'),
        (("sample", SWELL, "--session", SWELL), r"swell\.json"),
        (("sample", SWELL, "--session", "none.json"), r"none\.json"),
        (("check", SWELL, "--track", "A"), "--track needs --session"),
        (("plot", SWELL, "-o", "x.gif"), r"must end in \.png or \.svg or \.pdf"),
        (("plot", SWELL, "-o", "x.png", "--to", "0"), "^--to is 0 s"),
        (("plot", SWELL, "-o", "x.png", "--from", "1|0"), "--from .*count from 1"),
        (("plot", SWELL, "-o", "x.png", "--all"), "--all needs a session"),
        (("plot", SESSION, "-o", "x.png", "--all", "--track", "A"), "--all .*--track"),
        (("simplify", SWELL, "-o", "x.mid"), r"must end in \.json"),
        (("simplify", SWELL, "-o", "x.json", "--error", "nan"), "--error"),
        (("simplify", SWELL, "-o", "x.json", "--error", "-1"), "--error"),
    ],
)
def test_what_cannot_be_asked(folder: Any, arguments: tuple[str, ...], says: str) -> None:
    folder.refuses("automation", *arguments, says=says)


def test_pictures_that_cannot_be_written(folder: Any) -> None:
    folder.write("x.png/inside", b"")
    folder.refuses("automation", "plot", SWELL, "-o", "x.png", says="x.png", code=1)
