"""Work done ahead: while one block is refined, another thread makes the next one."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")

_LOOK_S = 0.1
"""How often a thread that waits looks whether anyone still wants its work."""


class _End(Generic[T]):
    """The last thing that comes: the items have ended, by themselves or by an error."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield the same items in the same order, the next one made in a thread of its own.

    An error comes where its item would have come. When nobody asks any more the thread ends.

    >>> list(ahead(range(3)))
    [0, 1, 2]
    """
    waiting: queue.Queue[T | _End[T]] = queue.Queue(maxsize=1)
    unwanted = threading.Event()
    worker = threading.Thread(target=_make, args=(items, waiting, unwanted), daemon=True)
    worker.start()
    try:
        while True:
            item = waiting.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        unwanted.set()
        worker.join()


def _make(items: Iterable[T], waiting: queue.Queue[T | _End[T]], unwanted: threading.Event) -> None:
    try:
        for item in items:
            if not _handed_on(item, waiting, unwanted):
                return
    except BaseException as error:  # noqa: BLE001 - whoever waits for the item gets it
        _handed_on(_End(error), waiting, unwanted)
    else:
        _handed_on(_End(), waiting, unwanted)


def _handed_on(
    item: T | _End[T], waiting: queue.Queue[T | _End[T]], unwanted: threading.Event
) -> bool:
    while not unwanted.is_set():
        try:
            waiting.put(item, timeout=_LOOK_S)
        except queue.Full:
            continue
        return True
    return False
