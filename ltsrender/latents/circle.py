"""Ways along circles: between points in latent space, round the model's mean.

On a straight line between two sounds the middle lies nearer to the mean than both: less marked,
a little of everything. On a circle it does not. With y_i = z_i - c, its length r_i and direction
u_i, and weights that sum to 1, the length is mixed in a straight line and the direction on the
sphere:

    two     (sin(w_1 t) u_1 + sin(w_2 t) u_2) / sin t ,   t the angle between u_1 and u_2

(Shoemake 1985, "Animating rotation with quaternion curves"), which goes on along the same circle
where a weight is below 0; and for more than two the weighted mean on the sphere, the direction u
for which sum_i w_i log_u(u_i) = 0, sought by fixed-point steps (Buss and Fillmore 2001,
"Spherical averages and applications to spherical splines and interpolation", algorithm A1). For
two, one step of it is the formula above.

Where directions are opposite, or the same, or a point has none, no circle is there, and the way is
straight.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STEPS = 12
"""Of the mean of more than two; always as many, so that a frame never depends on another."""
LEAST_SINE = 1e-4
"""Of an angle: nearer to 0 or to half a turn the way is straight."""
_LEAST_LENGTH = 1e-9


def on_a_circle(weights: Floats, points: Floats) -> Floats:
    """Return the weighted mean of points on circles round 0.

    Parameters
    ----------
    weights : float64[point, frame]
        They sum to 1 in every frame; below 0 and above 1 is beyond.
    points : float64[point, ..., frame, latent]

    Returns
    -------
    float64[..., frame, latent]
        Exactly a point where it has all the weight.
    """
    spread = weights.reshape(len(weights), *(1,) * (points.ndim - 3), -1, 1)
    lengths = np.sqrt(np.square(points).sum(axis=-1, keepdims=True))
    directions = points / np.maximum(lengths, _LEAST_LENGTH)
    direction, is_found = (_slerp if len(points) == 2 else _sphere_mean)(spread, directions)
    is_found &= (lengths > _LEAST_LENGTH).all(axis=0)
    length = np.maximum((spread * lengths).sum(axis=0), 0.0)
    mean = np.where(is_found, length * direction, (spread * points).sum(axis=0))
    for index, point in enumerate(points):
        alone = np.arange(len(points)) == index
        is_alone = (spread == alone.reshape(-1, *(1,) * (spread.ndim - 1))).all(axis=0)
        mean = np.where(is_alone, point, mean)
    return np.asarray(mean)


def _slerp(weights: Floats, directions: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the direction between two, and where there is a circle: both ``[..., frame, 1]``."""
    apart = np.sqrt(np.square(directions[0] - directions[1]).sum(axis=-1, keepdims=True))
    together = np.sqrt(np.square(directions[0] + directions[1]).sum(axis=-1, keepdims=True))
    angle = 2.0 * np.arctan2(apart, together)
    sine = np.sin(angle)
    is_found = sine > LEAST_SINE
    parts = np.sin(weights * angle) / np.where(is_found, sine, 1.0)
    return np.asarray((parts * directions).sum(axis=0)), is_found


def _sphere_mean(weights: Floats, directions: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the weighted mean on the sphere, and where there is one."""
    straight = (weights * directions).sum(axis=0)
    length = np.sqrt(np.square(straight).sum(axis=-1, keepdims=True))
    is_found = length > LEAST_SINE
    mean = straight / np.where(is_found, length, 1.0)
    for _ in range(STEPS):
        along = (directions * mean).sum(axis=-1, keepdims=True)
        across = directions - along * mean
        sine = np.sqrt(np.square(across).sum(axis=-1, keepdims=True))
        angle = np.arctan2(sine, along)
        is_found &= (angle < np.pi - LEAST_SINE).all(axis=0)
        step = (weights * across * (angle / np.maximum(sine, 1e-12))).sum(axis=0)
        size = np.sqrt(np.square(step).sum(axis=-1, keepdims=True))
        mean = np.cos(size) * mean + np.sin(size) * step / np.maximum(size, 1e-12)
        mean /= np.maximum(np.sqrt(np.square(mean).sum(axis=-1, keepdims=True)), 1e-12)
    return mean, is_found
