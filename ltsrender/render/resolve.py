"""From what the composer wrote to a plan: everything looked up once, every mistake said at once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ltsrender.audiofile import content_sha256, load_sound, sound_info
from ltsrender.automation import constant_lane, lanes_of, musical_time_of
from ltsrender.effects import targets_of
from ltsrender.errors import InputError, Problem, SessionError
from ltsrender.latents.moves import amounts_between
from ltsrender.models import ModelCard, read_card
from ltsrender.render.follow import (
    beats_of_a_sound,
    circles,
    held_note,
    listened_first,
    range_on,
    sounds_followed,
)
from ltsrender.render.plan import (
    AnchorPlan,
    BusPlan,
    PhasePlan,
    Plan,
    Selection,
    SendPlan,
    Strip,
    TrackPlan,
    track_seed,
)
from ltsrender.render.resolve_chain import chain_of, insert_lane_problems, sidechain_problems
from ltsrender.render.resolve_path import find_way, weight_problems
from ltsrender.render.resolve_point import latents_of
from ltsrender.render.selection import selection_problems
from ltsrender.render.spans import passage_of, spans_of
from ltsrender.render.stemfiles import formats_of, name_problems
from ltsrender.render.wiring import chosen_parts, feedback_problems, silenced
from ltsrender.session.point import read_point
from ltsrender.units import samples_from_seconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ltsrender.automation import Lane
    from ltsrender.models import Card
    from ltsrender.session import (
        AnchorDocument,
        BusDocument,
        MasterDocument,
        Session,
        SessionDocument,
        TrackDocument,
    )

T = TypeVar("T")

_ROUNDED = 1e-5
"""A card has six digits, and a semitone is 1/12 of an octave."""


def make_plan(session: Session, selection: Selection | None = None) -> Plan:
    """Resolve a session into a plan.

    Parameters
    ----------
    session
        What `ltsrender.session.read_session` returned.
    selection
        The part that is wanted; everything by default.

    Raises
    ------
    SessionError
        With everything that is wrong in sounds, models, lanes, chains and the selection.
    """
    return _Resolver(session).plan(selection or Selection())


class _Resolver:
    """Looks everything up and gathers what is wrong on the way."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.document: SessionDocument = session.document
        self.time = musical_time_of(session.document)
        self.tempo = self.time.tempo
        self.problems: list[Problem] = []
        self.sound_hashes: dict[str, str] = {}
        self.model_hashes: dict[str, str] = {}
        self.cards: dict[str, Card] = {}
        self.notes: list[str] = []

    def plan(self, selection: Selection) -> Plan:
        document = self.document
        self._look_at_sounds()
        self._look_at_models()
        tracks = [self._track(index, track) for index, track in enumerate(document.tracks)]
        buses = [self._bus(index, bus) for index, bus in enumerate(document.buses)]
        mix_seed = track_seed(document.seed, "mix")
        master = self._strip("mix", "master", document.master, mix_seed)
        names, file = [track.name for track in document.tracks], self.session.file.name
        rate = document.sample_rate_hz
        self.problems += selection_problems(selection, names, self._end_s(), rate, file)
        feedback = feedback_problems(tracks, buses, self.session.file.name)
        self.problems += feedback or circles(tracks, buses, self.session.file.name)
        n_samples = max(track.start_sample + track.n_samples for track in tracks)
        spans, wrong = spans_of(document, self.time, n_samples, self.session.file.name)
        formats, unheld = formats_of(document, self.session.file.name)
        self.problems += [*wrong, *unheld]
        if self.problems:
            raise SessionError(self.problems)
        tracks, buses = silenced(document, tracks, buses)
        chosen, kept = chosen_parts(selection.tracks, tracks, buses, master)
        if not any(track.is_heard for track in chosen):
            words = "nothing is heard: every track that is wanted is muted, or is not soloed"
            raise SessionError(Problem(words, self.session.file.name))
        tail_s = document.render.tail_s
        is_passage = selection.from_s or selection.to_s is not None
        plan = Plan(
            session=self.session,
            selection=selection,
            sample_rate_hz=rate,
            n_channels=document.channels,
            n_samples=n_samples,
            max_tail_samples=samples_from_seconds(document.render.max_tail_s, rate),
            tail_samples=None if tail_s is None else samples_from_seconds(tail_s, rate),
            tracks=chosen,
            listened=listened_first(chosen, tracks, buses, master),
            followed_sounds={
                name: self.sound_hashes[name]
                for name in sorted(sounds_followed(self.session))
                if name in self.sound_hashes
            },
            notes=tuple(dict.fromkeys(self.notes)),
            buses=kept,
            master=master,
            formats=formats,
            spans=(passage_of(selection, rate),) if is_passage else spans,
        )
        problems = name_problems(plan)
        if problems:
            raise SessionError(problems)
        return plan

    def _gather(self, function: Callable[[], T]) -> T | None:
        try:
            return function()
        except InputError as error:
            self.problems += error.problems
            return None

    def _problem(self, place: str, message: str, suggestion: str = "") -> None:
        self.problems.append(Problem(message, self.session.file.name, place, suggestion))

    def _path(self, file: str) -> Path:
        return self.session.folder / file

    def _look_at_sounds(self) -> None:
        anchors = [anchor for track in self.document.tracks for anchor in track.anchors]
        used = {anchor.sound for anchor in anchors if anchor.sound is not None}
        used |= sounds_followed(self.session)
        for name, sound in self.document.sounds.items():
            if name not in used:
                continue
            path = self._path(sound.file)

            def look(
                path: Path = path, in_s: float = sound.in_s, out_s: float | None = sound.out_s
            ) -> str:
                # Read at its own rate: what is looked for here is what cannot be read at all.
                load_sound(path, sound_info(path).sample_rate_hz, in_s, out_s)
                return content_sha256(path)

            found = self._gather(look)
            if found is not None:
                self.sound_hashes[name] = found

    def _look_at_models(self) -> None:
        rate = self.document.sample_rate_hz
        used = {track.model for track in self.document.tracks}
        for name, model in self.document.models.items():
            if name not in used:
                continue
            path = self._path(model.file)
            card = self._gather(partial(read_card, path))
            sha256 = self._gather(partial(content_sha256, path)) if card else None
            if sha256 is None or card is None:
                continue
            self.model_hashes[name] = sha256
            self.cards[name] = card
            trained = card.transform["sample_rate_hz"]
            if trained != rate:
                self._problem(
                    "sample_rate_hz",
                    f"is {rate}; the model {model.file} was trained at {trained} Hz, "
                    "and a session runs at its models' rate",
                )

    def _track(self, index: int, track: TrackDocument) -> TrackPlan:
        place = f"tracks[{index}]"
        rate = self.document.sample_rate_hz
        start = samples_from_seconds(self._seconds(track.start_s, track.start_beats), rate)
        end = samples_from_seconds(self._seconds(track.end_s, track.end_beats), rate)
        if end <= start:
            self._problem(place, "ends before its first sample; make it longer")
        seed = track_seed(self.document.seed, track.name) if track.seed is None else track.seed
        strip = self._strip(track.name, place, track, seed)
        strip = self._following_tempo(track, strip, place)
        model = self._path(self.document.models[track.model].file)
        axes, edits = self._macros(strip, track.model)
        plan = TrackPlan(
            strip=strip,
            seed=seed,
            start_sample=start,
            n_samples=max(end - start, 1),
            anchors=tuple(self._anchor(anchor, track) for anchor in track.anchors),
            axes=axes,
            edits=edits,
            model=track.model,
            model_file=model,
            model_sha256=self.model_hashes.get(track.model, ""),
            phase=PhasePlan(track.phase.method, track.phase.iterations),
            sends=_sends_of(track, strip),
            output=track.output,
            mono=self.document.channels == 1,
        )
        return self._way(track, plan, place)

    def _bus(self, index: int, bus: BusDocument) -> BusPlan:
        seed = track_seed(self.document.seed, bus.name)
        strip = self._strip(bus.name, f"buses[{index}]", bus, seed)
        return BusPlan(strip, _sends_of(bus, strip), bus.output)

    def _macros(
        self, strip: Strip, model: str
    ) -> tuple[dict[str, tuple[float, ...]], dict[str, tuple[float, ...]]]:
        """Return how a track's macros move it; refuse those that cannot.

        Directions by target, and by name the amounts of macros that go frame by frame.
        """
        axes: dict[str, tuple[float, ...]] = {}
        edits: dict[str, tuple[float, ...]] = {}
        card = self.cards.get(model)
        known = {f"macro/{axis.name}": axis for axis in card.descriptors} if card else {}
        for lane in strip.lanes.values():
            if not lane.target.startswith("macro/") or card is None:
                continue
            axis = known.get(lane.target)
            if axis is not None and not axis.fault and axis.way == "edited":
                edits[axis.name] = amounts_between(axis.name, lane.minimum, lane.maximum)
                furthest = max(-lane.minimum, lane.maximum)
                if axis.reach is not None and furthest > axis.reach * (1.0 + _ROUNDED):
                    words = f"the model {model} glides {axis.reach:.4g} {axis.unit} up and down"
                    runs = f"runs from {lane.minimum:.4g} to {lane.maximum:.4g}"
                    self._lane_problem(lane, f"{lane.target} {runs}; {words}")
            elif axis is not None and not axis.fault:
                axes[lane.target] = axis.direction
            elif axis is not None:
                words = f"cannot follow it: {axis.fault}"
                self._lane_problem(lane, f'target is "{lane.target}"; the model {model} {words}')
            elif not (lane.target == "macro/loudness" and isinstance(card, ModelCard)):
                words = (
                    f'target is "{lane.target}"; the model {model} has no direction for it; '
                    "ltsrender model describe finds one"
                )
                self._lane_problem(lane, words)
        return axes, edits

    def _anchor(self, anchor: AnchorDocument, track: TrackDocument) -> AnchorPlan:
        rate = self.document.sample_rate_hz
        track_start_s = self._seconds(track.start_s, track.start_beats)
        if anchor.start_beats is not None:
            track_start_beats = float(self.tempo.beats_at(track_start_s))
            start_s = float(self.tempo.seconds_at(track_start_beats + anchor.start_beats))
            after_s = start_s - track_start_s
        else:
            after_s = anchor.start_s or 0.0
        if anchor.sound is None:
            return self._point(anchor, track)
        sound = self.document.sounds[anchor.sound]
        return AnchorPlan(
            sound=anchor.called,
            file=self._path(sound.file),
            sha256=self.sound_hashes.get(anchor.sound, ""),
            in_s=sound.in_s,
            out_s=sound.out_s,
            when_short=anchor.when_short,
            crossfade_s=anchor.crossfade_s,
            start_sample=samples_from_seconds(after_s, rate),
        )

    def _point(self, anchor: AnchorDocument, track: TrackDocument) -> AnchorPlan:
        """Return a point in latent space; refuse one of another model."""
        name, card = anchor.preset or "", self.cards.get(track.model)
        file = self._path(self.document.models[track.model].file)

        def look() -> tuple[float, ...]:
            point = read_point(name, self.session.documents)
            if card is None:
                return (0.0,)  # what is wrong with the model is told already
            return latents_of(point, card, file, track.model, name)

        found = self._gather(look) or (0.0,)
        return AnchorPlan(
            anchor.called, self._path(name), "", 0.0, None, "hold", 0.0, start_sample=0, point=found
        )

    def _following_tempo(self, track: TrackDocument, strip: Strip, place: str) -> Strip:
        """Let sounds that say their own tempo follow the session's: their position is a lane."""
        lanes = dict(strip.lanes)
        start_beats = self.tempo.beats_at(self._seconds(track.start_s, track.start_beats))
        for index, anchor in enumerate(track.anchors):
            target = f"position/{anchor.called}"
            if anchor.bpm is None:
                continue
            if target in lanes:
                words = f"is {anchor.bpm:g}, but a lane already moves {target}; one of them must go"
                self._problem(f"{place}.anchors[{index}].bpm", words)
                continue
            begins = start_beats + (anchor.start_beats or 0.0)
            if anchor.start_s is not None:
                start_s = self.tempo.seconds_at(start_beats) + anchor.start_s
                begins = self.tempo.beats_at(start_s)
            lanes[target] = beats_of_a_sound(target, anchor.bpm, begins, self.tempo)
        return replace(strip, lanes=lanes)

    def _seconds(self, seconds: float | None, beats: float | None) -> float:
        if seconds is not None:
            return seconds
        return float(self.tempo.seconds_at(beats or 0.0))

    def _strip(
        self, name: str, place: str, strip: TrackDocument | BusDocument | MasterDocument, seed: int
    ) -> Strip:
        here = f"{place}.chain"
        chain = self._gather(partial(chain_of, strip.chain, self.session, self.tempo, here))
        inserts, tempo_lanes = chain or (None, {})
        ranges = partial(range_on, targets_of(inserts or ()))
        found = self._gather(
            lambda: lanes_of(strip, self.session, self.time, place=place, ranges=ranges, seed=seed)
        )
        lanes: dict[str, Lane] = {lane.target: lane for lane in found or ()}
        self.notes += [held_note(lane) for lane in lanes.values() if lane.overshoots]
        if inserts is not None:
            self.problems += insert_lane_problems(list(lanes.values()), inserts)
            self.problems += sidechain_problems(name, inserts, self.session, here)
        lanes = {**tempo_lanes, **lanes}
        lanes.setdefault("gain_db", constant_lane("gain_db", strip.gain_db))
        lanes.setdefault("pan", constant_lane("pan", getattr(strip, "pan", 0.0)))
        if strip.width != 1.0:
            lanes.setdefault("width", constant_lane("width", strip.width))
        inverted = getattr(strip, "polarity", "normal") == "inverted"
        return Strip(name, inserts or (), lanes, self.document.pan_law, inverted)

    def _lane_problem(self, lane: Lane, message: str, suggestion: str = "") -> None:
        self.problems.append(Problem(message, lane.file, lane.place, suggestion))

    def _way(self, track: TrackDocument, plan: TrackPlan, place: str) -> TrackPlan:
        """Return the track with its way through latent space; refuse what its model cannot do."""
        lanes, card = plan.strip.lanes, self.cards.get(track.model)
        way = find_way(track, lanes, card, track.model, self.session.file.name, place)
        self.problems += way.problems
        rate = self.document.sample_rate_hz
        hop = card.transform["hop_samples"] if card else rate // 100
        span = plan.start_sample, plan.n_samples
        for words in weight_problems(track, lanes, span, (hop, rate)):
            self._problem(place, words)
        return replace(plan, axes={**plan.axes, **way.axes}, steering=way.steering)

    def _sample(self, seconds: float) -> int:
        return samples_from_seconds(seconds, self.document.sample_rate_hz)

    def _end_s(self) -> float:
        return max(self._seconds(track.end_s, track.end_beats) for track in self.document.tracks)


def _sends_of(part: TrackDocument | BusDocument, strip: Strip) -> tuple[SendPlan, ...]:
    return tuple(
        SendPlan(
            send.bus,
            strip.lanes.get(f"send/{send.bus}") or constant_lane(f"send/{send.bus}", send.gain_db),
            send.tap == "pre_fader",
        )
        for send in part.sends
    )
