"""Sound to deliverables: levels, dither, files that are whole or absent, and their manifest.

>>> import tempfile
>>> from pathlib import Path
>>> import numpy as np
>>> from ltsrender.stems import StemFormat, StemWriter
>>> target = Path(tempfile.mkdtemp()) / "tone.wav"
>>> form = StemFormat("wav", "24", 44_100)
>>> with StemWriter(target, 44_100, 2, form, seed=1) as writer:
...     writer.write(np.full((2, 441), 0.5, np.float32))
>>> writer.stem.length_s, round(writer.stem.peak_db, 2)
(0.01, -6.02)
"""

from __future__ import annotations

from ltsrender.stems.dither import Quantiser
from ltsrender.stems.documents import document_copies
from ltsrender.stems.fader import Fader, balance
from ltsrender.stems.format import StemFormat
from ltsrender.stems.loudness import Loudness, LoudnessMeter
from ltsrender.stems.manifest import (
    Failure,
    Manifest,
    PlanFacts,
    Promised,
    SelectionFacts,
    SourceFile,
    StemFacts,
)
from ltsrender.stems.manifest_file import make_manifest, read_manifest, write_manifest
from ltsrender.stems.metadata import Cue, Loop, Metadata
from ltsrender.stems.place import StemPlace
from ltsrender.stems.verdict import Check, Verdict
from ltsrender.stems.verify import verify
from ltsrender.stems.writer import Stem, StemWriter

__all__ = [
    "Check",
    "Cue",
    "Fader",
    "Failure",
    "Loop",
    "Loudness",
    "LoudnessMeter",
    "Manifest",
    "Metadata",
    "PlanFacts",
    "Promised",
    "Quantiser",
    "SelectionFacts",
    "SourceFile",
    "Stem",
    "StemFacts",
    "StemFormat",
    "StemPlace",
    "StemWriter",
    "Verdict",
    "balance",
    "document_copies",
    "make_manifest",
    "read_manifest",
    "verify",
    "write_manifest",
]
