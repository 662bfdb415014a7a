"""Tempo ramps, bars and markers, against values computed by hand or by small steps."""

from __future__ import annotations

import numpy as np
import pytest

from ltsrender.automation import Meter, MusicalTime, TempoMap
from ltsrender.session import read_moment

SMALL_STEPS_S = 1e-6  # what a million steps of the midpoint rule leave of a ramp


def test_a_ramp_is_the_sum_of_many_small_steps() -> None:
    tempo = TempoMap([(0, 60, "linear"), (16, 180), (20, 90, "linear"), (28, 45)])
    for start, end, p, q in ((0.0, 16.0, 60.0, 180.0), (20.0, 28.0, 90.0, 45.0)):
        n = 1_000_000
        beats = start + (np.arange(n) + 0.5) * (end - start) / n
        bpm = p + (q - p) * (beats - start) / (end - start)
        summed = float(np.sum(60.0 / bpm) * (end - start) / n)
        assert tempo.seconds_at(end) - tempo.seconds_at(start) == pytest.approx(
            summed, abs=SMALL_STEPS_S
        )


def test_a_ramp_has_the_tempo_of_its_beat() -> None:
    tempo = TempoMap([(0, 60, "linear"), (10, 160), (20, 80)])
    asked = np.array([-5.0, 0.0, 2.5, 10.0, 19.0, 20.0, 99.0])
    assert tempo.bpm_at(asked).tolist() == [60.0, 60.0, 85.0, 160.0, 160.0, 80.0, 80.0]


def test_before_the_start_the_first_tempo_holds() -> None:
    tempo = TempoMap([(0, 120, "linear"), (8, 30)])
    assert tempo.seconds_at(-2.0) == -1.0
    assert tempo.beats_at(-1.0) == -2.0


def test_bars_are_counted_by_their_signatures() -> None:
    meter = Meter([(1, 4, 4), (3, 7, 8), (5, 3, 2)])
    assert [meter.beats_at(bar) for bar in (1, 2, 3, 4, 5, 6)] == [0, 4, 8, 11.5, 15, 21]
    assert meter.beats_at(3, 7) == 11.0
    assert meter.beats_at(5, 2, 480) == 17.5
    assert meter.text_at(11.5) == "4|1|000"
    assert meter.text_at(14.999_999_9) == "5|1|000"
    assert meter.bars_between(7.0, 15.0) == [(3, 8.0), (4, 11.5), (5, 15.0)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([], "first time signature"),
        ([(2, 4, 4)], "bar 1"),
        ([(1, 4, 4), (1, 3, 4)], "later"),
    ],
)
def test_a_meter_that_cannot_be_is_refused(changes: list[tuple[int, int, int]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Meter(changes)


TIME = MusicalTime(
    TempoMap([(0, 60), (8, 120)]), Meter([(1, 4, 4), (3, 7, 8)]), {"B": 9.0, "Climax": 20.0}, 48_000
)


@pytest.mark.parametrize(
    ("text", "beats", "seconds"),
    [
        ("6 beats", 6.0, 6.0),
        ("9 s", 10.0, 9.0),
        ("48000 samples", 1.0, 1.0),
        ("3|1|000", 8.0, 8.0),
        ("4|3", 12.5, 10.25),
        ("marker:B", 9.0, 8.5),
        ("marker:B + 2 beats", 11.0, 9.5),
        ("marker:B - 2 s", 6.5, 6.5),
        ("marker:B + 1 bars", 12.5, 10.25),
        ("marker:B - 1 bars", 5.0, 5.0),
        ("marker:B + 24000 samples", 10.0, 9.0),
    ],
)
def test_every_way_to_write_a_moment_leads_to_it(text: str, beats: float, seconds: float) -> None:
    assert TIME.beats_at(read_moment(text)) == pytest.approx(beats, abs=1e-12)
    assert TIME.seconds_at(read_moment(text)) == pytest.approx(seconds, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("marker:climax", 'markers are: "B", "Climax"; did you mean "marker:Climax"'),
        ("marker:B - 100 s", "lies before the start"),
    ],
)
def test_a_moment_that_is_nowhere_is_told(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        TIME.beats_at(read_moment(text))
