"""The original's networks, held against those that it wrote itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.models.keras_file import read_keras_file
from ltsrender.models.layers import Dense, shape_through
from ltsrender.models.original_architectures import timbre_cvae, timbre_vae, timbre_vae2

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ltsrender.models.original_architectures import Stacks

MAKERS = (timbre_vae, timbre_vae2, timbre_cvae)


@pytest.mark.parametrize(
    ("run", "make", "sizes"),
    [
        ("A_vae_u512", timbre_vae, {"n_latents": 256, "n_units": 512}),
        ("A_vae2_bn", timbre_vae2, {"n_latents": 32, "n_units": 160, "n_halvings": 2}),
        ("A_cvae_dense", timbre_cvae, {"n_latents": 8, "n_units": 96, "n_filters": 8}),
    ],
)
def test_they_are_the_networks_of_the_runs(
    shared_runs: Path, run: str, make: Callable[..., Stacks], sizes: dict[str, Any]
) -> None:
    written = read_keras_file(shared_runs / "runs" / run / "run-000" / "model" / "mymodel_last.h5")
    made = make(written.n_bins, **sizes)
    assert (made.encoder, made.decoder) == (written.encoder, written.decoder)


@pytest.mark.parametrize(
    ("make", "widths"),
    [
        (timbre_vae, [2048]),
        (timbre_vae2, [2048, 1024, 512, 256]),
        (timbre_cvae, [2048, 1024, 512]),
    ],
)
def test_usual_sizes_are_those_of_the_shipped_configs(
    make: Callable[[int, int], Stacks], widths: list[int]
) -> None:
    made = make(384, 16)
    found = [layer.n_out for layer in made.encoder if isinstance(layer, Dense)]
    assert found == widths


@given(
    make=st.sampled_from(MAKERS),
    n_bins=st.integers(1, 12).map(lambda n: 32 * n),
    n_latents=st.integers(1, 64),
    n_units=st.integers(8, 64),
)
def test_what_goes_in_comes_out(
    make: Callable[..., Stacks], n_bins: int, n_latents: int, n_units: int
) -> None:
    made = make(n_bins, n_latents, n_units)
    assert len(shape_through(made.encoder, n_bins)) == 1
    assert shape_through(made.decoder, n_latents) == (n_bins,)


def test_a_frame_that_makes_no_image_is_refused() -> None:
    with pytest.raises(ValueError, match="n_bins is 451"):
        timbre_cvae(451, 8)
