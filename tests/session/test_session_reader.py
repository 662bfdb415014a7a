from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from ltsrender.errors import AutomationError, SessionError
from ltsrender.session import (
    AutomationDocument,
    Documents,
    PresetDocument,
    SessionDocument,
    read_automation,
    read_session,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WHEEL = b"\x00\xff\x51\x03\x07\xa1\x20\x00\xb0\x01\x00\x83\x60\x01\x7f\x00\xff\x2f\x00"  # 120 bpm
HANDS = [{"controller": 1, "target": "noise", "minimum": 0, "maximum": 1}]


def test_a_session_is_what_was_written(write: Callable[..., Path]) -> None:
    session = read_session(write())
    first, second = session.document.tracks
    assert session.folder == session.file.parent
    assert [anchor.sound for anchor in first.anchors] == ["glass", "string"]
    assert (first.start_beats, first.end_beats, second.end_s) == (0.0, 48.0, 20.0)
    assert isinstance(first.chain, tuple)
    assert isinstance(first.chain[1], PresetDocument)
    assert session.document.buses[0].chain == "cathedral"
    assert session.warnings == ()


def test_what_is_left_out_has_the_documented_value(write: Callable[..., Path]) -> None:
    document = read_session(write({"tempo": ..., "seed": ..., "title": ...})).document
    assert [(change.at_beats, change.bpm) for change in document.tempo] == [(0.0, 60.0)]
    assert (document.seed, document.sample_rate_hz, document.channels) == (0, 44_100, 2)
    track = document.tracks[1]
    assert (track.output, track.gain_db, track.pan, track.seed) == ("hall", 0.0, 0.0, None)
    assert (track.phase.method, track.phase.iterations) == ("hybrid", None)
    assert (track.anchors[0].when_short, track.anchors[0].crossfade_s) == ("loop", 0.05)
    render = document.render
    assert (render.bit_depth, render.container, render.max_tail_s) == ("24", "wav", 60.0)


def test_writing_a_document_and_reading_it_again_changes_nothing(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    document = read_session(write()).document
    for options in ({"exclude_unset": True}, {}):
        again = tmp_path / "again.lts.json"
        again.write_text(document.model_dump_json(by_alias=True, **options))  # type: ignore[arg-type]
        assert read_session(again).document.model_dump() == document.model_dump()


def test_every_object_may_carry_a_note(write: Callable[..., Path]) -> None:
    places = ["note", "tempo.0.note", "markers.0.note", "sounds.glass.note", "models.main.note"]
    places += ["tracks.0.note", "tracks.0.anchors.0.note", "tracks.0.lanes.0.note"]
    places += ["tracks.0.lanes.0.points.0.note", "tracks.0.chain.0.note", "tracks.0.chain.1.note"]
    places += ["tracks.0.sends.0.note", "tracks.1.automation.0.note", "buses.0.note"]
    changes = dict.fromkeys(places, "why") | {"$schema": "session-v1.json"}
    document = read_session(write(changes)).document
    assert document.note == document.tracks[0].lanes[0].points[0].note == "why"


def test_a_session_is_read_again_from_what_was_recorded(write: Callable[..., Path]) -> None:
    file = write()
    session = read_session(file)
    recorded = dict(session.documents.contents)
    assert sorted(recorded) == ["automation/swell.json", "piece.lts.json"]
    for name in recorded:
        (file.parent / name).unlink()
    again = read_session(file, Documents(file.parent, recorded))
    assert again.document == session.document
    assert again.automation == session.automation
    assert again.documents.hashes == session.documents.hashes


def test_mistakes_of_the_session_and_of_every_file_are_told_at_once(
    write: Callable[..., Path], told: Callable[[Path], list[str]], midi_bytes: Callable[..., bytes]
) -> None:
    swell = {
        "format": "ltsrender automation",
        "schema_version": 1,
        "lanes": [
            {"target": "pan", "points": [{"at": 0, "value": 3}]},
            {"targt": "pan", "points": [{"at": "0", "value": 0}]},
        ],
    }
    changes = {
        "seeed": 1,
        "tracks.0.model": "mian",
        "tracks.0.lanes.0.points.1.at": -1,
        "tracks.1.automation.1": {"file": "hands.mid", "cc_map": HANDS},
        "tracks.1.automation.2": {"file": "swel.json"},
    }
    file = write(changes, swell)
    (file.parent / "hands.mid").write_bytes(midi_bytes(WHEEL)[:-6])
    problems = told(file)
    problems[2] = problems[2].removesuffix(", at 0")
    assert problems == [
        'piece.lts.json: tracks[0].model is "mian"; "models" has "main"; did you mean "main"?',
        "piece.lts.json: tracks[0].lanes[0].points[1].at is -1; takes 0 or more",
        "piece.lts.json: tracks[0].lanes[0].points[1].at is -1, earlier than the point before it",
        problems[3],
        'piece.lts.json: seeed is an unknown key; did you mean "seed"?',
        "automation/swell.json: lanes[0].points[0].value is 3; pan takes -1..1",
        'automation/swell.json: lanes[1].targt is an unknown key; did you mean "target"?',
        (
            'automation/swell.json: lanes[1].points[0].at is "0"; takes a number, or a text such '
            'as "12.5 s", "16 beats", "2:05", "9|1|000" or "marker:B + 2 beats"'
        ),
        "hands.mid: track 1, byte 33 is cut short: the MIDI file ends inside a track",
    ]
    assert 'tracks[1].automation[2].file is "swel.json", which does not exist' in problems[3]


def test_the_same_file_on_two_tracks_complains_once(
    write: Callable[..., Path], told: Callable[[Path], list[str]]
) -> None:
    swell = {"format": "ltsrender automation", "schema_version": 1, "lanes": []}
    file = write({"tracks.0.automation": [{"file": "automation/swell.json"}]}, swell)
    assert told(file) == ["automation/swell.json: lanes is empty; needs at least 1 entry"]


def test_a_target_that_no_track_knows_is_told_once(
    write: Callable[..., Path], told: Callable[[Path], list[str]]
) -> None:
    lane = {"target": "gian_db", "points": [{"at": 0, "value": 0}]}
    swell = {"format": "ltsrender automation", "schema_version": 1, "lanes": [lane]}
    (problem,) = told(write({}, swell))
    assert problem.startswith('automation/swell.json: lanes[0].target is "gian_db"; it is not a')


def test_a_tempo_that_differs_from_the_sessions_is_a_warning(
    write: Callable[..., Path], midi_bytes: Callable[..., bytes]
) -> None:
    hands = {"file": "hands.mid", "cc_map": HANDS}
    file = write({"tracks.1.automation.1": hands})
    (file.parent / "hands.mid").write_bytes(midi_bytes(WHEEL))
    (warning,) = read_session(file).warnings
    assert warning.startswith("hands.mid declares 120 bpm at beat 0, the session 72;")
    write({"tracks.1.automation.1": hands | {"tempo": "file"}})
    assert read_session(file).warnings == ()
    write({"tracks.1.automation.1": hands, "tempo": [{"at_beats": 0, "bpm": 120}]})
    assert read_session(file).warnings == ()


def test_a_later_start_moves_the_tempo_of_a_midi_file_too(
    write: Callable[..., Path], midi_bytes: Callable[..., bytes]
) -> None:
    hands = {"file": "hands.mid", "cc_map": HANDS, "start_beats": 8}
    tempo = [{"at_beats": 0, "bpm": 60}, {"at_beats": 8, "bpm": 120}]
    file = write({"tracks.1.automation.1": hands, "tempo": tempo})
    (file.parent / "hands.mid").write_bytes(midi_bytes(WHEEL))
    assert read_session(file).warnings == ()
    write({"tracks.1.automation.1": hands | {"start_beats": 7}, "tempo": tempo})
    assert "at beat 7, the session 60" in read_session(file).warnings[0]


def test_a_folder_is_answered_with_the_session_inside(write: Callable[..., Path]) -> None:
    file = write()
    with pytest.raises(SessionError, match="is a folder") as caught:
        read_session(file.parent)
    assert caught.value.problems[0].suggestion == str(file)


def test_an_automation_file_can_be_read_alone(write: Callable[..., Path]) -> None:
    documents = Documents(write().parent)
    content = read_automation("swell", documents)  # the folder and .json may be left out
    assert isinstance(content, AutomationDocument)
    assert content.lanes[0].target == "gain_db"
    with pytest.raises(AutomationError, match="is a session; an automation file is needed"):
        read_automation("piece.lts.json", documents)


def test_documents_made_by_hand_are_frozen(piece: dict[str, Any]) -> None:
    document = SessionDocument.model_validate(piece)
    with pytest.raises(ValueError, match="frozen"):
        document.seed = 8  # type: ignore[misc]


def test_reading_needs_no_heavy_library(write: Callable[..., Path]) -> None:
    heavy = ["torch", "librosa", "pedalboard", "numba", "scipy", "mido"]
    code = (
        "import sys, ltsrender.automation\n"
        "from ltsrender.session import read_session\n"
        f"read_session({str(write())!r})\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert json.loads(done.stdout.replace("'", '"')) == []
