"""How much each latent is heard: what a unit of it changes in decoded frames, in dB.

Latents have deviations near 1 whatever they do, so distances in latent space say little about
distances in sound. Multiplied by these numbers they do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.train.figures import levels_db

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.models import TimbreModel

STEP = 0.5  # deviations to either side
RANGE_DB = 60.0


def db_per_unit(model: TimbreModel, z: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the rms change of levels per unit of every latent, around the middle of some frames.

    Parameters
    ----------
    z : float32[frame, latent]
        Latents of sounding frames.

    Returns
    -------
    float64[latent]
        In dB; 0 for the level, which changes no shape.
    """
    middle, deviation = np.median(z, axis=0), z.std(axis=0)
    steps = np.diag(np.maximum(STEP * deviation, 1e-6)).astype(np.float32)
    decoded = model.decode(np.concatenate([middle + steps, middle - steps]).astype(np.float32))
    floor = max(1e-12, float(decoded.max()) * 10.0 ** (-RANGE_DB / 20.0))
    up, down = np.split(levels_db(decoded, floor), 2)
    change = np.sqrt(np.square(up - down).mean(axis=1)) / (2.0 * np.diag(steps))
    if model.has_level:
        change[0] = 0.0
    return np.asarray(change)
