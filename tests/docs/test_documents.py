"""README and the documentation are run: Python executed, JSON read, commands parsed."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

from ltsrender.cli import cli
from ltsrender.effects import read_chain
from ltsrender.errors import InputError, Problem
from ltsrender.render import make_plan
from ltsrender.session import Documents, read_automation, read_map, read_session
from ltsrender.session.point import read_point

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sybil import Example

    from ltsrender.session import Session

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "ltsrender" / "docs"
EXAMPLE = Path("examples") / "first-light"
DOCUMENTS = [
    REPOSITORY / "README.md",
    *sorted(set(DOCS.rglob("*.md")) - set(DOCS.glob("_build/**"))),
]
NAMES = [str(path.relative_to(REPOSITORY)) for path in DOCUMENTS]

# The comment above a block says what it is: `<!-- file: curve.json -->`, `<!-- track: chain -->`.
_LABEL = re.compile(r"<!-- (file|track|change|message)(?:: (\S+))? -->\n$")

STUB_TRACK = {
    "name": "Stub",
    "model": "six",
    "start_beats": 0,
    "end_beats": 8,
    "anchors": [{"sound": "glass"}, {"sound": "metal"}],
    "sends": [{"bus": "hall"}],
}
STUB_DRUMS = STUB_TRACK | {"name": "Drums", "sends": []}
STUB = {
    "schema_version": 1,
    "sounds": {"glass": {"file": "sounds/glass.flac"}, "metal": {"file": "sounds/metal.flac"}},
    "models": {"six": {"file": "first-light.ltsmodel"}},
    "buses": [{"name": "hall"}],
}


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_every_block_does_what_it_says(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = document.read_text("utf-8")
    example = tmp_path / EXAMPLE
    shutil.copytree(
        REPOSITORY / EXAMPLE, example, ignore=shutil.ignore_patterns("__pycache__", "*.py")
    )
    monkeypatch.chdir(tmp_path if f"{EXAMPLE.as_posix()}/" in text else example)
    blocks = Sybil(
        parsers=[
            PythonCodeBlockParser(),
            CodeBlockParser("json", read_json),
            CodeBlockParser("sh", parse_commands),
            CodeBlockParser("console", parse_commands),
            CodeBlockParser("diff", change_file),
            CodeBlockParser("text", compare_message),
        ]
    )
    for block in blocks.parse(document).examples():
        block.evaluate()


def label_of(block: Example) -> tuple[str, str]:
    """Return what the comment above a block says: its kind and a name; empty without one."""
    found = _LABEL.search(block.document.text[: block.start])
    return (found[1], found[2] or "") if found else ("", "")


def read_json(block: Example) -> None:
    """Read a JSON block with the reader that will read it from a composer's disk."""
    kind, name = label_of(block)
    value = json.loads(block.parsed)
    if kind == "track":
        write(
            Path("stub.lts.json"),
            json.dumps(STUB | {"tracks": [STUB_TRACK | {name: value}, STUB_DRUMS]}),
        )
        check_session(Path("stub.lts.json"))
        return
    assert kind == "file", "a JSON block needs a comment that says what it is"
    write(Path(name), block.parsed)
    if "tracks" in value:
        check_session(Path(name))
    elif value["format"] == "ltsrender automation":
        read_automation(name, Documents(Path.cwd()))
    elif value["format"] == "ltsrender controller map":
        read_map(name, Documents(Path.cwd()))
    elif value["format"] == "ltsrender latent preset":
        read_point(name, Documents(Path.cwd()))
    else:
        assert value["format"] == "ltsrender effects"
        read_chain(Path(name).stem, Documents(Path.cwd()))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def check_session(path: Path) -> None:
    """Read a session and its chains; make the whole plan where its sounds and models are there."""
    session = read_session(path)
    document = session.document
    with without_plugins():
        for strip in (*document.tracks, *document.buses, document.master):
            read_chain(strip.chain, session.documents)
    if all((session.folder / file).exists() for file in files_of(session)):
        with without_plugins():
            make_plan(session)


@contextmanager
def without_plugins() -> Iterator[None]:
    """Let pass that a reader's plugins and their files are not here; nothing else is excused."""
    try:
        yield
    except InputError as error:
        left = [problem for problem in error.problems if not is_only_elsewhere(problem)]
        if left:
            raise type(error)(left) from error


def is_only_elsewhere(problem: Problem) -> bool:
    is_of_a_plugin = re.search(
        r"\.chain\[\d+\]\.(plugin|preset_file|state_file)$", f".{problem.place}"
    )
    return bool(is_of_a_plugin and re.search("no such plugin|does not exist", problem.message))


def files_of(session: Session) -> list[str]:
    tables: tuple[dict[str, Any], ...] = (session.document.sounds, session.document.models)
    return [entry.file for table in tables for entry in table.values()]


def parse_commands(block: Example) -> None:
    """Let click parse every ltsrender command of a block, without running it."""
    for line in block.parsed.splitlines():
        for command in line.removeprefix("$ ").split("&&"):
            words = shlex.split(command)
            if words and Path(words[0]).name == "ltsrender":
                parse_command(words[1], words[2:])


def parse_command(name: str, arguments: list[str]) -> None:
    context = click.Context(cli, info_name="ltsrender", **cli.context_settings)
    command = cli.get_command(context, name)
    assert command is not None, f"there is no command {name}"
    inner = command.make_context(name, arguments, parent=context)
    if isinstance(command, click.Group):
        name, chosen, rest = command.resolve_command(inner, arguments)
        assert chosen is not None
        chosen.make_context(name, rest, parent=inner)


def change_file(block: Example) -> None:
    """Make the change that a page asks for; the file must still be one that renders."""
    kind, name = label_of(block)
    assert kind == "change", "a diff needs a comment that says which file it changes"
    text = (REPOSITORY / name).read_text("utf-8")
    lines = block.parsed.splitlines()
    for before, after in zip(lines[::2], lines[1::2], strict=True):
        assert (before[0], after[0]) == ("-", "+")
        assert text.count(before[1:]) >= 1, f"{name} does not hold {before[1:]}"
        text = text.replace(before[1:], after[1:], 1)
    changed = Path(name).with_name("mine.lts.json")
    write(changed, text)
    block.namespace["message"] = message_of(changed)
    following = block.document.text[block.end :].split("```", 2)[0]
    expects_message = "<!-- message -->" in block.document.text[block.end : block.end + 300]
    assert expects_message or not block.namespace["message"], following


def message_of(session: Path) -> str:
    try:
        check_session(session)
    except InputError as error:
        return str(error)
    return ""


def compare_message(block: Example) -> None:
    """Compare a message in the text with the one that the last change really brings."""
    if label_of(block)[0] == "message":
        assert block.parsed.rstrip() == block.namespace["message"]
