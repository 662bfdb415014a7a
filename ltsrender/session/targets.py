"""What can be moved, where, and how far.

==================================  ============  ==========================================
target                              takes         on
==================================  ============  ==========================================
``mix``                             -1..2         tracks with two anchors
``weight/<sound>``                  -2..4         tracks, for a sound among their anchors
``level_mix``                       -1..2         tracks with two anchors
``level_weight/<sound>``            -2..4         tracks, for a sound among their anchors
``position/<sound>``                0..86400 s    tracks, for a sound among their anchors
``noise``                           0..4          tracks
``detail``                          0..1          tracks
``macro/brightness``                -4..4 octaves tracks
``macro/noisiness``                 -60..60 dB    tracks
``macro/pitch``                     -4..4 octaves tracks
``macro/loudness``                  -60..24 dB    tracks
``latent/<name>``                   -12..12       tracks, for a latent of their model
``replace/<name>``                  -100..100     tracks, for a latent of their model
``pca/<n>``                         -12..12       tracks, for an axis of their model, from 1 on
``scale``                           0..4          tracks
``smoothing``                       0..4 s        tracks
``gain_db``                         -120..24 dB   tracks, buses, the master
``pan``                             -1..1         tracks, buses
``width``                           0..2          tracks, buses, the master
``send/<bus>``                      -120..24 dB   tracks, buses, for a bus among their sends
``insert/<id>/<parameter>``         the effect's  tracks, buses, the master
==================================  ============  ==========================================

The ranges of insert parameters belong to the effects; the plan checks them. Macros and
latents are relative to what the path would be without them, and belong to the model: the plan
checks that it has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from ltsrender.session.fields import DAY_S, GAIN_DB, PAN, WIDTH, Within
from ltsrender.session.problems import near

_INSERT = "insert/<id>/<parameter>"
_MACRO = "macro/<descriptor>"
_LATENT = "latent/<name>"
_REPLACE = "replace/<name>"
_PCA = "pca/<n>"

RANGES = MappingProxyType(
    {
        "mix": Within(-1.0, 2.0),
        "weight": Within(-2.0, 4.0),
        "level_mix": Within(-1.0, 2.0),
        "level_weight": Within(-2.0, 4.0),
        "position": Within(0.0, DAY_S, "s"),
        "noise": Within(0.0, 4.0),
        "detail": Within(0.0, 1.0),
        "macro/brightness": Within(-4.0, 4.0, "octaves"),
        "macro/noisiness": Within(-60.0, 60.0, "dB"),
        "macro/pitch": Within(-4.0, 4.0, "octaves"),
        "macro/loudness": Within(-60.0, 24.0, "dB"),
        "latent": Within(-12.0, 12.0),
        "replace": Within(-100.0, 100.0),
        "pca": Within(-12.0, 12.0, "deviations"),
        "scale": Within(0.0, 4.0),
        "smoothing": Within(0.0, 4.0, "s"),
        "gain_db": GAIN_DB,
        "pan": PAN,
        "width": WIDTH,
        "send": GAIN_DB,
    }
)
SMALLEST_TOTAL_WEIGHT = 0.01
"""Weights are divided by their sum; nearer to 0 the quotient means nothing."""

MACROS = tuple(target for target in RANGES if target.startswith("macro/"))

RIVALS = MappingProxyType(
    {
        "mix": "weight",
        "weight": "mix",
        "level_mix": "level_weight",
        "level_weight": "level_mix",
    }
)
"""Two ways to say the same; a track takes one of them."""

_ALONE = ("mix", "level_mix", "noise", "detail", "scale", "smoothing", "gain_db", "pan", "width")
_NAMED = (
    "weight",
    "level_weight",
    "position",
    "send",
    "latent",
    "replace",
    "pca",
)
_OF_THE_MODEL = ("latent", "replace", "pca")

_FAMILIES = {
    "track": (
        "mix",
        "noise",
        "detail",
        "gain_db",
        "pan",
        "width",
        _MACRO,
        _LATENT,
        _REPLACE,
        _PCA,
        "scale",
        "smoothing",
        "level_mix",
        "weight/<sound>",
        "level_weight/<sound>",
        "position/<sound>",
        "send/<bus>",
        _INSERT,
    ),
    "bus": ("gain_db", "pan", "width", "send/<bus>", _INSERT),
    "master": ("gain_db", "width", _INSERT),
}


@dataclass(frozen=True)
class Strip:
    """What a target can mean on one track, one bus or the master.

    Attributes
    ----------
    kind
        ``"track"``, ``"bus"`` or ``"master"``.
    name
        As a message calls it: ``track "Glass to string"``.
    anchors, sends
        The track's sounds, and the buses it sends to.
    sounds, tracks
        The session's sounds, and its other tracks and buses: what envelopes can follow.
    points
        Those of the anchors that are points in latent space, and have no time.
    """

    kind: str
    name: str
    anchors: tuple[str, ...] = ()
    sends: tuple[str, ...] = ()
    sounds: tuple[str, ...] = ()
    tracks: tuple[str, ...] = ()
    points: tuple[str, ...] = ()

    def targets(self) -> tuple[str, ...]:
        """Return every target there is, as a composer would write it."""
        named = {
            "weight/<sound>": [f"weight/{sound}" for sound in self.anchors],
            "level_weight/<sound>": [f"level_weight/{sound}" for sound in self.anchors],
            "position/<sound>": [f"position/{s}" for s in self.anchors if s not in self.points],
            "send/<bus>": [f"send/{bus}" for bus in self.sends],
            _MACRO: MACROS,
        }
        return tuple(t for family in _FAMILIES[self.kind] for t in named.get(family, [family]))


def range_of(target: str) -> Within | None:
    """Return how far a target goes; None for insert parameters and unknown targets.

    >>> range_of("weight/glass").words()
    '-2..4'
    """
    return RANGES.get(target) or RANGES.get(target.split("/", maxsplit=1)[0])


def unknown_target(target: str) -> tuple[str, str] | None:
    """Return what is wrong with a target that no strip knows, and the nearest right one."""
    family, *rest = target.split("/")
    if family == "insert" and len(rest) == 2 and all(rest):
        return None
    if family in _NAMED and len(rest) == 1 and rest[0]:
        return None
    if target in MACROS or (family in _ALONE and not rest):
        return None
    known = _FAMILIES["track"]
    whole = {
        "insert": _INSERT,
        "weight": "weight/<sound>",
        "level_weight": "level_weight/<sound>",
        "position": "position/<sound>",
        "send": "send/<bus>",
        "latent": _LATENT,
        "replace": _REPLACE,
        "pca": _PCA,
    }
    close = (
        whole.get(family) or near(target, [*MACROS, *known]) or near(family, [*RANGES, "insert"])
    )
    return f"is not a target; targets are {', '.join(known)}", whole.get(close, close)


def unfit_target(target: str, strip: Strip) -> tuple[str, str] | None:
    """Return what is wrong with a known target on this strip, and the nearest right one."""
    family, _, name = target.partition("/")
    allowed = strip.targets()
    is_mix = target in ("mix", "level_mix")
    if is_mix and strip.kind == "track" and len(strip.anchors) != 2:
        n = len(strip.anchors)
        return f"needs exactly two anchors; {strip.name} has {n}", ""
    is_of_the_model = family in _OF_THE_MODEL and strip.kind == "track"
    if family == "insert" or target in allowed or is_of_the_model:
        return None
    if strip.kind == "track" and family in ("weight", "level_weight", "position"):
        if family == "position" and name in strip.points:
            return f"names a point of {strip.name}, which has no time", ""
        return f"names no anchor of {strip.name}", near(target, allowed)
    if strip.kind != "master" and family == "send":
        words = f"names no send of {strip.name}"
        return words, "" if not strip.sends else near(target, allowed) or f"send/{name}"
    return f"does not exist on {strip.name}, which has {', '.join(allowed)}", ""
