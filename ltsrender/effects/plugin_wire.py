"""Messages between a render and a plugin's process: a header in JSON, then bytes as they are.

Twelve bytes tell the lengths of both. Nothing is pickled: a plugin that has gone wrong can send
nonsense, and nonsense is refused, never run.
"""

from __future__ import annotations

import json
import struct
from typing import IO, Any

_LENGTHS = struct.Struct("<IQ")
_LONGEST_HEADER = 1 << 26
_LONGEST_PAYLOAD = 1 << 31


def write_message(pipe: IO[bytes], header: dict[str, Any], payload: bytes = b"") -> None:
    """Write one message and send it off."""
    text = json.dumps(header).encode()
    pipe.write(_LENGTHS.pack(len(text), len(payload)) + text)
    pipe.write(payload)
    pipe.flush()


def read_message(pipe: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """Return the next message: its header and its payload.

    Raises
    ------
    EOFError
        When the other end is gone.
    ValueError
        When what arrives is not a message.
    """
    n_header, n_payload = _LENGTHS.unpack(_exactly(pipe, _LENGTHS.size))
    if n_header > _LONGEST_HEADER or n_payload > _LONGEST_PAYLOAD:
        raise ValueError("not a message")
    header = json.loads(_exactly(pipe, n_header))
    if not isinstance(header, dict):
        raise ValueError("not a message")  # noqa: TRY004 - the text is wrong, not our type
    return header, _exactly(pipe, n_payload)


def _exactly(pipe: IO[bytes], n_bytes: int) -> bytes:
    data = pipe.read(n_bytes)
    if len(data) < n_bytes:
        raise EOFError
    return data
