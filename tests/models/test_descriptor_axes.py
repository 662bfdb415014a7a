"""What a card says of macros: older files go on meaning what they meant, faults are in words."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ltsrender.models import DescriptorAxis

OLD = {
    "name": "brightness",
    "unit": "octaves",
    "direction": (0.0, 1.0),
    "r2": 0.7,
    "slope": 0.58,
    "minimum": 7.0,
    "maximum": 13.0,
}


def axis(**facts: Any) -> DescriptorAxis:
    return DescriptorAxis.model_validate(OLD | facts)


def test_an_older_file_goes_straight_and_is_judged_as_it_was() -> None:
    old = axis()
    assert old.way == "straight"
    assert (old.fault, old.worth) == ("", "R^2 0.70")
    assert "R^2 = 0.20" in axis(r2=0.2).fault
    assert "by 0.10 of what it says" in axis(slope=0.1).fault


def test_an_edited_way_needs_no_straight_line_but_frames_that_follow() -> None:
    way = {"way": "edited", "r2": -3.0, "slopes": (0.8, 1.1), "followed": 0.9}
    assert axis(**way).worth == "decoded sounds do 0.80 to 1.10 of what it says"
    assert "single frames stray" in axis(**way | {"followed": -2.0}).fault
    assert axis(**way | {"followed": -2.0}).worth.startswith("not to be used: ")


def test_a_glide_says_how_far_it_goes_and_why_it_cannot() -> None:
    way = {"name": "pitch", "way": "edited", "slopes": (1.0, 1.0), "followed": 0.9}
    assert axis(**way, reach=0.5).worth.endswith(", as far as 0.5 octaves")
    assert "by --augment and --shift-bands" in axis(**way, reach=0.0).fault


@pytest.mark.parametrize("facts", [{"way": "curved"}, {"reach": -1.0}, {"slopes": (1.0,)}])
def test_what_no_model_is_said_to_do_is_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        axis(**facts)
