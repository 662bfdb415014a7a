"""What a writer leaves behind when it is killed, when the disk is full, or when two write one file.

`test_stems_writer` has the errors that a writer sees; here the system itself refuses or ends it.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ltsrender.errors import RenderError
from ltsrender.safefile import check_target, remove_leftovers, written_beside
from ltsrender.stems import (
    PlanFacts,
    StemFormat,
    StemPlace,
    StemWriter,
    document_copies,
    make_manifest,
    write_manifest,
)
from ltsrender.stems.format import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

RATE_HZ = 44_100
NOISE = np.random.default_rng(1).uniform(-0.9, 0.9, (2, 30_001)).astype(np.float32)
KINDS = [("wav", "24"), ("wav", "32f"), ("flac", "24"), ("aiff", "16")]
every_kind = pytest.mark.parametrize(("container", "bit_depth"), KINDS)

WRITES_FOR_EVER = """
import sys
from pathlib import Path
import numpy as np
from ltsrender.stems import StemFormat, StemWriter
noise = np.random.default_rng(1).uniform(-0.9, 0.9, (2, 30_001)).astype(np.float32)
path = Path(sys.argv[1])
with StemWriter(path, 44_100, 2, StemFormat(path.suffix[1:], sys.argv[2], 44_100), 7) as writer:
    while True:
        writer.write(noise)
        print("written", flush=True)
"""
FILLS_A_SMALL_DISK = """
import sys
from pathlib import Path
import numpy as np
from ltsrender.errors import RenderError
from ltsrender.stems import StemFormat, StemWriter
noise = np.random.default_rng(1).uniform(-0.9, 0.9, (2, 30_001)).astype(np.float32)
for container in ("wav", "flac", "aiff"):
    path = Path(sys.argv[1], f"a.{container}")
    try:
        with StemWriter(path, 44_100, 2, StemFormat(container, "24", 44_100), 7) as writer:
            for _ in range(10):
                writer.write(noise)
    except RenderError as error:
        print(error)
print([entry.name for entry in path.parent.iterdir()])
"""


def writer(path: Path, bit_depth: str = "24") -> StemWriter:
    return StemWriter(path, RATE_HZ, 2, StemFormat(path.suffix[1:], bit_depth, RATE_HZ), 7)


def written(path: Path, bit_depth: str = "24") -> bytes:
    with writer(path, bit_depth) as target:
        target.write(NOISE)
    return path.read_bytes()


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def kill_in_the_middle(path: Path, bit_depth: str) -> None:
    command = [sys.executable, "-c", WRITES_FOR_EVER, str(path), bit_depth]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for _ in range(3):
            assert child.stdout.readline() == b"written\n"
        child.kill()
    assert child.returncode == -signal.SIGKILL


@every_kind
def test_a_killed_render_leaves_the_old_file_and_the_next_one_tidies_up(
    tmp_path: Path, container: str, bit_depth: str
) -> None:
    path = tmp_path / f"a.{container}"
    path.write_bytes(b"older")
    kill_in_the_middle(path, bit_depth)
    assert path.read_bytes() == b"older"
    assert names(tmp_path) == [path.name, f"{path.name}.part"]
    assert (tmp_path / f"{path.name}.part").stat().st_size > 0
    (tmp_path / "elsewhere").mkdir()
    undisturbed = written(tmp_path / "elsewhere" / path.name, bit_depth)
    assert written(path, bit_depth) == undisturbed
    assert names(tmp_path) == [path.name, "elsewhere"]


def test_a_manifest_takes_leftovers_of_other_names_away(tmp_path: Path) -> None:
    kill_in_the_middle(tmp_path / "an older name.wav", "24")
    for name in ("notes.txt.part", "film.part", "a.wav"):
        (tmp_path / name).write_text("not ours to remove")
    facts = PlanFacts(
        session="a",
        session_folder="..",
        documents=document_copies({"a": b"{}"}),
        sounds={},
        models={},
        seed=1,
        track_seeds={},
        plan_sha256="0" * 64,
    )
    with writer(tmp_path / "b.wav") as target:
        target.write(NOISE)
    with writer(tmp_path / "another render's.wav") as other:
        other.write(NOISE)
        write_manifest(tmp_path, make_manifest(facts, [(target.stem, StemPlace())]))
        assert "another render's.wav.part" in names(tmp_path)
    stays = ["a.wav", "another render's.wav", "b.wav", "film.part", "manifest.json"]
    assert names(tmp_path) == [*stays, "notes.txt.part"]


def test_two_renders_do_not_write_one_file(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    wanted = written(path)
    path.unlink()
    with writer(path) as first:
        first.write(NOISE[:, :10_000])
        with pytest.raises(RenderError, match="another render is writing it"), writer(path):
            pass
        with pytest.raises(RenderError, match="another render is writing it"):
            check_target(path)
        remove_leftovers(tmp_path, SUFFIXES.values())
        first.write(NOISE[:, 10_000:])
    assert path.read_bytes() == wanted
    assert names(tmp_path) == ["a.wav"]


def test_a_check_leaves_nothing_and_takes_a_leftover_with_it(tmp_path: Path) -> None:
    (tmp_path / "a.wav.part").write_text("half")
    check_target(tmp_path / "a.wav")
    assert names(tmp_path) == []


@every_kind
def test_a_disk_without_room_is_told_and_leaves_the_old_file(
    tmp_path: Path, container: str, bit_depth: str
) -> None:
    """The part is led to /dev/full, where the kernel itself finds no space left."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    path = tmp_path / f"a.{container}"
    path.write_bytes(b"older")
    (tmp_path / f"{path.name}.part").symlink_to("/dev/full")
    with pytest.raises(RenderError, match="No space left on device"), writer(path, bit_depth) as w:
        w.write(NOISE)
    assert path.read_bytes() == b"older"
    assert names(tmp_path) == [path.name]


def on_a_disk(tmp_path: Path, options: str, script: str) -> str:
    """Run a script with a disk of its own, which only it sees."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("unshare (util-linux) is not on this machine")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = f'mount -t tmpfs -o {options} tmpfs "$0"'
    asked = [unshare, "--user", "--map-root-user", "--mount", "sh", "-c"]
    if subprocess.run([*asked, mounted, str(disk)], check=False, capture_output=True).returncode:
        pytest.skip("this system lets nobody mount a small disk")
    command = [*asked, f'{mounted} && exec "$1" -c "$2" "$0"', str(disk), sys.executable, script]
    return subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout


def test_a_disk_that_fills_up_in_the_middle_is_left_empty(tmp_path: Path) -> None:
    *messages, left = on_a_disk(tmp_path, "size=400k", FILLS_A_SMALL_DISK).splitlines()
    assert left == "[]"
    assert len(messages) == 3
    for message, container in zip(messages, ("wav", "flac", "aiff"), strict=True):
        assert message.endswith(f"a.{container}: cannot be written: No space left on device")


def test_a_disk_that_takes_no_files_is_told(tmp_path: Path) -> None:
    *messages, left = on_a_disk(tmp_path, "ro", FILLS_A_SMALL_DISK).splitlines()
    assert left == "[]"
    assert len(messages) == 3
    for message in messages:
        assert message.endswith("cannot be written: Read-only file system")


def test_a_folder_without_permission_is_told(tmp_path: Path) -> None:
    if getattr(os, "geteuid", lambda: 0)() == 0:
        pytest.skip("root may write everywhere, and Windows asks otherwise")
    tmp_path.chmod(0o555)
    with pytest.raises(RenderError, match="Permission denied"), writer(tmp_path / "a.wav"):
        pass


@pytest.fixture
def three(tmp_path: Path) -> Iterator[list[StemWriter]]:
    yield [writer(tmp_path / f"{name}.{kind}") for name, kind in zip("abc", SUFFIXES, strict=True)]
    assert names(tmp_path) == []


@pytest.mark.parametrize("fails", [0, 1, 2])
@pytest.mark.parametrize("moment", ["write", "finish"])
def test_of_several_writers_where_one_fails_none_leaves_a_file(
    three: list[StemWriter], monkeypatch: pytest.MonkeyPatch, fails: int, moment: str
) -> None:
    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def render() -> None:
        a, b, c = three
        with a, b, c:
            monkeypatch.setattr(three[fails]._sink, moment, full)
            for each in three:
                each.write(NOISE)
            for each in three:
                each.finish()

    suffix = tuple(SUFFIXES)[fails]
    with pytest.raises(RenderError, match=rf"{'abc'[fails]}\.{suffix}: cannot be written"):
        render()


def test_a_file_that_was_taken_away_while_it_was_written_is_told(tmp_path: Path) -> None:
    target = writer(tmp_path / "a.wav")
    with pytest.raises(RenderError, match=r"a\.wav: cannot be written"), target:  # noqa: PT012 - it is taken in the middle
        target.write(NOISE)
        (tmp_path / "a.wav.part").unlink()
    assert names(tmp_path) == []


def test_a_text_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    with pytest.raises(ValueError, match="half"), written_beside(target) as part:  # noqa: PT012 - as above
        part.write_text("half")
        raise ValueError("half")
    assert names(tmp_path) == []
