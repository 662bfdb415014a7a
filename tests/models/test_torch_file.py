"""Runs of the original's PyTorch port: found, read as numbers, and computed as the port does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from ltsrender.models import OriginalCard, import_run, load_model, read_card

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("read_here")

AS_COMPUTED = 1e-5


class Port(nn.Module):
    """The port's five layers, by its names."""

    def __init__(self, n_bins: int = 96, n_units: int = 6, n_latents: int = 4) -> None:
        super().__init__()
        self.fc1 = nn.Linear(n_bins, n_units)
        self.fc21 = nn.Linear(n_units, n_latents)
        self.fc22 = nn.Linear(n_units, n_latents)
        self.fc3 = nn.Linear(n_latents, n_units)
        self.fc4 = nn.Linear(n_units, n_bins)

    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        hidden = functional.relu(self.fc1(x))
        return self.fc21(hidden), self.fc22(hidden)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        return functional.relu(self.fc4(functional.relu(self.fc3(z))))


def trained(seed: int = 0) -> tuple[Port, dict[str, Any]]:
    """A network after one step, and what the port would save of it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        port = Port()
        optimizer = torch.optim.Adam(port.parameters(), lr=1e-3)
        mean, log_var = port.encode(torch.rand(8, 96))
        (port.decode(mean).square().sum() + log_var.sum()).backward()
        optimizer.step()
    state = {
        "epoch": 400,
        "state_dict": port.state_dict(),
        "optimizer": optimizer.state_dict(),
    }
    return port, state


@pytest.fixture
def run(make_torch_run: Callable[[Path], Path], tmp_path: Path) -> Path:
    return make_torch_run(tmp_path / "run-000")


def assert_computes(file: Path, port: nn.Module) -> None:
    frames = np.random.default_rng(1).random((300, 96), dtype=np.float32)
    model = load_model(file)
    with torch.no_grad():
        mean, log_var = port.encode(torch.from_numpy(frames))
        decoded = port.decode(mean)
    for found, wanted in (
        (model.encode(frames)[0], mean),
        (model.encode(frames)[1], log_var),
        (model.decode(mean.numpy()), decoded),
    ):
        assert float(np.abs(found - wanted.numpy()).max()) < AS_COMPUTED * float(wanted.abs().max())


@pytest.mark.parametrize(
    "place", ["best_model_state.pt", "checkpoints/ckpt_00400", "mine.pt", "../weights.pt"]
)
@pytest.mark.parametrize("bare", [False, True])
def test_it_computes_what_the_port_does(run: Path, tmp_path: Path, place: str, bare: bool) -> None:
    port, state = trained(7)
    (run / "model" / "best_model_state.pt").unlink()
    file = run / "model" / place
    file.parent.mkdir(exist_ok=True)
    torch.save(state["state_dict"] if bare else state, file)
    import_run(run, tmp_path / "a.ltsmodel")
    assert_computes(tmp_path / "a.ltsmodel", port)


def test_weights_of_float64(run: Path, tmp_path: Path) -> None:
    port, state = trained(3)
    port.double()
    torch.save({**state, "state_dict": port.state_dict()}, run / "model" / "best_model_state.pt")
    import_run(run, tmp_path / "a.ltsmodel")
    assert_computes(tmp_path / "a.ltsmodel", port.float())


def test_the_best_then_the_last_checkpoint(run: Path, tmp_path: Path) -> None:
    folder = run / "model" / "checkpoints"
    folder.mkdir()
    for seed, name in enumerate(("ckpt_00400", "ckpt_99800", "ckpt_100000")):
        torch.save(trained(seed)[1], folder / name)
    torch.save(trained(9)[1], run / "model" / "best_model_state.pt")
    import_run(run, tmp_path / "a.ltsmodel")
    assert_computes(tmp_path / "a.ltsmodel", trained(9)[0])
    (run / "model" / "best_model_state.pt").unlink()
    import_run(run, tmp_path / "b.ltsmodel")
    assert_computes(tmp_path / "b.ltsmodel", trained(2)[0])


def test_its_card(run: Path, tmp_path: Path) -> None:
    import_run(run, tmp_path / "a.ltsmodel", licence="CC0")
    card = read_card(tmp_path / "a.ltsmodel")
    assert isinstance(card, OriginalCard)
    assert (card.name, card.n_bands, card.n_latents, card.licence) == ("a", 96, 4, "CC0")
    assert card.frames["sample_rate_hz"] == 44100
    assert card.frames["f_min_hz"] == pytest.approx(32.703, abs=1e-3)  # cqt_fmin is not used
    assert card.run["audio.cqt_fmin"] == "A1"
    assert "keras" not in card.versions


def test_the_same_run_gives_the_same_bytes(run: Path, tmp_path: Path) -> None:
    for name in ("a/x.ltsmodel", "b/x.ltsmodel"):
        import_run(run, tmp_path / name)
    assert (tmp_path / "a/x.ltsmodel").read_bytes() == (tmp_path / "b/x.ltsmodel").read_bytes()
