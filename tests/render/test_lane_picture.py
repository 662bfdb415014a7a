"""Pictures of lanes: what is drawn where, jumps, held ranges, bars, the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ltsrender.automation import (
    Breakpoint,
    Curve,
    Drawn,
    Lane,
    Meter,
    MusicalTime,
    TempoMap,
    constant_lane,
)
from ltsrender.automation.view import Shown, View
from ltsrender.errors import AutomationError
from ltsrender.render import lane_picture
from ltsrender.render.lane_picture import bars_to_draw, draw_lanes, times_to_draw

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

TIME = MusicalTime(TempoMap([(0, 60), (8, 120)]), Meter([(1, 4, 4)]), {"B": 4.0, "End": 16.0})


def shown(
    *points: tuple[float, float], unit: str = "", target: str = "mix", **ends: float
) -> Shown:
    curve = Curve([Breakpoint(at, value) for at, value in points])
    return Shown(Lane(target, Drawn(curve, "beats", TIME.tempo)), unit, **ends)


def view(*lanes: Shown) -> View:
    return View("Some lanes", lanes, TIME, has_session=True)


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """Catch figures before they are written."""
    caught: list[Figure] = []
    monkeypatch.setattr(lane_picture, "save_figure", lambda figure, _: caught.append(figure))
    return caught


def texts(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_one_panel_for_each_lane_under_a_ruler(figures: list[Figure], tmp_path: Path) -> None:
    lanes = view(shown((0, 0), (12, 1)), shown((0, -3), (12, -9), unit="dB", target="gain_db"))
    draw_lanes(lanes, tmp_path / "x.png")
    ruler, mix, gain = figures[0].axes
    assert ruler.get_title(loc="left") == "Some lanes"
    assert texts(ruler) == ["1", "2", "3", "B"]
    assert ruler.get_xlim() == mix.get_xlim() == (0.0, 10.0)
    assert [axes.get_title(loc="left") for axes in (mix, gain)] == ["mix", "gain_db"]
    assert (mix.get_ylabel(), gain.get_ylabel()) == ("", "dB")


def test_a_stretch_of_it(figures: list[Figure], tmp_path: Path) -> None:
    draw_lanes(view(shown((0, 0), (40, 1))), tmp_path / "x.png", start_s=4.0, end_s=12.0)
    ruler, mix = figures[0].axes
    assert mix.get_xlim() == (4.0, 12.0)
    assert texts(ruler) == ["2", "3", "4", "B", "End"]


def test_dots_are_breakpoints_in_seconds(figures: list[Figure], tmp_path: Path) -> None:
    draw_lanes(view(shown((0, 0.0), (8, 1.0), (12, 0.5))), tmp_path / "x.png")
    _, mix = figures[0].axes
    (dots,) = [line for line in mix.lines if line.get_marker() == "o"]
    assert dots.get_xydata().tolist() == [[0.0, 0.0], [8.0, 1.0], [10.0, 0.5]]


def test_a_jump_looks_like_one() -> None:
    jump = shown((0, 0.0), (3, 0.0), (3, 1.0), (12, 1.0))
    times = times_to_draw(jump, 0.0, 10.0)
    values = jump.lane.at(times)
    (high,) = np.flatnonzero(np.diff(values) > 0.5)
    assert times[high + 1] == 3.0
    assert times[high + 1] - times[high] < 1e-5


@pytest.mark.parametrize("start_s", [0.0, 2.0])
def test_both_dots_of_a_jump_at_the_start_are_in_the_panel(
    figures: list[Figure], tmp_path: Path, start_s: float
) -> None:
    lanes = view(shown((start_s, 0.0), (start_s, 1.0), (6.0, 0.9)))
    draw_lanes(lanes, tmp_path / "x.png", start_s=start_s)
    low, high = figures[0].axes[1].get_ylim()
    assert low < 0.0
    assert high > 1.0


def test_values_at_breakpoints_are_drawn_exactly() -> None:
    peak = shown((0, 0.0), (2.718281828, 1.0), (12, 0.0))
    assert peak.lane.at(times_to_draw(peak, 0.0, 10.0)).max() == 1.0


def test_what_lies_beyond_the_range_is_shaded(figures: list[Figure], tmp_path: Path) -> None:
    edge = shown((0, 0.0), (12, 1.0), lowest=0.0, highest=4.0)
    draw_lanes(view(edge), tmp_path / "x.png")
    _, mix = figures[0].axes
    (patch,) = mix.patches
    assert patch.get_y() + patch.get_height() == 0.0 or patch.get_y() == 0.0
    assert mix.get_ylim()[0] < 0.0


def test_stretches_beyond_known_ground_are_shaded(figures: list[Figure], tmp_path: Path) -> None:
    draw_lanes(view(shown((0, 0), (12, 1))), tmp_path / "x.png", beyond=[(2.0, 3.0), (5.0, 7.5)])
    _, mix = figures[0].axes
    spans = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in mix.patches]
    assert spans == [(2.0, 3.0), (5.0, 7.5)]
    (words,) = [text.get_text() for text in figures[0].texts]
    assert words == "shaded: beyond what the model has seen"


def test_frequencies_are_drawn_as_octaves(figures: list[Figure], tmp_path: Path) -> None:
    draw_lanes(view(shown((0, 200), (12, 8000), unit="Hz", target="x")), tmp_path / "x.png")
    assert figures[0].axes[1].get_yscale() == "log"


def test_bars_are_thinned_by_halves() -> None:
    whole = View("x", (), TIME, span_s=(0.0, 400.0))
    bars = bars_to_draw(whole, 0.0, 400.0)
    assert [bar for bar, _ in bars][:4] == [1, 17, 33, 49]
    assert bars[1][1] == TIME.tempo.seconds_at(64.0)
    assert len(bars) <= 24


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_the_same_bytes_each_time(tmp_path: Path, kind: str) -> None:
    lanes = view(shown((0, 0), (12, 1)))
    for name in ("one", "two"):
        draw_lanes(lanes, tmp_path / f"{name}.{kind}", beyond=[(1.0, 2.0)])
    one, two = ((tmp_path / f"{name}.{kind}").read_bytes() for name in ("one", "two"))
    assert one == two
    assert len(one) > 1000
    assert (b"</svg>" in one) == (kind == "svg")


def test_names_with_dollars_are_names(tmp_path: Path) -> None:
    odd = shown((0, 0), (12, 1), target="weight/$x_1$")
    draw_lanes(view(odd), tmp_path / "x.png", title="$a^b$")
    assert (tmp_path / "x.png").stat().st_size > 1000


def test_level_lanes_and_single_moments_can_be_drawn(tmp_path: Path) -> None:
    lanes = View("x", (Shown(constant_lane("pan", 0.0)), shown((3, 5.0))), MusicalTime())
    draw_lanes(lanes, tmp_path / "x.png")
    assert (tmp_path / "x.png").exists()


def test_nothing_and_too_much_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AutomationError, match="no lane to draw"):
        draw_lanes(view(), tmp_path / "x.png")
    many = [shown((0, 0), (1, 1)) for _ in range(41)]
    with pytest.raises(AutomationError, match="has 41 lanes; choose at most 40"):
        draw_lanes(view(*many), tmp_path / "x.png")
    assert not (tmp_path / "x.png").exists()
