"""From a source as it was written to a movement: names, texts and units resolved."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from ltsrender.automation.chance import seed_of
from ltsrender.automation.combined import Lagged, Outermost, Product, Quantised, Scaled, Sum
from ltsrender.automation.curve import Breakpoint, Curve
from ltsrender.automation.level import Follower, Recording
from ltsrender.automation.lfo import Lfo
from ltsrender.automation.movement import Constant, Drawn, Movement
from ltsrender.automation.pace import Pace
from ltsrender.automation.signal import Signal
from ltsrender.automation.steps import RandomWalk, Steps
from ltsrender.errors import Problem
from ltsrender.session import LaneDocument, SourceDocument, read_moment, read_quantity
from ltsrender.session.quantities import units_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ltsrender.automation.musical_time import MusicalTime
    from ltsrender.session.modulators import (
        EnvelopeFollowerDocument,
        LfoDocument,
        RandomWalkDocument,
        SignalDocument,
        StepsDocument,
    )

Operand = float | str | SourceDocument


@dataclass(frozen=True)
class Surroundings:
    """What a source is read in.

    Attributes
    ----------
    time
        Tempo, bars, markers.
    unit
        Of the target: what values written as text are turned into; None where nobody knows it.
    file
        Where the lanes stand, for messages.
    lanes
        The lanes of the same list that have a name, each with its place.
    sounds
        The session's recordings, by name.
    start_beats
        How much later than written everything is.
    seed
        Of the strip.
    problems
        Where problems are gathered.
    """

    time: MusicalTime
    unit: str | None = ""
    file: str = ""
    lanes: Mapping[str, tuple[str, LaneDocument]] = field(default_factory=dict)
    sounds: Mapping[str, Recording] = field(default_factory=dict)
    start_beats: float = 0.0
    seed: int = 0
    problems: list[Problem] = field(default_factory=list)


class Builder:
    """Builds the movements of one lane.

    Parameters
    ----------
    around
        What it is read in.
    label
        What makes its chance its own: the lane's target or name.
    home
        Where the lane stands.
    """

    def __init__(self, around: Surroundings, label: str, home: str) -> None:
        self._around = around
        self._label = label
        self._home = home

    def movement(self, source: SourceDocument, place: str) -> Movement:
        """Return the movement of a source; what is wrong with it is gathered, and it stands still.

        Parameters
        ----------
        source
            As written, and checked by `ltsrender.session`.
        place
            Where it stands.
        """
        for key, build in self._table().items():
            written = getattr(source, key)
            if written is not None:
                return build(written, source, f"{place}.{key}")
        raise ValueError(f"{place} has no source")

    def _table(self) -> Mapping[str, Callable[..., Movement]]:
        return {
            "points": self._points,
            "value": lambda value, _, place: Constant(self._value(value, place)),
            "lfo": self._lfo,
            "random_walk": self._walk,
            "envelope_follower": self._follower,
            "steps": self._steps,
            "signal": self._signal,
            "lane": lambda name, _, place: self.operand(name, place),
            "add": lambda parts, _, place: Sum(self._operands(parts, place)),
            "multiply": lambda parts, _, place: Product(self._operands(parts, place)),
            "max": lambda parts, _, place: Outermost(self._operands(parts, place), largest=True),
            "min": lambda parts, _, place: Outermost(self._operands(parts, place), largest=False),
            "scale": lambda given, _, place: Scaled(
                self._in_unit("").operand(given.of, f"{place}.of"),
                given.from_,
                (self._value(given.to[0], f"{place}.to"), self._value(given.to[1], f"{place}.to")),
                given.hold,
            ),
            "lag": lambda given, _, place: Lagged(
                self.operand(given.of, f"{place}.of"),
                given.rise_s,
                given.rise_s if given.fall_s is None else given.fall_s,
            ),
            "quantise": lambda given, _, place: Quantised(
                self.operand(given.of, f"{place}.of"),
                tuple(sorted(self._value(v, f"{place}.values") for v in given.values or ())),
                given.step or 0.0,
            ),
        }

    def _in_unit(self, unit: str) -> Builder:
        """Return a builder for what does not have the target's unit."""
        return Builder(replace(self._around, unit=unit), self._label, self._home)

    def _operands(self, parts: Sequence[Operand], place: str) -> tuple[Movement, ...]:
        return tuple(self.operand(part, f"{place}[{i}]") for i, part in enumerate(parts))

    def operand(self, operand: Operand, place: str) -> Movement:
        """Return the movement of a number, of a named lane, or of a source."""
        if isinstance(operand, SourceDocument):
            return self.movement(operand, place)
        if isinstance(operand, str):
            # Chance belongs to the lane that was named, whoever uses it.
            home, lane = self._around.lanes[operand]
            return Builder(self._around, operand, home).movement(lane, home)
        return Constant(float(operand))

    def _points(self, points: Sequence, source: SourceDocument, place: str) -> Movement:  # type: ignore[type-arg]
        in_beats, n_problems = source.time == "beats", len(self._around.problems)
        at = [self._at(point.at, source.time, f"{place}[{i}].at") for i, point in enumerate(points)]
        if len(self._around.problems) > n_problems or not self._in_order(
            points, at, place, "beat" if in_beats else "second"
        ):
            return Constant(0.0)
        curve = Curve(
            [
                Breakpoint(
                    at[i],
                    self._value(point.value, f"{place}[{i}].value"),
                    point.shape,
                    point.curvature,
                    None if point.handles is None else (*point.handles[0], *point.handles[1]),
                )
                for i, point in enumerate(points)
            ],
            unit=self._around.unit or "",
        )
        time: Literal["beats", "seconds"] = "beats" if in_beats else "seconds"
        return Drawn(curve, time, self._around.time.tempo)

    def _at(self, at: float | str, unit: str, place: str) -> float:
        """Return a position on a lane's own scale, beats or seconds from the session's start."""
        time, start_beats = self._around.time, self._around.start_beats
        in_beats = unit == "beats"
        if not isinstance(at, str):
            seconds = at / time.sample_rate_hz if unit == "samples" else at
            return start_beats + at if in_beats else time.tempo.seconds_at(start_beats) + seconds
        try:
            moment = read_moment(at)
            # Markers stand still, whatever a file's start.
            later = time if moment.marker else replace(time, start_beats=start_beats)
            return later.beats_at(moment) if in_beats else later.seconds_at(moment)
        except ValueError as error:
            self._problem(f'is "{at}"; {error}', place)
            return 0.0

    def _in_order(self, points: Sequence, at: Sequence[float], place: str, unit: str) -> bool:  # type: ignore[type-arg]
        """Tell of points that were written as moments and are not in order."""
        run, wrong = 1, False
        for index in range(1, len(at)):
            run = run + 1 if at[index] == at[index - 1] else 1
            if at[index] >= at[index - 1] and run < 3:
                continue
            wrong = True
            written = points[index].at
            shown = f'"{written}"' if isinstance(written, str) else f"{written:g}"
            words = f"is {shown}, {unit} {at[index]:.6g}, "
            words += (
                "as are the two points before it; a jump is two points"
                if run >= 3
                else f"earlier than the point before it, at {unit} {at[index - 1]:.6g}"
            )
            self._problem(words, f"{place}[{index}].at")
        return not wrong

    def _value(self, value: float | str, place: str) -> float:
        if not isinstance(value, str):
            return float(value)
        quantity = read_quantity(value)
        meant = quantity.in_unit(self._around.unit)
        if meant is None:
            units = units_of(self._around.unit or "")
            self._problem(f'is "{value}"; {self._label} is written in {units}', place)
            return 0.0
        return meant

    def _start(self, at: float | str, place: str) -> float:
        """Return when something begins, in seconds of the session."""
        return self._around.time.tempo.seconds_at(self._at(at, "beats", place))

    def _pace(self, given: LfoDocument | RandomWalkDocument, place: str) -> Pace:
        how: Literal["rate_hz", "every_beats"] = (
            "rate_hz" if given.rate_hz is not None else "every_beats"
        )
        # A rate is in Hz whatever it moves: its exponential ways are ratios, in dB too.
        inside = self._in_unit("Hz" if how == "rate_hz" else "")
        amount = inside.operand(getattr(given, how), f"{place}.{how}")
        return Pace(how, amount, self._around.time.tempo, self._around.start_beats)

    def _seed(self, given: LfoDocument | RandomWalkDocument, place: str) -> int:
        """Return a seed that no other lane has a part in, nor where in its list the lane stands."""
        if given.seed is not None:
            return given.seed
        return seed_of(self._around.seed, self._label, place.removeprefix(self._home))

    def _lfo(self, given: LfoDocument, _: SourceDocument, place: str) -> Movement:
        return Lfo(
            given.shape,
            self._pace(given, place),
            self._in_unit("").operand(given.phase, f"{place}.phase"),
            self.operand(given.depth, f"{place}.depth"),
            self.operand(given.centre, f"{place}.centre"),
            given.pulse_width,
            self._seed(given, place),
        )

    def _walk(self, given: RandomWalkDocument, _: SourceDocument, place: str) -> Movement:
        low = self._value(given.minimum, f"{place}.minimum")
        high = self._value(given.maximum, f"{place}.maximum")
        start = 0.5 * (low + high)
        if given.start is not None:
            start = self._value(given.start, f"{place}.start")
        if not low < high or not low <= start <= high:
            words = f"runs from {low:g} to {high:g} and begins at {start:g}"
            self._problem(f"{words}; a walk needs bounds that differ, and begins within", place)
            return Constant(low)
        step = 0.1 * (high - low) if given.step is None else given.step
        pace, seed = self._pace(given, place), self._seed(given, place)
        return RandomWalk(low, high, start, step, pace, given.shape, seed)

    def _steps(self, given: StepsDocument, _: SourceDocument, place: str) -> Movement:
        values = tuple(self._value(v, f"{place}.values[{i}]") for i, v in enumerate(given.values))
        how: Literal["rate_hz", "every_beats"] = "every_beats"
        amount = given.every_beats
        if amount is None:
            how, amount = "rate_hz", 1.0 / (given.every_s or 1.0)
        pace = Pace(how, Constant(amount), self._around.time.tempo, self._around.start_beats)
        return Steps(values, pace, given.glide, given.loop)

    def _follower(self, given: EnvelopeFollowerDocument, _: SourceDocument, place: str) -> Movement:
        heard = given.track if given.sound is None else self._recording(given.sound, place)
        if heard is None:
            return Constant(0.0)
        return Follower(
            heard,
            0.0 if given.track is not None else self._start(given.start, f"{place}.start"),
            given.loop,
            given.attack_s,
            given.release_s,
            given.detector,
            (given.floor_db, given.ceiling_db) if given.scale == "dB" else None,
            (
                self._value(given.minimum, f"{place}.minimum"),
                self._value(given.maximum, f"{place}.maximum"),
            ),
        )

    def _signal(self, given: SignalDocument, _: SourceDocument, place: str) -> Movement:
        heard = self._recording(given.sound, place)
        if heard is None:
            return Constant(0.0)
        return Signal(
            heard,
            given.channel - 1,
            self._start(given.start, f"{place}.start"),
            given.loop,
            (0.0 if given.unipolar else -1.0, 1.0),
            (
                self._value(given.minimum, f"{place}.minimum"),
                self._value(given.maximum, f"{place}.maximum"),
            ),
        )

    def _recording(self, sound: str, place: str) -> Recording | None:
        if sound in self._around.sounds:
            return self._around.sounds[sound]
        words = f'is "{sound}"; only a session knows sounds, give it with --session'
        self._problem(words, f"{place}.sound")
        return None

    def _problem(self, message: str, place: str) -> None:
        self._around.problems.append(Problem(message, self._around.file, place))
