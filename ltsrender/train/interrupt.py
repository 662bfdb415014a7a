"""Ctrl-C between two steps, where a training is whole and can be put away."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import Any


class Interrupt:
    """Within it the first Ctrl-C is a wish that somebody else grants; the next one ends at once.

    Elsewhere than in the main thread it changes nothing, for Python hears Ctrl-C only there, nor
    where Ctrl-C is ignored, as by what a script starts in the background. After
    the last step the wish comes too late: what was learnt is written, which takes a moment.

    Attributes
    ----------
    asked
        Whether Ctrl-C was pressed.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = None

    def __enter__(self) -> Self:
        """Listen."""
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and signal.getsignal(signal.SIGINT) not in (signal.SIG_IGN, None):
            self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave everything as it was."""
        self._restore()

    def _ask(self, _signal: int, _frame: FrameType | None) -> None:
        self.asked = True
        self._restore()

    def _restore(self) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None
