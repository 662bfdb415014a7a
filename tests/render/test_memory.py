"""One heap for all threads, where there is such a thing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ltsrender.render import memory

if TYPE_CHECKING:
    import pytest


def test_it_is_asked_for_on_linux_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Library:
        @staticmethod
        def mallopt(name: int, value: int) -> int:
            asked.append((name, value))
            return 1

    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _: Library)
    monkeypatch.setattr(sys, "platform", "linux")
    memory.keep_one_heap()
    assert asked == [(-8, 1)]
    monkeypatch.setattr(sys, "platform", "darwin")
    memory.keep_one_heap()
    assert len(asked) == 1
