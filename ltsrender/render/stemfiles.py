"""The files of a delivery: what each holds, what it is called, and what it says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ltsrender.automation import musical_time_of
from ltsrender.automation.meter import signature_of
from ltsrender.errors import Problem
from ltsrender.render.desk import sources_of, sources_that_add_up
from ltsrender.stems import Cue, Loop, Metadata, StemFormat, StemPlace
from ltsrender.stems.format import allowed
from ltsrender.stems.naming import clashes, expand, pattern_problem
from ltsrender.stems.resample import resampled_length
from ltsrender.units import samples_from_seconds

if TYPE_CHECKING:
    from ltsrender.automation import MusicalTime
    from ltsrender.render.desk import Source
    from ltsrender.render.plan import Plan
    from ltsrender.render.spans import Span
    from ltsrender.session import SessionDocument
    from ltsrender.session.delivery import FormatDocument, RenderDocument

_STEADY_BPM = 1e-9
_WHOLE_BEAT = 1e-3
"""A loop that is as close to whole beats as this has so many; a sample is less at any tempo."""


@dataclass(frozen=True)
class StemFile:
    """A file that a render writes.

    Attributes
    ----------
    source
        Where at the desk its sound is taken.
    span
        The part of the piece that it holds.
    form
        What it is written as.
    name
        Of the file, with its suffix.
    place
        What the manifest says it is.
    metadata
        What it says about itself.
    """

    source: Source
    span: Span
    form: StemFormat
    name: str
    place: StemPlace
    metadata: Metadata


def formats_of(
    document: SessionDocument, file: str
) -> tuple[tuple[StemFormat, ...], list[Problem]]:
    """Return what every stem is written as, and what no file can hold.

    Parameters
    ----------
    document
        The session.
    file
        Its name, for messages.
    """
    render = document.render
    found, problems = [], []
    for place, wanted in zip(_places(render), (render, *render.also), strict=True):
        rate = wanted.sample_rate_hz or document.sample_rate_hz
        words = allowed(wanted.container, wanted.bit_depth, rate)
        if words:
            problems.append(Problem(words, file, f"{place}.sample_rate_hz"))
            continue
        given = (wanted.container, wanted.bit_depth, rate, wanted.dither, wanted.mono)
        found.append(StemFormat(*given))
    return tuple(found), problems


def stem_files(plan: Plan) -> tuple[StemFile, ...]:
    """Return the files that a render of a plan writes, in order: format, part, source."""
    time = musical_time_of(plan.session.document)
    sources, adding = sources_of(plan), sources_that_add_up(plan)
    found = []
    for form, wanted in zip(plan.formats, _wanted_formats(plan), strict=True):
        for span in plan.spans:
            start_s = span.start / plan.sample_rate_hz
            for index, source in enumerate(sources, start=1):
                fields = _fields(plan, source, span, form, index, time)
                name = expand(wanted.names or _usual_pattern(plan, source), fields)
                adds_up = source in adding
                place = StemPlace(source.what, source.tap, span.name, start_s, adds_up)
                said = metadata_of(plan, source, span, form, time)
                found.append(StemFile(source, span, form, name + form.suffix, place, said))
    return tuple(found)


def name_problems(plan: Plan) -> list[Problem]:
    """Return why there would be no file, or what is wrong with the patterns of their names."""
    time = musical_time_of(plan.session.document)
    file = plan.session.file.name
    render = plan.session.document.render
    if not plan.spans:
        words = 'is "markers", but no marker lies inside the piece'
        return [Problem(words, file, "render.bounds")]
    if not sources_of(plan):
        words = f"asks for {' and '.join(render.stems)}; none of them is heard"
        return [Problem(words, file, "render.stems")]
    formats = list(zip(_places(render), _wanted_formats(plan), strict=True))
    found = []
    for place, wanted in formats:
        form = plan.formats[0]
        known = _fields(plan, sources_of(plan)[0], plan.spans[0], form, 1, time)
        words = pattern_problem(wanted.names, known) if wanted.names else ""
        if words:
            found.append(Problem(f'is "{wanted.names}"; it {words}', file, f"{place}.names"))
    if found:
        return found
    alike = clashes([each.name for each in stem_files(plan)])
    if not alike:
        return []
    fields = "{index}, {track}, {tap}, {region}, {rate} or {bits}"
    words = f'names two files "{alike[0]}"; tell them apart, by {fields}'
    named = [place for place, wanted in formats if wanted.names]
    return [Problem(words, file, f"{(named or ['render'])[0]}.names")]


def _wanted_formats(plan: Plan) -> tuple[FormatDocument, ...]:
    render = plan.session.document.render
    return (render, *render.also)


def _places(render: RenderDocument) -> list[str]:
    return ["render", *(f"render.also[{index}]" for index in range(len(render.also)))]


def _usual_pattern(plan: Plan, source: Source) -> str:
    render = plan.session.document.render
    has_taps = source.what == "track" and render.taps != ("post_fader",)
    has_regions = any(span.name for span in plan.spans)
    return f"{'{region} ' if has_regions else ''}{{track}}{' ({tap})' if has_taps else ''}"


def _fields(
    plan: Plan, source: Source, span: Span, form: StemFormat, index: int, time: MusicalTime
) -> dict[str, str | float]:
    document = plan.session.document
    beats = float(time.tempo.beats_at(span.start / plan.sample_rate_hz))
    return {
        "index": index,
        "track": source.name,
        "tap": source.tap,
        "region": span.name,
        "title": document.title,
        "bpm": round(float(time.tempo.bpm_at(beats)), 6),
        "key": document.metadata.key,
        "rate": form.sample_rate_hz,
        "bits": form.bit_depth,
    }


def metadata_of(
    plan: Plan, source: Source, span: Span, form: StemFormat, time: MusicalTime
) -> Metadata:
    """Return what a file says about itself; its positions are at its own rate."""
    document = plan.session.document
    said = document.metadata
    rate, file_rate = plan.sample_rate_hz, form.sample_rate_hz
    bpm, beats = _tempo_of(plan, span, time)
    names = [document.title, span.name, "" if source.what == "mix" else source.name]
    title = " - ".join(name for name in names if name) or source.name
    tap = f" ({source.tap})" if source.what == "track" else ""
    return Metadata(
        title=title,
        artist=said.artist,
        description=f"{title}{tap}",
        comment=said.comment,
        date=said.date,
        project=said.project or document.title,
        time_reference_samples=round(_seconds_of_day(said.starts_at) * file_rate)
        + resampled_length(span.start, rate, file_rate),
        tempo_bpm=bpm,
        time_signature=_signature_at(span.start / rate, plan, time),
        key=said.key,
        cues=tuple(_cues(span, rate, file_rate, time)),
        loops=_loops(span, rate, file_rate),
        beats=beats if span.is_loop else 0,
    )


def _seconds_of_day(text: str) -> float:
    hours, minutes, seconds = text.split(":") if text else ("0", "0", "0")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _tempo_of(plan: Plan, span: Span, time: MusicalTime) -> tuple[float, int]:
    """Return the tempo of a part if it has one, and its whole number of beats if it has that."""
    if "tempo" not in plan.session.document.model_fields_set:
        return 0.0, 0  # nobody counts beats here
    rate = plan.sample_rate_hz
    stop = plan.n_samples if span.stop is None else span.stop
    first, last = (float(time.tempo.beats_at(place / rate)) for place in (span.start, stop))
    bpm = float(time.tempo.bpm_at(first))
    as_long = (stop - span.start) / rate * bpm / 60.0
    turns = any(first < change.at_beats < last for change in plan.session.document.tempo)
    if turns or abs(as_long - (last - first)) > _STEADY_BPM * max(1.0, as_long):
        return 0.0, 0
    beats = round(as_long)
    return bpm, beats if abs(as_long - beats) < _WHOLE_BEAT else 0


def _signature_at(seconds: float, plan: Plan, time: MusicalTime) -> tuple[int, int]:
    signatures = plan.session.document.time_signature
    if isinstance(signatures, str):
        return signature_of(signatures)
    bar = time.meter.bar_at(float(time.tempo.beats_at(seconds)))[0]
    return signature_of([each for each in signatures if each.at_bar <= bar][-1].signature)


def _cues(span: Span, rate: int, file_rate: int, time: MusicalTime) -> list[Cue]:
    found = []
    for name, beats in time.markers.items():
        at = samples_from_seconds(float(time.tempo.seconds_at(beats)), rate)
        if span.start <= at and (span.stop is None or at < span.stop):
            found.append(Cue(resampled_length(at - span.start, rate, file_rate), name))
    return sorted(found, key=lambda cue: cue.position_samples)


def _loops(span: Span, rate: int, file_rate: int) -> tuple[Loop, ...]:
    if not span.is_loop or span.stop is None:
        return ()
    return (Loop(0, resampled_length(span.stop - span.start, rate, file_rate) - 1),)
