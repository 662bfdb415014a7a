"""Whether the tempo inside a MIDI file is the session's."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltsrender.session.midi import MidiDocument

_SAME_BPM = 0.01  # MIDI counts whole microseconds per beat: 133.33 bpm reads back as 133.33007

Changes = tuple[tuple[float, float, bool], ...]


def tempo_warning(midi: MidiDocument, session_tempo: Changes, start_beats: float, file: str) -> str:
    """Return a sentence when a MIDI file declares another tempo than the session; else nothing.

    Parameters
    ----------
    midi
        The file, whose beats are about to follow the session's tempo.
    session_tempo
        The session's changes as (beats, bpm, whether it glides to the next).
    start_beats
        Where in the session the file begins.
    file
        The file's name.
    """
    if not midi.ticks_per_beat:
        return ""  # SMPTE time: no beats
    end = start_beats + midi.length_ticks / midi.ticks_per_beat
    declared = tuple((start_beats + beat, bpm, False) for beat, bpm in midi.tempo)
    if not declared:
        return ""
    moments = {max(beat, declared[0][0]) for beat, *_ in (*declared, *session_tempo) if beat <= end}
    for beat in sorted(moments):
        theirs, ours = _bpm_at(beat, declared), _bpm_at(beat, session_tempo)
        if abs(theirs - ours) > _SAME_BPM:
            return (
                f"{file} declares {theirs:.6g} bpm at beat {beat:.6g}, the session {ours:.6g}; "
                'its beats follow the session ("tempo": "file" would follow the file)'
            )
    return ""


def _bpm_at(beat: float, changes: Sequence[tuple[float, float, bool]]) -> float:
    index = max(bisect.bisect_right([start for start, *_ in changes], beat) - 1, 0)
    start, bpm, glides = changes[index]
    if not glides or index + 1 == len(changes):
        return bpm
    end, aim, _ = changes[index + 1]
    return bpm + (aim - bpm) * (beat - start) / (end - start)
