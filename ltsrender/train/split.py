"""Which recordings training never sees, so that the model can be heard on strangers.

Whole files are held out, never parts of one: frames of one recording are so alike that a model
measured on the other half of a sound it knows would look better than it is.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_SOUNDS = 5
"""Of fewer recordings none is held out: what is left would be another collection."""
MOST_OF_A_PIECE = 10
"""So many recordings may be the sounds of one piece, which are all to be heard in it: unless the
composer says otherwise all are learnt."""
HELD_OUT_PART = 0.15
"""Of larger collections, unless the composer says otherwise."""


def held_out_sounds(sha256s: Sequence[str], part: float | None, seed: int) -> list[bool]:
    """Return for every recording whether it is held out.

    Every recording draws a number from the seed and its own content; the lowest are held out. So
    a recording that is added moves at most one of the others to the other side for the place it
    takes, and one more where the collection has grown enough to hold out another.

    Parameters
    ----------
    sha256s
        What every recording holds, as a hash; all different.
    part
        Which part of them is held out, 0..0.5; of `LEAST_SOUNDS` or more at least one. None:
        `HELD_OUT_PART` of more than `MOST_OF_A_PIECE`, and none of fewer.
    seed
        Of the training.

    Examples
    --------
    >>> held_out_sounds(["a", "b", "c", "d", "e"], 0.2, seed=1).count(True)
    1
    >>> held_out_sounds(["a", "b", "c"], 0.2, seed=1)
    [False, False, False]
    """
    if part is None:
        part = HELD_OUT_PART if len(sha256s) > MOST_OF_A_PIECE else 0.0
    if part <= 0.0 or len(sha256s) < LEAST_SOUNDS:
        return [False] * len(sha256s)
    lots = [hashlib.sha256(f"{seed} {sha256}".encode()).hexdigest() for sha256 in sha256s]
    n_held_out = max(1, round(part * len(lots)))
    last = sorted(lots)[n_held_out - 1]
    return [lot <= last for lot in lots]
