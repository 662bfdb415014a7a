"""Many latents on a plane: principal components, or a map that keeps neighbours together."""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from ltsrender.errors import InputError, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

PROJECTIONS = {"pca": "", "tsne": "sklearn", "umap": "umap"}
"""Names of projections, and the package that each needs."""
_PIP = {"sklearn": "scikit-learn", "umap": "umap-learn"}


def check_projection(name: str) -> None:
    """Refuse a projection whose package is not installed, before any work.

    Raises
    ------
    InputError
        With what to install.
    """
    package = PROJECTIONS[name]
    if package and importlib.util.find_spec(package) is None:
        words = (
            f"is {name}, which needs a package that is not installed here: "
            f"pip install {_PIP[package]}; pca needs none"
        )
        raise InputError(Problem(words, place="--projection"))


def projected(points: NDArray[np.float64], name: str) -> tuple[NDArray[np.float64], list[str]]:
    """Return points on a plane, and what its axes are called.

    Parameters
    ----------
    points : float64[point, latent]
    name
        One of `PROJECTIONS`.

    Returns
    -------
    float64[point, 2], list of 2 names
    """
    if name == "pca":
        return _principal(points)
    module: Any = importlib.import_module("umap" if name == "umap" else "sklearn.manifold")
    kind = module.UMAP if name == "umap" else module.TSNE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # both speak of their own settings
        flat = kind(n_components=2, random_state=0).fit_transform(points)
    return np.asarray(flat, dtype=np.float64), [f"{name} {axis}" for axis in (1, 2)]


def _principal(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], list[str]]:
    apart = points - points.mean(axis=0)
    _, sizes, directions = np.linalg.svd(apart, full_matrices=False)
    share = np.square(sizes) / max(float(np.square(sizes).sum()), 1e-30)
    largest = np.take_along_axis(directions, np.abs(directions).argmax(1)[:, None], axis=1)
    plane = (directions * np.sign(largest))[:2]  # no sign of their own, as in train.start
    names = [
        f"component {axis + 1}, dB ({100 * share[axis]:.0f} % of the spread)" for axis in (0, 1)
    ]
    return apart @ plane.T, names
