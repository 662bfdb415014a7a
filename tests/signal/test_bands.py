"""The windows together are tight: their squares sum to one on every bin."""

from __future__ import annotations

import numpy as np
import pytest

from ltsrender.signal import TransformSpec
from ltsrender.signal.bands import design_bands
from ltsrender.signal.window import crossfade, gaussian_sigma, nuttall

SPECS = [
    TransformSpec(),
    TransformSpec(support=8.0, sample_rate_hz=48_000),
    TransformSpec(bins_per_octave=12, f_min_hz=110.0, slice_samples=2**14, padding_samples=2**12),
]


@pytest.mark.parametrize("spec", SPECS)
def test_squares_sum_to_one_with_their_mirror_images(spec: TransformSpec) -> None:
    n_bins = spec.slice_samples // 2 + 1
    power = np.zeros(n_bins)
    for band in design_bands(spec):
        mirrored = np.abs(band.bins)
        mirrored = n_bins - 1 - np.abs(n_bins - 1 - mirrored)
        np.add.at(power, mirrored, band.gains**2)
    power[[0, -1]] *= 2  # these bins are their own mirror images
    np.testing.assert_allclose(power, 1.0, atol=1e-12)


@pytest.mark.parametrize("spec", SPECS)
def test_every_window_fits_its_hop(spec: TransformSpec) -> None:
    columns = spec.slice_samples // spec.band_hops
    widths = np.array([len(band.gains) for band in design_bands(spec)])
    assert (widths <= columns).all()


@pytest.mark.parametrize("spec", SPECS)
def test_every_window_ends_softly(spec: TransformSpec) -> None:
    ends = np.array([band.gains[[0, -1]] for band in design_bands(spec)])
    assert ends.max() < 0.05


def test_window_is_symmetric_and_ends_at_zero() -> None:
    u = np.linspace(-1.2, 1.2, 241)
    np.testing.assert_allclose(nuttall(u), nuttall(-u), atol=1e-15)
    assert nuttall(np.array([0.0]))[0] == pytest.approx(1.0)
    assert (nuttall(u[np.abs(u) >= 1]) == 0).all()


def test_crossfade_keeps_power() -> None:
    u = np.linspace(-2, 2, 401)
    np.testing.assert_allclose(crossfade(u) ** 2 + crossfade(-u) ** 2, 1.0, atol=1e-14)
    assert (np.diff(crossfade(u)) >= 0).all()


def test_gaussian_has_the_same_half_power_width() -> None:
    sigma = gaussian_sigma()
    at = sigma * np.sqrt(2 * np.log(10 ** (3 / 20)))
    assert 20 * np.log10(nuttall(np.array([at]))[0]) == pytest.approx(-3.0, abs=0.01)
