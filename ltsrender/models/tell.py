"""A model card for people: everything it says, as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltsrender.models.card import HEADROOM_DB, LEVEL, ModelCard
from ltsrender.models.original_card import OriginalCard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ltsrender.models.card import Card, KnownGround, LatentStatistics

METRICS = {
    "sc_db": "spectral convergence, dB",
    "lsd_db": "log-spectral distance, dB",
    "log_spectral": "mean square of the log errors",
    "convergence": "rms error of the shapes",
    "divergence": "KL divergence from the prior, nats",
}
"""What the numbers of a card mean."""


def card_in_words(card: Card, file_sha256: str = "") -> str:
    """Return everything that a card says.

    Parameters
    ----------
    card
        The card.
    file_sha256
        Hash of the model file, as manifests name it; empty when nobody needs it.
    """
    lines = [f"timbre model {card.name}", *_network(card)]
    if file_sha256:
        lines.append(f"  sha256: {file_sha256}")
    lines += [
        f"  licence: {card.licence or 'none given'}",
        f"  made by: {card.created_with or 'unknown'}, seed {card.seed}",
        f"  versions: {', '.join(f'{k} {v}' for k, v in card.versions.items()) or 'unknown'}",
        *_training_sounds(card),
        *_numbers("training frames come back with", card.metrics),
        *_numbers("losses at the end of training", card.losses),
        "transform",
        *_facts(card.transform),
    ]
    if isinstance(card, OriginalCard):
        lines += ["frames, librosa's", *_facts(card.frames), "the run's config.ini"]
        lines += _facts(card.run)
    ground = "none; ltsrender model describe finds it"
    if card.ground is not None:
        ground = ground_in_words(card.ground)
    lines += [*_descriptors(card), f"known ground: {ground}"]
    return "\n".join([*lines, *_latents(card)])


def ground_in_words(ground: KnownGround) -> str:
    """Return in a line which axes a model has, and where its known ground ends."""
    far = ground.distances
    return (
        f"axes pca/1 to pca/{len(ground.axes)}; half of the frames lie within a distance of "
        f"{far.half:.2f}, 99.9 % within {far.p999:.2f}, where the guard begins"
    )


def _network(card: Card) -> Iterator[str]:
    if isinstance(card, ModelCard):
        sizes = card.sizes
        layers = f"{sizes.n_hidden} hidden layers of {sizes.width} units"
        yield f"  network: {card.architecture}, {card.n_latents} latents, {layers}"
        yield f"  frames: {card.n_bands} bands, shapes end {-sizes.floor_db:g} dB below their rms"
    else:
        yield f"  network: {card.architecture}, {card.n_latents} latents"
        yield f"  frames: {card.n_bands} bins"


def _training_sounds(card: Card) -> Iterator[str]:
    sounds = card.training_sounds
    if not sounds:
        yield "trained on: unknown"
        return
    yield f"trained on {len(sounds)} sounds, {sum(s.length_s for s in sounds):.2f} s"
    for sound in sounds:
        yield f"  {sound.name}: {sound.length_s:.2f} s, sha256 {sound.sha256}"


def _numbers(title: str, numbers: dict[str, float]) -> Iterator[str]:
    if numbers:
        yield title
    for name, value in numbers.items():
        yield f"  {name} {value:.4g}" + (f" ({METRICS[name]})" if name in METRICS else "")


def _facts(facts: Mapping[str, object]) -> Iterator[str]:
    for name, value in facts.items():
        yield f"  {name} {value:g}" if isinstance(value, float) else f"  {name} {value}"


def _descriptors(card: Card) -> Iterator[str]:
    if not card.descriptors:
        yield "descriptors: none; ltsrender model describe finds them"
        return
    yield "descriptors, as lanes macro/<name>"
    for axis in card.descriptors:
        yield f"  {axis.name}: {axis.minimum:.1f}..{axis.maximum:.1f} {axis.unit}; {axis.worth}"
    if isinstance(card, ModelCard):
        yield "  loudness: exact, by the level"


def _latents(card: Card) -> Iterator[str]:
    if not isinstance(card, ModelCard):
        yield "latents: where training frames lie is unknown"
        yield "  " + ", ".join(card.latent_names)
        return
    yield "latents of the training frames"
    width = max(4, *(len(name) for name in card.latent_names))
    yield f"  {'name':{width}} {'mean':>9} {'deviation':>9}  reached"
    for index, name in enumerate(card.latent_names):
        yield _latent(index, f"{name:{width}}", card.latents)
    yield (
        f"  {LEVEL} is (rms of decoded frames) ** 0.6; a render may go {HEADROOM_DB:g} dB above "
        "the loudest"
    )


def _latent(index: int, name: str, where: LatentStatistics) -> str:
    numbers = f"{where.mean[index]:9.3f} {where.deviation[index]:9.3f}"
    return f"  {name} {numbers}  {where.minimum[index]:.3f}..{where.maximum[index]:.3f}"
