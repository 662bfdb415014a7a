"""An evaluation in words: a model and its baseline, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ltsrender.train.evaluate import Errors, Evaluation

MOST_LATENTS_TOLD = 10


def evaluation_in_words(found: Evaluation) -> str:
    """Return the summary of an evaluation, as lines of text; JSON holds the rest."""
    n = len(found.sounds)
    on = f"{n} sound{'' if n == 1 else 's'}, {found.n_trained_on} of which it was trained on"
    lines = [
        f"{found.name} on {on}",
        f"PCA: as many principal components, from {found.baseline_from}",
        "",
        f"{'':26}{'spectral convergence':>22}{'log-spectral distance':>24}",
        f"{'':26}{'model':>11}{'PCA':>11}{'model':>12}{'PCA':>12}   dB, lower is better",
        *_rows(found.model.whole, found.baseline.whole),
    ]
    width = max(len(name) for name in found.sounds)
    for name, ours, theirs in zip(
        found.sounds, found.model.sounds, found.baseline.sounds, strict=True
    ):
        lines += [f"{name:{width}}", *_rows(ours, theirs)]
    return "\n".join([*lines, "", *_shared(found), "", *_usage(found)])


def _rows(ours: Errors, theirs: Errors) -> Iterator[str]:
    for region, numbers in ours.items():
        other = theirs[region]
        yield (
            f"  {region:24}{_number(numbers['sc_db']):>11}{_number(other['sc_db']):>11}"
            f"{_number(numbers['lsd_db']):>12}{_number(other['lsd_db']):>12}"
        )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _shared(found: Evaluation) -> Iterator[str]:
    yield f"{'':50}{'model':>9}{'PCA':>9}{'sounds':>9}"
    origins = (found.model, found.baseline, found.truth)
    rough = [np.mean(origin.roughness_db) for origin in origins]
    yield _line("roughness: 2nd difference over time, dB", rough)
    consistent = [_mean(origin.consistency_db) for origin in origins]
    yield _line("consistency: frames made sound and back, dB", consistent)
    words = {
        "path_ratio": "between frames: length of way / distance of ends",
        "bend_db": "between frames: 2nd difference over 1/16, dB",
        "midpoint_db": "midpoints: distance to nearest real shape, dB",
        "ends_db": "ends: the same, dB",
    }
    for name, word in words.items():
        yield _line(word, [found.model.between[name], found.baseline.between[name]])


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
