"""Which processor the networks run on."""

from __future__ import annotations

import torch

from ltsrender.errors import ModelError, Problem, nearest

DEVICES = ("auto", "cpu", "cuda", "mps")


def choose_device(name: str) -> str:
    """Return the torch device that a ``--device`` option means.

    Parameters
    ----------
    name
        ``auto`` (the fastest there is: cuda, then mps, then cpu), ``cpu``, ``cuda`` or ``mps``.

    Raises
    ------
    ModelError
        When the device is unknown or absent from this machine.

    Examples
    --------
    >>> choose_device("cpu")
    'cpu'
    """
    if name not in DEVICES:
        allowed = ", ".join(DEVICES)
        raise ModelError(
            Problem(
                f"{name!r} is not a device; there are {allowed}",
                place="--device",
                suggestion=nearest(name, DEVICES),
            )
        )
    present = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return next(device for device, there in present.items() if there)
    if not present[name]:
        raise ModelError(
            Problem(
                f"{name} is not available on this machine; use auto or cpu",
                place="--device",
            )
        )
    return name
