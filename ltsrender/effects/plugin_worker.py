"""The process of one plugin: ``python -m ltsrender.effects.plugin_worker``.

It reads messages from standard input and answers on what was standard output when it began. A
plugin may print as much as it likes: by then standard output is standard error. When the pipe
closes, because the render is done or dead, the process ends; a plugin that hangs at that moment is
ended by a thread that sees its parent gone.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from ltsrender.effects.plugin_process import PluginFault
from ltsrender.effects.plugin_wire import read_message, write_message

if TYPE_CHECKING:
    from ltsrender.effects.plugin_host import Hosted, Setting

_PARENT_LOOKED_FOR_EVERY_S = 0.5


def main() -> None:
    """Answer until the pipe closes."""
    requests, answers = _own_pipes()
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    worker = _Worker()
    try:
        while True:
            header, payload = read_message(requests)
            try:
                answer, sound = worker.answer(header, payload)
            except PluginFault as fault:
                answer, sound = {"failed": str(fault)}, b""
            except Exception as error:  # noqa: BLE001 - whatever it is, the render must hear of it
                answer, sound = {"failed": f"failed: {type(error).__name__}: {error}"[:300]}, b""
            write_message(answers, answer, sound)
    except (EOFError, OSError):
        pass
    finally:
        os._exit(0)  # without the plugin's own farewell, which may crash or hang


def _own_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Take both pipes away from everybody who reads standard input or prints."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return requests, answers


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PARENT_LOOKED_FOR_EVERY_S)
    os._exit(1)


class _Worker:
    """Holds the plugin between messages."""

    def __init__(self) -> None:
        self._hosted: Hosted | None = None
        self._n_channels = self._block_samples = 0

    def answer(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        if header["do"] == "open":
            return self._open(header, payload), b""
        if header["do"] == "process":
            return self._process(header, payload)
        from ltsrender.effects import plugin_report  # noqa: PLC0415 - loads pedalboard

        if header["do"] == "names":
            return {"names": plugin_report.names_in(header["file"])}, b""
        if header["do"] == "state":
            return {}, plugin_report.state_of(_setting(header, payload))
        return plugin_report.facts_of(_setting(header, payload)), b""

    def _open(self, header: dict[str, Any], payload: bytes) -> dict[str, Any]:
        from ltsrender.effects.plugin_host import Hosted  # noqa: PLC0415 - loads pedalboard
        from ltsrender.effects.plugin_probe import probe  # noqa: PLC0415

        setting = _setting(header, payload)
        self._n_channels, self._block_samples = header["n_channels"], header["block_samples"]
        shape = header["sample_rate_hz"], self._n_channels, self._block_samples
        measured = None
        if header["probe"]:
            measured = probe(Hosted(setting, *shape), self._n_channels, self._block_samples)
        self._hosted = Hosted(setting, *shape, check_latency=header["probe"])
        return {"declared": self._hosted.latency_samples, "measured": measured}

    def _process(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        hosted, moving = self._hosted, header["moving"]
        if hosted is None:
            raise PluginFault("is not loaded")
        n_samples = header["n_samples"]
        n_audio = self._n_channels * n_samples * 4
        audio = np.frombuffer(payload[:n_audio], "<f4").reshape(self._n_channels, n_samples)
        values = np.frombuffer(payload[n_audio:], "<f8").reshape(
            len(moving), -(-n_samples // self._block_samples)
        )
        raws = [
            (index, hosted.scale(index).raw_of(row).tolist())
            for index, row in zip(moving, values, strict=True)
        ]
        made = np.empty((self._n_channels, n_samples), np.float32)
        for number, start in enumerate(range(0, n_samples, self._block_samples)):
            here = slice(start, start + self._block_samples)
            for index, row in raws:
                hosted.set_raw(index, row[number])
            made[:, here] = hosted.block(np.ascontiguousarray(audio[:, here]))
            now = hosted.declared()
            if now != hosted.latency_samples:
                raise PluginFault(
                    f"changed its latency from {hosted.latency_samples} to {now} samples in the"
                    " middle of the sound, so that it cannot be in time"
                )
        odd = np.flatnonzero(~np.isfinite(made).all(axis=0))
        return {"odd": int(odd[0]) if odd.size else None}, made.astype("<f4", copy=False).tobytes()


def _setting(header: dict[str, Any], payload: bytes) -> Setting:
    """Return how to load a plugin; the payload is the preset's bytes, then the state's."""
    from ltsrender.effects.plugin_host import Setting  # noqa: PLC0415 - loads pedalboard

    n_preset = header.get("n_preset", 0)
    values = {int(index): value for index, value in header.get("values", {}).items()}
    file, name = header["file"], header.get("name", "")
    return Setting(file, name, payload[:n_preset], payload[n_preset:], values)


if __name__ == "__main__":
    main()
