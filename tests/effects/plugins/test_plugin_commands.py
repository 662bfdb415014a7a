"""`ltsrender effects` with plugins: looked up, tried, and their states saved."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from ltsrender.cli import cli
from ltsrender.effects.plugin_search import plugin_folders

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def run(bench: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run a command in an empty folder, with no plugins but the test's."""
    monkeypatch.chdir(bench.root)
    only = [bench.plugins]
    assert plugin_folders()[0] == only[0]
    for room in ("shown", "plugin_search"):
        monkeypatch.setattr(f"ltsrender.effects.{room}.plugin_folders", lambda: only)

    def command(*arguments: str) -> Any:
        result = CliRunner().invoke(cli, ["effects", *arguments], prog_name="ltsrender")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return command


def test_a_scan_tells_which_plugins_work_and_why_others_do_not(run: Any, bench: Any) -> None:
    for name in ("LTSTestFilter", "LTSTestMono"):  # known already: the time is for the others
        bench.read(name)
    answer = run("scan", str(bench.plugins), "--timeout", "10")
    assert answer.exit_code == 0
    lines = answer.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines[:-1]] == [
        "LTSTestBroken",
        "LTSTestFilter",
        "LTSTestMono",
        "LTSTestStuck",
    ]
    assert "does not work: crashed (SIGABRT)" in lines[0]
    assert "works; version 1.2.3, by ltsrender, 8 parameters, 2 channels" in lines[1]
    assert "1 channel, 64 samples late" in lines[2]
    assert "does not work: gave no answer for 10 s, and was stopped" in lines[3]
    assert lines[-1] == "2 of 4 work."


def test_a_scan_for_programs(run: Any, bench: Any) -> None:
    file = bench.plugins / "LTSTestBroken.vst3"
    tree = json.loads(run("scan", str(file), "--json").stdout)
    assert tree == {
        "folders": [str(file)],
        "plugins": [
            {
                "name": "LTSTestBroken",
                "file": str(file),
                "works": False,
                "trouble": "crashed (SIGABRT)",
            }
        ],
    }


def test_plugins_are_listed_without_being_loaded(run: Any, bench: Any) -> None:
    answer = run("list", "--plugins")
    assert answer.exit_code == 0
    assert f"plugins (in {bench.plugins}):" in answer.stdout
    assert f"  LTSTestStuck   {bench.plugins / 'LTSTestStuck.vst3'}" in answer.stdout


def test_a_plugin_is_shown_with_the_targets_of_its_parameters(run: Any) -> None:
    shown = run("show", "ltstestfilter").stdout
    assert shown.startswith("LTSTestFilter, a plugin, version 1.2.3, by ltsrender\n")
    assert "It takes 2 channels and comes 64 samples late" in shown
    assert "  Cutoff     20..20000 Hz" in shown
    tree = json.loads(run("show", "LTSTestFilter", "--json").stdout)
    rows = {row["name"]: row for row in tree["parameters"]}
    assert rows["Fault at"]["lane"] == "insert/<id>/Fault at"
    assert rows["Mode"]["choices"] == ["Lowpass", "Highpass"]
    assert rows["Mode"]["lane"] == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["LTSTestBroken"], '"LTSTestBroken.vst3" crashed (SIGABRT)'),
        (["LTSTestStuck", "--timeout", "2"], '"LTSTestStuck.vst3" gave no answer for 2 s, and was'),
        (["LTSTestFliter"], 'did you mean "LTSTestFilter"?'),
    ],
)
def test_a_plugin_that_cannot_be_shown_is_refused(
    run: Any, arguments: list[str], says: str
) -> None:
    answer = run("show", *arguments)
    assert answer.exit_code == 2
    assert says in answer.stderr
    assert not answer.stdout


def test_a_state_is_saved_and_what_it_holds_goes_on(run: Any, bench: Any) -> None:
    first = run("save-state", "LTSTestFilter", "-o", "a.state", "--set", "Cutoff=500")
    assert first.exit_code == 0, first.stderr
    assert first.stdout.startswith("a.state: ")
    assert not first.stderr
    settings = ("--set", "mode=highpass".title(), "--set", "Fault at=3")
    second = run("save-state", "LTSTestFilter", "-o", "b.state", "--state", "a.state", *settings)
    assert second.exit_code == 0, second.stderr
    table = bench.read(state_file="b.state").info.parameters
    assert [table[name].default for name in ("Cutoff", "Mode", "Fault at", "Gain")] == [
        pytest.approx(500.0, abs=0.1),
        "Highpass",
        pytest.approx(3.0, abs=1e-3),
        0.0,
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--set", "Cutoff"), "a setting is NAME=VALUE"),
        (("--set", "=3"), "a setting is NAME=VALUE"),
        (("--set", "Cutof=500", "--set", "Gain=99"), 'did you mean "Cutoff"?'),
        (("--set", "Cutof=500", "--set", "Gain=99"), '--set "Gain" is 99.0; it takes -60..12 dB'),
        (("--set", "Gain=nan"), "it takes -60..12 dB"),
        (("--set", "Gain=loud"), 'is "loud", not a number'),
        (("--set", "Fault at=1/4"), "a state has no tempo"),
        (("--set", "Mode=bend"), "it is one of Lowpass, Highpass"),
        (("--preset", "no.vstpreset"), "does not exist"),
    ],
)
def test_a_wrong_setting_writes_nothing(
    run: Any, bench: Any, arguments: tuple[str, ...], says: str
) -> None:
    answer = run("save-state", "LTSTestFilter", "-o", "a.state", *arguments)
    assert answer.exit_code == 2
    assert says in answer.stderr
    assert not list(bench.root.iterdir())


def test_a_state_that_cannot_be_written_or_made_is_told(run: Any, bench: Any) -> None:
    (bench.root / "a.state").mkdir()
    answer = run("save-state", "LTSTestFilter", "-o", "a.state")
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "cannot be written" in answer.stderr
    answer = run("save-state", "LTSTestBroken", "-o", "b.state")
    assert answer.exit_code == 2
    assert "crashed (SIGABRT)" in answer.stderr
    assert not (bench.root / "b.state").exists()


def test_values_that_a_state_does_not_keep_are_told(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ltsrender.effects import plugin_state  # noqa: PLC0415 - to be changed

    read = plugin_state.read_facts

    def forgetful(file: Any, name: str, *, state: bytes, timeout_s: float) -> Any:
        assert state
        return read(file, name, timeout_s=timeout_s)

    monkeypatch.setattr(plugin_state, "read_facts", forgetful)
    answer = run("save-state", "LTSTestFilter", "-o", "a.state", "--set", "Cutoff=500")
    assert answer.exit_code == 0
    assert answer.stderr == (
        "note: Cutoff was 500 and came back as 1000: the plugin does not keep it in its state\n"
    )
