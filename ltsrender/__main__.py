"""The door for ``python -m ltsrender`` and for the ``ltsrender`` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from ltsrender.cli import cli  # noqa: PLC0415 - keeps `import ltsrender.__main__` free of click

    cli()


if __name__ == "__main__":
    main()
