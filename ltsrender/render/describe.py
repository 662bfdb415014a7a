"""A plan in words, for people who want to know before they wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltsrender.effects import Insert
from ltsrender.errors import Problem, SessionError, nearest, plain
from ltsrender.render.stemfiles import stem_files
from ltsrender.render.wiring import MIX

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ltsrender.automation import Lane
    from ltsrender.effects import ChainPart
    from ltsrender.render.plan import AnchorPlan, BusPlan, Plan, TrackPlan


def describe_plan(plan: Plan, out: Path | None = None) -> str:
    """Return what a render of the plan would play, and, given a folder, which files it would write.

    Parameters
    ----------
    plan
        The session, resolved.
    out
        The output folder.
    """
    rate = plan.sample_rate_hz
    document = plan.session.document
    title = plain(document.title or plan.session.file.name)
    tails = f"up to {plan.max_tail_samples / rate:g} s of tails"
    if plan.tail_samples is not None:
        tails = f"{plan.tail_samples / rate:g} s after it"
    length = f"{plan.n_samples / rate:.2f} s and {tails}"
    width = "stereo" if plan.n_channels == 2 else "mono"
    lines = [f"{title}: {length}, {rate} Hz, {width}, seed {document.seed}"]
    lines += [_track_line(track, rate) for track in plan.tracks]
    lines += [_bus_line(bus) for bus in plan.buses]
    lines.append(f"  mix: {_chain(plan.master.inserts)}")
    if out is not None:
        lines.append(f"would write into {plain(str(out))}:")
        lines += [f"  {plain(each.name)}" for each in stem_files(plan)]
        lines.append("  manifest.json")
    return "\n".join(lines)


def track_of(plan: Plan, name: str | None) -> TrackPlan:
    """Return a track by its name; the first one without.

    Raises
    ------
    SessionError
        When there is no such track.
    """
    tracks = {track.strip.name: track for track in plan.tracks}
    if name is not None and name not in tracks:
        words = f'is "{name}"; there are {", ".join(tracks)}'
        raise SessionError(Problem(words, place="--track", suggestion=nearest(name, tracks)))
    return plan.tracks[0] if name is None else tracks[name]


def lanes_of_track(track: TrackPlan, targets: Sequence[str] = ()) -> tuple[Lane, ...]:
    """Return a track's lanes by target; without targets, what mixes its sounds.

    Raises
    ------
    SessionError
        When the track moves no such target.
    """
    lanes = track.strip.lanes
    targets = targets or [name for name in lanes if name.split("/")[0] in ("mix", "weight")]
    missing = [target for target in targets if target not in lanes]
    if missing:
        raise SessionError(
            [
                Problem(
                    f'is "{target}"; the track {track.strip.name} moves {", ".join(lanes)}',
                    place="--target",
                    suggestion=nearest(target, lanes),
                )
                for target in missing
            ]
        )
    return tuple(lanes[target] for target in targets)


def _track_line(track: TrackPlan, rate: int) -> str:
    start_s, end_s = track.start_sample / rate, (track.start_sample + track.n_samples) / rate
    sounds = ", ".join(_sound(anchor, track) for anchor in track.anchors)
    moving = ", ".join(t for t, lane in track.strip.lanes.items() if lane.minimum < lane.maximum)
    return (
        f"  {track.strip.name}: {start_s:.2f}..{end_s:.2f} s; sounds {sounds}; "
        f"moves {moving or 'nothing'}; {_chain(track.strip.inserts)}; "
        f"phase {track.phase.method}"
    )


def _bus_line(bus: BusPlan) -> str:
    goes = "" if bus.output == MIX else f"; goes to {bus.output}"
    return f"  bus {bus.strip.name}: {_chain(bus.strip.inserts)}{goes}"


def _sound(anchor: AnchorPlan, track: TrackPlan) -> str:
    if anchor.point:
        return f"{anchor.sound} (a point)"
    lane = track.strip.lanes.get(f"position/{anchor.sound}")
    moved = ""
    if lane:
        written = f"position {lane.minimum:.2f}..{lane.maximum:.2f} s"
        moved = f", {written if lane.file else 'follows the tempo'}"
    return f"{anchor.sound} ({anchor.when_short}{moved})"


def _chain(parts: Sequence[ChainPart]) -> str:
    return f"chain {_parts(parts)}" if parts else "no effects"


def _parts(parts: Sequence[ChainPart]) -> str:
    return ", ".join(f"{part.id} ({_what(part)})" for part in parts)


def _what(part: ChainPart) -> str:
    """Return what a part of a chain is: an effect, a preset, or branches side by side."""
    if isinstance(part, Insert):
        return f"{part.effect}, hears {part.sidechain}" if part.sidechain else part.effect
    branches = [
        f"{branch.name}: {_parts(branch.parts) or 'as it is'}"
        if branch.name
        else _parts(branch.parts)
        for branch in part.branches
    ]
    return " + ".join(branches)
