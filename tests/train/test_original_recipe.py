"""The original's recipe: its arithmetic, its networks, and what is left of them in a file."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ltsrender.errors import ModelError
from ltsrender.models import OriginalCard, load_model, read_card
from ltsrender.models.original_architectures import timbre_vae, timbre_vae2
from ltsrender.models.original_card import original_latent_names
from ltsrender.models.spectra import LibrosaSpectra
from ltsrender.signal.librosa_cqt import LibrosaSpec
from ltsrender.train import OriginalOptions, TrainProgress, train_original
from ltsrender.train.normalise import FOLLOWED, Normalise
from ltsrender.train.original_frames import read_original_frames
from ltsrender.train.original_recipe import (
    ADAM_EPSILON,
    RECIPES,
    Budget,
    fit_by_recipe,
    folded,
    fresh_network,
    loss_of,
)

if TYPE_CHECKING:
    from pathlib import Path
    from types import SimpleNamespace

    from ltsrender.models.original_architectures import Stacks

SMALL_FRAMES = LibrosaSpec(sample_rate_hz=8_000, bins_per_octave=12, n_bins=64)
N_BINS = 24
N_LATENTS = 4
FOLDING_ERROR = 1e-5
SOON = Budget(epochs=4)


def card_of(stacks: Stacks) -> OriginalCard:
    return OriginalCard(
        name="small",
        transform={},
        frames={"n_bins": N_BINS},
        latent_names=original_latent_names(N_LATENTS),
        encoder=stacks.encoder,
        decoder=stacks.decoder,
    )


def frames_of(seed: int, n_frames: int = 200) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    shapes = rng.random((3, N_BINS)) ** 4
    return torch.from_numpy((rng.random((n_frames, 3)) @ shapes).astype(np.float32))


DENSE = card_of(timbre_vae(N_BINS, N_LATENTS, 32))
DEEP = card_of(timbre_vae2(N_BINS, N_LATENTS, 32))
EAGER = dataclasses.replace(RECIPES["timbre-vae"], learning_rate=1e-2)


@pytest.fixture
def options() -> OriginalOptions:
    return OriginalOptions(
        "timbre-vae", minutes=None, epochs=3, n_latents=6, seed=3, device="cpu", frames=SMALL_FRAMES
    )


def test_the_numbers_are_those_of_the_configs() -> None:
    recipe = RECIPES["timbre-vae"]
    assert (recipe.n_latents, recipe.batch_frames, recipe.patience) == (256, 64, 50)
    assert (recipe.kl_beta, recipe.learning_rate) == (5e-4, 1e-4)
    assert RECIPES["timbre-cvae"].batch_frames == 256


def test_the_runs_say_the_same_of_loss_and_optimizer(shared_runs: Path) -> None:
    """What TensorFlow was told, as it wrote it into the model."""
    path = shared_runs / "runs" / "A_vae_u512" / "run-000" / "model" / "mymodel_last.h5"
    with h5py.File(path, "r") as file:
        layers = json.loads(file.attrs["model_config"])["config"]["layers"]
        training = json.loads(file.attrs["training_config"])
    divergence = [each["inbound_nodes"] for each in layers if each["class_name"] == "TFOpLambda"]
    recipe = RECIPES["timbre-vae"]
    assert divergence[-2] == [
        ["tf.__operators__.add", 0, 0, {}]
    ]  # reduce_mean of 1 + v - m^2 - e^v
    assert divergence[-1][0][2] == pytest.approx(-recipe.kl_beta)  # and no half
    assert training["loss"]["class_name"] == "MeanSquaredError"
    adam = training["optimizer_config"]["config"]
    assert adam["learning_rate"] == pytest.approx(recipe.learning_rate)
    assert (adam["beta_1"], adam["beta_2"], adam["epsilon"]) == (0.9, 0.999, ADAM_EPSILON)
    assert adam["weight_decay"] is None


def test_the_loss_is_the_mean_square_and_twice_the_divergence() -> None:
    """Held against torch's own KL: the original's formula has no half before it."""
    network = fresh_network(DENSE, torch.Generator().manual_seed(0))
    frames = frames_of(0)
    apart = [
        loss_of(network, frames, beta, torch.Generator().manual_seed(1)).item()
        for beta in (0.0, 1.0)
    ]
    mean, log_var = network.encode(frames)
    normal = torch.distributions.Normal(mean, torch.exp(0.5 * log_var))
    prior = torch.distributions.Normal(torch.tensor(0.0), torch.tensor(1.0))
    divergence = torch.distributions.kl_divergence(normal, prior).mean().item()
    assert apart[1] - apart[0] == pytest.approx(2.0 * divergence, rel=1e-4)


def test_networks_begin_as_those_of_keras() -> None:
    network = fresh_network(DEEP, torch.Generator().manual_seed(0))
    weight, bias = network.mean.weight, network.mean.bias
    limit = np.sqrt(6.0 / sum(weight.shape))
    assert 0.9 * limit < weight.abs().max() <= limit
    assert not bias.any()


@pytest.mark.parametrize("card", [DENSE, DEEP])
def test_a_few_epochs_lower_the_loss(card: OriginalCard) -> None:
    first = fit_by_recipe(card, EAGER, frames_of(0), Budget(epochs=1), 0)
    later = fit_by_recipe(card, EAGER, frames_of(0), Budget(epochs=20), 0)
    assert later.loss < 0.7 * first.loss
    assert (first.n_epochs, later.n_epochs) == (1, 20)


def test_the_best_epoch_is_kept_and_patience_ends() -> None:
    told: list[float] = []
    wild = dataclasses.replace(EAGER, learning_rate=0.1, patience=3)
    fitted = fit_by_recipe(
        DENSE, wild, frames_of(0), Budget(epochs=500), 0, lambda _, loss, __: told.append(loss)
    )
    n_steps = -(-200 // wild.batch_frames)
    counts = np.array([64, 64, 64, 8])
    means = [
        float(np.array(told[first : first + n_steps]) @ counts / 200)
        for first in range(0, len(told), n_steps)
    ]
    assert fitted.n_epochs == len(means) < 500
    assert fitted.loss == pytest.approx(min(means))
    assert int(np.argmin(means)) == len(means) - 1 - wild.patience


def test_minutes_end_training_inside_an_epoch() -> None:
    fitted = fit_by_recipe(DENSE, EAGER, frames_of(0, 100_000), Budget(seconds=0.05), 0)
    assert fitted.n_epochs == 1
    assert np.isfinite(fitted.loss)


def test_what_leaves_the_numbers_is_told() -> None:
    with pytest.raises(ModelError, match="does not settle"):
        fit_by_recipe(DENSE, EAGER, torch.full((8, N_BINS), torch.inf), SOON, 0)


def test_a_trained_timbre_vae2_is_the_same_when_it_is_folded() -> None:
    network = fresh_network(DEEP, torch.Generator().manual_seed(0))
    rng = torch.Generator().manual_seed(1)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    for _ in range(50):
        optimizer.zero_grad()
        loss_of(network, frames_of(0), 5e-4, rng).backward()
        optimizer.step()
    frames = frames_of(1)
    with torch.no_grad():
        mean, log_var = network.eval().encode(frames)
        decoded = network.decoder(mean)
        plain = folded(network)
        assert not any(isinstance(module, Normalise) for module in plain.modules())
        for before, after in zip((mean, log_var), plain.encode(frames), strict=True):
            assert float((before - after).abs().max()) < FOLDING_ERROR
        assert float((decoded - plain.decoder(mean)).abs().max()) < FOLDING_ERROR


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), n_batch=st.integers(1, 64))
def test_normalisation_is_that_of_torch_up_to_what_it_remembers(seed: int, n_batch: int) -> None:
    rng = np.random.default_rng(seed)
    ours, theirs = Normalise(5), torch.nn.BatchNorm1d(5, eps=1e-3, momentum=FOLLOWED)
    for _ in range(3):
        batch = torch.from_numpy(rng.normal(1.0, 2.0, (n_batch + 1, 5)).astype(np.float32))
        assert torch.allclose(ours(batch), theirs(batch), atol=1e-5)
    theirs.running_var = ours.variance.clone()  # theirs follows the unbiased variance
    ours.eval(), theirs.eval()
    assert torch.allclose(ours(batch), theirs(batch), atol=1e-5)
    assert torch.allclose(ours(batch), ours.folded()(batch), atol=1e-5)


@pytest.mark.parametrize("architecture", list(RECIPES))
def test_recordings_become_a_model_like_any_other(
    sounds: list[Path], options: OriginalOptions, tmp_path: Path, architecture: str
) -> None:
    target = tmp_path / "theirs.ltsmodel"
    told: list[TrainProgress] = []
    chosen = dataclasses.replace(options, architecture=architecture, epochs=1, licence="CC0-1.0")
    train_original(sounds, target, chosen, told.append)
    model = load_model(target)
    card = model.card
    assert isinstance(card, OriginalCard)
    assert (card.name, card.licence, card.n_latents, card.n_bands) == ("theirs", "CC0-1.0", 6, 64)
    assert [sound.name for sound in card.training_sounds] == [path.name for path in sounds]
    assert card.run["extra.description"] == architecture
    assert set(card.metrics) == {"lsd_db", "sc_db"}
    z = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
    for decoded in (model.decode(z), model.decode(100 * z)):
        assert decoded.shape == (50, 64)
        assert np.isfinite(decoded).all()
        assert (decoded >= 0.0).all()
    assert list(dict.fromkeys(step.stage for step in told)) == ["reading", "fitting", "measuring"]


def test_the_same_seed_and_epochs_give_the_same_bytes(
    sounds: list[Path], options: OriginalOptions, tmp_path: Path
) -> None:
    deep = dataclasses.replace(options, architecture="timbre-vae2", name="one")
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        torch.rand(7)  # chance that others used must not matter
        train_original(sounds, tmp_path / name, dataclasses.replace(deep, seed=seed))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_bytes() != (tmp_path / "c").read_bytes()


def test_unusable_files_are_skipped_and_told(
    sounds: list[Path], options: OriginalOptions, tmp_path: Path, workshop: SimpleNamespace
) -> None:
    (tmp_path / "broken.wav").write_bytes(b"no sound")
    silent = workshop.write(tmp_path / "silent.wav", np.zeros(4_000, np.float32))
    again = tmp_path / "again.wav"
    again.write_bytes(sounds[0].read_bytes())
    notes: list[str] = []
    folder = [tmp_path / "broken.wav", silent, sounds[0], again]
    once = dataclasses.replace(options, epochs=1)
    card = train_original(folder, tmp_path / "m", once, lambda now: notes.append(now.note))
    assert [sound.name for sound in card.training_sounds] == ["low.wav"]
    told = "\n".join(notes)
    assert all(words in told for words in ("broken.wav", "silent from end", "is the same file"))
    with pytest.raises(ModelError, match="no sound to train on"):
        train_original([silent], tmp_path / "none", once)
    assert not (tmp_path / "none").exists()


def test_a_recording_is_not_overwritten(sounds: list[Path], options: OriginalOptions) -> None:
    with pytest.raises(ModelError, match="one of the recordings"):
        train_original(sounds, sounds[0], options)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ModelError) as refused:
        OriginalOptions("timbre-vea", minutes=-1.0, n_latents=2, seed=-1)
    words = str(refused.value)
    assert 'did you mean "timbre-vae"' in words
    assert all(f"{name} is" in words for name in ("minutes", "n_latents", "seed"))


def test_frames_that_make_no_image_are_refused(
    sounds: list[Path], options: OriginalOptions, tmp_path: Path
) -> None:
    odd = dataclasses.replace(
        options, architecture="timbre-cvae", frames=dataclasses.replace(SMALL_FRAMES, n_bins=60)
    )
    with pytest.raises(ModelError, match="n_bins is 60"):
        train_original(sounds, tmp_path / "m", odd)
    assert not list(tmp_path.iterdir())


def test_silence_is_learnt_and_all_frames_are_kept(
    options: OriginalOptions, tmp_path: Path, workshop: SimpleNamespace
) -> None:
    audio = np.concatenate([workshop.plucked(220.0), np.zeros(16_000, np.float32)])
    path = workshop.write(tmp_path / "and_then_nothing.wav", audio)
    data = read_original_frames([path], LibrosaSpectra(SMALL_FRAMES), 0, "cpu", lambda *_: None)
    assert len(data.frames) == 1 + len(audio) // SMALL_FRAMES.hop_samples
    assert 0 < data.audible.sum() < len(data.frames)
    train_original([path], tmp_path / "m", dataclasses.replace(options, epochs=1))
    assert read_card(tmp_path / "m").training_sounds[0].name == path.name
