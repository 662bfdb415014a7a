"""The files a session was read from, as a manifest keeps them: text as it is, bytes in base64."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ltsrender.session.fields import Document

if TYPE_CHECKING:
    from collections.abc import Mapping

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class DocumentCopy(Document):
    """A text or MIDI file that the session was read from."""

    encoding: Literal["utf-8", "base64"]
    """How its bytes are written here."""
    content: str
    """The bytes."""
    sha256: Sha256
    """Their hash."""


def document_copies(contents: Mapping[str, bytes]) -> dict[str, DocumentCopy]:
    """Return files as a manifest holds them: text as it is, anything else in base64."""
    return {key: _encoded(data) for key, data in sorted(contents.items())}


def decoded(copy: DocumentCopy) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    ValueError
        When the content is not what its encoding says.
    """
    if copy.encoding == "utf-8":
        return copy.content.encode()
    return base64.b64decode(copy.content, validate=True)


def _encoded(data: bytes) -> DocumentCopy:
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        return DocumentCopy(encoding="utf-8", content=data.decode(), sha256=sha256)
    except UnicodeDecodeError:
        content = base64.b64encode(data).decode()
        return DocumentCopy(encoding="base64", content=content, sha256=sha256)
