"""How well a model gives its training frames back, and where they lie in latent space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from ltsrender.models import LatentStatistics

if TYPE_CHECKING:
    from collections.abc import Callable

    from ltsrender.models import FrameVAE, TimbreModel
    from ltsrender.train.collected import Frames

LSD_FLOOR_DB = 80.0
_PIECE_FRAMES = 4_096


def measure(model: TimbreModel, frames: Frames, told: Callable[[float], None]) -> dict[str, float]:
    """Compare decoded frames with the true ones.

    Parameters
    ----------
    frames : float32[frame, band]
        Linear magnitudes.

    Returns
    -------
    dict
        ``sc_db``, spectral convergence 20 log10(||decoded - true|| / ||true||) over all frames;
        ``lsd_db``, log-spectral distance: the rms over bands of the difference in dB, floored
        80 dB below the loudest value, averaged over frames. Lower is better.
    """
    loudest = max(
        float(frames[first : first + _PIECE_FRAMES].max())
        for first in range(0, len(frames), _PIECE_FRAMES)
    )
    floor = max(1e-12, loudest * 10.0 ** (-LSD_FLOOR_DB / 20.0))
    error = energy = distance = 0.0
    for first in range(0, len(frames), _PIECE_FRAMES):
        true = frames[first : first + _PIECE_FRAMES].astype(np.float64)
        decoded = model.decode(model.encode(true.astype(np.float32))[0]).astype(np.float64)
        error += float(np.square(decoded - true).sum())
        energy += float(np.square(true).sum())
        ratio_db = 20.0 * np.log10(np.maximum(decoded, floor) / np.maximum(true, floor))
        distance += float(np.sqrt(np.square(ratio_db).mean(axis=1)).sum())
        told(min(1.0, (first + _PIECE_FRAMES) / len(frames)))
    convergence_db = 10.0 * np.log10(max(error, 1e-30) / energy)
    return {"sc_db": round(float(convergence_db), 3), "lsd_db": round(distance / len(frames), 3)}


def latent_statistics(network: FrameVAE, frames: Frames) -> LatentStatistics:
    """Return where frames lie in latent space.

    Parameters
    ----------
    frames : float32[frame, band]
        Linear magnitudes.
    """
    columns = torch.empty((len(frames), network.sizes.n_latents), dtype=torch.float64)
    with torch.no_grad():
        for first in range(0, len(frames), _PIECE_FRAMES):
            piece = torch.from_numpy(frames[first : first + _PIECE_FRAMES])
            means = network.encode(piece.to(network.centre.device))[0]
            columns[first : first + _PIECE_FRAMES] = means.cpu()
    return LatentStatistics(
        mean=tuple(columns.mean(0).tolist()),
        deviation=tuple(columns.std(0, correction=0).tolist()),
        minimum=tuple(columns.amin(0).tolist()),
        maximum=tuple(columns.amax(0).tolist()),
    )
