"""The part of a session that somebody asks for at the prompt, held against what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltsrender.errors import Problem, nearest
from ltsrender.session.fields import DAY_S
from ltsrender.units import samples_from_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ltsrender.render.plan import Selection


def selection_problems(
    selection: Selection, names: Sequence[str], end_s: float, sample_rate_hz: int, file: str
) -> Iterator[Problem]:
    """Yield what is wrong with a selection.

    Parameters
    ----------
    selection
        The tracks and the passage that are wanted.
    names
        Of the session's tracks.
    end_s
        Where the piece ends without its tails, in seconds.
    sample_rate_hz
        Of the session: a passage holds at least one sample.
    file
        The session's name, for messages.
    """

    def sample(seconds: float) -> int:
        return samples_from_seconds(seconds, sample_rate_hz)

    for name in selection.tracks:
        if name not in names:
            words = f'names "{name}"; there are {", ".join(names)}'
            yield Problem(words, file, "--tracks", nearest(name, names))
    start_s, stop_s = selection.from_s, selection.to_s
    if not (0 <= start_s < end_s and sample(start_s) < max(sample(end_s), 1)):
        yield Problem(f"is {start_s:g}; the piece runs from 0 to {end_s:g} s", file, "--from")
    if stop_s is not None and not (
        0 <= start_s < stop_s <= DAY_S and sample(start_s) < sample(stop_s)
    ):
        words = f"is {stop_s:g}; takes up to {DAY_S:g} s, later than --from"
        yield Problem(words, file, "--to")
