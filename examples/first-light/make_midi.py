"""Write automation/hands.mid: two MIDI controllers, as a pair of hands on a keyboard sends them.

Run ``python make_midi.py`` in this folder, or record the two controllers in any sequencer and save
them as a Standard MIDI File under the same name. The session says what the controllers move.
"""

from __future__ import annotations

from pathlib import Path

import mido
import numpy as np

TICKS_PER_BEAT = 480
STEP_TICKS = 30  # a hand is looked at sixteen times per beat
TEMPO = ((0, 60.0), (24, 80.0), (48, 60.0))  # (beat, bpm): the session's, for sequencers
MODULATION = 1  # left hand: the wheel, 101 is all glass, 26 all metal, beyond is beyond
EXPRESSION = 11  # right hand: how much of it is sent into the hall
HANDS = {
    MODULATION: (
        (4, 101), (11, 101), (16, 66), (19, 80), (23, 26), (26, 10), (30, 0), (33, 30),
        (36, 90), (40, 127), (43, 118), (46, 58), (50, 88), (54, 101),
    ),
    EXPRESSION: ((4, 70), (12, 52), (20, 74), (24, 60), (36, 84), (42, 96), (48, 122), (54, 127)),
}  # fmt: skip


def moved(points: tuple[tuple[float, int], ...]) -> list[tuple[int, int]]:
    """Return (tick, value) for every step at which a hand has moved, halfway rounded up."""
    beats, values = zip(*points, strict=True)
    ticks = np.arange(beats[0] * TICKS_PER_BEAT, beats[-1] * TICKS_PER_BEAT + 1, STEP_TICKS)
    place = np.searchsorted(beats, ticks / TICKS_PER_BEAT, side="right") - 1
    place = np.clip(place, 0, len(beats) - 2)
    start, stop = np.take(beats, place), np.take(beats, place + 1)
    part = (ticks / TICKS_PER_BEAT - start) / (stop - start)
    eased = part * part * (3.0 - 2.0 * part)  # a hand starts and stops gently
    first, last = np.take(values, place), np.take(values, place + 1)
    held = np.floor(first + (last - first) * eased + 0.5).astype(int)
    new = np.concatenate([[True], held[1:] != held[:-1]])
    return list(zip(ticks[new].tolist(), held[new].tolist(), strict=True))


def main() -> None:
    """Write the file beside this script."""
    events: list[tuple[int, mido.Message | mido.MetaMessage]] = [
        (beat * TICKS_PER_BEAT, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm)))
        for beat, bpm in TEMPO
    ]
    for controller, points in HANDS.items():
        events += [
            (tick, mido.Message("control_change", control=controller, value=value))
            for tick, value in moved(points)
        ]
    track = mido.MidiTrack([mido.MetaMessage("track_name", name="Hands")])
    now = 0
    for tick, message in sorted(events, key=lambda event: event[0]):
        track.append(message.copy(time=tick - now))
        now = tick
    target = Path(__file__).parent / "automation" / "hands.mid"
    mido.MidiFile(type=0, ticks_per_beat=TICKS_PER_BEAT, tracks=[track]).save(target)
    print(f"{target}: {len(track)} messages, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
