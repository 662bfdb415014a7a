"""Everything that goes wrong with a plugin is a sentence about its insert, and leaves nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ltsrender.effects.plugin_process import PluginFault, PluginProcess
from ltsrender.errors import EffectError, InsertFailed

FAULTS = {
    "crash": r"crashed \(SIGSEGV\)",
    "abort": r"crashed \(SIGABRT\)",
    "hang": r"gave no answer for 3 s, and was stopped",
    "nan": r"not a number, or infinite, 0\.\d+ s into the sound",
    "infinite": r"not a number, or infinite, 0\.\d+ s into the sound",
    "later": r"changed its latency from 64 to 96 samples",
    "quit": r"ended by itself in the middle of its work \(exit code 0\)",
}


@pytest.fixture(autouse=True)
def nothing_is_left() -> Any:
    """No thread and no child process, dead or alive, outlives a test."""
    before = threading.active_count()
    yield
    assert threading.active_count() == before
    if Path("/proc/self/task").is_dir():
        task = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
        children = task.read_text().split() if task.exists() else []
        names = [Path(f"/proc/{child}/cmdline").read_bytes() for child in children]
        assert not [name for name in names if b"plugin_worker" in name or not name]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_middle_names_the_insert(bench: Any, noise: Any, fault: str) -> None:
    values = {"Fault": fault, "Fault at": 0.5}
    with pytest.raises(InsertFailed, match=FAULTS[fault]) as caught:
        bench.hear(noise(), values, timeout_s=3.0)
    assert str(caught.value).startswith('insert "colour": plugin "LTSTestFilter" ')
    assert caught.value.insert == "colour"


@pytest.mark.parametrize("fault", ["crash", "abort", "quit"])
def test_a_fault_at_the_very_start_is_told_too(bench: Any, noise: Any, fault: str) -> None:
    with pytest.raises(InsertFailed, match=FAULTS[fault]):
        bench.hear(noise(), {"Fault": fault})


def test_where_the_sound_broke_is_told_in_seconds(bench: Any, noise: Any) -> None:
    with pytest.raises(InsertFailed) as caught:
        bench.hear(noise(), {"Fault": "nan", "Fault at": 0.75})
    told = float(caught.value.reason.split(" s into")[0].split()[-1])
    assert told == pytest.approx(0.75, abs=0.02)


@pytest.mark.parametrize(("lie", "declared"), [(10.0, 74), (-64.0, 0)])
def test_a_wrong_latency_is_measured_and_told(
    bench: Any, noise: Any, lie: float, declared: int
) -> None:
    says = rf"declares a latency of {declared} samples.*64 samples late.*\"latency_samples\": 64"
    with pytest.raises(InsertFailed, match=says):
        bench.hear(noise(), {"Cutoff": 20_000.0, "Lie": lie})


def test_an_absurd_latency_is_not_believed_but_can_be_corrected(bench: Any, noise: Any) -> None:
    values = {"Lie": 1_000_000.0}
    with pytest.raises(InsertFailed, match=r"1000064 samples, which cannot be true"):
        bench.hear(noise(), values)
    made = bench.hear(noise(), values, latency_samples=64)
    assert np.array_equal(made, bench.hear(noise(), {}))


def test_a_stage_that_is_dropped_or_closed_ends_its_process(bench: Any, noise: Any) -> None:
    stage = bench.stage({})
    stage.process(noise())
    stage.close()
    stage.close()
    with pytest.raises(InsertFailed, match="has been closed"):
        stage.process(noise())
    dropped = bench.stage({})
    dropped.process(noise())
    del dropped  # `nothing_is_left` looks


def test_ctrl_c_in_the_middle_of_an_answer_ends_the_process(
    bench: Any, noise: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = bench.stage({})
    stage.process(noise())

    def pressed(_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("ltsrender.effects.plugin_process.read_message", pressed)
    with pytest.raises(KeyboardInterrupt):
        stage.process(noise())


def test_nonsense_on_the_pipe_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ltsrender.effects.plugin_process._MODULE", "this")  # prints a poem
    process = PluginProcess(20.0)
    with pytest.raises(PluginFault, match=r"in the middle of its work|cannot be understood"):
        process.ask({"do": "facts"})


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no such signal here")
@pytest.mark.parametrize("when", ["between two blocks", "before the end"])
def test_a_plugin_that_somebody_else_ends_is_told(bench: Any, noise: Any, when: str) -> None:
    stage = bench.stage({})
    stage.process(noise())
    os.kill(pid_of(stage), signal.SIGKILL)
    with pytest.raises(InsertFailed, match=r'insert "colour": .* crashed \(SIGKILL\)'):
        stage.process(noise()) if when == "between two blocks" else stage.flush()
    with pytest.raises(InsertFailed, match="has been closed"):
        stage.process(noise())


def test_a_plugin_that_came_with_the_session_is_not_run(bench: Any) -> None:
    shutil.copytree(bench.plugins / "LTSTestBroken.vst3", bench.root / "Here.vst3")
    for name in ("Here.vst3", "Here", str(bench.plugins / ".." / bench.root / "Here.vst3")):
        with pytest.raises(EffectError, match="outside the plugin folders: it is not run"):
            bench.read(name)


def test_a_plugin_that_vanishes_after_it_was_read_is_told(
    bench: Any, noise: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LTSRENDER_PLUGINS", str(bench.root))
    bundle = bench.root / "Here.vst3"
    shutil.copytree(bench.plugins / "LTSTestFilter.vst3", bundle)
    plugin = bench.read("Here.vst3")
    shutil.rmtree(bundle)
    with pytest.raises(InsertFailed, match=r'insert "colour": .* cannot be loaded'):
        bench.hear(noise(), {}, plugin=plugin)


def test_two_inserts_of_one_plugin_know_nothing_of_each_other(bench: Any, noise: Any) -> None:
    audio = noise()
    dark, bright = {"Cutoff": 200.0}, {"Cutoff": 9_000.0, "Latency": 7.0}
    alone = [bench.hear(audio, values) for values in (dark, bright)]
    stages = [bench.stage(values) for values in (dark, bright)]
    pieces: list[list[Any]] = [[], []]
    for start in range(0, audio.shape[1], 10_000):
        for stage, made in zip(stages, pieces, strict=True):
            made.append(stage.process(audio[:, start : start + 10_000]))
    assert pid_of(stages[0]) != pid_of(stages[1])
    for stage, made, expected in zip(stages, pieces, alone, strict=True):
        made.append(stage.flush())
        assert np.array_equal(np.concatenate(made, axis=1), expected)


def test_one_of_two_inserts_crashes_and_the_other_goes_on(bench: Any, noise: Any) -> None:
    audio = noise()
    steady, doomed = bench.stage({}), bench.stage({"Fault": "crash", "Fault at": 0.3})
    made = [steady.process(audio[:, :30_000])]
    with pytest.raises(InsertFailed, match="SIGSEGV"):
        doomed.process(audio)
    made += [steady.process(audio[:, 30_000:]), steady.flush()]
    assert np.array_equal(np.concatenate(made, axis=1), bench.hear(audio, {}))


def test_another_thread_may_close_a_plugin_at_work(bench: Any, noise: Any) -> None:
    stage = bench.stage({"Fault": "hang", "Fault at": 0.6}, timeout_s=30.0)
    said: list[BaseException] = []

    def work() -> None:
        try:
            stage.process(noise())
        except InsertFailed as failed:
            said.append(failed)

    worker = threading.Thread(target=work)
    worker.start()
    end = time.monotonic() + 20.0
    while stage._n_sent == 0 and time.monotonic() < end:  # the second message is the one that hangs
        time.sleep(0.01)
    time.sleep(0.3)
    stage.close()
    worker.join(20.0)
    assert not worker.is_alive()
    assert [str(each) for each in said] == [
        'insert "colour": plugin "LTSTestFilter" was stopped in the middle of its work'
    ]


@pytest.mark.parametrize("n_channels", [3, 6])
def test_a_width_that_a_plugin_cannot_take_is_told(bench: Any, noise: Any, n_channels: int) -> None:
    with pytest.raises(InsertFailed, match=f"takes neither {n_channels} channels nor one"):
        bench.hear(noise(n_channels), {})


def pid_of(stage: Any) -> int:
    pid: int = stage._process._process.pid
    return pid


HOLDER = """
import sys
from ltsrender.effects.plugin_process import PluginProcess
process = PluginProcess(600.0)
values = {"6": "hang"} if sys.argv[2] == "hang" else {}
header = {"do": "open", "file": sys.argv[1], "sample_rate_hz": 44100, "n_channels": 2,
          "block_samples": 512, "probe": False}
process.ask(header)
print(process._process.pid, flush=True)
if sys.argv[2] == "hang":
    process.ask({**header, "probe": True, "values": values})
sys.stdin.read()
"""


@pytest.mark.parametrize("state", ["waits", "hang"])
def test_a_killed_render_takes_its_plugins_with_it(bench: Any, state: str) -> None:
    file = bench.plugins / "LTSTestFilter.vst3"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(file), state],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[3])},
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    worker = int(holder.stdout.readline())
    os.kill(worker, 0)
    time.sleep(0.5 if state == "hang" else 0.0)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdin.close()
    holder.stdout.close()
    end = time.monotonic() + 20.0
    while _lives(worker):
        assert time.monotonic() < end, "the plugin's process outlived its render"
        time.sleep(0.05)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return True
