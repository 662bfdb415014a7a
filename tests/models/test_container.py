"""Files that are not models, or were, each refused with words and without running anything."""

from __future__ import annotations

import json
import os
import pickle
import struct
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ltsrender.errors import ModelError
from ltsrender.models import load_model, read_card

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Header = dict[str, Any]
MATRIX = "decoder_line.weight"


def split(path: Path) -> tuple[Header, bytes]:
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def join(header: Header, data: bytes) -> bytes:
    raw = json.dumps(header).encode()
    return struct.pack("<Q", len(raw)) + raw + data


def card_of(header: Header) -> Header:
    return json.loads(header["__metadata__"]["ltsrender"])


def with_card(header: Header, card: Any) -> Header:
    return {**header, "__metadata__": {"ltsrender": json.dumps(card)}}


def changed_card(header: Header, data: bytes, place: str, value: Any) -> bytes:
    card = card_of(header)
    *parents, last = place.split(".")
    inner = card
    for parent in parents:
        inner = inner[parent]
    inner[last] = value
    return join(with_card(header, card), data)


def changed_tensor(header: Header, data: bytes, **entry: Any) -> bytes:
    return join({**header, MATRIX: {**header[MATRIX], **entry}}, data)


def without_tensor(header: Header, data: bytes) -> bytes:
    """Take the last tensor away, cleanly: what is left is a sound safetensors file."""
    last = max(
        (name for name in header if name != "__metadata__"),
        key=lambda name: header[name]["data_offsets"][1],
    )
    start, _ = header[last]["data_offsets"]
    return join({name: entry for name, entry in header.items() if name != last}, data[:start])


def with_extra_tensor(header: Header, data: bytes) -> bytes:
    extra = {"dtype": "F32", "shape": [1], "data_offsets": [len(data), len(data) + 4]}
    return join({**header, "extra": extra}, data + b"\0\0\0\0")


def with_weight(header: Header, data: bytes, value: float) -> bytes:
    start, _ = header[MATRIX]["data_offsets"]
    return join(header, data[:start] + struct.pack("<f", value) + data[start + 4 :])


def transposed(header: Header, data: bytes) -> bytes:
    return changed_tensor(header, data, shape=header[MATRIX]["shape"][::-1])


def deep(header: Header, data: bytes) -> bytes:
    return join({**header, "__metadata__": {"ltsrender": "[" * 100_000}}, data)


def deep_header(_: Header, __: bytes) -> bytes:
    raw = b"[" * 100_000
    return struct.pack("<Q", len(raw)) + raw


def twice(header: Header, data: bytes) -> bytes:
    raw = json.dumps(header).encode()
    raw = raw.replace(b'{"__metadata__"', b'{"__metadata__": {}, "__metadata__"', 1)
    return struct.pack("<Q", len(raw)) + raw + data


def swapped_halves(header: Header, data: bytes) -> bytes:
    start, stop = header[MATRIX]["data_offsets"]
    return changed_tensor(header, data, data_offsets=[start + 4, stop + 4])


def whole(header: Header, data: bytes) -> bytes:
    return join(header, data)


class Bomb:
    """What a pickle with bad intentions looks like."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (3,)


HOSTILE: dict[str, tuple[Callable[[Header, bytes], bytes], str]] = {
    "empty": (lambda _h, _d: b"", "has only 0 bytes"),
    "five bytes": (lambda _h, _d: b"RIFF\0", "has only 5 bytes"),
    "another format": (lambda _h, _d: b"RIFF" + b"\x24\0\0\0WAVEfmt " * 40, "promise a header"),
    "pickle": (lambda _h, _d: pickle.dumps(Bomb()) + bytes(100), "promise a header"),
    "text": (lambda _h, _d: b"I am a timbre model, believe me.", "promise a header"),
    "half the header": (lambda h, d: join(h, d)[:200], "promise a header"),
    "half the data": (lambda h, d: join(h, d[: len(d) // 2]), "damaged or cut short"),
    "one byte short": (lambda h, d: join(h, d)[:-1], "damaged or cut short"),
    "one byte long": (lambda h, d: join(h, d + b"\0"), "damaged or cut short"),
    "huge header": (lambda h, d: struct.pack("<Q", 2**63) + join(h, d)[8:], "promise a header"),
    "header of nothing": (lambda _h, d: struct.pack("<Q", 0) + d, "promise a header of 0"),
    "header is not JSON": (lambda _h, d: struct.pack("<Q", 8) + b"not json" + d, "is not JSON"),
    "header is not UTF-8": (lambda _h, d: struct.pack("<Q", 4) + b"\xff\xfe{}" + d, "is not JSON"),
    "header is a list": (lambda _h, d: struct.pack("<Q", 2) + b"[]" + d, "not a JSON object"),
    "header nested deeply": (deep_header, "is not JSON"),
    "key twice": (twice, "'__metadata__' is there twice"),
    "no card": (lambda h, d: join({**h, "__metadata__": {}}, d), "without an ltsrender model card"),
    "metadata is a number": (lambda h, d: join({**h, "__metadata__": 3}, d), "without an"),
    "card is not JSON": (
        lambda h, d: join({**h, "__metadata__": {"ltsrender": "{"}}, d),
        "card is not JSON",
    ),
    "card nested deeply": (deep, "card is not JSON"),
    "card is a list": (lambda h, d: join(with_card(h, []), d), "card"),
    "newer card": (lambda h, d: changed_card(h, d, "format_version", 2), "a newer one may read it"),
    "another architecture": (
        lambda h, d: changed_card(h, d, "architecture", "gan"),
        "card.architecture",
    ),
    "unknown key": (lambda h, d: changed_card(h, d, "run_this", "rm"), "card.run_this"),
    "NaN in the card": (
        lambda h, d: changed_card(h, d, "losses", {"total": float("nan")}),
        "card.losses.total",
    ),
    "infinite level": (
        lambda h, d: changed_card(h, d, "latents.maximum", [float("inf"), 1, 1, 1, 1]),
        "card.latents.maximum.0",
    ),
    "loudest level 0": (
        lambda h, d: changed_card(h, d, "latents.maximum", [0, 1, 1, 1, 1]),
        "loudest level",
    ),
    "short statistics": (
        lambda h, d: changed_card(h, d, "latents.mean", [0.0]),
        "latents.mean has 1 entries",
    ),
    "twin names": (
        lambda h, d: changed_card(h, d, "latent_names", ["a", "a", "b", "c", "d"]),
        "not all different",
    ),
    "more latents": (lambda h, d: changed_card(h, d, "sizes.n_latents", 6), "has 5 entries"),
    "absurd width": (lambda h, d: changed_card(h, d, "sizes.width", 10**12), "card.sizes.width"),
    "absurd depth": (
        lambda h, d: changed_card(h, d, "sizes.n_hidden", 10**9),
        "card.sizes.n_hidden",
    ),
    "width of true": (lambda h, d: changed_card(h, d, "sizes.width", True), "card.sizes.width"),
    "large width": (
        lambda h, d: changed_card(h, d, "sizes.width", 16_384),
        "the card's sizes ask for",
    ),
    "other depth": (lambda h, d: changed_card(h, d, "sizes.n_hidden", 3), "is missing"),
    "other bands": (lambda h, d: changed_card(h, d, "sizes.n_bands", 29), "its transform has 28"),
    "no transform": (lambda h, d: changed_card(h, d, "transform", {}), "card.transform"),
    "hop of a word": (
        lambda h, d: changed_card(h, d, "transform.hop_samples", "256"),
        "card.transform",
    ),
    "absurd slice": (
        lambda h, d: changed_card(h, d, "transform.slice_samples", 2**60),
        "slice_samples",
    ),
    "infinite support": (
        lambda h, d: changed_card(h, d, "transform.support", float("inf")),
        "support",
    ),
    "half precision": (lambda h, d: changed_tensor(h, d, dtype="F16"), "has dtype 'F16'"),
    "transposed": (transposed, "has shape [4, 28]; the card's sizes ask for [28, 4]"),
    "negative shape": (lambda h, d: changed_tensor(h, d, shape=[-1, -112]), "impossible shape"),
    "absurd shape": (lambda h, d: changed_tensor(h, d, shape=[2**62, 4]), "impossible shape"),
    "shape of floats": (lambda h, d: changed_tensor(h, d, shape=[28.0, 4]), "impossible shape"),
    "three axes": (lambda h, d: changed_tensor(h, d, shape=[28, 2, 2]), "impossible shape"),
    "shape against bytes": (lambda h, d: changed_tensor(h, d, shape=[28, 3]), "but 448 bytes"),
    "outside the file": (
        lambda h, d: changed_tensor(h, d, data_offsets=[len(d), len(d) + 448]),
        "cut short",
    ),
    "overlapping": (swapped_halves, "is expected"),
    "not an entry": (lambda h, d: join({**h, MATRIX: 7}, d), "is not described by"),
    "missing tensor": (without_tensor, "is missing"),
    "extra tensor": (with_extra_tensor, "does not belong"),
    "NaN weight": (lambda h, d: with_weight(h, d, float("nan")), "no training makes"),
    "infinite weight": (lambda h, d: with_weight(h, d, float("inf")), "no training makes"),
    "enormous weight": (lambda h, d: with_weight(h, d, 1e30), "no training makes"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_with_words(case: str, model_file: Path, tmp_path: Path) -> None:
    damage, words = HOSTILE[case]
    path = tmp_path / "hostile.ltsmodel"
    path.write_bytes(damage(*split(model_file)))
    with pytest.raises(ModelError) as caught:
        load_model(path)
    assert words in str(caught.value)
    assert all(str(path) == str(problem.file) for problem in caught.value.problems)


def test_the_undamaged_file_is_accepted(model_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "whole.ltsmodel"
    path.write_bytes(whole(*split(model_file)))
    assert load_model(path).card == read_card(model_file)


def test_several_problems_are_told_at_once(model_file: Path, tmp_path: Path) -> None:
    header, data = split(model_file)
    card = card_of(header)
    card["licence"], card["sizes"]["width"], card["seed"] = 7, 0, "x"
    path = tmp_path / "wrong.ltsmodel"
    path.write_bytes(join(with_card(header, card), data))
    with pytest.raises(ModelError) as caught:
        read_card(path)
    places = {problem.place for problem in caught.value.problems}
    assert places == {"card.licence", "card.sizes.width", "card.seed"}


def test_of_a_great_many_problems_the_first_are_told(model_file: Path, tmp_path: Path) -> None:
    header, data = split(model_file)
    empty = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    path = tmp_path / "crowded.ltsmodel"
    path.write_bytes(join({**header, **{f"extra {n}": empty for n in range(50)}}, data))
    with pytest.raises(ModelError, match="and 30 more problems") as caught:
        load_model(path)
    assert len(caught.value.problems) == 21


def test_missing_files_and_folders_are_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no such file"):
        load_model(tmp_path / "none.ltsmodel")
    with pytest.raises(ModelError, match="is a folder"):
        read_card(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are a Unix thing")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.ltsmodel"
    os.mkfifo(pipe)
    with pytest.raises(ModelError, match="is not a file"):
        read_card(pipe)


def test_a_file_over_two_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "big.ltsmodel"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3 + 1)  # sparse: takes no room on the disk
    with pytest.raises(ModelError, match="at most 2 GiB"):
        read_card(path)


def test_a_pytorch_archive_is_not_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Bomb()))
    with pytest.raises(ModelError, match="file of PyTorch, not a timbre model"):
        load_model(path)


def test_reading_a_card_needs_no_torch(model_file: Path) -> None:
    import subprocess  # noqa: PLC0415 - a fresh interpreter is the point

    program = (
        "import sys; from pathlib import Path; from ltsrender.models import read_card;"
        f"read_card(Path({str(model_file)!r})); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_file_is_a_plain_safetensors_file(model_file: Path) -> None:
    from safetensors.numpy import load_file  # noqa: PLC0415 - only this test needs it

    tensors = load_file(model_file)
    network = load_model(model_file).network.state_dict()
    assert set(tensors) == set(network)
    for name, values in tensors.items():
        np.testing.assert_array_equal(values, network[name].numpy())
