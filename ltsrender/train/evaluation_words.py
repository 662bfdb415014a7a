"""An evaluation in words: a model and its baselines, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ltsrender.train.evaluate import Errors, Evaluation, Measured

MOST_LATENTS_TOLD = 10


def evaluation_in_words(found: Evaluation) -> str:
    """Return the summary of an evaluation, as lines of text; JSON holds the rest."""
    n = len(found.sounds)
    on = f"{n} sound{'' if n == 1 else 's'}, {found.n_trained_on} of which it was trained on"
    origins = _origins(found)
    heads = "".join(
        f"{word:>{width * len(origins)}}"
        for word, width in (("spectral convergence", 11), ("log-spectral distance", 12))
    )
    names = "".join(f"{name:>{width}}" for width in (11, 12) for name in origins)
    lines = [
        f"{found.name} on {on}",
        f"PCA: as many principal components, from {found.baseline_from}",
        *_original(found),
        "",
        f"{'':26}{heads}",
        f"{'':26}{names}   dB, lower is better",
        *_rows([origin.whole for origin in origins.values()]),
    ]
    width = max(len(name) for name in found.sounds)
    for index, name in enumerate(found.sounds):
        rows = _rows([origin.sounds[index] for origin in origins.values()])
        lines += [f"{name:{width}}", *rows]
    return "\n".join([*lines, "", *_shared(found), "", *_usage(found)])


def _origins(found: Evaluation) -> dict[str, Measured]:
    """Return what is compared, by what it is called at the head of its column."""
    origins = {"model": found.model, "PCA": found.baseline}
    return origins if found.original is None else {**origins, "original": found.original}


def _original(found: Evaluation) -> Iterator[str]:
    facts: Mapping[str, float | str] = found.original_facts
    if facts:
        yield (
            f"original: its {facts['architecture']}, {facts['n_latents']} latents, by its own "
            f"recipe, {facts['minutes']:g} min on the same frames ({facts['n_epochs']} epochs, "
            f"{facts['frames_per_s']:,.0f} frames/s)"
        )


def _rows(origins: Sequence[Errors]) -> Iterator[str]:
    for region in origins[0]:
        convergence = "".join(f"{_number(each[region]['sc_db']):>11}" for each in origins)
        distance = "".join(f"{_number(each[region]['lsd_db']):>12}" for each in origins)
        yield f"  {region:24}{convergence}{distance}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _shared(found: Evaluation) -> Iterator[str]:
    origins = _origins(found)
    yield f"{'':50}{''.join(f'{name:>9}' for name in [*origins, 'sounds'])}"
    all_of_them = [*origins.values(), found.truth]
    rough = [np.mean(origin.roughness_db) for origin in all_of_them]
    yield _line("roughness: 2nd difference over time, dB", rough)
    consistent = [_mean(origin.consistency_db) for origin in all_of_them]
    yield _line("consistency: frames made sound and back, dB", consistent)
    words = {
        "path_ratio": "between frames: length of way / distance of ends",
        "bend_db": "between frames: 2nd difference over 1/16, dB",
        "midpoint_db": "midpoints: distance to nearest real shape, dB",
        "ends_db": "ends: the same, dB",
    }
    for name, word in words.items():
        yield _line(word, [origin.between[name] for origin in origins.values()])


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _line(words: str, values: Sequence[float | np.floating | None]) -> str:
    numbers = [f"{_number(None if value is None else float(value)):>9}" for value in values]
    return f"{words:50}{''.join(numbers)}"


def _usage(found: Evaluation) -> Iterator[str]:
    kl, active = found.model.kl, found.model.active
    names = found.latent_names[len(found.latent_names) - len(kl) :]
    yield (
        f"{sum(active)} of {len(active)} latents are active (variance of the mean above 0.01); "
        f"{sum(kl):.1f} nats of KL a frame"
    )
    order = np.argsort(kl)[::-1]
    told = [f"{names[index]} {kl[index]:.2f}" for index in order[:MOST_LATENTS_TOLD]]
    yield f"most told by {', '.join(told)} nats"
    idle = [name for name, is_active in zip(names, active, strict=True) if not is_active]
    if idle:
        more = f" and {len(idle) - MOST_LATENTS_TOLD} more" if len(idle) > MOST_LATENTS_TOLD else ""
        yield f"idle: {', '.join(idle[:MOST_LATENTS_TOLD])}{more}"
