"""from-midi and to-midi as a composer types them."""

from __future__ import annotations

import json
from typing import Any

import pytest

MAP = ("automation", "from-midi", "hands.mid")


def test_a_map_is_offered_and_lanes_go_out_and_come_back(folder: Any) -> None:
    folder.save()
    printed = folder.run(*MAP)
    assert printed.code == 0
    assert printed.messages.startswith("hands.mid has 1 (modulation) on channel 1")
    assert folder.run(*MAP, "-o", "h.map.json").code == 0
    assert json.loads((folder.path / "h.map.json").read_text()) == json.loads(printed.output)
    made = folder.run(*MAP, "--map", "h.map.json", "-o", "h.json")
    assert (made.code, made.messages) == (0, "")
    assert made.output.startswith("h.json: mix, ")
    sent = folder.run("automation", "to-midi", "h.json", "-o", "back.mid")
    assert sent.code == 0
    assert "back.mid: mix, " in sent.output
    assert "back.map.json: the map that reads them back" in sent.output
    again = ("automation", "from-midi", "back.mid", "--map", "back.map.json", "-o", "again.json")
    assert folder.run(*again).code == 0


MISTAKES = {
    "no out": ((*MAP, "--map", "h.map.json"), r"--out is missing"),
    "a strange ending": ((*MAP, "-o", "a.txt"), r"must end in \.json"),
    "a file in its place": (
        (*MAP, "-o", "swell.json"),
        r"swell\.json: exists; a map to start from",
    ),
    "a map that is missing": (
        (*MAP, "--map", "none.json", "-o", "a.json"),
        r"none\.json: does not exist",
    ),
    "no such pattern": ((*MAP, "--pattern", "2"), r"hands\.mid: has no pattern 2"),
    "no MIDI": (("automation", "from-midi", "swell.json"), r"is an automation file; a MIDI"),
    "no MIDI out": (("automation", "to-midi", "swell.json", "-o", "a.json"), r"end in \.mid"),
    "MIDI for lanes": (("automation", "to-midi", "hands.mid", "-o", "a.mid"), r"needs a cc_map"),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_told(folder: Any, what: str) -> None:
    arguments, says = MISTAKES[what]
    folder.refuses(*arguments, says=says)
