"""A plugin's preset and state files: applied, kept by the manifest, and refused when wrong."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from ltsrender.effects.plugin import read_plugin
from ltsrender.effects.plugin_state import save_state
from ltsrender.errors import EffectError
from ltsrender.session import Documents

# In a process of its own, as everything that loads a plugin.
MAKE_PRESET = """
import sys, numpy, pedalboard
plugin = pedalboard.load_plugin(sys.argv[1])
for parameter in plugin._parameters:
    if parameter.name == "Cutoff":
        parameter.raw_value = 0.25
silence = numpy.zeros((2, 512), numpy.float32)
plugin.process(silence, 44100, buffer_size=512, reset=True)  # only now is the value in its state
open(sys.argv[2], "wb").write(plugin.preset_data)
"""


@pytest.fixture
def preset(bench: Any) -> bytes:
    """A .vstpreset of the test plugin, its cutoff a quarter of the way up."""
    file = bench.root / "quarter.vstpreset"
    plugin = bench.plugins / "LTSTestFilter.vst3"
    subprocess.run([sys.executable, "-c", MAKE_PRESET, str(plugin), str(file)], check=True)
    data: bytes = file.read_bytes()
    return data


def test_a_preset_sets_what_the_insert_does_not(bench: Any, noise: Any, preset: bytes) -> None:
    assert preset.startswith(b"VST3")
    plugin = bench.read(preset_file="quarter.vstpreset")
    assert plugin.preset == preset
    assert plugin.info.parameters["Cutoff"].default == pytest.approx(5_015.0, rel=1e-4)
    audio = noise()
    assert np.array_equal(
        bench.hear(audio, {}, plugin=plugin), bench.hear(audio, {"Cutoff": 5015.0})
    )
    own = bench.hear(audio, {"Cutoff": 300.0}, plugin=plugin)
    assert np.array_equal(own, bench.hear(audio, {"Cutoff": 300.0}))


def test_a_state_is_applied_after_the_preset(bench: Any, noise: Any, preset: bytes) -> None:
    assert preset
    target = bench.root / "quiet.state"
    item = {"plugin": "LTSTestFilter", "preset_file": "quarter.vstpreset"}
    saved = save_state(item, [("Gain", "-12")], Documents(bench.root), target)
    assert saved.lost == ()
    assert saved.n_bytes == target.stat().st_size > 0
    plugin = bench.read(state_file="quiet.state")
    values = {"Cutoff": 5_015.0, "Gain": -12.0}
    audio = noise()
    made = bench.hear(audio, {}, plugin=plugin)
    assert np.array_equal(made, bench.hear(audio, values))
    both = bench.read(state_file="quiet.state", preset_file="quarter.vstpreset")
    assert np.array_equal(bench.hear(audio, {}, plugin=both), made)


def test_a_manifest_replays_both_without_the_files(bench: Any, noise: Any, preset: bytes) -> None:
    assert preset
    start = {"plugin": "LTSTestFilter"}
    save_state(start, [("Gain", "-12")], Documents(bench.root), bench.root / "quiet.state")
    item = {**start, "preset_file": "quarter.vstpreset", "state_file": "quiet.state"}
    documents = Documents(bench.root)
    plugin = read_plugin(item, documents)
    assert sorted(documents.contents) == ["quarter.vstpreset", "quiet.state"]
    for file in bench.root.iterdir():
        file.unlink()
    again = read_plugin(item, Documents(bench.root, replay=documents.contents))
    assert again == plugin
    audio = noise()
    assert np.array_equal(bench.hear(audio, {}, plugin=again), bench.hear(audio, {}, plugin=plugin))


def test_files_that_do_not_fit_are_refused(bench: Any, preset: bytes) -> None:
    other = preset[:8] + bytes(reversed(preset[8:40])) + preset[40:]
    files = {
        "other.vstpreset": other,
        "torn.vstpreset": preset[: len(preset) // 2],
        "text.vstpreset": b"not a preset",
        "empty.state": b"",
    }
    for name, data in files.items():
        (bench.root / name).write_bytes(data)
    wrong = {
        "other.vstpreset": "saved by another plugin",
        "torn.vstpreset": "cannot read its preset file|nothing in it changed",
        "text.vstpreset": r"it is not a \.vstpreset",
        "quartr.vstpreset": r'does not exist; did you mean "quarter.vstpreset"',
    }
    for name, says in wrong.items():
        with pytest.raises(EffectError, match=says) as caught:
            bench.read(preset_file=name)
        assert str(caught.value).startswith("a.json: chain[0].p")
    with pytest.raises(EffectError, match=r"chain\[0\].state_file .* is empty"):
        bench.read(state_file="empty.state")


def test_a_preset_of_the_defaults_is_told_to_change_nothing(bench: Any) -> None:
    file = bench.root / "plain.vstpreset"
    script = MAKE_PRESET.replace("0.25", "parameter.raw_value")
    plugin = bench.plugins / "LTSTestFilter.vst3"
    subprocess.run([sys.executable, "-c", script, str(plugin), str(file)], check=True)
    with pytest.raises(EffectError, match=r"nothing in it changed: save the plugin's state"):
        bench.read(preset_file="plain.vstpreset")


def test_everything_wrong_with_an_insert_is_told_at_once(bench: Any) -> None:
    with pytest.raises(EffectError) as caught:
        bench.read(latency_samples=-1, timeout_s="long", preset_file="no.vstpreset")
    assert len(caught.value.problems) == 3
    here = "a.json: chain[0].parameters"
    with pytest.raises(EffectError) as caught:
        bench.read(parameters={"Cutof": 1, "Gain": 99.0, "Mode": "bend", "Latency": "x"})
    assert [str(each) for each in caught.value.problems] == [
        f'{here}.Cutof is no parameter of LTSTestFilter; did you mean "Cutoff"?',
        f"{here}.Gain is 99.0; it takes -60..12 dB",
        f'{here}.Mode is "bend"; it is one of Lowpass, Highpass',
        f'{here}.Latency is "x", not a number; it takes 0..4096 smp',
    ]
