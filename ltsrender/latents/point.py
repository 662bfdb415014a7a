"""A point in latent space as an anchor: a place without a sound.

It stands still, and there is nothing to hear of it but what the model makes of it: no phases, no
detail, no attacks. What is asked of an anchor beside its place is found from that: the point is
decoded, and the frame that comes out has a deviation for noise, a loudness, and a way to become
brighter (`ltsrender.latents.moves`), as the frame of a sound has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.latents.anchor import Anchor, rms_of
from ltsrender.latents.moves import Moves, moves_of
from ltsrender.latents.placement import PlacedSound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ltsrender.models import TimbreModel


@dataclass(frozen=True, eq=False)
class PlacedPoint(PlacedSound):
    """A point on the time line of its track: silence that knows a place.

    Attributes
    ----------
    point
        Every latent, in the model's order.
    """

    point: tuple[float, ...] = ()


def place_point(point: Sequence[float]) -> PlacedPoint:
    """Return a point on a time line, from its beginning on and for ever."""
    silence = np.zeros((1, 2), np.float32)
    return PlacedPoint(silence, intro_samples=1, held_sample=0, point=tuple(point))


def point_anchor(
    placed: PlacedPoint, model: TimbreModel, macros: Mapping[str, Sequence[float]] | None = None
) -> Anchor:
    """Return a point as an anchor.

    Parameters
    ----------
    placed
        The point.
    model
        The model in whose latent space it lies.
    macros
        As for `ltsrender.latents.encode_anchor`.
    """
    z = np.asarray(placed.point, np.float32)[None]
    frame = model.decode(z)
    own, log_var = model.encode(frame)
    return Anchor(
        placed,
        z[None],
        log_var[None],
        np.stack(model.silence()),
        float(rms_of(model.spectra.onto_bands(frame[None])).max()),
        {
            name: Moves(tuple(amounts), moves_of(name, amounts, frame, own, model)[:, None, :, :])
            for name, amounts in (macros or {}).items()
        },
        is_point=True,
    )
