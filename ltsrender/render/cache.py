"""Encoded anchors, kept between renders under the hash of everything they depend on.

A changed sound, in point, placement, model, transform or library has another hash, so nothing is
ever stale. A damaged file is encoded again; a folder that cannot be written only costs time.
"""

from __future__ import annotations

import hashlib
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import platformdirs
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from ltsrender.errors import RenderError
from ltsrender.latents import Anchor, encode_anchor
from ltsrender.latents.moves import Moves
from ltsrender.safefile import written_beside

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from ltsrender.latents import PlacedSound
    from ltsrender.models import TimbreModel

FOLDER_VARIABLE = "LTSRENDER_CACHE"
LARGEST_BYTES = 1 << 30
ENCODING_VERSION = 3
"""To be raised whenever the same sound and model would be encoded differently."""
_MOVES = "moves/"
_ARRAYS = ("mean", "log_var", "silence", "loudest_rms")


def cache_folder() -> Path:
    """Return where anchors are kept: ``$LTSRENDER_CACHE``, or the user's cache folder."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("ltsrender")) / "anchors"


@dataclass(frozen=True)
class AnchorCache:
    """A folder of encoded anchors.

    Attributes
    ----------
    folder
        Where the files are; it need not exist.
    """

    folder: Path

    def anchor(
        self,
        placed: PlacedSound,
        model: TimbreModel,
        *,
        n_samples: int,
        device: str,
        macros: Mapping[str, tuple[float, ...]] | None = None,
    ) -> Anchor:
        """Return a sound's anchor, read from the cache or encoded and put there.

        Parameters
        ----------
        placed, model, n_samples, device, macros
            As for `ltsrender.latents.encode_anchor`.
        """
        macros = macros or {}
        file = self.folder / f"{_key(placed, model, n_samples, device, macros)}.safetensors"
        kept = _read(file, macros)
        if kept is not None:
            values = (kept["mean"], kept["log_var"], kept["silence"])
            moves = {
                name: Moves(amounts, kept[f"{_MOVES}{name}"]) for name, amounts in macros.items()
            }
            return Anchor(placed, *values, float(kept["loudest_rms"][0, 0]), moves)
        anchor = encode_anchor(placed, model, n_samples=n_samples, device=device, macros=macros)
        try:
            with written_beside(file) as part:
                # safetensors writes the memory of an array as it lies, strides or not.
                loudest = np.array([[anchor.loudest_rms]])
                parts = (anchor.mean, anchor.log_var, anchor.silence, loudest)
                named = dict(zip(_ARRAYS, parts, strict=True))
                named |= {f"{_MOVES}{name}": move.latents for name, move in anchor.moves.items()}
                arrays = {name: np.ascontiguousarray(part) for name, part in named.items()}
                save_file(arrays, part, {"sha256": _digest(arrays)})
            self._forget_the_oldest()
        except (RenderError, OSError):
            pass  # an anchor that could not be kept is still a good anchor
        return anchor

    def _forget_the_oldest(self) -> None:
        files = sorted(self.folder.glob("*.safetensors"), key=lambda file: file.stat().st_mtime)
        total = sum(file.stat().st_size for file in files)
        for file in files[:-1]:
            if total <= LARGEST_BYTES:
                return
            total -= file.stat().st_size
            file.unlink(missing_ok=True)


def _key(
    placed: PlacedSound,
    model: TimbreModel,
    n_samples: int,
    device: str,
    macros: Mapping[str, tuple[float, ...]],
) -> str:
    # Another library or processor rounds otherwise: what it kept is not what we would make.
    makers = (ENCODING_VERSION, torch.__version__, np.__version__, platform.machine())
    digest = hashlib.sha256(repr(makers).encode())
    shape = (placed.n_channels, placed.intro_samples, placed.cycle_samples, placed.held_sample)
    needed = min(n_samples, placed.encoded_samples())
    digest.update(repr((shape, needed, model.sha256, model.spectra, device)).encode())
    if macros:
        digest.update(repr(sorted(macros.items())).encode())
    digest.update(placed.unrolled.tobytes())
    return digest.hexdigest()[:40]


def _read(file: Path, macros: Iterable[str]) -> dict[str, NDArray[Any]] | None:
    """Return the arrays of a file whose content is what was once written, or nothing."""
    try:
        with safe_open(file, "numpy") as kept:
            names = [*_ARRAYS, *(f"{_MOVES}{name}" for name in macros)]
            arrays = {name: kept.get_tensor(name) for name in names}
            written = (kept.metadata() or {}).get("sha256")
    except (OSError, SafetensorError):
        return None
    return arrays if written == _digest(arrays) else None


def _digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Return the hash of what an anchor is: a disk that errs must not be heard."""
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):  # the key does not know in which order lanes stand
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
