"""The door for ``python -m ltsrender`` and for the ``ltsrender`` command."""

from __future__ import annotations

import signal
import sys


def main() -> None:
    """Run the command line."""
    from ltsrender.cli import cli  # noqa: PLC0415 - keeps `import ltsrender.__main__` free of click

    # An orderly way out: what was begun is cleared away, as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    cli()


if __name__ == "__main__":
    main()
