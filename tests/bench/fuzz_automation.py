"""Break automation files at random and tell what became of them.

    python tests/bench/fuzz_automation.py [--files 10000] [--seed 0]

Every file begins as one that is whole: the reference's example with every key, the gestures that
come with ltsrender, MIDI files. Its bytes or its values are changed in a few places. It must then
be read and asked for values, or be refused in words; nothing else, within 5 seconds.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import re
import resource
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from ltsrender.automation import MusicalTime, Recording, read_lanes
from ltsrender.errors import InputError
from ltsrender.session import ControllerDocument, Documents

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "ltsrender" / "docs" / "reference" / "automation.md"
LONGEST_S = 5
MOMENTS = np.linspace(0.0, 600.0, 301)
ODD: list[Any] = [
    *(None, True, False, 0, -1, 0.5, 1e-320, 1e308, -1e308, 2**64, 10**30, 1e9, -1e9, 20, 0.001),
    *("", "mix", "breath", "1|1", "9|99|9999", "marker:", "marker:B - 9 bars", "-3 dB", "A4"),
    *("1e9 s", "999999999|1", "99999 samples", "é" * 300, "\0", [], {}, [[]], [0, 0], [1]),
    {"lane": "breath"},
    {"points": [{"at": 0, "value": 0}]},
    {"lfo": {"rate_hz": 1000}},
    {"random_walk": {"minimum": 0, "maximum": 1, "rate_hz": 1000}},
    {"lag": {"of": {"lfo": {"shape": "random", "rate_hz": 1000}}, "rise_s": 3600}},
]
CC_MAP = [
    ControllerDocument.model_validate(
        {"controller": number, "target": target, "minimum": 0, "maximum": 1}
    )
    for number, target in ((1, "mix"), (11, "detail"))
]


def whole_files() -> dict[str, bytes]:
    """Return files to break, by name."""
    page = PAGE.read_text("utf-8")
    example = re.search(r"every-key\.json -->\n```json\n(.*?)```", page, re.DOTALL)
    assert example, "the reference has no example with every key"
    found = {"every-key.json": example[1].encode()}
    folders = (REPOSITORY / "automation", REPOSITORY / "examples" / "first-light" / "automation")
    for folder in folders:
        found |= {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    return found


def places_of(tree: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) of a tree."""
    found: list[tuple[Any, Any]] = []
    waiting = [tree]
    for here in waiting:
        inside = list(here.items()) if isinstance(here, dict) else list(enumerate(here))
        found += [(here, key) for key, _ in inside]
        waiting += [value for _, value in inside if isinstance(value, dict | list)]
    return found


def with_other_values(data: bytes, rng: random.Random) -> bytes:
    """Return a JSON file some of whose values are others, gone, or doubled."""
    tree = json.loads(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        places = places_of(tree)
        if not places:
            break
        container, key = rng.choice(places)
        other, other_key = rng.choice(places)
        how = rng.randrange(5)
        if how == 0:
            del container[key]
        elif how == 1 and isinstance(container, list):
            container.insert(key, copy.deepcopy(container[key]))
        elif how == 2:
            container[key] = copy.deepcopy(other[other_key])
        elif how == 3 and isinstance(container, dict):
            container[rng.choice(("lane", "time", "points", "lfo", "zzz"))] = container.pop(key)
        else:
            container[key] = copy.deepcopy(rng.choice(ODD))
    return json.dumps(tree).encode()


def with_other_bytes(data: bytes, rng: random.Random) -> bytes:
    """Return a file some of whose bytes are others, gone, or doubled."""
    made = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        place = rng.randrange(len(made) + 1)
        how = rng.randrange(4)
        if how == 0 and place < len(made):
            made[place] = rng.randrange(256)
        elif how == 1:
            del made[place : place + rng.choice((1, 2, 8, 64))]
        elif how == 2:
            made[place:place] = made[max(place - 8, 0) : place]
        else:
            made[place:place] = bytes(rng.choices((0, 0x7F, 0x80, 0xF0, 0xFF, 0x2F), k=4))
    return bytes(made)


def outcome_of(name: str, data: bytes, sounds: dict[str, Recording]) -> str:
    """Return what became of a file: "read", or "refused"; anything else is raised."""
    cc_map = () if name.endswith(".json") else CC_MAP
    time_of = MusicalTime()
    try:
        lanes = read_lanes(
            name, Documents(Path(), {name: data}), time_of, cc_map=cc_map, sounds=sounds
        )
        for lane in lanes:
            values = lane.at(MOMENTS)
            assert np.all(np.isfinite(values)), lane.target
    except InputError as error:
        told = [str(problem) for problem in error.problems]
    else:
        return "read"
    assert told
    assert all("\n" not in words for words in told)
    return "refused"


def main() -> None:
    """Break files and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    rng = random.Random(chosen.seed)  # noqa: S311 - nothing here is secret
    whole = whole_files()
    glass = Recording(REPOSITORY / "examples" / "first-light" / "sounds" / "glass.flac")
    sounds = {"glass": glass}
    counts: Counter[tuple[str, str]] = Counter()
    slowest = 0.0
    signal.signal(signal.SIGALRM, _too_long)
    for _ in range(chosen.files):
        name = rng.choice(sorted(whole))
        is_json = name.endswith(".json")
        maker = with_other_values if is_json and rng.random() < 0.7 else with_other_bytes
        data = maker(whole[name], rng)
        begun = time.perf_counter()
        signal.alarm(LONGEST_S)
        try:
            kind = outcome_of(name, data, sounds)
        except BaseException:
            Path("/tmp/broken").write_bytes(data)  # noqa: S108 - for whoever runs this by hand
            print(f"{name}: kept as /tmp/broken")
            raise
        signal.alarm(0)
        slowest = max(slowest, time.perf_counter() - begun)
        counts["JSON" if is_json else "MIDI", kind] += 1
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("| files | read | refused in words |\n|---|---|---|")
    for kind in ("JSON", "MIDI"):
        print(f"| {kind} | {counts[kind, 'read']} | {counts[kind, 'refused']} |")
    print(f"\nSlowest {slowest:.2f} s, peak memory {peak_mb:.0f} MB.")


def _too_long(*_: object) -> None:
    raise TimeoutError(f"a file took more than {LONGEST_S} s")


if __name__ == "__main__":
    main()
