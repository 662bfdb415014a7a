"""Files of the original are read in a process of their own, which may crash without harm.

libhdf5 is written in C and not made for files that were broken on purpose. Of 11 000 files with a
few bytes changed by chance 9 made it run in circles, and nobody can promise that none crashes it.
Pickles cannot crash Python's reader, but 300 bytes of them keep it busy for ever, even where no
code is allowed. So a second Python reads the file and answers in numbers and JSON; if it does not
answer, that is a note to the composer like any other. Measured on two busy cores, a file of 9 MB
takes 0.9 s instead of 0.04 s this way, and a ``.pt`` file as long as torch needs to load, 3 to 6 s;
that is once per import.

The answer is an ``.npz`` without pickles: ``answer``, JSON in bytes, and one array for each weight.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from ltsrender.errors import ModelError, Problem
from ltsrender.models.layers import Layer
from ltsrender.models.original_network import OriginalNetwork

PATIENCE_S = 60.0
"""For a small file: 20 times what loading torch took on a busy machine."""
SLOWEST_BYTES_PER_S = 1e7
MAX_MEMORY_BYTES = 6 * 1024**3
"""Of the process, where no torch is loaded: a file of 1 GiB, its numbers twice, and the answer."""

# The same ltsrender as here, wherever it was found; nothing from the folder that one stands in.
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); import ltsrender; del sys.path[0]; "
    "from ltsrender.models.apart import answer_for; answer_for(sys.argv[2])"
)
_DAMAGED = "it is damaged, or was broken on purpose"
_LAYERS: TypeAdapter[tuple[Layer, ...]] = TypeAdapter(tuple[Layer, ...])


def read_network(path: Path) -> OriginalNetwork:
    """Read the network in a file of the original, or of its PyTorch port.

    Parameters
    ----------
    path
        An ``.h5`` file of Keras; anything else is taken for a file of ``torch.save``.

    Raises
    ------
    ModelError
        With what is wrong in it; also when reading it crashes, or does not come to an end.
    """
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-P", "-c", _START, str(root), str(path.absolute())]
    patience_s = PATIENCE_S
    try:
        patience_s += path.stat().st_size / SLOWEST_BYTES_PER_S
        done = subprocess.run(  # noqa: S603 - our own module, and the file as its argument
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=patience_s, check=False
        )
    except subprocess.TimeoutExpired as error:
        words = f"could not be read within {patience_s:.0f} seconds: {_DAMAGED}"
        raise ModelError(Problem(words, path)) from error
    except OSError as error:
        words = f"cannot be read in a process of its own: {error.strerror or error}"
        raise ModelError(Problem(words, path)) from error
    if done.returncode != 0:
        raise ModelError(Problem(_end_of(done), path))
    return _network_of(done.stdout, path)


def _end_of(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return how a process ended that gave no answer."""
    if done.returncode == 1:  # Python's own end, by an exception
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
        return f"could not be read ({lines[-1][:200]})"
    number = -done.returncode
    name = signal.Signals(number).name if number in set(signal.Signals) else str(done.returncode)
    return f"made the library that reads it crash ({name}): {_DAMAGED}"


def _network_of(answer: bytes, path: Path) -> OriginalNetwork:
    with np.load(io.BytesIO(answer), allow_pickle=False) as arrays:
        facts = json.loads(arrays["answer"].tobytes())
        if "problems" in facts:
            raise ModelError([Problem(**{**fault, "file": path}) for fault in facts["problems"]])
        return OriginalNetwork(
            n_bins=facts["n_bins"],
            n_latents=facts["n_latents"],
            encoder=_LAYERS.validate_python(facts["encoder"]),
            decoder=_LAYERS.validate_python(facts["decoder"]),
            weights={name: arrays[f"weight {name}"] for name in facts["weights"]},
            versions=facts["versions"],
        )


def answer_for(name: str) -> None:
    """Read a file and write the answer to standard output; this is the other process."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no part of the answer
    path = Path(name)
    try:
        facts, arrays = _told(_read(path))
    except ModelError as error:
        problems = [asdict(problem) | {"file": ""} for problem in error.problems]
        facts, arrays = {"problems": problems}, {}
    except MemoryError:
        words = f"asks for more memory than a model can need: {_DAMAGED}"
        facts, arrays = {"problems": [asdict(Problem(words))]}, {}
    told = np.frombuffer(json.dumps(facts).encode("ascii"), np.uint8)
    with answer:
        whole = io.BytesIO()
        np.savez(whole, answer=told, **arrays)
        answer.write(whole.getbuffer())


def _read(path: Path) -> OriginalNetwork:
    """Read a file here. Only one of the two libraries is loaded."""
    if path.suffix.lower() != ".h5":
        from ltsrender.models.torch_file import read_torch_file  # noqa: PLC0415 - torch is slow

        return read_torch_file(path)
    from ltsrender.models.keras_file import read_keras_file  # noqa: PLC0415 - the same

    _hold_memory()
    return read_keras_file(path)


def _hold_memory() -> None:
    """Let the system refuse this process memory that no model needs, where the system can."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - not on Windows

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, hard))


def _told(network: OriginalNetwork) -> tuple[dict[str, Any], dict[str, Any]]:
    facts = {
        "n_bins": network.n_bins,
        "n_latents": network.n_latents,
        "encoder": [layer.model_dump() for layer in network.encoder],
        "decoder": [layer.model_dump() for layer in network.decoder],
        "weights": list(network.weights),
        "versions": network.versions,
    }
    return facts, {f"weight {name}": values for name, values in network.weights.items()}
