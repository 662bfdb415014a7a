"""What a render was made from and what it made: enough to render the same bytes again.

A manifest holds the session and every file it was read from, word for word, the hashes of sounds
and models, the seeds, the versions of what did the work, the facts of every stem, and what was
found when the stems were measured. There is no date in it: the same render writes the same
manifest. `ltsrender.stems.manifest_file` writes and reads it.

Keys that came later have defaults, so that an older manifest still renders the same bytes again.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from ltsrender.session.fields import Document
from ltsrender.stems.documents import DocumentCopy, Sha256, decoded
from ltsrender.stems.verdict import Verdict

FILE_NAME = "manifest.json"
FORMAT: Final = "ltsrender manifest"

FileName = Annotated[str, Field(pattern=r"^[^/\\\x00]+$", max_length=255)]
Count = Annotated[int, Field(ge=1, strict=True)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class SourceFile(Document):
    """A sound or a model."""

    file: Annotated[str, Field(min_length=1)]
    """As the session names it."""
    sha256: Sha256
    """Hash of its bytes."""


class SelectionFacts(Document):
    """The part of the session that was rendered."""

    tracks: tuple[str, ...] = ()
    """Names of tracks; empty for all."""
    from_s: Annotated[Finite, Field(ge=0)] = 0.0
    """Where the passage begins."""
    to_s: Finite | None = None
    """Where it ends; null for the end, tails included."""


class LoudnessFacts(Document):
    """How loud a file is; null where there is too little sound to tell."""

    integrated_lufs: Finite | None = None
    """The whole file, gated (ITU-R BS.1770, EBU R 128)."""
    short_term_lufs: Finite | None = None
    """The loudest three seconds."""
    momentary_lufs: Finite | None = None
    """The loudest 0.4 seconds."""
    true_peak_db: Finite | None = None
    """The highest point of the wave, between samples too, in dBTP."""


class StemFacts(Document):
    """A file that was written."""

    name: str
    """Of the track or bus; ``mix`` for all together."""
    what: Literal["track", "bus", "mix"] = "track"
    """What it is a stem of."""
    tap: Literal["dry", "pre_fader", "post_fader", "with_sends", "mix"] = "post_fader"
    """Where on its way to the mix the sound was taken."""
    region: str = ""
    """The region of the session that it holds; empty for the whole."""
    start_s: Finite = 0.0
    """Where its first sample lies in the session."""
    adds_up: bool = False
    """Whether it is one of those whose sum is the mix."""
    file: FileName
    """Beside the manifest."""
    sha256: Sha256
    """Hash of its bytes."""
    peak_db: Finite
    """The loudest sample in dBFS."""
    n_clipped: Annotated[int, Field(ge=0, strict=True)]
    """Samples beyond full scale."""
    n_samples: Count
    """Samples per channel."""
    length_s: Finite
    """The same in seconds."""
    n_channels: Count
    """Channels."""
    sample_rate_hz: Count
    """Samples per second."""
    bit_depth: Literal["16", "24", "32f"]
    """Of every sample."""
    container: Literal["wav", "flac", "aiff"]
    """The kind of file."""
    dither: Literal["tpdf", "shaped", "none"] = "tpdf"
    """What was added before rounding; without meaning for 32f."""
    mono: bool = False
    """Whether its channels were folded into one."""
    loudness: LoudnessFacts = LoudnessFacts()
    """How loud it is."""
    dc: tuple[Finite, ...] = ()
    """The mean of every channel; full scale is 1."""


class Promised(Document):
    """Levels that the mix was brought to; null where none was asked for."""

    region: str = ""
    """The region whose mix has the loudness; empty for the whole."""
    integrated_lufs: Finite | None = None
    """The mix's loudness."""
    true_peak_db: Finite | None = None
    """What no mix rises above."""


class Failure(Document):
    """A track whose stem is missing."""

    track: str
    """The track or bus."""
    insert: str = ""
    """The insert that failed; empty when it was something else."""
    reason: str
    """What happened."""


class PlanFacts(Document):
    """What was rendered."""

    session: str
    """The session's key among the documents."""
    session_folder: str
    """The folder that names are relative to, seen from the manifest."""
    documents: dict[str, DocumentCopy]
    """Every text and MIDI file that was read."""
    sounds: dict[str, SourceFile]
    """By their names in the session."""
    models: dict[str, SourceFile]
    """By their names in the session."""
    effects: dict[str, Sha256] = Field(default_factory=dict)
    """Hashes of impulses and plugins, by their files' names."""
    seed: int
    """The session's."""
    track_seeds: dict[str, int]
    """By the tracks' names."""
    selection: SelectionFacts = SelectionFacts()
    """The part that was wanted."""
    plan_sha256: Sha256
    """Hash of everything that decides how the render sounds."""

    def contents(self) -> dict[str, bytes]:
        """Return the bytes of every document by its key: what ``Documents`` replays."""
        return {key: decoded(copy) for key, copy in self.documents.items()}


class Manifest(PlanFacts):
    """What was rendered, by what, into which files."""

    format: Literal["ltsrender manifest"]
    """What this file is."""
    schema_version: Literal[1]
    """The version of this layout."""
    versions: dict[str, str]
    """Of everything that had a part in the sound."""
    stems: tuple[StemFacts, ...]
    """The files, the mix last."""
    common_gain_db: Finite = 0.0
    """By how much all files were raised together."""
    mix_differs: tuple[str, ...] = ()
    """Why the mix is not the sum of its stems: a sentence for each reason; empty when it is."""
    promised: Promised = Promised()
    """Levels that the mix was brought to."""
    failures: tuple[Failure, ...] = ()
    """Tracks whose stems are missing."""
    verdict: Verdict | None = None
    """What was found when the files were measured; null when they were not."""

    def judged(self, verdict: Verdict) -> Manifest:
        """Return this manifest with a verdict in it."""
        return self.model_copy(update={"verdict": verdict})
