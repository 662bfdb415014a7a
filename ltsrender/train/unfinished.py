"""A training that is not finished, in a file beside the model that it will become.

``MODEL.training`` is a safetensors file: all weights and moments as tensors, everything else as
JSON in its header, nothing executable. It is replaced whole from time to time and removed when the
model is there, so it is found exactly where a training was stopped.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import safetensors
from safetensors.torch import save

from ltsrender.errors import ModelError, Problem, RenderError
from ltsrender.safefile import written_beside
from ltsrender.train.options import TrainOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from torch import Tensor

    from ltsrender.models import TrainingSound
    from ltsrender.train.interrupt import Interrupt
    from ltsrender.train.training import Training

SUFFIX = ".training"
FORMAT = "ltsrender training"
VERSION = "2"
"""To be raised whenever options mean something else: 1 had no ``augment``."""
_FREE = {"name", "licence"}
"""Options that only the card shows: they may be others when a training goes on."""
_FLAGS = {"n_latents": "latents"}
_MOST_NAMES = 5


@dataclass(frozen=True, eq=False)
class Unfinished:
    """What the file of an unfinished training holds.

    Attributes
    ----------
    file
        Where it was read.
    options
        How the training was asked for.
    sounds
        Hash and name of every recording it reads, in order.
    facts, tensors
        What `Training.restore` takes.
    """

    file: Path
    options: TrainOptions
    sounds: tuple[tuple[str, str], ...]
    facts: dict[str, Any]
    tensors: dict[str, Tensor]

    @property
    def done(self) -> str:
        """How far it is, in words."""
        return f"{100.0 * float(self.facts.get('fraction', 0.0)):.0f} % done"

    def check_options(self, options: TrainOptions) -> None:
        """Refuse to go on with other options than those the training began with.

        Raises
        ------
        ModelError
            With every option that differs.
        """
        problems = []
        for field in fields(TrainOptions):
            now, then = getattr(options, field.name), getattr(self.options, field.name)
            if field.name not in _FREE and now != then:
                words = (
                    f"is {_shown(now)}; the training that is to be resumed has {_shown(then)}: "
                    "leave it out, or begin anew without --resume"
                )
                problems.append(Problem(words, place=_FLAGS.get(field.name, field.name)))
        if problems:
            raise ModelError(problems)

    def check_sounds(self, sounds: Sequence[TrainingSound]) -> None:
        """Refuse to go on with other recordings than those the training began with.

        Raises
        ------
        ModelError
            Telling which are new and which are gone.
        """
        now = {sound.sha256: sound.name for sound in sounds}
        then = dict(self.sounds)
        if list(now) == list(then):
            return
        changes = {
            "new": [name for sha256, name in now.items() if sha256 not in then],
            "gone": [name for sha256, name in then.items() if sha256 not in now],
        }
        said = [f"{kind}: {_listed(names)}" for kind, names in changes.items() if names]
        words = "; ".join(said) or "they have other names, which changes their order"
        raise ModelError(
            Problem(
                "began with other recordings than are there now, so it cannot go on "
                f"({words}); bring them back, or delete this file and begin anew",
                self.file,
            )
        )

    def restore(self, training: Training) -> None:
        """Put everything back.

        Raises
        ------
        ModelError
            When the file does not hold it.
        """
        try:
            training.restore(self.tensors, self.facts)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise ModelError(_damaged(self.file, error)) from error


class Keeper:
    """Puts a training away from time to time, called after every step.

    Parameters
    ----------
    target
        The model to be.
    options, sounds
        What the training is made from.
    every_s
        Seconds between two times; 0: never.
    note
        Is told once, with how far training is, when the file cannot be written; hours of training
        are not lost for that.
    interrupt
        Whether Ctrl-C was pressed: then the training is put away and ends.
    """

    def __init__(
        self,
        target: Path,
        options: TrainOptions,
        sounds: Sequence[TrainingSound],
        every_s: float,
        note: Callable[[float, str], None],
        interrupt: Interrupt,
    ) -> None:
        self._target, self._options, self._sounds = target, options, sounds
        self._every_s, self._note, self._interrupt = every_s, note, interrupt
        self._last_s = time.monotonic()

    def __call__(self, training: Training) -> None:
        """Write when it is time; the training's clock stands still meanwhile.

        Raises
        ------
        KeyboardInterrupt
            Once everything is put away, when Ctrl-C was pressed.
        """
        ends = self._interrupt.asked
        if self._every_s and (ends or time.monotonic() - self._last_s >= self._every_s):
            self._put_away(training)
        if ends and self._every_s:
            self._note(training.schedule.fraction, "stopped, and put away; --resume goes on")
        if ends:
            raise KeyboardInterrupt

    def _put_away(self, training: Training) -> None:
        try:
            with training.schedule.paused():
                write_unfinished(self._target, training, self._options, self._sounds)
        except RenderError as error:
            words = f"this training could not be resumed if it were stopped: {error}"
            self._note(training.schedule.fraction, words)
            self._every_s = 0.0
        self._last_s = time.monotonic()


def unfinished_file(target: Path) -> Path:
    """Return where an unfinished training of a model lies."""
    return target.with_name(f"{target.name}{SUFFIX}")


def write_unfinished(
    target: Path, training: Training, options: TrainOptions, sounds: Sequence[TrainingSound]
) -> None:
    """Put a training away beside the model it will become.

    Raises
    ------
    RenderError
        When the file cannot be written.
    """
    facts = {
        "options": asdict(options),
        "sounds": [[sound.sha256, sound.name] for sound in sounds],
        "training": training.facts(),
    }
    metadata = {"format": FORMAT, "version": VERSION, "facts": json.dumps(facts)}
    tensors = {
        name: tensor.detach().cpu().contiguous() for name, tensor in training.tensors().items()
    }
    with written_beside(unfinished_file(target)) as part:
        # Not save_file: killed, it would leave a file of another name every time.
        part.write_bytes(save(tensors, metadata))


def read_unfinished(target: Path) -> Unfinished | None:
    """Return the unfinished training of a model, or None when there is none.

    Raises
    ------
    ModelError
        When the file is there and cannot be read.
    """
    file = unfinished_file(target)
    if not file.exists():
        return None
    try:
        with safetensors.safe_open(file, "pt") as content:
            metadata = content.metadata() or {}
            tensors = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
        if metadata.get("format") == FORMAT and metadata.get("version") != VERSION:
            words = "was put away by another version of ltsrender; delete it and begin anew"
            raise ModelError(Problem(words, file))
        if metadata.get("format") != FORMAT:
            raise ModelError(Problem("is no unfinished training; delete it and begin anew", file))
        facts = json.loads(metadata["facts"])
        options = TrainOptions(**facts["options"])
        sounds = tuple((str(sha256), str(name)) for sha256, name in facts["sounds"])
        return Unfinished(file, options, sounds, dict(facts["training"]), tensors)
    except (OSError, safetensors.SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ModelError(_damaged(file, error)) from error


def remove_unfinished(target: Path) -> None:
    """Remove the file of a training that is finished, and what a crash left of the next one."""
    file = unfinished_file(target)
    for path in (file, file.with_name(f"{file.name}.part")):
        path.unlink(missing_ok=True)


def _damaged(file: Path, error: Exception) -> Problem:
    return Problem(f"is no unfinished training, or a damaged one ({error}); begin anew", file)


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)


def _listed(names: list[str]) -> str:
    n_more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {n_more} more" if n_more > 0 else "")
