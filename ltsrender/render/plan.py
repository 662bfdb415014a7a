"""A session resolved: every name looked up, every time in samples, every value checked.

Plans are frozen. Below this room nothing looks anything up: what a plan says is what sounds.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from ltsrender.effects import inserts_of
from ltsrender.latents.space import Steering
from ltsrender.render.spans import Span

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ltsrender.automation import Lane
    from ltsrender.effects import ChainPart
    from ltsrender.latents import WhenShort
    from ltsrender.session import Session
    from ltsrender.stems import StemFormat


@dataclass(frozen=True)
class Selection:
    """The part of a session that is wanted.

    Attributes
    ----------
    tracks
        Names of tracks; empty for all.
    from_s, to_s
        A passage in seconds; ``to_s`` is ``None`` for the end, tails included.
    """

    tracks: tuple[str, ...] = ()
    from_s: float = 0.0
    to_s: float | None = None


@dataclass(frozen=True)
class AnchorPlan:
    """One sound of a track, or a point in latent space.

    Attributes
    ----------
    sound
        Its name in the session.
    file, sha256
        The recording and the hash of its bytes.
    in_s, out_s
        The part of it that is used, in seconds; ``out_s`` is ``None`` for its end.
    when_short, crossfade_s
        What follows when it ends before the track does.
    start_sample
        When it begins, on the track's time line.
    point
        Every latent of a point, whose file is its preset; empty for a sound.
    """

    sound: str
    file: Path
    sha256: str
    in_s: float
    out_s: float | None
    when_short: WhenShort
    crossfade_s: float
    start_sample: int
    point: tuple[float, ...] = ()


@dataclass(frozen=True)
class PhasePlan:
    """How a track's phases are found.

    Attributes
    ----------
    method
        A name in `ltsrender.audio.PHASE_METHODS`.
    iterations
        Griffin-Lim iterations afterwards; ``None`` is the method's own number.
    """

    method: str
    iterations: int | None


@dataclass(frozen=True)
class SendPlan:
    """A copy of a track or bus to a bus.

    Attributes
    ----------
    bus
        The bus's name.
    gain_db
        Its level in dB, constant or moving.
    is_pre_fader
        Whether it is taken before the fader.
    """

    bus: str
    gain_db: Lane
    is_pre_fader: bool = False


@dataclass(frozen=True, eq=False)
class Strip:
    """What a track, a bus or the master does to sound: inserts, then the fader.

    Attributes
    ----------
    name
        Of the track or bus; ``"mix"`` for the master.
    inserts
        The effects in series, some of them in groups.
    lanes
        Everything that moves, by target; ``gain_db`` and ``pan`` are always there.
    pan_law
        A name in `ltsrender.stems.fader.PAN_LAWS`.
    is_inverted
        Whether the wave is turned upside down.
    """

    name: str
    inserts: tuple[ChainPart, ...]
    lanes: Mapping[str, Lane]
    pan_law: str = "-3 dB"
    is_inverted: bool = False


@dataclass(frozen=True, eq=False)
class BusPlan:
    """One bus, resolved.

    Attributes
    ----------
    strip
        Its inserts, lanes and fader.
    sends
        Copies to other buses.
    output
        ``"mix"``, the name of another bus, or empty where nobody hears it.
    is_heard
        False for a bus that is muted, or not soloed where others are.
    """

    strip: Strip
    sends: tuple[SendPlan, ...] = ()
    output: str = "mix"
    is_heard: bool = True


@dataclass(frozen=True, eq=False)
class TrackPlan:
    """One track, resolved.

    Attributes
    ----------
    strip
        Its inserts, lanes and fader.
    seed
        Of everything in this track that chance decides; no other track has a part in it.
    start_sample, n_samples
        Where it stands on the session's time line, and how long it is.
    anchors
        Its sounds.
    axes
        Directions in the model's latent space, one number per latent, of the macros it moves that
        go the same way everywhere.
    edits
        By the names of the macros it moves that go frame by frame, the amounts by which its sounds
        are edited for them.
    model, model_file, model_sha256
        Its timbre model: name in the session, file, hash of the file's bytes.
    phase
        How phases are found.
    sends
        Copies to buses.
    output
        ``"mix"``, the name of a bus, or empty where nobody hears it.
    is_heard
        False for a track that is muted, or not soloed where others are.
    mono
        Whether stereo recordings are mixed down before they are encoded.
    steering
        What else the composer chose about the way between them.
    """

    strip: Strip
    seed: int
    start_sample: int
    n_samples: int
    anchors: tuple[AnchorPlan, ...]
    axes: Mapping[str, tuple[float, ...]]
    edits: Mapping[str, tuple[float, ...]]
    model: str
    model_file: Path
    model_sha256: str
    phase: PhasePlan
    sends: tuple[SendPlan, ...]
    output: str
    mono: bool
    steering: Steering = field(default_factory=Steering)
    is_heard: bool = True


@dataclass(frozen=True, eq=False)
class Listened:
    """A track or a bus that lanes follow, and that is heard before the render.

    Attributes
    ----------
    name
        Of the track or bus.
    tracks
        The track itself, or all those that the bus hears, whether they are rendered or not.
    is_bus
        Which of both it is.
    """

    name: str
    tracks: tuple[TrackPlan, ...]
    is_bus: bool


@dataclass(frozen=True, eq=False)
class Plan:
    """A whole session, ready to render.

    Attributes
    ----------
    session
        What the composer wrote, with every document it was read from.
    selection
        The part of it that is rendered.
    sample_rate_hz, n_channels
        Of everything that is rendered.
    n_samples
        Length of the piece without tails.
    tail_samples
        How long all stems go on after the piece; None until their tails have ended.
    max_tail_samples
        What is kept of tails at most.
    tracks, buses, master
        The tracks, then the buses, in the session's order; and what the mix passes.
    listened
        Tracks and buses that lanes follow: heard first, in this order.
    followed_sounds
        The hashes of sounds that lanes follow, by name.
    notes
        What is allowed but may not be meant.
    formats
        What every stem is written as; the first one is the main one.
    spans
        The parts of the piece that become files; one without a name for the whole.
    """

    session: Session
    selection: Selection
    sample_rate_hz: int
    n_channels: int
    n_samples: int
    max_tail_samples: int
    tracks: tuple[TrackPlan, ...]
    buses: tuple[BusPlan, ...]
    master: Strip
    formats: tuple[StemFormat, ...]
    spans: tuple[Span, ...] = (Span(),)
    listened: tuple[Listened, ...] = ()
    followed_sounds: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    tail_samples: int | None = None

    @property
    def longest_samples(self) -> int:
        """How many samples of the piece there are at most, its tails included."""
        return self.n_samples + self.longest_tail_samples

    @property
    def longest_tail_samples(self) -> int:
        """How long the stems go on after the piece at most."""
        return self.max_tail_samples if self.tail_samples is None else self.tail_samples

    @property
    def sound_hashes(self) -> dict[str, str]:
        """The hashes of all sounds that decide how the render sounds, by name."""
        anchors = [a for track in self.all_tracks for a in track.anchors if not a.point]
        used = {anchor.sound: anchor.sha256 for anchor in anchors}
        return used | dict(self.followed_sounds)

    @property
    def model_hashes(self) -> dict[str, str]:
        """The hashes of all models, by name."""
        return {track.model: track.model_sha256 for track in self.all_tracks}

    @property
    def effect_hashes(self) -> dict[str, str]:
        """The hashes of all impulses and plugins, by their files' names."""
        strips = [*(t.strip for t in self.all_tracks), *(b.strip for b in self.buses), self.master]
        found = {}
        for insert in inserts_of(part for strip in strips for part in strip.inserts):
            if insert.impulse is not None:
                found[insert.impulse.file.name] = insert.impulse.sha256
            if insert.plugin is not None:
                found[insert.plugin.file.name] = insert.plugin.sha256
        return dict(sorted(found.items()))

    @property
    def all_tracks(self) -> tuple[TrackPlan, ...]:
        """The tracks that are rendered, and those that are only heard for lanes."""
        return (*self.tracks, *(track for heard in self.listened for track in heard.tracks))

    @property
    def sha256(self) -> str:
        """Hash of everything that decides how the render sounds."""
        facts = {
            # What keeps its default counts for nothing, so that keys may be added to the format.
            "session": self.session.document.model_dump(mode="json", exclude_defaults=True),
            "selection": asdict(self.selection),
            "documents": dict(self.session.documents.hashes),
            "sounds": self.sound_hashes,
            "models": self.model_hashes,
        }
        if self.effect_hashes:
            facts["effects"] = self.effect_hashes
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def track_seed(session_seed: int, track_name: str) -> int:
    """Return a track's seed, 0..2**63 - 1, from the session's and the track's name alone.

    Adding, moving or removing another track therefore never changes this one.
    """
    digest = hashlib.sha256(f"{session_seed}\n{track_name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
