"""The test plugin, built once; and a plugin at work as a test hears it."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ltsrender.effects.plugin import PluginInsert, read_plugin
from ltsrender.effects.plugin_stage import PluginStage
from ltsrender.session import Documents

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

DPF = Path(os.environ.get("DPF_PATH", "/usr/share/dpf"))
SOURCE = Path(__file__).parent / "source"
VARIANTS = {
    "LTSTestFilter": ("F", "-DLTS_CHANNELS=2"),
    "LTSTestMono": ("M", "-DLTS_CHANNELS=1"),
    "LTSTestBroken": ("B", "-DLTS_CRASH_ON_LOAD"),
    "LTSTestStuck": ("S", "-DLTS_HANG_ON_LOAD"),
}
RATE_HZ = 44_100


@dataclass(frozen=True)
class PluginSlot:
    """As much of an insert as a stage looks at."""

    id: str
    plugin: PluginInsert
    parameters: Mapping[str, Any]

    @property
    def info(self) -> Any:
        return self.plugin.info


@dataclass(frozen=True)
class Bench:
    """Runs sound through a plugin in pieces."""

    plugins: Path
    root: Path

    def read(self, name: str = "LTSTestFilter", **item: Any) -> PluginInsert:
        return read_plugin({"plugin": name, **item}, Documents(self.root), "chain[0]", "a.json")

    def stage(
        self,
        values: Mapping[str, Any],
        lanes: Mapping[str, Any] | None = None,
        *,
        n_channels: int = 2,
        plugin: PluginInsert | None = None,
        first_sample: int = 0,
        **changes: Any,
    ) -> PluginStage:
        plugin = replace(plugin or self.read(), **changes)
        slot: Any = PluginSlot("colour", plugin, values)
        return PluginStage(slot, lanes or {}, RATE_HZ, n_channels, first_sample)

    def hear(
        self,
        audio: NDArray[np.float32],
        values: Mapping[str, Any],
        lanes: Mapping[str, Any] | None = None,
        *,
        piece: int = 10_000,
        **options: Any,
    ) -> NDArray[np.float32]:
        stage = self.stage(values, lanes, n_channels=audio.shape[0], **options)
        try:
            pieces = [
                stage.process(audio[:, start : start + piece])
                for start in range(0, audio.shape[1], piece)
            ]
            return np.concatenate([*pieces, stage.flush()], axis=1)
        finally:
            stage.close()


def run_in(folder: Path, *command: str) -> None:
    """Run a command that must succeed."""
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr


def make_plugin(folder: Path, kind: str, name: str) -> None:
    """Build a variant of the test plugin in a folder with its source."""
    letter, defines = VARIANTS[name]
    variables = [f"NAME={name}", f"LETTER={letter}", f"DEFINES={defines}", f"DPF_PATH={DPF}"]
    run_in(folder, "make", "-j2", kind, *variables)


def skip_without_tools() -> None:
    """Skip what needs the test plugin where it cannot be built."""
    missing = [tool for tool in ("g++", "make") if shutil.which(tool) is None]
    missing += [] if (DPF / "Makefile.plugins.mk").is_file() else [f"DPF ({DPF})"]
    if missing:
        pytest.skip(f"the test plugin cannot be built without {' and '.join(missing)}")


@pytest.fixture(scope="session")
def built_plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the variants of the test plugin."""
    skip_without_tools()
    folder = tmp_path_factory.mktemp("plugins")
    shutil.copytree(SOURCE, folder, dirs_exist_ok=True)
    for name in VARIANTS:
        make_plugin(folder, "vst3", name)
    return folder / "bin"


@pytest.fixture(scope="session")
def facts_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the session's tests keep what plugins said of themselves."""
    return tmp_path_factory.mktemp("facts")


@pytest.fixture
def bench(
    built_plugins: Path, facts_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Bench:
    """The test plugins, found by name."""
    monkeypatch.setenv("LTSRENDER_PLUGINS", str(built_plugins))
    monkeypatch.setenv("LTSRENDER_PLUGIN_CACHE", str(facts_cache))
    return Bench(built_plugins, tmp_path)


@pytest.fixture(scope="session")
def noise() -> Callable[..., NDArray[np.float32]]:
    """Noise float32[channel, sample] that is the same every time."""

    def make(n_channels: int = 2, n_samples: int = 50_001) -> NDArray[np.float32]:
        rng = np.random.default_rng(7)
        return rng.uniform(-0.5, 0.5, (n_channels, n_samples)).astype(np.float32)

    return make


@pytest.fixture(scope="session")
def built_lv2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with two variants of the test plugin as LV2s."""
    pytest.importorskip("minihost", reason='LV2s need minihost: pip install "ltsrender[lv2]"')
    skip_without_tools()
    maker = DPF / "utils" / "lv2-ttl-generator" / "lv2_ttl_generator.c"
    folder = tmp_path_factory.mktemp("lv2")
    shutil.copytree(SOURCE, folder, dirs_exist_ok=True)
    run_in(folder, "g++", "-x", "c", "-o", "describe", str(maker), "-ldl")
    for name in ("LTSTestFilter", "LTSTestMono"):
        make_plugin(folder, "lv2_dsp", name)
        run_in(folder / "bin" / f"{name}.lv2", str(folder / "describe"), f"./{name}_dsp.so")
    return folder / "bin"
