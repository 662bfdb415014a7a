"""What a render says while it works, and when it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ltsrender.errors import plain
from ltsrender.render.proof import proof_lines
from ltsrender.render.wiring import MIX

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ltsrender.stems import Failure, Stem, Verdict


@dataclass(frozen=True)
class Progress:
    """How far a render is.

    Attributes
    ----------
    stage
        What is being done, in words.
    done_s, total_s
        Seconds of the piece that are finished, and in all; both 0 before sound is made.
    elapsed_s
        Seconds of work so far.
    """

    stage: str
    done_s: float = 0.0
    total_s: float = 0.0
    elapsed_s: float = 0.0

    @property
    def real_time_factor(self) -> float:
        """Seconds of work per second of the piece."""
        return self.elapsed_s / self.done_s if self.done_s else 0.0


@dataclass(frozen=True)
class Report:
    """What a render left behind.

    Attributes
    ----------
    stems
        The finished files, the mix last.
    manifest
        The file that renders the same bytes again.
    length_s, elapsed_s
        Seconds of sound, and of work.
    verdict
        What reading the files again has shown.
    failures
        Inserts that failed, and took their stems with them.
    lost
        Names of the files that were not written for it.
    notes
        What a composer should know: tracks that leave what their models have seen.
    """

    stems: tuple[Stem, ...]
    manifest: Path
    length_s: float
    elapsed_s: float
    verdict: Verdict
    failures: tuple[Failure, ...] = ()
    lost: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def complaint(self) -> str:
        """Return what failed, and which files are missing for it; empty when nothing did."""
        if not self.failures:
            return ""
        words = f"not written: {', '.join(plain(name) for name in self.lost)}; all others are whole"
        return "\n".join([*failure_lines(self.failures), words])

    def summary(self) -> str:
        """Return a line per stem, and one for the whole."""
        width = max(len(stem.path.name) for stem in self.stems)
        lines = [f"{stem.path.name:<{width}}  {_level_words(stem)}" for stem in self.stems]
        factor = self.elapsed_s / self.length_s if self.length_s else 0.0
        lines.append(
            f"{len(self.stems)} files of {self.length_s:.2f} s in {self.elapsed_s:.1f} s "
            f"(real-time factor {factor:.2f}) in "
            f"{plain(str(self.manifest.parent))}"
        )
        lines += proof_lines(self.verdict)
        lines += [f"note: {note}" for note in self.notes]
        return "\n".join(lines)


def failure_lines(failures: Iterable[Failure]) -> list[str]:
    """Return a line for every insert that failed."""
    return [
        f'{_whose(failure.track)}, insert "{failure.insert}": {plain(failure.reason)}'
        for failure in failures
    ]


def _whose(name: str) -> str:
    return "the master" if name == MIX else f'"{plain(name)}"'


def _level_words(stem: Stem) -> str:
    """Return how loud a stem is, and whether it was cut off."""
    lufs = stem.loudness.integrated_lufs
    loudness = "" if lufs is None else f"  {lufs:6.1f} LUFS"
    return f"peak {stem.peak_db:6.1f} dBFS{loudness}{clipping_note(stem)}"


def clipping_note(stem: Stem) -> str:
    """Return what to add to a stem's line when it was cut off at full scale, else nothing."""
    return f"  {stem.n_clipped} samples beyond full scale: lower a gain" if stem.n_clipped else ""
