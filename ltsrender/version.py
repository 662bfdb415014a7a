"""The version: read by the build, written into models and manifests."""

from __future__ import annotations

__version__ = "0.1.0"
