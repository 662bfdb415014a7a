"""Times that are written as notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.automation import TempoMap
from ltsrender.effects import (
    EFFECTS,
    Insert,
    NoteLength,
    Value,
    apply_chain,
    complete,
    in_time,
    note_length,
    read_chain,
)
from ltsrender.errors import EffectError
from ltsrender.session import Documents

if TYPE_CHECKING:
    from pathlib import Path

RATE_HZ = 8_000
STEADY = TempoMap([(0, 120)])
ACCELERANDO = TempoMap([(0, 60, "linear"), (16, 180)])


def insert(effect: str, **given: Value) -> Insert:
    return Insert("x", effect, complete(EFFECTS[effect], given))


def length(text: str) -> NoteLength:
    found = note_length(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "beats"),
    [("1/4", 1.0), ("1/8d", 0.75), ("1/8t", 1.0 / 3.0), ("3/16", 0.75), ("1/1", 4.0), ("5/2", 10)],
)
def test_a_fraction_of_a_whole_note_is_so_many_beats(text: str, beats: float) -> None:
    assert length(text).beats == pytest.approx(beats)
    assert length(text).text == text


@pytest.mark.parametrize(
    "text", ["", "1", "1/", "1/5", "0/4", "1/8x", "1/8dt", "-1/4", "1/4 ", "1.5/4", "1000/4", "1/٤"]
)
def test_other_texts_are_no_note_lengths(text: str) -> None:
    assert note_length(text) is None
    assert "not a number" in EFFECTS["delay"].parameters["delay_s"].objection(text)


def test_only_times_and_frequencies_may_be_notes() -> None:
    def objection(effect: str, name: str) -> str:
        return EFFECTS[effect].parameters[name].objection("1/8d")

    assert objection("delay", "delay_s") == ""
    assert objection("compressor", "release_ms") == ""
    assert objection("chorus", "rate_hz") == ""
    assert objection("delay", "feedback") == 'is "1/8d", not a number; it takes 0..0.99'
    assert "not a number; it takes -120..24 dB" in objection("gain", "gain_db")
    assert "one of" in objection("ladder", "mode")


def test_a_chain_keeps_the_note_until_the_tempo_is_known(tmp_path: Path) -> None:
    chain = [{"effect": "delay", "parameters": {"delay_s": "1/8d"}}]
    (echo,) = read_chain(chain, Documents(tmp_path))
    assert echo.parameters["delay_s"] == NoteLength(0.75)
    with pytest.raises(TypeError, match="1/8d has no length"):
        float(echo.parameters["delay_s"])


def test_a_note_that_is_none_is_told_with_what_is_allowed(tmp_path: Path) -> None:
    chain = [{"effect": "delay", "parameters": {"delay_s": "1/8 dotted"}}]
    with pytest.raises(EffectError) as caught:
        read_chain(chain, Documents(tmp_path))
    assert str(caught.value) == (
        'chain[0].parameters.delay_s is "1/8 dotted", not a number; it takes 0.001..30 s, or a '
        'note length such as "1/4", "1/8d" or "1/8t"'
    )


def test_a_steady_tempo_makes_numbers_and_no_lanes() -> None:
    chain = [
        insert("delay", delay_s=length("1/8d")),
        insert("chorus", rate_hz=length("1/2")),
        insert("compressor", release_ms=length("1/16t")),
    ]
    timed, lanes = in_time(chain, STEADY)
    assert timed[0].parameters["delay_s"] == pytest.approx(0.375)
    assert timed[1].parameters["rate_hz"] == pytest.approx(1.0)
    assert timed[2].parameters["release_ms"] == pytest.approx(1_000.0 / 12.0)
    assert timed[0].parameters["mix"] == chain[0].parameters["mix"]
    assert lanes == {}


def test_what_has_no_notes_is_left_as_it_is() -> None:
    chain = (insert("reverb"), insert("delay", delay_s=0.3))
    assert in_time(chain, ACCELERANDO) == (chain, {})


@given(start_beats=st.floats(1.0, 30.0))
def test_an_echo_is_its_beats_behind_the_sound_in_an_accelerando(start_beats: float) -> None:
    _, lanes = in_time([insert("delay", delay_s=length("1/4"))], ACCELERANDO)
    (target,) = lanes
    assert target == "insert/x/delay_s"
    now_s = ACCELERANDO.seconds_at(start_beats)
    (delay_s,) = lanes[target].at(np.array([now_s]))
    assert ACCELERANDO.beats_at(now_s - delay_s) == pytest.approx(start_beats - 1.0, abs=1e-9)


def test_a_rate_follows_and_what_cannot_move_keeps_the_first_tempo() -> None:
    chorus = insert("chorus", rate_hz=length("1/4"))
    wall = Insert(
        "w",
        "brickwall_limiter",
        complete(EFFECTS["brickwall_limiter"], {"lookahead_ms": length("1/64")}),
    )
    timed, lanes = in_time([chorus, wall], ACCELERANDO)
    assert timed[0].parameters["rate_hz"] == pytest.approx(1.0)
    assert timed[1].parameters["lookahead_ms"] == pytest.approx(62.5)
    assert list(lanes) == ["insert/x/rate_hz"]
    values = lanes["insert/x/rate_hz"].at(np.array([0.0, 1_000.0]))
    np.testing.assert_allclose(values, [1.0, 3.0])


def test_later_values_are_held_in_the_range() -> None:
    _, lanes = in_time([insert("chorus", rate_hz=length("1/64"))], TempoMap([(0, 60), (4, 240)]))
    lane = lanes["insert/x/rate_hz"]
    np.testing.assert_allclose(lane.at(np.array([0.0, 9.0])), [16.0, 20.0])
    assert lane.overshoots


def test_a_length_outside_the_range_is_told_with_its_seconds() -> None:
    chain = [
        insert("delay", delay_s=length("99/1")),
        insert("compressor", attack_ms=length("1/1")),
        insert("chorus", rate_hz=length("1/128t")),
    ]
    with pytest.raises(EffectError) as caught:
        in_time(chain, STEADY, file="piece.lts.json", place="tracks[0].chain")
    place = "piece.lts.json: tracks[0].chain"
    assert [str(problem) for problem in caught.value.problems] == [
        f'{place} insert "x": delay_s is "99/1", which is 198 s at 120 bpm; it takes 0.001..30 s',
        (
            f'{place} insert "x": attack_ms is "1/1", which is 2000 ms (2 s) at 120 bpm; it takes '
            "0.1..1000 ms"
        ),
        (
            f'{place} insert "x": rate_hz is "1/128t", which is 96 Hz (0.01042 s) at 120 bpm; it '
            "takes 0.01..20 Hz"
        ),
    ]


def test_clicks_and_their_echoes_fall_on_the_beat_while_the_tempo_runs_away() -> None:
    chain, lanes = in_time([insert("delay", delay_s=length("1/4"), mix=1.0)], ACCELERANDO)
    n_samples = round(ACCELERANDO.seconds_at(17.0) * RATE_HZ)
    audio = np.zeros((1, n_samples), np.float32)
    at = np.rint([ACCELERANDO.seconds_at(float(beat)) * RATE_HZ for beat in range(2, 17)])
    audio[0, at[:-1].astype(int)] = 1.0
    (made,) = apply_chain([audio], chain, lanes, RATE_HZ, 1)
    for place in at[1:].astype(int):
        near = np.abs(made[0, place - 400 : place + 400])
        middle = float(np.sum(np.arange(-400, 400) * near) / near.sum())
        assert abs(middle) < 0.015 * RATE_HZ  # a fade from tap to tap lasts 21 ms
