"""All that places a moment of a piece: its tempo, its bars, its markers, its sample rate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ltsrender.automation.meter import Meter, signature_of
from ltsrender.automation.tempo import TempoMap
from ltsrender.errors import nearest
from ltsrender.session import read_moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltsrender.session import Moment, SessionDocument

DEFAULT_RATE_HZ = 44_100


@dataclass(frozen=True)
class MusicalTime:
    """Turns what composers write into beats and seconds.

    Attributes
    ----------
    tempo
        Beats and seconds.
    meter
        Bars and beats.
    markers
        Their places in beats, by name.
    sample_rate_hz
        Of times that are written in samples.
    start_beats
        The beat from which moments are counted that are not relative to a marker: bars and beats
        are so many beats later, seconds and samples as many seconds as these last.
    """

    tempo: TempoMap = field(default_factory=lambda: TempoMap([(0.0, 60.0)]))
    meter: Meter = field(default_factory=lambda: Meter([(1, 4, 4)]))
    markers: Mapping[str, float] = field(default_factory=dict)
    sample_rate_hz: int = DEFAULT_RATE_HZ
    start_beats: float = 0.0

    def beats_at(self, moment: Moment) -> float:
        """Return where a moment is, in beats from the start.

        Raises
        ------
        ValueError
            When it is relative to a marker that is not there, or lies before the start; with words
            that complete "is <text>; ...".
        """
        if moment.bar:
            inside = self.meter.beats_at(moment.bar, moment.beat, moment.ticks)
            return self.start_beats + inside
        start = self._marker_beats(moment.marker) if moment.marker else self.start_beats
        beats = self._later(start, moment.number, moment.unit)
        if beats < 0.0:
            raise ValueError("lies before the start")
        return beats

    def seconds_at(self, moment: Moment) -> float:
        """Return where a moment is, in seconds from the start; errors as for `beats_at`."""
        if moment.unit in ("seconds", "samples") and not (moment.marker or moment.bar):
            start_s = self.tempo.seconds_at(self.start_beats)
            return start_s + self._seconds(moment.number, moment.unit)  # not through beats and back
        return self.tempo.seconds_at(self.beats_at(moment))

    def _marker_beats(self, name: str) -> float:
        if name not in self.markers:
            has = ", ".join(f'"{each}"' for each in self.markers) or "none"
            near = nearest(name, self.markers)
            hint = f'; did you mean "marker:{near}"?' if near else ""
            raise ValueError(f"markers are: {has}{hint}")
        return self.markers[name]

    def _later(self, start_beats: float, number: float, unit: str) -> float:
        if unit == "beats":
            return start_beats + number
        if unit == "bars":
            bar, inside = self.meter.bar_at(start_beats)
            whole = int(number // 1)
            length = self.meter.beats_at(bar + whole + 1) - self.meter.beats_at(bar + whole)
            return self.meter.beats_at(bar + whole) + inside + (number - whole) * length
        start_s = self.tempo.seconds_at(start_beats)
        return self.tempo.beats_at(start_s + self._seconds(number, unit))

    def _seconds(self, number: float, unit: str) -> float:
        return number / self.sample_rate_hz if unit == "samples" else number


def musical_time_of(document: SessionDocument) -> MusicalTime:
    """Return how a session counts time. That its parts are in order was checked on reading.

    Raises
    ------
    ValueError
        When a marker lies before the start.
    """
    tempo = TempoMap([(change.at_beats, change.bpm, change.shape) for change in document.tempo])
    signatures = document.time_signature
    if isinstance(signatures, str):
        meter = Meter([(1, *signature_of(signatures))])
    else:
        meter = Meter([(each.at_bar, *signature_of(each.signature)) for each in signatures])
    bare = MusicalTime(tempo, meter, {}, document.sample_rate_hz)
    markers: dict[str, float] = {}
    for marker in document.markers:
        if isinstance(marker.at, str):
            markers[marker.name] = bare.beats_at(read_moment(marker.at))
        else:
            markers[marker.name] = marker.at_beats if marker.at is None else marker.at  # type: ignore[assignment]
    return MusicalTime(tempo, meter, markers, document.sample_rate_hz)
