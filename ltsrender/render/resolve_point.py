"""A preset's point in the latent space of a track's model, or why it is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltsrender.errors import Problem, SessionError, nearest, plain
from ltsrender.models import weights_sha256

if TYPE_CHECKING:
    from pathlib import Path

    from ltsrender.models import Card
    from ltsrender.session.point import LatentPresetDocument


def latents_of(
    point: LatentPresetDocument, card: Card, model_file: Path, model: str, file: str
) -> tuple[float, ...]:
    """Return every latent of a point in a model's order.

    Parameters
    ----------
    point, file
        The point, and how its file is called, for messages.
    card, model_file, model
        The model of a track: card, file, and name in the session.

    Raises
    ------
    SessionError
        When the point lies in the latent space of another model, or lacks a latent.
    """
    if point.model.weights_sha256 != weights_sha256(model_file):
        words = f'lies in the latent space of "{plain(point.model.name)}", not of the model {model}'
        raise SessionError(Problem(words, file, "model"))
    known = set(card.latent_names)
    wrong = [
        Problem("is no latent of the model", file, f"latents.{name}", nearest(name, known))
        for name in point.latents
        if name not in known
    ]
    wrong += [
        Problem("is missing; a point says the value of every latent", file, f"latents.{name}")
        for name in card.latent_names
        if name not in point.latents
    ]
    if wrong:
        raise SessionError(wrong)
    return tuple(point.latents[name] for name in card.latent_names)
