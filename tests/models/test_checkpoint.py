from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import ltsrender
from ltsrender.errors import RenderError
from ltsrender.models import FrameVAE, ModelCard, Sizes, load_model, save_model


@pytest.fixture
def network(card: ModelCard) -> FrameVAE:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return FrameVAE(card.sizes)


def test_values_and_card_come_back(network: FrameVAE, card: ModelCard, tmp_path: Path) -> None:
    save_model(tmp_path / "a.ltsmodel", network, card)
    loaded = load_model(tmp_path / "a.ltsmodel")
    assert loaded.card == card
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, loaded.network.state_dict()[name])


def test_equal_models_have_equal_bytes(network: FrameVAE, card: ModelCard, tmp_path: Path) -> None:
    first, second = tmp_path / "a.ltsmodel", tmp_path / "b.ltsmodel"
    save_model(first, network, card)
    loaded = load_model(first)
    save_model(second, loaded.network, loaded.card)
    assert first.read_bytes() == second.read_bytes()
    assert load_model(second).sha256 == loaded.sha256


def test_the_public_door_takes_a_name_and_gives_arrays(
    network: FrameVAE, card: ModelCard, tmp_path: Path
) -> None:
    save_model(tmp_path / "a.ltsmodel", network, card)
    model = ltsrender.load_model(str(tmp_path / "a.ltsmodel"))
    frames = np.random.default_rng(0).random((30, model.n_bands))  # float64, as old .npy files are
    mean, log_var = model.encode(frames)
    decoded = model.decode(mean)
    assert mean.shape == log_var.shape == (30, model.n_latents) == (30, card.n_latents)
    assert decoded.shape == frames.shape
    assert {array.dtype for array in (mean, log_var, decoded)} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(mean[7:9], model.encode(frames[7:9])[0])


def test_a_card_of_another_network_is_refused(network: FrameVAE, card: ModelCard) -> None:
    sizes = Sizes(n_bands=3, n_latents=5, width=8, n_hidden=2)
    with pytest.raises(ValueError, match="the card says"):
        save_model(Path("never.ltsmodel"), network, card.model_copy(update={"sizes": sizes}))


def test_a_folder_in_the_way_leaves_nothing(
    network: FrameVAE, card: ModelCard, tmp_path: Path
) -> None:
    target = tmp_path / "taken.ltsmodel"
    target.mkdir()
    with pytest.raises(RenderError, match="cannot be written"):
        save_model(target, network, card)
    assert list(tmp_path.iterdir()) == [target]
