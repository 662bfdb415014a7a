"""Laws of MIDI: any bytes are answered, smooth stays within a step, out and in is the same."""

from __future__ import annotations

import io
import json
import random
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mido
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ltsrender.automation import MusicalTime, TempoMap, read_lanes
from ltsrender.automation.curve import Curve
from ltsrender.automation.from_midi import starting_entries, write_lanes
from ltsrender.automation.midi import played_by
from ltsrender.automation.to_midi import write_song
from ltsrender.errors import InputError
from ltsrender.session import Documents
from ltsrender.session.controllerrules import absence_faults
from ltsrender.session.controllers import ControllerDocument
from ltsrender.session.midi import read_midi

REFUSED_AT = re.compile(r"(?:track \d+|header), byte (\d+)")
PPQ = 96


def _whole_files() -> list[bytes]:
    """Return a few files in which everything occurs: types, time, parameters, notes, names."""
    changes = [
        (1, 5),
        (33, 7),
        (99, 2),
        (98, 4),
        (6, 1),
        (38, 9),
        (96, 0),
        (101, 0),
        (100, 6),
        (6, 9),
    ]
    controls = [
        mido.Message("control_change", control=control, value=value, time=3)
        for control, value in changes
    ]
    voice = [
        mido.Message("pitchwheel", channel=1, pitch=-100),
        mido.Message("note_on", channel=1, note=60, velocity=50, time=9),
        mido.Message("aftertouch", channel=1, value=9, time=200),
        mido.Message("polytouch", channel=1, note=60, value=9, time=2),
        mido.Message("note_on", channel=2, note=64, velocity=90),
        mido.Message("control_change", channel=2, control=74, value=9, time=9),
        mido.Message("note_off", channel=1, note=60, time=99),
    ]
    heads = [
        mido.MetaMessage("track_name", name="Hands"),
        mido.MetaMessage("set_tempo", tempo=400_000),
        mido.MetaMessage("time_signature", numerator=7, denominator=8),
        mido.MetaMessage("marker", text="B", time=9),
        mido.Message("sysex", data=[1, 2, 3]),
    ]
    files = []
    for kind, division in ((0, 480), (1, 96), (2, 960), (1, 480)):
        rows = [heads + controls, voice] if kind else [heads + controls + voice]
        song = mido.MidiFile(type=kind, ticks_per_beat=division)
        song.tracks.extend(mido.MidiTrack(row) for row in rows)
        file = io.BytesIO()
        song.save(file=file)
        files.append(bytearray(file.getvalue()))
    files[-1][12:14] = b"\xe7\x28"  # 25 frames of 40 ticks
    size = len(files[0]).to_bytes(4, "little")
    return [*map(bytes, files), b"RIFF\0\0\0\0RMIDdata" + size + bytes(files[0])]


FILES = _whole_files()


def broken(seed: int) -> bytes:
    """Return a whole file with bytes changed, cut out, put in or repeated; its first four stay."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    data = bytearray(chance.choice(FILES))
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        at = chance.randrange(4, max(len(data), 5))
        how = chance.choice(("change", "bit", "cut", "insert", "end", "repeat", "high"))
        if how == "change":
            data[at : at + 1] = chance.randbytes(chance.randint(1, 4))
        elif how == "bit" and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif how == "cut":
            del data[at : at + chance.randint(1, 12)]
        elif how == "insert":
            data[at:at] = chance.randbytes(chance.randint(1, 12))
        elif how == "end" and chance.random() < 0.3:
            del data[at:]
        elif how == "high":
            data[at : at + 4] = b"\xff" * chance.randint(1, 4)
        else:
            data[at:at] = data[at : at + chance.randint(1, 40)] * chance.randint(1, 30)
    return bytes(data)


@settings(max_examples=400)
@given(st.integers(0, 2**64))
def test_any_bytes_are_lanes_or_are_refused_with_track_and_byte(seed: int) -> None:
    data = broken(seed)
    try:
        midi = read_midi(data, "a.mid")
    except InputError as error:
        for problem in error.problems:
            found = REFUSED_AT.fullmatch(problem.place)
            assert found, problem
            assert int(found[1]) <= len(data)
        return
    for entry in starting_entries(midi):
        for shape in ("hold", "linear", "smooth"):
            if list(absence_faults((), entry, midi, "a.mid")):
                continue
            document = ControllerDocument.model_validate(entry | {"shape": shape})
            played = played_by(midi, document, "file")
            assert played.at.size == played.value.size > 0
            assert np.all(np.diff(played.at) >= 0.0)
            ends = sorted((document.minimum, document.maximum))
            assert ends[0] <= played.value.min() <= played.value.max() <= ends[1]


def _walked(rows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return a hand that moves by a few steps at a time."""
    value, made = 64, []
    for after, step in rows:
        value = min(max(value + step, 0), 127)
        made.append((after, value))
    return made


moves = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 127)), min_size=1, max_size=60
)  # ticks since the one before, value
steps = st.lists(st.tuples(st.integers(1, 20), st.integers(-2, 2)), min_size=1, max_size=60).map(
    _walked
)


def controller_song(rows: list[tuple[int, int]]) -> bytes:
    track = mido.MidiTrack(
        mido.Message("control_change", control=1, value=value, time=after) for after, value in rows
    )
    file = io.BytesIO()
    mido.MidiFile(type=0, ticks_per_beat=PPQ, tracks=[track]).save(file=file)
    return file.getvalue()


def curve_of(rows: list[tuple[int, int]], **entry: Any) -> Curve:
    entry = {"controller": 1, "target": "pan", "minimum": 0.0, "maximum": 1.0} | entry
    document = ControllerDocument.model_validate(entry)
    played = played_by(read_midi(controller_song(rows), "a.mid"), document, "session")
    return Curve.of(played.at, played.value, played.shape)


@given(moves | steps)
def test_smooth_is_everywhere_within_one_step_of_what_was_played(
    rows: list[tuple[int, int]],
) -> None:
    rows = [(min(after, PPQ // 4), value) for after, value in rows]  # no pauses
    smooth, linear = curve_of(rows, shape="smooth"), curve_of(rows)
    assert len(smooth.points) <= len(linear.points)
    dense = np.arange(0.0, linear.positions[-1] + 0.1, 1.0 / (3 * PPQ))
    for at in (dense, dense - 1e-12, linear.positions, linear.positions - 1e-12):
        assert np.max(np.abs(smooth.at(at) - linear.at(at))) < 1.0 / 127.0


@given(
    moves | steps,
    st.sampled_from([0.0, -4.0, 9.0]),
    st.sampled_from([(0.0, 1.0), (1.0, -1.0)]),
    st.sampled_from([{}, {"low": 0.1, "high": 0.2}, {"centre": 0.3}]),
)
def test_one_step_is_what_it_is_worth_there(
    rows: list[tuple[int, int]], bent: float, ends: tuple[float, float], zone: dict[str, float]
) -> None:
    way = {"curve": bent, "dead_zone": zone, "minimum": ends[0], "maximum": ends[1]}
    smooth = curve_of(rows, shape="smooth", **way)
    ladder = curve_of([(1, value) for value in range(128)], **way).values
    neighbours = np.stack([np.roll(ladder, 1), ladder, np.roll(ladder, -1)])[:, 1:-1]
    low = np.concatenate([ladder[:1], neighbours.min(axis=0), ladder[-1:]])
    high = np.concatenate([ladder[:1], neighbours.max(axis=0), ladder[-1:]])
    last = {}
    tick = 0
    for after, value in rows:
        tick += after
        last[tick] = value
    found = smooth.at(np.array(list(last)) / PPQ)
    values = np.array(list(last.values()))
    assert np.all((low[values] - 1e-12 <= found) & (found <= high[values] + 1e-12))


SHAPES: dict[str, dict[str, Any]] = {
    "hold": {"shape": "hold"},
    "linear": {},
    "smooth": {"shape": "smooth"},
    "exponential": {"shape": "exponential"},
    "late": {"shape": "exponential", "curvature": 18},
    "spline": {"shape": "spline"},
    "bezier": {"shape": "bezier", "handles": [[0.4, 0], [0.6, 1]]},
    "cliff": {"shape": "bezier", "handles": [[0.95, 0], [0.05, 1]]},
    "rush": {"shape": "bezier", "handles": [[0.05, 1], [0.95, 0]]},
}
knots = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 2, 5, 96, 97, 400]),
        st.floats(-60.0, 24.0),
        st.sampled_from(list(SHAPES)),
    ),
    min_size=1,
    max_size=8,
)


def _lane(
    rows: list[tuple[int, float, str]], target: str, unit: str, tick: float
) -> dict[str, Any]:
    points: list[dict[str, Any]] = []
    now = 0
    for after, value, shape in rows:
        twice = len(points) > 1 and points[-2]["tick"] == points[-1]["tick"]
        now += max(after, 1) if twice else after
        points.append({"tick": now, "value": value} | SHAPES[shape])
    rounded = [{"at": p.pop("tick") * tick} | p for p in points]
    return {"target": target, "time": unit, "points": rounded}


@settings(max_examples=60)
@given(st.lists(knots, min_size=1, max_size=3), st.sampled_from(["pairs", "nrpn"]))
def test_out_to_midi_and_in_again_is_within_one_step(
    drawn: list[list[tuple[int, float, str]]], messages: str
) -> None:
    units = (("beats", 1 / PPQ), ("seconds", 0.5 / PPQ), ("beats", 1 / PPQ))  # at 120 bpm
    targets = ("gain_db", "send/hall", "macro/noisiness")
    lanes = [
        _lane([(a, min(v, 24.0), s) for a, v, s in rows], target, *unit)
        for rows, target, unit in zip(drawn, targets, units, strict=False)
    ]
    document = {"format": "ltsrender automation", "schema_version": 1, "lanes": lanes}
    time = MusicalTime(TempoMap([(0.0, 120.0)]))
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in.json").write_text(json.dumps(document))
        song = folder / "out.mid"
        write_song(folder / "in.json", song, ticks_per_beat=PPQ, messages=messages)
        write_lanes(song, folder / "out.map.json", folder / "again.json")
        documents = Documents(folder)
        before = read_lanes("in.json", documents, time)
        after = read_lanes("again.json", documents, time)
        midi = read_midi(song.read_bytes(), "out.mid")
    assert [lane.target for lane in after] == [lane.target for lane in before]
    ticks = np.arange(0, midi.length_ticks + 2 * PPQ) * 0.5 / PPQ
    for one, other in zip(before, after, strict=True):
        step = (one.maximum - one.minimum) / 16_383
        # Just before a tick and on it: a jump stays one.
        for moment, reach in ((ticks + 1e-12, step), (np.maximum(ticks - 1e-8, 0.0), 1.1 * step)):
            assert np.max(np.abs(one.at(moment) - other.at(moment))) <= reach + 1e-9
