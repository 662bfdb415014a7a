"""Points in latent space as a composer keeps them: a file with one place, to be used as an anchor.

A place means something in the model that it was found in, and nothing in another: so the file says
which, by the hash of its weights. The card may change (latents renamed, descriptors found); the
place stays where it is.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from ltsrender.errors import InputError, Problem, SessionError
from ltsrender.session.fields import Document, FileDocument, Within, Word
from ltsrender.session.jsontext import read_tree
from ltsrender.session.problems import found_words, told, validate, version_problems

if TYPE_CHECKING:
    from ltsrender.session.documents import Documents

KIND = "presets/latents"
FORMAT = "ltsrender latent preset"
MOST_LATENTS = 1_024


class PresetModelDocument(Document):
    """The model in whose latent space a point lies."""

    name: Word
    """What the model is called."""
    weights_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """The hash of its weights, whatever its file is called and its card says."""


class LatentPresetDocument(FileDocument):
    """A point in a model's latent space."""

    format: Literal["ltsrender latent preset"]
    """Says what this file is."""
    schema_version: Literal[1]
    """The version of this format."""
    name: Word
    """What the point is called."""
    model: PresetModelDocument
    """The model in whose latent space it lies."""
    latents: Annotated[
        dict[Word, Annotated[float, Within(-1e9, 1e9)]],
        Field(min_length=1, max_length=MOST_LATENTS),
    ]
    """The value of every latent, by its name, the level among them where there is one."""


VERSIONS = MappingProxyType({1: LatentPresetDocument})


def read_point(name: str, documents: Documents) -> LatentPresetDocument:
    """Return a point by its name or file: beside the session, the user's, or a built-in one.

    Raises
    ------
    SessionError
        With every problem of the file.
    """
    try:
        tree = read_tree(documents.read(name, KIND), name)
    except InputError as error:
        raise SessionError(error.problems) from None
    problems = _not_a_point(tree, name) or version_problems(tree, VERSIONS, name)
    if problems:
        raise SessionError(problems)
    document, faults = validate(LatentPresetDocument, tree)
    problems = told(tree, faults, name)
    if document is None or problems:
        raise SessionError(problems)
    return document


def _not_a_point(tree: Any, file: str) -> list[Problem]:
    found = tree.get("format") if isinstance(tree, dict) else None
    if found == FORMAT:
        return []
    said = "is missing" if found is None else f"is {found_words(found)}"
    return [Problem(f'{said}; a latent preset has "{FORMAT}"', file, "format")]
