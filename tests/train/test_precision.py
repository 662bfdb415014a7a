from __future__ import annotations

import pytest
import torch

from ltsrender.train.precision import mixed_precision


def test_cards_multiply_quickly_within_and_only_there() -> None:
    assert torch.get_float32_matmul_precision() == "highest"
    with mixed_precision(torch.device("cpu")):
        assert torch.get_float32_matmul_precision() == "highest"
    with mixed_precision(torch.device("cuda")):
        assert torch.get_float32_matmul_precision() == "high"
    assert torch.get_float32_matmul_precision() == "highest"


def test_it_ends_with_an_error_too() -> None:
    with pytest.raises(KeyboardInterrupt), mixed_precision(torch.device("cuda")):
        raise KeyboardInterrupt
    assert torch.get_float32_matmul_precision() == "highest"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_products_keep_three_digits() -> None:
    rng = torch.Generator().manual_seed(0)
    a, b = (torch.randn(256, 256, generator=rng) for _ in range(2))
    with mixed_precision(torch.device("cuda")):
        quick = (a.cuda() @ b.cuda()).cpu()
    error = (quick.double() - a.double() @ b.double()).abs().max().item()
    assert 1e-3 < error < 0.06  # float32's would be 1e-5, bfloat16's 0.2
