"""A file is read in a process of its own: what that process does to itself, it does alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from ltsrender.errors import ModelError
from ltsrender.models import apart
from ltsrender.models.keras_file import read_keras_file
from ltsrender.models.torch_file import read_torch_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def h5(make_original_run: Callable[[Path], Path], tmp_path: Path) -> Path:
    return make_original_run(tmp_path / "run-000") / "model" / "mymodel_last.h5"


def test_the_answer_is_what_was_read(
    h5: Path, make_torch_run: Callable[[Path], Path], tmp_path: Path
) -> None:
    pt = make_torch_run(tmp_path / "run-001") / "model" / "best_model_state.pt"
    for read, file in ((read_keras_file, h5), (read_torch_file, pt)):
        here, there = read(file), apart.read_network(file)
        assert (here.n_bins, here.n_latents) == (there.n_bins, there.n_latents) == (96, 4)
        assert (here.encoder, here.decoder) == (there.encoder, there.decoder)
        assert here.versions == there.versions
        assert here.weights.keys() == there.weights.keys()
        for name, values in here.weights.items():
            assert there.weights[name].dtype == np.float32
            np.testing.assert_array_equal(values, there.weights[name])


ENDS = {
    "a crash": ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", r"crash \(SIGSEGV\)"),
    "a kill": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", r"crash \(SIGKILL\)"),
    "an abort": ("import os; os.abort()", r"crash \(SIGABRT\)"),
    "an odd number": ("import sys; sys.exit(77)", r"crash \(77\)"),
    "a circle": ("while True: pass", "could not be read within 3 seconds"),
    "an error": ("raise LookupError('where')", r"could not be read \(LookupError: where\)"),
    "no memory": (
        (
            "import sys; sys.path.insert(0, sys.argv[1])\n"
            "from ltsrender.models import apart\n"
            "def read(path): raise MemoryError\n"
            "apart._read = read; apart.answer_for(sys.argv[2])"
        ),
        "asks for more memory than a model can need",
    ),
}


@pytest.mark.parametrize("case", ENDS)
def test_a_process_that_does_not_answer(
    h5: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    code, says = ENDS[case]
    monkeypatch.setattr(apart, "_START", code)
    if case == "a circle":
        monkeypatch.setattr(apart, "PATIENCE_S", 3.0)
    with pytest.raises(ModelError, match=rf"mymodel_last\.h5: .*{says}"):
        apart.read_network(h5)


def test_nothing_of_the_folder_one_stands_in_is_run(
    h5: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json.py", "h5py.py", "numpy.py", "ltsrender.py", "sitecustomize.py"):
        (tmp_path / name).write_text("open('sprung', 'w')")
    monkeypatch.chdir(tmp_path)
    assert apart.read_network(h5).n_bins == 96
    assert not (tmp_path / "sprung").exists()


def test_what_libraries_print_is_no_part_of_the_answer(
    h5: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        apart,
        "_START",
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from ltsrender.models import apart\n"
        "read = apart._read\n"
        "def loud(path):\n"
        "    print('loud', flush=True)\n"
        "    return read(path)\n"
        "apart._read = loud\n"
        "apart.answer_for(sys.argv[2])",
    )
    assert apart.read_network(h5).n_bins == 96
