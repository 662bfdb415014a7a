"""What a training run came to, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltsrender.errors import plain
from ltsrender.models import ModelCard
from ltsrender.train.split import LEAST_SOUNDS

if TYPE_CHECKING:
    from ltsrender.models import Card

_MOST_NAMES = 8


def describe_training(card: Card) -> str:
    """Return a few lines: sounds, how well they come back, and the same of sounds held out."""
    n_known = len(card.training_sounds)
    sounds = f"{n_known} sound{'s' * (n_known != 1)}"
    known = f"training frames come back with {_quality(card, '')}"
    lines = [f"{card.n_latents} latents from {sounds}; {known}"]
    if card.held_out_sounds:
        names = [plain(sound.name) for sound in card.held_out_sounds[:_MOST_NAMES]]
        n_more = len(card.held_out_sounds) - len(names)
        more = f" and {n_more} more" if n_more else ""
        lines.append(
            f"not learnt but held out to measure with: {', '.join(names)}{more}; "
            f"frames come back with {_quality(card, 'validation_')} (--validation 0 learns all)"
        )
    elif not isinstance(card, ModelCard):
        lines.append(
            "how it does on sounds that it never heard is not known: the original's recipe holds "
            "none out"
        )
    elif n_known < LEAST_SOUNDS:
        lines.append(
            f"how it does on sounds that it never heard is not known: of fewer than {LEAST_SOUNDS} "
            "recordings none is held out"
        )
    return "\n".join(lines)


def _quality(card: Card, kind: str) -> str:
    return (
        f"{card.metrics[f'{kind}sc_db']:.1f} dB spectral convergence, "
        f"{card.metrics[f'{kind}lsd_db']:.1f} dB log-spectral distance"
    )
