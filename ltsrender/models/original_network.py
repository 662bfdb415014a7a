"""What a file of the original tells of its network, whichever library wrote it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ltsrender.models.layers import Layer

MAX_FILE_BYTES = 1024**3
"""The original's networks have some 40 MB, with all that its optimizer remembers."""

Weights = dict[str, "NDArray[np.float32]"]


class Refused(Exception):  # noqa: N818 - it never leaves the readers of these files
    """What is wrong, and where in the file."""

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(message)
        self.place = place


@dataclass(frozen=True)
class OriginalNetwork:
    """What a file tells of the original's model.

    Attributes
    ----------
    n_bins, n_latents
        Values of a frame and of its latents.
    encoder, decoder
        The layers, as a card lists them; mean and log variance are one dense layer each.
    weights
        Everything they need, finite, by the names that `ltsrender.models.original.OriginalVAE`
        gives.
    versions
        Library and version that wrote the file, as far as the file tells.
    """

    n_bins: int
    n_latents: int
    encoder: tuple[Layer, ...]
    decoder: tuple[Layer, ...]
    weights: Weights
    versions: dict[str, str] = field(default_factory=dict)
