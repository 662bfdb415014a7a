"""Known ground: how far a path is from what its model has seen, and what holds it there.

The distance of a point z is how unusual it is among the frames that the model learnt,

    d = rms over latents of (z_k - m_k) / s_k ,

m their mean and s their deviation, the level and latents that tell nothing left out: 1 is a usual
frame. It is a norm, so that no mixture of two points is farther than the farther of them; only what
goes beyond sounds, or adds to them, leaves known ground. Its edge is the distance that 99.9 % of
the frames stay within.

Measured with a model of eight recordings (64 latents) on fifteen others: of distances along
principal axes (4, 8, 16 and all), with and without the rest, and this one, this one tells best how
badly a frame that was never heard comes back (rank correlation with the log-spectral distance 0.86;
the others 0.70 to 0.85), and as well as any where a point is not even a place that the encoder
knows (0.58). The figures are in the documentation: docs/how-to/latent-targets.md.

``soft`` bends what is beyond the edge e,

    e + (l - e) (1 - exp(-(d - e) / (l - e))) ,      l = 1.25 e

which leaves the edge as straight as it came and never reaches l; ``clamp`` holds it at e. Both move
z towards the mean, along a straight line, and never its level.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.latents.path import LatentPath
    from ltsrender.latents.space import Ground, Guarding

    Floats = NDArray[np.float32]

LIMIT = 1.25
"""Of `soft`, in edges."""
QUIET_DB = 60.0
"""What is this far below the loudest frame of the sounds is not said to leave anything."""
_PIECE = 4_096


def distances(z: NDArray[np.floating], ground: Ground) -> NDArray[np.float64]:
    """Return how far points ``[..., latent]`` are from what the model has seen: ``[...]``."""
    units = (z - ground.mean) * ground.per_unit.astype(np.float64)
    n_used = max(int(np.count_nonzero(ground.per_unit)), 1)
    return np.asarray(np.sqrt(np.square(units).sum(axis=-1) / n_used))


def guarded(z: Floats, ground: Ground, guard: Guarding) -> Floats:
    """Return points ``float32[..., latent]`` on known ground, or near it.

    Parameters
    ----------
    guard
        ``"soft"`` or ``"clamp"``; anything else changes nothing.
    """
    if guard not in ("soft", "clamp"):
        return z
    far = distances(z, ground)
    wanted = np.minimum(far, ground.edge) if guard == "clamp" else bent(far, ground.edge)
    share = np.where(far > ground.edge, wanted / np.maximum(far, 1e-12), 1.0)[..., None]
    held = ground.mean + share * (z.astype(np.float64) - ground.mean)
    moves = (share < 1.0) & (ground.per_unit > 0.0)
    return np.where(moves, held, z).astype(np.float32)


def bent(far: NDArray[np.float64], edge: float) -> NDArray[np.float64]:
    """Return distances as `soft` has them: the same up to the edge, never beyond the limit."""
    room = max((LIMIT - 1.0) * edge, 1e-12)
    beyond = np.maximum(far - edge, 0.0)
    return np.minimum(far, edge) + room * -np.expm1(-beyond / room)


def known_ground(path: LatentPath) -> tuple[NDArray[np.float64], float]:
    """Return how far each frame of a path is from what its model has seen, and the edge.

    Parameters
    ----------
    path
        Its guard has no part in this: it is the path as it would be without one.

    Returns
    -------
    distances : float64[frame]
        The farther channel's; 0 where a frame is silent.
    edge
        Beyond which a frame has left known ground.

    Raises
    ------
    ValueError
        When the model's card does not tell what it has seen.
    """
    ground = path.space.ground
    if ground is None:
        raise ValueError("the model's card does not tell what it has seen")
    open_path = path.unguarded()
    found = np.zeros(path.n_frames)
    for first in range(0, path.n_frames, _PIECE):
        last = min(first + _PIECE, path.n_frames)
        z = open_path.block(first, last)
        heard = ~path.is_silent(z, QUIET_DB)
        found[first:last] = np.where(heard, distances(z, ground), 0.0).max(axis=0)
    return found, ground.edge
