from __future__ import annotations

import numpy as np
import pytest

from ltsrender.automation import TempoMap


def test_beats_become_seconds_piece_by_piece() -> None:
    tempo = TempoMap([(0, 60), (4, 120), (8, 30)])
    beats = np.array([-1.0, 0.0, 4.0, 6.0, 8.0, 9.0])
    seconds = np.array([-1.0, 0.0, 4.0, 5.0, 6.0, 8.0])
    assert tempo.seconds_at(beats).tolist() == seconds.tolist()
    assert tempo.beats_at(seconds).tolist() == beats.tolist()


def test_single_moments_are_plain_numbers() -> None:
    tempo = TempoMap([(0, 72)])
    assert type(tempo.seconds_at(6)) is float
    assert tempo.seconds_at(6) == pytest.approx(5.0)
    assert tempo.beats_at(5.0) == pytest.approx(6.0)
    assert tempo.changes == ((0.0, 72.0, "hold"),)


def test_rounding_never_carries_a_moment_past_the_next_change() -> None:
    tempo = TempoMap([(0, 147), (312.98, 60)])
    just_before = np.nextafter(tempo.seconds_at(312.98), 0.0)
    assert tempo.beats_at(just_before) <= 312.98


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([], "first change at beat 0"),
        ([(1, 60)], "first change at beat 0"),
        ([(0, 60), (0, 70)], "later than the one before"),
        ([(0, 60), (float("nan"), 70)], "later than the one before"),
        ([(0, 0)], "positive number"),
        ([(0, float("inf"))], "positive number"),
    ],
)
def test_a_tempo_map_that_cannot_be_is_refused(
    changes: list[tuple[float, float]], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        TempoMap(changes)
