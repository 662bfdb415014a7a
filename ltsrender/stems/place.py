"""What a stem is in a delivery: of what, taken where, from when, and whether it adds up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ltsrender.stems.manifest import LoudnessFacts, StemFacts

if TYPE_CHECKING:
    from ltsrender.stems.writer import Stem

What = Literal["track", "bus", "mix"]
Tap = Literal["dry", "pre_fader", "post_fader", "with_sends", "mix"]


@dataclass(frozen=True)
class StemPlace:
    """A file's place in a delivery.

    Attributes
    ----------
    what
        ``"track"``, ``"bus"`` or ``"mix"``.
    tap
        Where on its way to the mix the sound was taken.
    region
        Name of the region it holds; empty for the whole.
    start_s
        Where its first sample lies in the session.
    adds_up
        Whether it is one of those whose sum is the mix.
    """

    what: What = "track"
    tap: Tap = "post_fader"
    region: str = ""
    start_s: float = 0.0
    adds_up: bool = True


def stem_facts(stem: Stem, place: StemPlace) -> StemFacts:
    """Return what a manifest says about a finished file."""
    loud = stem.loudness
    return StemFacts(
        name=stem.name,
        what=place.what,
        tap=place.tap,
        region=place.region,
        start_s=place.start_s,
        adds_up=place.adds_up,
        file=stem.path.name,
        sha256=stem.sha256,
        peak_db=round(stem.peak_db, 3),
        n_clipped=stem.n_clipped,
        n_samples=stem.n_samples,
        length_s=stem.length_s,
        n_channels=stem.n_channels,
        sample_rate_hz=stem.sample_rate_hz,
        bit_depth=stem.bit_depth,
        container=stem.container,
        dither=stem.dither,
        mono=stem.mono,
        loudness=LoudnessFacts(
            integrated_lufs=_rounded(loud.integrated_lufs),
            short_term_lufs=_rounded(loud.short_term_lufs),
            momentary_lufs=_rounded(loud.momentary_lufs),
            true_peak_db=_rounded(loud.true_peak_db),
        ),
        dc=tuple(round(mean, 9) for mean in stem.dc),
    )


def _rounded(level: float | None) -> float | None:
    return None if level is None else round(level, 3)
