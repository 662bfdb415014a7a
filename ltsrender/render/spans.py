"""Which parts of a piece become files: the whole, its regions, or what lies between its markers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ltsrender.errors import Problem
from ltsrender.session.moments import read_moment
from ltsrender.units import samples_from_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltsrender.automation import MusicalTime
    from ltsrender.render.plan import Selection
    from ltsrender.session import SessionDocument
    from ltsrender.session.delivery import RegionDocument


@dataclass(frozen=True)
class Span:
    """A part of the piece.

    Attributes
    ----------
    name
        Of the region or marker; empty for the whole.
    start, stop
        Its first sample, and the first one behind it; None ends with the tails.
    is_loop
        Whether a sampler repeats it.
    """

    name: str = ""
    start: int = 0
    stop: int | None = None
    is_loop: bool = False


def spans_of(
    document: SessionDocument, time: MusicalTime, n_samples: int, file: str
) -> tuple[tuple[Span, ...], list[Problem]]:
    """Return the parts that a session wants as files, and what is wrong with its regions.

    Parameters
    ----------
    document
        The session.
    time
        How it counts.
    n_samples
        Length of the piece without tails: no file begins later.
    file
        The session's name, for messages.
    """
    regions, problems = [], []
    for index, region in enumerate(document.regions):
        place = f"regions[{index}]"
        ends = []
        for end in ("start", "end"):
            try:
                ends.append(_sample(region, end, time))
            except ValueError as error:
                words = f'is "{getattr(region, end)}"; {error}'
                problems.append(Problem(words, file, f"{place}.{end}"))
        if len(ends) == 2:
            start, stop = ends
            words = _wrong_ends(start, stop, n_samples, time.sample_rate_hz)
            problems += [Problem(words, file, place)] if words else []
            regions.append(Span(region.name, start, stop, region.loop))
    if document.render.bounds == "regions":
        return tuple(regions), problems
    if document.render.bounds == "markers":
        return tuple(_between_markers(time, n_samples)), problems
    return (Span(),), problems


def passage_of(selection: Selection, sample_rate_hz: int) -> Span:
    """Return the passage that was asked for; it takes the place of regions and markers."""
    to_s = selection.to_s
    stop = None if to_s is None else samples_from_seconds(to_s, sample_rate_hz)
    return Span(start=samples_from_seconds(selection.from_s, sample_rate_hz), stop=stop)


def _sample(region: RegionDocument, end: str, time: MusicalTime) -> int:
    written = getattr(region, end)
    if isinstance(written, str):
        seconds = time.seconds_at(read_moment(written))
    else:
        beats = getattr(region, f"{end}_beats") if written is None else written
        seconds = float(time.tempo.seconds_at(float(beats)))
    return samples_from_seconds(seconds, time.sample_rate_hz)


def _wrong_ends(start: int, stop: int, n_samples: int, rate: int) -> str:
    if stop <= start:
        return f"ends at {stop / rate:g} s; it must end after it begins, at {start / rate:g} s"
    if start >= n_samples:
        return f"begins at {start / rate:g} s; the piece ends at {n_samples / rate:g} s"
    return ""


def _between_markers(time: MusicalTime, n_samples: int) -> Iterator[Span]:
    """Yield a span from every marker in the piece to the next one; the last ends with the tails."""
    rate = time.sample_rate_hz
    places = sorted(
        (samples_from_seconds(float(time.tempo.seconds_at(beats)), rate), name)
        for name, beats in time.markers.items()
    )
    starts = [start for start, _ in places]
    for start, name in places:
        later = [other for other in starts if start < other < n_samples]
        if start < n_samples:
            yield Span(name, start, later[0] if later else None)
