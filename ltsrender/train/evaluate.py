"""How good a model is on some sounds, beside the best linear model of its size and the original."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ltsrender.errors import ModelError, Problem
from ltsrender.models import load_model
from ltsrender.render.run import one_torch_thread
from ltsrender.train.baseline import principal_components
from ltsrender.train.consistency import consistency_db
from ltsrender.train.dataset import find_sounds
from ltsrender.train.figures import (
    REGIONS_HZ,
    between,
    drawn_pairs,
    errors,
    floor_of,
    latent_usage,
    roughness_db,
)
from ltsrender.train.material import read_material
from ltsrender.train.options import TrainProgress
from ltsrender.train.original_baseline import original_baseline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ltsrender.models import TimbreModel
    from ltsrender.train.figures import Measurable
    from ltsrender.train.material import Material

    Errors = Mapping[str, Mapping[str, float | None]]

LONGEST_MINUTES = 100_000.0
N_PAIRS = 200
CONSISTENCY_S = 4.0
"""Of every sound, its middle: resynthesis costs more than all the rest."""


@dataclass(frozen=True)
class Measured:
    """Frames of one origin (a model, a baseline, or the truth), measured on all sounds.

    Attributes
    ----------
    whole
        By region, ``sc_db`` and ``lsd_db`` over the audible frames of all sounds.
    sounds
        The same for every sound.
    roughness_db
        For every sound, the rms second difference of levels over time.
    consistency_db
        For every sound, how far its frames are from those of the sound that they make.
    between
        As `ltsrender.train.figures.between` returns it; empty for the truth.
    active
        Whether each latent is.
    kl
        Mean KL of each latent in nats.
    """

    whole: Errors
    sounds: tuple[Errors, ...]
    roughness_db: tuple[float, ...]
    consistency_db: tuple[float | None, ...]
    between: Mapping[str, float]
    active: tuple[bool, ...]
    kl: tuple[float, ...]


@dataclass(frozen=True)
class Evaluation:
    """A model beside its baselines.

    Attributes
    ----------
    name
        Of the model's card.
    latent_names
        Of the model.
    sounds
        Names of the files that were measured.
    n_trained_on
        How many of the sounds the model was trained on, by their hashes.
    baseline_from
        What the principal components were found in, and the original trained on.
    seed
        Of the pairs of frames.
    model, baseline, truth
        What was measured of the model, of principal components, and of the sounds themselves.
    original
        What was measured of the original's network and recipe; None where it was not asked for.
    original_facts
        How that was trained, as `ltsrender.train.original_baseline.TrainedOriginal` tells.
    """

    name: str
    latent_names: tuple[str, ...]
    sounds: tuple[str, ...]
    n_trained_on: int
    baseline_from: str
    seed: int
    model: Measured
    baseline: Measured
    truth: Measured
    original: Measured | None = None
    original_facts: Mapping[str, float | str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON takes it."""
        return {"format": "ltsrender evaluation", "format_version": 1, **asdict(self)}


def evaluate_model(
    model_file: Path,
    folder: Path,
    *,
    baseline_folder: Path | None = None,
    original_minutes: float | None = None,
    seed: int = 0,
    progress: Callable[[TrainProgress], None] = lambda _: None,
) -> Evaluation:
    """Measure a model on the sounds of a folder.

    Parameters
    ----------
    model_file
        The model.
    folder
        Sounds, mixed down to mono, of each at most its first minute.
    baseline_folder
        Sounds to find the baseline's components in, and to train the original on; by default those
        that are measured, which favours the baselines wherever the model has not heard them.
    original_minutes
        How long to train the original's network by its own recipe, on the same frames as the
        components, so that it can stand beside them (`ltsrender.train.original_baseline` tells why
        the comparison is fair). As many as the model was given are the fair number. None: not.
    seed
        Of the pairs of frames, and of the original's training.
    progress
        Called often.

    Raises
    ------
    ModelError
        When there is no model or no sound, or the minutes are out of range.
    """
    if original_minutes is not None and not 0.001 <= original_minutes <= LONGEST_MINUTES:
        words = f"is {original_minutes}; 0.001..{LONGEST_MINUTES:g} minutes are allowed"
        raise ModelError(Problem(words, place="original"))
    with one_torch_thread():
        model = load_model(model_file)

        def told(fraction: float, note: str) -> None:
            progress(TrainProgress("reading", fraction, note=note))

        sounds = read_material(find_sounds(folder), model, told)
        known = sounds
        if baseline_folder is not None:
            known = read_material(find_sounds(baseline_folder), model, told)
    audible = [sound.frames[sound.audible] for sound in known]
    trained = None
    if original_minutes is not None:  # with as many threads as any other training
        trained = original_baseline(
            audible,
            model,
            original_minutes,
            seed=seed,
            told=lambda part, loss, left_s: progress(TrainProgress("original", part, loss, left_s)),
        )
    with one_torch_thread():
        measure = Measuring(model, sounds, seed)

        def measured(stage: str, what: Measurable | None) -> Measured:
            return measure.of(what, lambda part: progress(TrainProgress(stage, part)))

        heard = {sound.sha256 for sound in model.card.training_sounds}
        return Evaluation(
            name=model.card.name,
            latent_names=model.card.latent_names,
            sounds=tuple(sound.name for sound in sounds),
            n_trained_on=sum(sound.sha256 in heard for sound in sounds),
            baseline_from=str(baseline_folder or folder),
            seed=seed,
            model=measured("measuring", model),
            baseline=measured(
                "baseline", principal_components(audible, model.n_latents, model.card)
            ),
            truth=measured("truth", None),
            original=measured("original", trained.model) if trained else None,
            original_facts=trained.facts if trained else {},
        )


class Measuring:
    """The sounds, and what all measurements of them share.

    Parameters
    ----------
    model
        Whose frames the sounds are; it decides how frames sound.
    sounds
        What is measured.
    seed
        Of the pairs of frames.
    """

    def __init__(self, model: TimbreModel, sounds: Sequence[Material], seed: int) -> None:
        self.spectra = model.spectra
        self.sounds = sounds
        self.seed = seed
        self.floor = floor_of(sounds)
        self.audible = np.concatenate([sound.frames[sound.audible] for sound in sounds])
        self.counts = [int(sound.audible.sum()) for sound in sounds]
        centres = model.centres_hz
        inside = {
            name: (centres >= low) & (centres < high) for name, (low, high) in REGIONS_HZ.items()
        }
        self.regions = {name: chosen for name, chosen in inside.items() if chosen.any()}

    def of(self, model: Measurable | None, told: Callable[[float], None]) -> Measured:
        """Measure one model; None is the truth itself."""
        decoded, roughness, consistency = [], [], []
        for index, sound in enumerate(self.sounds):
            frames = sound.frames if model is None else model.decode(model.encode(sound.frames)[0])
            decoded.append(frames[sound.audible])
            roughness.append(round(roughness_db(frames, sound.audible, self.floor), 3))
            consistency.append(self._consistency(frames))
            told((index + 1) / len(self.sounds))
        together = np.concatenate(decoded)
        parts = np.split(together, np.cumsum(self.counts)[:-1])
        trues = np.split(self.audible, np.cumsum(self.counts)[:-1])
        active, kl = self._usage(model)
        return Measured(
            whole=self._errors(self.audible, together),
            sounds=tuple(self._errors(true, part) for true, part in zip(trues, parts, strict=True)),
            roughness_db=tuple(roughness),
            consistency_db=tuple(consistency),
            between=self._between(model),
            active=active,
            kl=kl,
        )

    def _errors(self, true: NDArray[np.float32], decoded: NDArray[np.float32]) -> Errors:
        return {
            name: errors(true[:, chosen], decoded[:, chosen], self.floor)
            for name, chosen in self.regions.items()
        }

    def _consistency(self, frames: NDArray[np.float32]) -> float | None:
        spec = self.spectra.spec
        n_frames = round(CONSISTENCY_S * spec.sample_rate_hz / spec.hop_samples)
        first = max(0, (len(frames) - n_frames) // 2)
        bands = self.spectra.onto_bands(frames[first : first + n_frames])
        return consistency_db(np.ascontiguousarray(bands), spec)

    def _between(self, model: Measurable | None) -> Mapping[str, float]:
        if model is None:
            return {}
        rng = np.random.default_rng(self.seed)  # the same pairs for every model
        pairs = drawn_pairs(self.counts, N_PAIRS, rng)
        return between(model, self.audible, pairs, self.floor, rng)

    def _usage(self, model: Measurable | None) -> tuple[tuple[bool, ...], tuple[float, ...]]:
        if model is None:
            return (), ()
        active, kl = latent_usage(*model.encode(self.audible))
        kept = slice(1 if model.has_level else 0, None)  # the level is not the encoder's
        return tuple(active[kept].tolist()), tuple(round(float(value), 4) for value in kl[kept])
