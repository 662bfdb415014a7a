"""An LV2 sounds as the same plugin does as a VST3, and fails as quietly."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ltsrender.effects.plugin import read_plugin
from ltsrender.effects.plugin_lv2 import Lv2Plugin
from ltsrender.effects.plugin_process import PluginFault
from ltsrender.effects.plugin_search import find_plugin
from ltsrender.errors import EffectError, InsertFailed
from ltsrender.session import Documents

if TYPE_CHECKING:
    from pathlib import Path

ONE_STEP = 1e-6  # raw values are float32 in both hosts, but not the same float32


class Ramp:
    """A lane from one value to another in a second."""

    def __init__(self, first: float, last: float) -> None:
        self.first, self.last = first, last

    def at(self, seconds: Any) -> Any:
        return self.first + (self.last - self.first) * np.minimum(seconds, 1.0)


@pytest.fixture
def lv2(bench: Any, built_lv2: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Read one of the test LV2s."""
    monkeypatch.setenv("LTSRENDER_PLUGINS", os.pathsep.join([str(bench.plugins), str(built_lv2)]))

    def read(name: str = "LTSTestFilter", **item: Any) -> Any:
        plugin = {"plugin": str(built_lv2 / f"{name}.lv2"), **item}
        return read_plugin(plugin, Documents(bench.root), "chain[0]", "a.json")

    return read


@pytest.mark.parametrize("lanes", [{}, {"Cutoff": Ramp(200.0, 9_000.0)}])
@pytest.mark.parametrize("latency", [0.0, 64.0, 4_000.0])
def test_it_sounds_as_its_vst3_does(
    bench: Any, noise: Any, lv2: Any, lanes: Any, latency: float
) -> None:
    audio, values = noise(), {"Gain": -6.0, "Latency": latency, "Mode": "Highpass"}
    made = bench.hear(audio, values, lanes, plugin=lv2())
    assert np.abs(made - bench.hear(audio, values, lanes)).max() < ONE_STEP


@pytest.mark.parametrize("lanes", [{}, {"Cutoff": Ramp(100.0, 9_000.0)}])
def test_pieces_of_any_length_and_another_render_give_the_same_bytes(
    bench: Any, noise: Any, lv2: Any, lanes: Any
) -> None:
    audio = noise()
    whole = bench.hear(audio, {}, lanes, piece=audio.shape[1], plugin=lv2())
    for piece in (audio.shape[1], 997, 16_384):
        assert np.array_equal(whole, bench.hear(audio, {}, lanes, piece=piece, plugin=lv2()))


def test_a_mono_lv2_takes_every_channel_by_itself(bench: Any, noise: Any, lv2: Any) -> None:
    audio = noise(3)
    made = bench.hear(audio, {}, plugin=lv2("LTSTestMono"))
    vst3 = bench.hear(audio, {}, plugin=bench.read("LTSTestMono"))
    assert np.abs(made - vst3).max() < ONE_STEP


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"Fault": "crash", "Fault at": 0.5}, r"crashed \(SIGSEGV\)"),
        ({"Fault": "hang"}, r"gave no answer for 3 s"),
        ({"Fault": "nan", "Fault at": 0.5}, r"not a number"),
        ({"Lie": 10.0, "Cutoff": 20_000.0}, r"declares a latency of 74 samples.*64 samples late"),
    ],
)
def test_its_faults_name_the_insert(
    bench: Any, noise: Any, lv2: Any, values: Any, says: str
) -> None:
    with pytest.raises(InsertFailed, match=says):
        bench.hear(noise(), values, plugin=lv2(), timeout_s=3.0)


def test_a_state_file_holds_what_was_set(bench: Any, noise: Any, lv2: Any) -> None:
    from ltsrender.effects.plugin_state import save_state  # noqa: PLC0415 - as the command does

    target = bench.root / "dark.state"
    item = {"plugin": str(lv2().file)}
    saved = save_state(item, [("Cutoff", "300")], Documents(bench.root), target)
    assert saved.lost == ()
    plugin = lv2(state_file="dark.state")
    assert plugin.info.parameters["Cutoff"].default == pytest.approx(300.0, abs=0.1)
    audio = noise()
    made = bench.hear(audio, {}, plugin=plugin)
    assert np.abs(made - bench.hear(audio, {"Cutoff": 300.0})).max() < ONE_STEP


def test_what_no_lv2_can_do_is_told(
    bench: Any, lv2: Any, built_lv2: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bench.root / "a.vstpreset").write_bytes(b"VST3")
    with pytest.raises(EffectError, match=r"LV2, which has no \.vstpreset"):
        lv2(preset_file="a.vstpreset")
    (bench.root / "a.state").write_bytes(b"nonsense" * 9)
    with pytest.raises(EffectError, match="refuses its state file"):
        lv2(state_file="a.state")
    suite = bench.root / "Suite.lv2"
    for name in ("LTSTestFilter", "LTSTestMono"):
        shutil.copytree(built_lv2 / f"{name}.lv2", suite, dirs_exist_ok=True)
    manifests = [file.read_text() for file in built_lv2.glob("*.lv2/manifest.ttl")]
    (suite / "manifest.ttl").write_text("".join(manifests))
    monkeypatch.setenv("LTSRENDER_PLUGINS", str(bench.root))
    with pytest.raises(EffectError, match="holds 2 plugins"):
        read_plugin({"plugin": str(suite)}, Documents(bench.root))


def test_without_minihost_the_package_to_install_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "minihost", None)
    with pytest.raises(PluginFault, match=r'pip install "ltsrender\[lv2\]"'):
        Lv2Plugin("/nowhere/Echo.lv2")


def test_of_two_with_one_name_the_vst3_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LTSRENDER_PLUGINS", str(tmp_path))
    for name in ("Echo.lv2", "Echo.vst3", "Haze.lv2"):
        (tmp_path / name).mkdir()
    found = [find_plugin(name, tmp_path)[0] for name in ("echo", "Echo.lv2", "haze")]
    assert [path.name if path else "" for path in found] == ["Echo.vst3", "Echo.lv2", "Haze.lv2"]
