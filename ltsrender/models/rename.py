"""Names for latents: what a composer has found a dimension to do, written into the model's card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ltsrender.errors import ModelError, Problem, nearest
from ltsrender.models.card import LEVEL, MOST_NAME_LETTERS
from ltsrender.models.container import read_card, rewrite_card

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltsrender.models.card import Card


def rename_latents(path: Path, pairs: Sequence[tuple[str, str]]) -> Card:
    """Rename latents in a model file; its weights stay the same bytes.

    The renames happen together, so two names can change places. The first latent of a model of
    ours is called ``level`` and stays so: it is the one latent that passes no network and has the
    same meaning in every model, and what speaks of it may rely on its name. No other latent may
    take that name.

    Parameters
    ----------
    path
        The model file. It changes whole or not at all, and its hash is another afterwards.
    pairs
        Old name and new name.

    Returns
    -------
    Card
        The new card.

    Raises
    ------
    ModelError
        With everything that is wrong in the pairs, or the file is no model.
    RenderError
        When the file cannot be written.
    """
    path = Path(path)
    card = read_card(path)
    problems = [*_problems(pairs, card.latent_names)]
    new_names = dict(pairs)
    names = tuple(new_names.get(name, name) for name in card.latent_names)
    if not problems:
        problems += _twins(names, new_names)
    if problems:
        raise ModelError([Problem(p.message, path, p.place, p.suggestion) for p in problems])
    renamed = card.model_copy(update={"latent_names": names})
    rewrite_card(path, renamed)
    return renamed


def _problems(pairs: Sequence[tuple[str, str]], names: Sequence[str]) -> list[Problem]:
    """Return what is wrong with each rename by itself."""
    problems = []
    olds = [old for old, _ in pairs]
    for old, new in pairs:
        place = f"{old}={new}"
        if LEVEL in (old, new) and old != new:
            words = (
                f"has {LEVEL!r}; that name belongs to the loudness of a frame, the first latent "
                "of every model trained here, and to nothing else"
            )
            problems.append(Problem(words, place=place))
        elif old not in names:
            has = f"{names[0]}..{names[-1]}" if len(names) > 8 else ", ".join(names)
            words = f"names no latent; this model has {len(names)}: {has}"
            problems.append(Problem(words, place=place, suggestion=nearest(old, names)))
        elif olds.count(old) > 1:
            problems.append(Problem(f"renames {old!r} twice or more", place=place))
        fault = fault_of_name(new)
        if fault:
            problems.append(Problem(f"has a new name that {fault}", place=place))
    return problems


def fault_of_name(name: str) -> str:
    """Return what makes a name unfit for a latent, or an empty string.

    >>> fault_of_name("3")
    'is a number; numbers mean latents by their place'
    """
    if not 1 <= len(name) <= MOST_NAME_LETTERS:
        return f"has {len(name)} letters; 1..{MOST_NAME_LETTERS} are allowed"
    if name != name.strip() or not name.isprintable() or "/" in name or "=" in name:
        return 'must not hold "/", "=" or control characters, nor begin or end with a space'
    if name.lstrip("+-").isdigit():
        return "is a number; numbers mean latents by their place"
    return ""


def _twins(names: Sequence[str], new_names: dict[str, str]) -> list[Problem]:
    """Return a problem for every rename that ends in a name which another latent has too."""
    return [
        Problem(f"would leave {names.count(new)} latents called {new!r}", place=f"{old}={new}")
        for old, new in new_names.items()
        if names.count(new) > 1
    ]
