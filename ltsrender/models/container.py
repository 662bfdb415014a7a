"""The outside of a model file: safetensors with the model card in its header.

    8 bytes       length of the header, little-endian
    header        JSON: {"__metadata__": {"ltsrender": card}, tensor: {dtype, shape, data_offsets}}
    data          the tensors, one after the other, without holes

(https://github.com/huggingface/safetensors, "Format".) Nothing here trusts the file: every length
is compared with the size of the file before a byte of it is allocated, and only then are the
tensors looked at. Reading a card needs neither torch nor the weights.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from ltsrender.errors import ModelError, Problem, nearest
from ltsrender.models.card import Card, ModelCard
from ltsrender.models.original_card import OriginalCard
from ltsrender.safefile import written_beside
from ltsrender.signal.librosa_cqt import LibrosaSpec
from ltsrender.signal.spec import TransformSpec

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

METADATA_KEY = "ltsrender"
MAX_FILE_BYTES = 2 * 1024**3
MAX_HEADER_BYTES = 16 * 1024**2
MOST_PROBLEMS = 20
_PREFIX = struct.Struct("<Q")
_BYTES_PER_VALUE = 4
_MOST_AXES = {"frame-vae": 2, "original-vae": 4}

_OTHER_FORMATS = {b"\x89HDF": "an HDF5 file", b"PK\x03\x04": "a zip archive or a file of PyTorch"}
_IMPORT_IT = "; a run of the original becomes one by: ltsrender model import RUN -o MODEL.ltsmodel"

CARDS: dict[str, type[Card]] = {"frame-vae": ModelCard, "original-vae": OriginalCard}
"""Which card each architecture has."""


@dataclass(frozen=True)
class Header:
    """The checked header of a model file.

    Attributes
    ----------
    card
        The model card.
    shapes
        Shape of every tensor; all are float32.
    offsets
        Where each tensor's bytes start, counted from the start of the file.
    """

    card: Card
    shapes: dict[str, tuple[int, ...]]
    offsets: dict[str, int]


def read_card(path: Path) -> Card:
    """Read the model card of a model file, and nothing else of it.

    Raises
    ------
    ModelError
        When the file is missing, is not a model, or its header contradicts itself.
    """
    return read_header(path).card


def read_header(path: Path) -> Header:
    """Read and check the header of a model file.

    Raises
    ------
    ModelError
        With every problem found in the header.
    """
    file_bytes, raw = _read_raw_header(Path(path))
    entries = _parse(path, raw)
    card = _card_in(path, entries.pop("__metadata__", None))
    data_start = _PREFIX.size + len(raw)
    most_axes = _MOST_AXES[card.architecture]
    shapes, offsets = _tensors_in(path, entries, file_bytes - data_start, most_axes)
    return Header(card, shapes, {name: data_start + start for name, start in offsets.items()})


def write_container(
    target: Path, card: Card, tensors: dict[str, tuple[tuple[int, ...], bytes]]
) -> None:
    """Write a model file: the same card and tensors give the same bytes.

    Parameters
    ----------
    target
        The file to write; the caller sees to it that it appears whole or not at all.
    tensors
        Shape and little-endian float32 bytes of every tensor, by name.
    """
    entries: dict[str, Any] = {"__metadata__": {METADATA_KEY: card.model_dump_json()}}
    start = 0
    for name in sorted(tensors):
        shape, data = tensors[name]
        entries[name] = {
            "dtype": "F32",
            "shape": list(shape),
            "data_offsets": [start, start + len(data)],
        }
        start += len(data)
    header = json.dumps(entries, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    header += b" " * (-len(header) % 8)  # so that the data can be mapped as aligned float32
    with target.open("wb") as file:
        file.write(_PREFIX.pack(len(header)))
        file.write(header)
        for name in sorted(tensors):
            file.write(tensors[name][1])


def rewrite_card(path: Path, card: Card) -> None:
    """Give a model file another card; its tensors stay the same bytes.

    Parameters
    ----------
    path
        The model file; it changes whole or not at all.
    card
        A card of the same network.

    Raises
    ------
    ModelError
        When the file is no model, or cannot be read.
    RenderError
        When it cannot be written.
    """
    header = read_header(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _fail(path, f"cannot be read: {error.strerror}") from error
    tensors = {
        name: (shape, content[start : start + _BYTES_PER_VALUE * math.prod(shape)])
        for name, shape in header.shapes.items()
        for start in [header.offsets[name]]
    }
    with written_beside(path) as part:
        write_container(part, card, tensors)


def weights_sha256(path: Path) -> str:
    """Return the hash of a model's weights, whatever its card says.

    Two files with this hash have one latent space.

    Raises
    ------
    ModelError
        When the file is no model, or cannot be read.
    """
    header = read_header(path)
    digest = hashlib.sha256(repr(sorted(header.shapes.items())).encode())
    start = min(header.offsets.values(), default=0)
    try:
        with path.open("rb") as file:
            file.seek(start)
            while part := file.read(2**20):
                digest.update(part)
    except OSError as error:
        raise _fail(path, f"cannot be read: {error.strerror}") from error
    return digest.hexdigest()


def raise_problems(path: Path, problems: list[Problem]) -> None:
    """Raise a ModelError when there are problems."""
    if problems:
        raise _model_error(path, problems)


def _model_error(path: Path, problems: list[Problem]) -> ModelError:
    """Return a ModelError; of a great many problems, only the first are told."""
    n_more = len(problems) - MOST_PROBLEMS
    if n_more > 0:
        problems = [*problems[:MOST_PROBLEMS], Problem(f"and {n_more} more problems", file=path)]
    return ModelError(problems)


def _fail(path: Path, message: str, place: str = "") -> ModelError:
    return ModelError(Problem(message, file=path, place=place))


def _read_raw_header(path: Path) -> tuple[int, bytes]:
    """Return the size of the file and the bytes of its header."""
    try:
        if path.is_dir():
            raise _fail(path, "is a folder, not a timbre model")
        if path.exists() and not path.is_file():
            raise _fail(path, "is not a file")
        with path.open("rb") as file:
            file_bytes = path.stat().st_size
            if file_bytes > MAX_FILE_BYTES:
                raise _fail(path, f"is {file_bytes} bytes; a timbre model has at most 2 GiB")
            prefix = file.read(_PREFIX.size)
            if len(prefix) < _PREFIX.size:
                raise _fail(path, f"is not a timbre model: it has only {file_bytes} bytes")
            (length,) = _PREFIX.unpack(prefix)
            for start, name in _OTHER_FORMATS.items():
                if prefix.startswith(start):
                    raise _fail(path, f"is {name}, not a timbre model{_IMPORT_IT}")
            if not 2 <= length <= MAX_HEADER_BYTES or length > file_bytes - _PREFIX.size:
                raise _fail(
                    path,
                    f"is not a whole timbre model: its first 8 bytes promise a header of {length} "
                    f"bytes, the file has {file_bytes}",
                )
            return file_bytes, file.read(length)
    except FileNotFoundError as error:
        raise ModelError(_missing(path)) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _fail(path, f"cannot be read: {reason}") from error


def _missing(path: Path) -> Problem:
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.is_file()]
    except OSError:
        names = []
    return Problem("there is no such file", path, suggestion=nearest(path.name, names))


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twin[:80]!r} is there twice")
    return found


def _parse(path: Path, raw: bytes) -> dict[str, Any]:
    try:
        header = json.loads(raw.decode("utf-8"), object_pairs_hook=_no_twins)
    except (ValueError, RecursionError) as error:
        raise _fail(path, f"is not a timbre model: its header is not JSON ({error})") from error
    if not isinstance(header, dict):
        raise _fail(path, "is not a timbre model: its header is not a JSON object")
    return header


def _card_in(path: Path, metadata: object) -> Card:
    if not isinstance(metadata, dict) or not isinstance(metadata.get(METADATA_KEY), str):
        raise _fail(path, "is a safetensors file without an ltsrender model card")
    try:
        document = json.loads(metadata[METADATA_KEY], object_pairs_hook=_no_twins)
    except (ValueError, RecursionError) as error:
        raise _fail(path, f"is not JSON ({error})", "card") from error
    if isinstance(document, dict) and document.get("format_version", 1) not in (1, True):
        version = str(document["format_version"])[:40]
        raise _fail(
            path,
            f"is {version}; this ltsrender reads 1, a newer one may read it",
            "card.format_version",
        )
    architecture = document.get("architecture") if isinstance(document, dict) else None
    kind = CARDS.get(str(architecture), ModelCard)
    if isinstance(architecture, str) and architecture not in CARDS:
        known = " or ".join(repr(name) for name in CARDS)
        words = f"is {architecture[:60]!r}; this ltsrender knows {known}"
        raise _fail(path, words, "card.architecture")
    try:
        card = kind.model_validate(document)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        raise _model_error(path, [_as_problem(path, fault) for fault in faults]) from error
    _check_transform(path, card)
    return card


def _check_transform(path: Path, card: Card) -> None:
    try:
        spec = TransformSpec.from_dict(card.transform)
        n_bands = spec.n_bands
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise _fail(path, f"is no transform: {error}", "card.transform") from error
    if isinstance(card, OriginalCard):
        _check_frames(path, card, spec)
    elif n_bands != card.n_bands:
        words = f"is {card.n_bands}, but its transform has {n_bands} bands"
        raise _fail(path, words, "card.sizes.n_bands")


def _check_frames(path: Path, card: OriginalCard, spec: TransformSpec) -> None:
    """Refuse frames that are not on the scale of the transform."""
    try:
        frames = LibrosaSpec.from_dict(card.frames)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise _fail(path, f"are no frames of librosa: {error}", "card.frames") from error
    for name in ("sample_rate_hz", "hop_samples", "f_min_hz", "bins_per_octave"):
        own, heard = getattr(frames, name), getattr(spec, name)
        if own != heard:
            words = f"is {own:g}, but its transform has {heard:g}"
            raise _fail(path, words, f"card.frames.{name}")


def _as_problem(path: Path, fault: ErrorDetails) -> Problem:
    place = ".".join(["card", *map(str, fault["loc"])])
    return Problem(f"{fault['msg']} (found {str(fault['input'])[:60]!r})", file=path, place=place)


def _tensors_in(
    path: Path, entries: dict[str, Any], n_data_bytes: int, most_axes: int
) -> tuple[dict[str, tuple[int, ...]], dict[str, int]]:
    """Return shapes and starts of all tensors, which must fill the data without holes."""
    problems: list[Problem] = []
    spans: list[tuple[int, int, str]] = []
    shapes: dict[str, tuple[int, ...]] = {}
    for name, entry in entries.items():
        fault = _fault_of(entry, n_data_bytes, most_axes)
        if fault:
            problems.append(Problem(fault, file=path, place=f"tensor {name[:80]!r}"))
        else:
            start, stop = entry["data_offsets"]
            spans.append((start, stop, name))
            shapes[name] = tuple(entry["shape"])
    end = 0
    for start, stop, name in sorted(spans):
        if start != end and not problems:
            problems.append(
                Problem(
                    f"starts at byte {start} of the data; {end} is expected",
                    file=path,
                    place=f"tensor {name[:80]!r}",
                )
            )
        end = stop
    if end != n_data_bytes and not problems:
        problems.append(
            Problem(
                f"holds {n_data_bytes} bytes of weights; its header speaks of "
                f"{end}: it is damaged or cut short",
                file=path,
            )
        )
    raise_problems(path, problems)
    return shapes, {name: start for start, _, name in spans}


def _is_count(value: object, limit: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= limit


def _fault_of(entry: object, n_data_bytes: int, most_axes: int) -> str:
    """Return what is wrong with one tensor's entry, or an empty string."""
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        return "is not described by dtype, shape and data_offsets"
    dtype, shape, span = entry["dtype"], entry["shape"], entry["data_offsets"]
    if dtype != "F32":
        return f"has dtype {str(dtype)[:20]!r}; a timbre model is all F32"
    if (
        not isinstance(shape, list)
        or len(shape) > most_axes
        or not all(_is_count(size, n_data_bytes) for size in shape)
    ):
        return f"has the impossible shape {str(shape)[:60]}"
    if (
        not isinstance(span, list)
        or len(span) != 2
        or not all(_is_count(edge, n_data_bytes) for edge in span)
    ):
        return f"lies at bytes {str(span)[:60]} of {n_data_bytes}: the file is damaged or cut short"
    if span[1] - span[0] != _BYTES_PER_VALUE * math.prod(shape):
        return f"has shape {shape} but {span[1] - span[0]} bytes"
    return ""
