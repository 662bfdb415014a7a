"""What commands say: one way of printing, whatever stands in the names and wherever it goes."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress

import click

from ltsrender.errors import RenderError, plain


def shown(text: str) -> str:
    """Return lines of text with their control characters written out."""
    return "\n".join(plain(line) for line in text.split("\n"))


def say(text: str, *, err: bool = False) -> None:
    """Print text on standard output, or on standard error; control characters are written out.

    Raises
    ------
    RenderError
        When the disk behind a redirection is full, say.
    """
    try:
        click.echo(shown(text), err=err)
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise  # the reader has seen enough; click ends quietly
        with suppress(OSError, ValueError):  # what is left in the buffer goes nowhere, quietly
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise RenderError(f"the output cannot be written: {error.strerror}") from error
