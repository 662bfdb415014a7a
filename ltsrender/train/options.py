"""What a training run is asked to do, and what it tells while it does it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ltsrender.errors import ModelError, Problem
from ltsrender.models.card import MOST_LETTERS

if TYPE_CHECKING:
    from pathlib import Path

HELD_OUT_PART = 0.5
ALL_LEARNT_PART = 0.3
LISTEN_EVERY_S = 300.0
_DAY_S = 86_400.0


@dataclass(frozen=True)
class TrainOptions:
    """How to train a timbre model.

    Attributes
    ----------
    minutes
        Longest time for fitting, reading the sounds not counted; None: as long as ``epochs`` last.
    epochs
        Passes over the frames; None: as many as fit into ``minutes``. Only a run that is bounded
        by epochs gives the same model twice: minutes depend on the machine.
    n_latents
        Size of the latent space, the level included, 4..256.
    width
        Units of the hidden layers; 512 makes a file of 4.6 MB, 256 one of 1.9 MB.
    n_hidden
        Hidden layers of the encoder, and of the decoder.
    seed
        Where all chance starts.
    licence, name
        For the model card; an empty name becomes that of the file.
    device
        ``auto``, ``cpu``, ``cuda`` or ``mps``.
    sample_rate_hz, hop_samples
        Of the transform. Half the hop means twice the frames, so half as many passes over them
        in the same time, and a render twice as dear.
    batch_frames, learning_rate, kl_weight
        Of the fit. The KL term only keeps the latents tidy; much more of it blurs.
    validation
        Part of the recordings that is held out, whole files, to measure the model on sounds it
        never heard, 0..0.5; fewer than 5 recordings are all learnt, and so are all with 0. None:
        0.15 of more than 10 recordings, which are no longer the sounds of one piece; else 0.
    patience
        Looks at the held-out recordings, one every 100 steps, without a better one after which
        training stops and the best weights are kept; 0: it lasts as long as it was given.
    ema_decay
        How much of the moving average of the weights, which is what the model gets, stays at a
        step; 0: it gets the last weights themselves.
    augment
        Part of the frames of every batch that is changed into what might have been recorded as
        well (`ltsrender.train.augment`), 0..0.9. Without it a model gets worse on sounds it has
        not heard while it gets better on those it has, and ways between those bend more. None: 0.5
        where recordings are held out, 0.3 where all are learnt.
    shift_bands
        How far changed frames are moved along the bands at most, up or down, 0..192; 48 are an
        octave.

    Raises
    ------
    ModelError
        With every value that is out of its range.
    """

    minutes: float | None = 10.0
    epochs: int | None = None
    n_latents: int = 64
    width: int = 512
    n_hidden: int = 2
    seed: int = 0
    licence: str = ""
    name: str = ""
    device: str = "auto"
    sample_rate_hz: int = 44_100
    hop_samples: int = 256
    batch_frames: int = 512
    learning_rate: float = 2e-3
    kl_weight: float = 3e-4
    validation: float | None = None
    patience: int = 0
    ema_decay: float = 0.999
    augment: float | None = None
    shift_bands: int = 48

    def __post_init__(self) -> None:
        ranges: dict[str, tuple[float, float]] = {
            "minutes": (0.001, 100_000.0),
            "epochs": (1, 10_000_000),
            "n_latents": (4, 256),
            "width": (8, 4_096),
            "n_hidden": (1, 8),
            "seed": (0, 2**63 - 1),
            "batch_frames": (2, 65_536),
            "learning_rate": (1e-6, 1.0),
            "kl_weight": (0.0, 10.0),
            "validation": (0.0, 0.5),
            "patience": (0, 1_000_000),
            "ema_decay": (0.0, 0.99999),
            "augment": (0.0, 0.9),
            "shift_bands": (0, 192),
        }
        problems = [
            Problem(f"is {value}; {low:g}..{high:g} is allowed", place=name)
            for name, (low, high) in ranges.items()
            if (value := getattr(self, name)) is not None and not low <= value <= high
        ]
        problems += [
            Problem(f"takes at most {MOST_LETTERS} letters of Unicode text", place=name)
            for name, words in (("licence", self.licence), ("name", self.name))
            if len(words) > MOST_LETTERS or words != words.encode("utf-8", "ignore").decode()
        ]
        if self.minutes is None and self.epochs is None:
            problems.append(Problem("give minutes, epochs or both", place="minutes"))
        if problems:
            raise ModelError(problems)

    def for_sounds(self, *, any_held_out: bool) -> TrainOptions:
        """Return options in which nothing depends on the recordings any more."""
        if self.augment is not None:
            return self
        return replace(self, augment=HELD_OUT_PART if any_held_out else ALL_LEARNT_PART)

    def without_effect(self, *, any_held_out: bool) -> list[str]:
        """Return a note for everything that was asked for and these recordings do not allow."""
        notes = []
        if self.shift_bands != TrainOptions.shift_bands and self.augment == 0.0:
            notes.append(
                f"no frame is moved by {self.shift_bands} bands, for --augment 0 changes none"
            )
        if self.patience and not any_held_out:
            notes.append("patience ends nothing, for no recording is held out to look at")
        return notes

    @property
    def budget_s(self) -> float:
        """Longest time for fitting in seconds, infinite when only epochs bound it."""
        return math.inf if self.minutes is None else 60.0 * self.minutes


@dataclass(frozen=True)
class TrainExtras:
    """What a run does beside training; nothing of it changes the model.

    Attributes
    ----------
    checkpoint_every_s
        Seconds between two times at which the unfinished training is put away beside the model, so
        that it can be resumed; 0: never.
    listen
        Folder for sounds to hear on the way; None: none.
    listen_every_s
        Seconds of fitting between two times at which they are written; once more at the end. None:
        a quarter of the minutes there are, 300 at most.
    report
        Picture of the training, drawn at its end; None: none.
    tensorboard
        Folder for TensorBoard's log; None: none.

    Raises
    ------
    ModelError
        With every value that is out of its range.
    """

    checkpoint_every_s: float = 60.0
    listen: Path | None = None
    listen_every_s: float | None = None
    report: Path | None = None
    tensorboard: Path | None = None

    def __post_init__(self) -> None:
        problems = [
            Problem(f"is {value:g}; {least:g}..{_DAY_S:g} s is allowed", place=name)
            for name, least in (("checkpoint_every_s", 0.0), ("listen_every_s", 1.0))
            if (value := getattr(self, name)) is not None and not least <= value <= _DAY_S
        ]
        if problems:
            raise ModelError(problems)

    def without_effect(self) -> list[str]:
        """Return a note for everything that was asked for and does nothing."""
        if self.listen_every_s is not None and self.listen is None:
            return ["--listen-every does nothing without --listen, which names a folder"]
        return []

    def listening_every_s(self, budget_s: float) -> float:
        """Return seconds between two times of listening, in a training of so many seconds."""
        if self.listen_every_s is None:
            return min(LISTEN_EVERY_S, budget_s / 4.0)
        return self.listen_every_s


@dataclass(frozen=True)
class TrainProgress:
    """How far a training run is.

    Attributes
    ----------
    stage
        ``reading``, ``fitting`` or ``measuring``.
    fraction
        Part of the stage that is done, 0..1.
    loss
        The latest loss, while fitting.
    time_left_s
        Estimate for the stage, where there is one.
    note
        Something worth telling: a sound that was skipped, and why.
    """

    stage: str
    fraction: float
    loss: float | None = None
    time_left_s: float | None = None
    note: str = ""
