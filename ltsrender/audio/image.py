"""The stereo image of phases that were found for all channels together.

Phases that come from magnitudes are the same in all channels, for phases found apart disagree. So
everything would stand in the middle, however wide the sources are. Where the sources are known, the
differences between their channels are known too, and every channel is turned by its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import Tensor

    from ltsrender.audio.guide import Guide
    from ltsrender.audio.targets import Estimate

_LEAST_POWER = 1e-20
"""Of a product of two coefficients (-200 dB re 1): below it there is no difference to tell."""


def with_image(estimates: Iterable[Estimate], guide: Guide) -> Iterator[Estimate]:
    """Yield estimates whose channels differ in phase as those of the guide do.

    Parameters
    ----------
    estimates
        Of consecutive blocks, the first of them -1, with the same phases in all channels.
    guide
        What the sources do.
    """
    for block, estimate in enumerate(estimates, start=-1):
        turned = tuple(
            c * _differences(g) for c, g in zip(estimate.coefficients, guide(block), strict=True)
        )
        yield replace(estimate, coefficients=turned)


def _differences(guide: Tensor) -> Tensor | float:
    """Return the direction of every channel from that of their sum, of absolute value 1."""
    if all(torch.equal(channel, guide[0]) for channel in guide[1:]):
        return 1.0  # mono stays mono to the last bit, which a quotient would round
    product = guide * guide.sum(dim=0, keepdim=True).conj()
    size = product.abs()
    return torch.where(size > _LEAST_POWER, product / size.clamp_min(_LEAST_POWER), 1.0)
