"""Work done ahead: while one block is refined, another thread makes the next one."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")


class _End(Generic[T]):
    """The last thing that comes: the items have ended, by themselves or by an error."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield the same items in the same order, the next one made in a thread of its own.

    An item is begun when the one before it is taken: never is more than one made ahead, for blocks
    of sound are large. An error comes where its item would have come. When nobody asks any more
    the thread ends.

    >>> list(ahead(range(3)))
    [0, 1, 2]
    """
    made: queue.SimpleQueue[T | _End[T]] = queue.SimpleQueue()
    wanted = threading.Semaphore(1)
    stopped = threading.Event()
    worker = threading.Thread(target=_make, args=(items, made, wanted, stopped), daemon=True)
    worker.start()
    try:
        while True:
            item = made.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            wanted.release()
            yield item
    finally:
        stopped.set()
        wanted.release()
        worker.join()


def _make(
    items: Iterable[T],
    made: queue.SimpleQueue[T | _End[T]],
    wanted: threading.Semaphore,
    stopped: threading.Event,
) -> None:
    iterator = iter(items)
    try:
        while True:
            wanted.acquire()
            if stopped.is_set():
                return
            made.put(next(iterator))
    except StopIteration:
        made.put(_End())
    except BaseException as error:  # noqa: BLE001 - whoever waits for the item gets it
        made.put(_End(error))
