"""Mixed precision on graphics cards: products with fewer digits, sums with all.

TensorFloat-32 keeps float32's range, so neither losses nor gradients need scaling, and 10 bits of
fraction, where bfloat16's 7 would round a band of 40 dB by 0.1 dB. Weights, their averages and the
optimizer stay float32, and the model that is written computes with all digits.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def mixed_precision(device: torch.device) -> Iterator[None]:
    """Let matrices be multiplied quickly within, where the device can; elsewhere do nothing.

    Parameters
    ----------
    device
        Where the network is.
    """
    if device.type != "cuda":
        yield
        return
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
