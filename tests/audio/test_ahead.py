"""Work done ahead is the same work: order, errors, and an end when nobody listens."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from ltsrender.audio.ahead import ahead

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_an_error_comes_where_its_item_would_have_come() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("no second one")

    items = ahead(broken())
    assert next(items) == 1
    with pytest.raises(ValueError, match="no second one"):
        next(items)


def test_whoever_stops_asking_ends_the_thread() -> None:
    made = []

    def endless() -> Iterator[int]:
        for n in range(1_000_000):
            made.append(n)
            yield n

    before = threading.active_count()
    items = ahead(endless())
    assert [next(items), next(items)] == [0, 1]
    items.close()
    assert threading.active_count() == before
    assert len(made) <= 5  # one handed on, one waiting, one in hand


def test_items_are_made_in_another_thread_and_come_in_order() -> None:
    threads = set()

    def noted() -> Iterator[int]:
        for n in range(100):
            threads.add(threading.get_ident())
            yield n

    assert list(ahead(noted())) == list(range(100))
    assert threads
    assert threading.get_ident() not in threads
