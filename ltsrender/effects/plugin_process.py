"""A process that holds one plugin: if the plugin crashes, only this process does.

The render talks to it through two pipes. An answer that does not come in time ends it; so does the
end of the render, however it ends, because then the pipes close and the process sees that too.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ltsrender.effects.plugin_wire import read_message, write_message

if TYPE_CHECKING:
    from collections.abc import Iterator

LOG_VARIABLE = "LTSRENDER_PLUGIN_LOG"
"""When it is set, what plugins print appears on standard error; else it goes nowhere."""

_MODULE = "ltsrender.effects.plugin_worker"
_ROOT = Path(__file__).resolve().parents[2]


class PluginFault(Exception):  # noqa: N818 - a plugin's fault, not ours
    """What went wrong with a plugin, in words that follow its name.

    Attributes
    ----------
    is_alive
        Whether its process was there to say so: it neither crashed nor hung.
    """

    is_alive = False


class PluginProcess:
    """A running ``python -m ltsrender.effects.plugin_worker``.

    Parameters
    ----------
    timeout_s
        How long one answer may take.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._is_late = self._is_closed = False
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
        self._process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get(LOG_VARIABLE) else subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is ours to answer; and whatever it starts ends with it
        )

    def ask(self, header: dict[str, Any], payload: bytes = b"") -> tuple[dict[str, Any], bytes]:
        """Send a message and return the answer.

        Raises
        ------
        PluginFault
            When the plugin said what is wrong, ended, or did not answer in time. The process has
            ended then.
        """
        try:
            with self._patience():
                write_message(_open(self._process.stdin), header, payload)
                answer, sound = read_message(_open(self._process.stdout))
        except (OSError, EOFError, ValueError) as error:
            raise PluginFault(self._last_words()) from error
        except BaseException:  # Ctrl-C in the middle of a message
            self.close()
            raise
        if "failed" in answer:
            self.close()
            fault = PluginFault(str(answer["failed"]))
            fault.is_alive = True
            raise fault
        return answer, sound

    def close(self) -> None:
        """End the process, whatever it is doing; a second call does nothing.

        Any thread may: one that waits for an answer hears that the plugin was stopped.
        """
        self._is_closed = True
        self._kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError, ValueError):
                    pipe.close()
        self._process.wait()

    @contextlib.contextmanager
    def _patience(self) -> Iterator[None]:
        timer = threading.Timer(self._timeout_s, self._give_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def _give_up(self) -> None:
        self._is_late = True
        self._kill()

    def _kill(self) -> None:
        """Kill the process and, where the system knows such groups, all that it started."""
        if self._process.poll() is not None:
            return
        with contextlib.suppress(OSError):
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def _last_words(self) -> str:
        if self._is_closed:
            self.close()
            return "was stopped in the middle of its work"
        if self._is_late:
            self.close()
            return f"gave no answer for {self._timeout_s:g} s, and was stopped"
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2.0)
        code = self._process.poll()
        self.close()
        if code is None:
            return "sent something that cannot be understood, and was stopped"
        if code >= 0:
            return f"ended by itself in the middle of its work (exit code {code})"
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return f"crashed ({name})"


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:  # we asked for pipes; this only tells the type checker
        raise EOFError
    return pipe
