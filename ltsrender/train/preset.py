"""Training presets: options with a name and a sentence of intent, in ``presets/training``.

A preset is found like every preset: beside where the command runs, in the user's own folder, or
among those that come with ltsrender.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from ltsrender.errors import InputError, ModelError, Problem
from ltsrender.session import Documents, read_tree
from ltsrender.session.fields import FileDocument
from ltsrender.session.problems import found_words, near, told, validate, version_problems
from ltsrender.train.options import TrainOptions
from ltsrender.train.unfinished import read_unfinished

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = "presets/training"
_OF_ONE_RUN = {"device", "licence", "name", "seed"}  # no matter of taste
_KINDS = {field.name: str(field.type) for field in fields(TrainOptions)}

Words = Annotated[str, Field(min_length=1, max_length=1_000)]


class TrainingPreset(FileDocument):
    """Options of a training that somebody found good for something."""

    format: Literal["ltsrender training"]
    schema_version: Literal[1] = 1
    name: Words
    intent: Words
    """One sentence: what it is for."""
    options: Annotated[dict[str, Any], Field(default_factory=dict)]


def read_training_preset(name: str) -> TrainingPreset:
    """Return a preset by its name or file.

    Raises
    ------
    ModelError
        With everything that is wrong with the file.
    """
    try:
        tree = read_tree(Documents(Path()).read(name, FOLDER), name)
    except InputError as error:
        raise ModelError(error.problems) from error
    problems = version_problems(tree, {1: TrainingPreset}, name)
    if problems:
        raise ModelError(problems)
    preset, faults = validate(TrainingPreset, tree)
    problems = told(tree, faults, name)
    options = tree.get("options", {})
    problems += _option_problems(options, name) if isinstance(options, dict) else []
    if preset is None or problems:
        raise ModelError(problems)
    return preset


def options_from(preset: str | None, given: Mapping[str, Any]) -> TrainOptions:
    """Return a preset's options, with those that are given in their place.

    Who says only how many epochs means no minutes, and the other way round.

    Parameters
    ----------
    preset
        Name or file of a preset; None: the usual options.
    given
        Options by their names in `TrainOptions`.

    Raises
    ------
    ModelError
        With everything that is wrong.
    """
    return TrainOptions(**_asked_for(preset, given))


def resumed_options(target: Path, preset: str | None, given: Mapping[str, Any]) -> TrainOptions:
    """Return the options of the unfinished training of a model, with those that are given.

    Whether they agree with each other is checked where the training goes on. Without an unfinished
    training, this is `options_from`.

    Parameters
    ----------
    target
        The model to be.
    preset, given
        As for `options_from`.

    Raises
    ------
    ModelError
        With everything that is wrong.
    """
    unfinished = read_unfinished(target)
    before = asdict(unfinished.options) if unfinished else {}
    return TrainOptions(**{**before, **_asked_for(preset, given)})


def _asked_for(preset: str | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a preset and options ask for; what none of them names is absent."""
    options = dict(read_training_preset(preset).options) if preset else {}
    if "epochs" in given and "minutes" not in given:
        options["minutes"] = None
    if "minutes" in given and "epochs" not in given:
        options["epochs"] = None
    return {**options, **given}


def option_problem(name: str, value: Any) -> str:
    """Return what is wrong with the kind of an option's value, or an empty string."""
    kind = _KINDS[name]
    if value is None and "None" in kind:
        return ""
    if "str" in kind:
        return "" if isinstance(value, str) else f"is {found_words(value)}; takes text"
    allowed = float | int if "float" in kind else int
    if isinstance(value, bool) or not isinstance(value, allowed):
        takes = "a number" if "float" in kind else "a whole number"
        return f"is {found_words(value)}; takes {takes}"
    return ""


def _option_problems(options: dict[str, Any], file: str) -> list[Problem]:
    """Return unknown options, and values of the wrong kind or outside their range."""
    known = {name: kind for name, kind in _KINDS.items() if name not in _OF_ONE_RUN}
    problems = []
    for name, value in options.items():
        place = f"options.{name}"
        if name not in known:
            words = "is not an option of a training preset"
            problems.append(Problem(words, file, place, near(name, known)))
        elif wrong := option_problem(name, value):
            problems.append(Problem(wrong, file, place))
    if problems:
        return problems
    try:
        TrainOptions(**options)
    except ModelError as error:
        return [Problem(found.message, file, f"options.{found.place}") for found in error.problems]
    return []
