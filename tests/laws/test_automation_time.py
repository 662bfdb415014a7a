"""Laws of musical time: it never runs backwards, and there and back again is the same moment."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from ltsrender.automation import Breakpoint, Curve, Drawn, Lane, TempoMap
from ltsrender.automation.tempo import WAYS

SAME_MOMENT_S = 1e-9  # a fifty-thousandth of a sample
DAY_S = 86_400.0


@st.composite
def tempo_maps(draw: st.DrawFn) -> TempoMap:
    """Draw a tempo map with up to twenty changes, by steps and by ramps."""
    beats = [0.0, *draw(st.lists(st.floats(0.001, 1e5), max_size=20))]
    ways = st.sampled_from(WAYS)
    return TempoMap(
        [(beat, draw(st.floats(1.0, 999.0)), draw(ways)) for beat in sorted(set(beats))]
    )


seconds = st.lists(st.floats(0.0, DAY_S), min_size=1, max_size=50).map(np.array)


@given(tempo_maps(), seconds)
def test_there_and_back_again_is_the_same_moment(tempo: TempoMap, moments: np.ndarray) -> None:
    back = tempo.seconds_at(tempo.beats_at(moments))
    assert np.max(np.abs(back - moments)) < SAME_MOMENT_S


@given(tempo_maps(), seconds)
def test_time_never_runs_backwards(tempo: TempoMap, moments: np.ndarray) -> None:
    changes = tempo.seconds_at(np.array([beat for beat, *_ in tempo.changes]))
    around = [changes, np.nextafter(changes, -np.inf), np.nextafter(changes, np.inf)]
    every = np.sort(np.concatenate([moments, *around]))
    assert np.all(np.diff(tempo.beats_at(every)) >= 0.0)
    beats = np.sort(tempo.beats_at(every))
    assert np.all(np.diff(tempo.seconds_at(beats)) >= 0.0)


@given(tempo_maps())
def test_changes_are_met_exactly(tempo: TempoMap) -> None:
    beats = np.array([beat for beat, *_ in tempo.changes])
    moments = tempo.seconds_at(beats)
    assume(np.all(np.diff(moments) > 0.0))  # changes nearer than that are one in seconds
    assert np.array_equal(tempo.beats_at(moments), beats)


@given(tempo_maps(), seconds)
def test_many_moments_are_each_for_itself(tempo: TempoMap, moments: np.ndarray) -> None:
    assert [tempo.beats_at(float(one)) for one in moments] == tempo.beats_at(moments).tolist()


@given(tempo_maps(), st.lists(st.floats(0.0, 1e4), min_size=2, max_size=8, unique=True))
def test_a_jump_is_on_its_beat_whatever_the_tempo(tempo: TempoMap, beats: list[float]) -> None:
    beats = [beat for index, beat in enumerate(sorted(beats))
             if index == 0 or beat - sorted(beats)[index - 1] > 1e-3]  # fmt: skip
    curve = Curve([Breakpoint(beat, float(i), "hold") for i, beat in enumerate(beats)])
    lane = Lane("mix", Drawn(curve, "beats", tempo))
    assert lane.at(tempo.seconds_at(np.array(beats))).tolist() == list(range(len(beats)))
