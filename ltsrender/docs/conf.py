"""How Sphinx builds these pages; run from the repository root by ``poe docs``."""

from __future__ import annotations

import re
from pathlib import Path

project = "ltsrender"
author = "The ltsrender authors"
project_copyright = "The ltsrender authors, GPL-3.0-or-later"

_PACKAGE = Path(__file__).parents[1] / "version.py"
_VERSION = re.search(r'^__version__ = "(.+)"', _PACKAGE.read_text("utf-8"), re.MULTILINE)
release = _VERSION[1] if _VERSION else ""

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
templates_path: list[str] = []
nitpicky = True

html_theme = "furo"
html_title = f"ltsrender {release}"
html_copy_source = False
