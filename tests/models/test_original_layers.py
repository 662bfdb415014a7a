"""Layers of the original, each against its definition written out; and cards that cannot be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from ltsrender.models.layers import Convolution, Dense, Reshape, Scale, shape_through
from ltsrender.models.original import ConvolutionModule, OriginalVAE, ScaleModule
from ltsrender.models.original_card import OriginalCard, original_latent_names
from ltsrender.signal.librosa_cqt import LibrosaSpec, bands_for

FRAMES = LibrosaSpec(bins_per_octave=4, f_min_hz=200.0, n_bins=12, hop_samples=256)


def card_of(**changes: Any) -> OriginalCard:
    facts = {
        "name": "tiny",
        "transform": bands_for(FRAMES).to_dict(),
        "frames": FRAMES.to_dict(),
        "latent_names": original_latent_names(2),
        "encoder": [{"kind": "dense", "n_in": 12, "n_out": 3, "activation": "relu"}],
        "decoder": [{"kind": "dense", "n_in": 2, "n_out": 12}],
    }
    return OriginalCard.model_validate({**facts, **changes})


def convolution(transposed: bool, size: tuple[int, int], kernel: int, stride: int) -> np.ndarray:
    """Return what the module makes minus what the sums of the definition make."""
    layer = Convolution(
        transposed=transposed, n_in=2, n_out=3, kernel=(kernel, kernel), stride=(stride, stride)
    )
    module = ConvolutionModule(layer)
    rng = np.random.default_rng(kernel * 10 + stride)
    keras = rng.normal(size=(kernel, kernel, 3, 2) if transposed else (kernel, kernel, 2, 3))
    bias = rng.normal(size=3)
    image = rng.normal(size=(*size, 2))
    module.weight.data = torch.tensor(keras.transpose(3, 2, 0, 1), dtype=torch.float64)
    module.bias.data = torch.tensor(bias, dtype=torch.float64)
    with torch.inference_mode():
        found = module(torch.tensor(image)[None])[0].numpy()
    assert found.shape == layer.shape_after((*size, 2))
    straight, other_way = _by_sums(image, keras, bias, stride), _spread(image, keras, bias, stride)
    return found - (other_way if transposed else straight)


def _by_sums(image: np.ndarray, kernel: np.ndarray, bias: np.ndarray, s: int) -> np.ndarray:
    if kernel.shape[2] != image.shape[2]:
        return np.zeros(1)
    k, (h, w) = kernel.shape[0], image.shape[:2]
    out = np.empty((-(-h // s), -(-w // s), kernel.shape[3]))
    before = [max((-(-n // s) - 1) * s + k - n, 0) // 2 for n in (h, w)]
    for i, j in np.ndindex(*out.shape[:2]):
        total = bias.copy()
        for a, b in np.ndindex(k, k):
            y, x = i * s + a - before[0], j * s + b - before[1]
            if 0 <= y < h and 0 <= x < w:
                total += image[y, x] @ kernel[a, b]
        out[i, j] = total
    return out


def _spread(image: np.ndarray, kernel: np.ndarray, bias: np.ndarray, s: int) -> np.ndarray:
    if kernel.shape[3] != image.shape[2]:
        return np.zeros(1)
    k, (h, w) = kernel.shape[0], image.shape[:2]
    out = np.tile(bias, (h * s, w * s, 1))
    before = max(k - s, 0) // 2
    for i, j in np.ndindex(h, w):
        for a, b in np.ndindex(k, k):
            y, x = i * s + a - before, j * s + b - before
            if 0 <= y < h * s and 0 <= x < w * s:
                out[y, x] += kernel[a, b] @ image[i, j]
    return out


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(("kernel", "stride"), [(3, 2), (4, 2), (3, 1), (1, 2), (5, 3)])
@pytest.mark.parametrize("size", [(6, 4), (5, 7)])
def test_convolutions_are_those_of_keras(
    transposed: bool, kernel: int, stride: int, size: tuple[int, int]
) -> None:
    assert np.abs(convolution(transposed, size, kernel, stride)).max() < 1e-12


def test_a_scale_acts_on_the_last_axis() -> None:
    module = ScaleModule(Scale(n_channels=2))
    module.weight.data = torch.tensor([2.0, 3.0])
    module.bias.data = torch.tensor([0.0, 1.0])
    with torch.inference_mode():
        assert module(torch.ones(1, 2, 2)).tolist() == [[[2.0, 4.0], [2.0, 4.0]]]


def test_negative_magnitudes_are_nothing_and_huge_ones_finite() -> None:
    network = OriginalVAE(card_of())
    line = network.decoder[0].line
    line.weight.data = torch.full((12, 2), 1e4)
    line.weight.data[:6] *= -1
    with torch.inference_mode():
        made = network.decode(torch.tensor([[1.0, 1.0], [3e38, 3e38]]))
    assert not made[:, :6].any()
    assert (made[:, 6:] == 1e4).all()


def test_shapes_are_followed_through() -> None:
    layers = [
        Reshape(shape=(6, 2, 1)),
        Convolution(n_in=1, n_out=4, kernel=(3, 3), stride=(2, 2)),
        Reshape(shape=(12,)),
        Dense(n_in=12, n_out=5),
    ]
    assert shape_through(layers, 12) == (5,)
    with pytest.raises(ValueError, match=r"layer 0 \(reshape\) cannot take a shape of \[13\]"):
        shape_through(layers, 13)


GROWING = {"kind": "convolution", "transposed": True, "n_in": 1, "n_out": 64}
IMPOSSIBLE = {
    "a frame of no bins": ({"frames": {"n_bins": 0}}, "frames.n_bins is 0"),
    "bins in words": ({"frames": {"n_bins": "12"}}, "frames.n_bins is '12'"),
    "twins": ({"latent_names": ("z", "z")}, "not all different"),
    "no latents": ({"latent_names": ()}, "latent_names has 0 entries"),
    "an encoder that does not fit": (
        {"encoder": [{"kind": "dense", "n_in": 9, "n_out": 3}]},
        r"layer 0 \(dense\) cannot take a shape of \[12\]",
    ),
    "an encoder that ends in an image": (
        {"encoder": [{"kind": "reshape", "shape": [4, 3, 1]}]},
        "encoder ends in the shape",
    ),
    "a decoder of other frames": (
        {"decoder": [{"kind": "dense", "n_in": 2, "n_out": 13}]},
        r"decoder ends in the shape \[13\], not \[12\]",
    ),
    "an unknown layer": ({"decoder": [{"kind": "lambda"}]}, "lambda"),
    "a layer too wide": ({"encoder": [{"kind": "dense", "n_in": 12, "n_out": 10**6}]}, "16384"),
    "a memory bomb": (
        {
            "encoder": [
                {"kind": "reshape", "shape": [12, 1, 1]},
                {**GROWING, "kernel": [64, 64], "stride": [64, 64]},
            ]
        },
        "at most 131,072 are allowed",
    ),
    "too many layers": ({"encoder": [{"kind": "activate", "activation": "relu"}] * 65}, "64"),
    "another architecture": ({"architecture": "gan"}, "original-vae"),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_cards_that_cannot_be_are_refused(case: str) -> None:
    changes, words = IMPOSSIBLE[case]
    with pytest.raises(ValidationError, match=words):
        card_of(**changes)
