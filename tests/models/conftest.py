"""A model small enough to make in a blink, with random weights instead of training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from ltsrender.models import FrameVAE, LatentStatistics, ModelCard, Sizes, save_model
from ltsrender.models.card import default_latent_names
from ltsrender.signal.spec import TransformSpec

if TYPE_CHECKING:
    from pathlib import Path

# Few bands and short slices: what is tested here does not depend on the size of the transform.
TINY_SPEC = TransformSpec(
    sample_rate_hz=8_000, bins_per_octave=4, slice_samples=2**12, padding_samples=2**10
)


def make_card(n_latents: int = 5, **changes: object) -> ModelCard:
    sizes = Sizes(n_bands=TINY_SPEC.n_bands, n_latents=n_latents, width=8, n_hidden=2)
    facts = {
        "name": "tiny",
        "transform": TINY_SPEC.to_dict(),
        "sizes": sizes,
        "latent_names": default_latent_names(n_latents),
        "latents": LatentStatistics(
            mean=(0.1,) * n_latents,
            deviation=(0.2,) * n_latents,
            minimum=(0.0,) * n_latents,
            maximum=(0.5,) * n_latents,
        ),
    }
    return ModelCard.model_validate({**facts, **changes})


def make_network(seed: int = 0) -> FrameVAE:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return FrameVAE(make_card().sizes)


@pytest.fixture(scope="session")
def card() -> ModelCard:
    return make_card()


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny.ltsmodel"
    save_model(path, make_network(), make_card())
    return path
