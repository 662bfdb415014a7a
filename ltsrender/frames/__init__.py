"""Latents to spectra: every point of a latent path becomes a frame of magnitudes."""

from __future__ import annotations

from ltsrender.frames.decode import decode_anchor, decode_frames

__all__ = ["decode_anchor", "decode_frames"]
