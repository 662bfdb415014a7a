"""Networks in the ``.h5`` files that Keras wrote for the original: read as numbers, never run.

``model_config`` tells the layers and how they hang together. From the latents the way is walked
backwards to the frame, and from the decoder's end backwards to its latents; what hangs on the side
(sampling, losses, optimizer) is left alone. Weights are looked up by ``weight_names``. A layer
that could carry code (``Lambda``) or is unknown is refused by its name.

Nothing here trusts the file: links that lead out of it, data kept elsewhere, sizes that differ
from what the layers ask for and values that are not finite are refused before they are used.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from pydantic import ValidationError

from ltsrender.errors import ModelError, Problem
from ltsrender.models.keras_layers import by_name, input_size, layer_of, nested, way_to
from ltsrender.models.layers import (
    MAX_WEIGHT,
    Convolution,
    Dense,
    Scale,
    shape_after,
    shape_through,
)
from ltsrender.models.original_network import MAX_FILE_BYTES, OriginalNetwork, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ltsrender.models.keras_layers import Entry
    from ltsrender.models.layers import Layer, Shape
    from ltsrender.models.original_network import Weights

MAX_CONFIG_CHARACTERS = 2**24


def read_keras_file(path: Path) -> OriginalNetwork:
    """Read the original's model out of an ``.h5`` file.

    Parameters
    ----------
    path
        ``mymodel_last.h5`` of a run.

    Raises
    ------
    ModelError
        When it is not such a file, or holds what no training makes.
    """
    try:
        file_bytes = path.stat().st_size
        with h5py.File(path, "r") as file:
            return _Reader(file, file_bytes).network()
    except Refused as refused:
        raise ModelError(Problem(str(refused), path, refused.place)) from refused
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(map(str, fault["loc"]))
        words = f"has an impossible layer: {where} {fault['msg']}"
        raise ModelError(Problem(words, path, "model_config")) from error
    except (OSError, RuntimeError, KeyError, TypeError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or f"not a whole HDF5 file of Keras ({error})"
        raise ModelError(Problem(f"cannot be read: {str(reason)[:200]}", path)) from error


class _Reader:
    """One open file."""

    def __init__(self, file: h5py.File, file_bytes: int) -> None:
        self.file = file
        self.file_bytes = file_bytes
        self.weights: Weights = {}

    def network(self) -> OriginalNetwork:
        """Return what the file tells."""
        if self.file_bytes > MAX_FILE_BYTES:
            raise Refused(f"is {self.file_bytes} bytes; a model has at most 1 GiB")
        config = self._config()
        top = by_name(config, "model_config")
        for name in ("z_mean", "z_log_var", "decoder"):
            if name not in top:
                found = ", ".join(list(top)[:12])
                raise Refused(
                    f"has no layer {name!r}, which every model of the original has; it has {found}",
                    "model_config",
                )
        mean, trunk = self._trunk(top, "z_mean")
        log_var, other_trunk = self._trunk(top, "z_log_var")
        if [entry["name"] for entry in trunk] != [entry["name"] for entry in other_trunk]:
            raise Refused("draws z_mean and z_log_var from different layers", "model_config")
        n_bins = input_size(trunk[0])
        encoder = self._layers(trunk[1:], "encoder", (n_bins,), "")
        hidden = shape_through(encoder, n_bins)
        n_latents = self._head(mean, "mean", hidden)
        if self._head(log_var, "log_var", hidden) != n_latents:
            raise Refused("has not as many values as z_mean", "layer 'z_log_var'")
        decoder = self._decoder(top["decoder"], n_latents)
        version = _text(self.file.attrs.get("keras_version", ""))[:40]
        return OriginalNetwork(
            n_bins, n_latents, encoder, decoder, self.weights, {"keras": version}
        )

    def _head(self, entry: Entry, name: str, hidden: Shape) -> int:
        """Take the weights of mean or log variance; return how many latents it draws."""
        (line,) = self._layers([entry], name, hidden, "")
        if not isinstance(line, Dense) or line.activation != "linear":
            raise Refused("is not a plain dense layer", f"layer {entry['name']!r}")
        for part in ("weight", "bias"):
            self.weights[f"{name}.{part}"] = self.weights.pop(f"{name}.0.line.{part}")
        return line.n_out

    def _config(self) -> Mapping[str, Any]:
        if "model_config" not in self.file.attrs:
            raise Refused("holds weights without model_config: not a whole model of Keras")
        text = _text(self.file.attrs["model_config"])
        if len(text) > MAX_CONFIG_CHARACTERS:
            raise Refused(f"is {len(text)} characters long", "model_config")
        try:
            config = json.loads(text)["config"]
        except (ValueError, RecursionError, KeyError, TypeError) as error:
            raise Refused(f"is not what Keras writes ({error!r:.80})", "model_config") from error
        if not isinstance(config, dict):
            raise Refused("describes no network of named layers", "model_config")
        return config

    def _trunk(self, layers: Entry, head: str) -> tuple[Entry, list[Entry]]:
        """Return a head's entry, and those before it from the input on."""
        way = way_to(layers, head)
        return way[-1], way[:-1]

    def _decoder(self, entry: Entry, n_latents: int) -> tuple[Layer, ...]:
        config = entry.get("config")
        layers = by_name(config, "model_config, decoder")
        ends = nested(config.get("output_layers")) if isinstance(config, dict) else []
        names = [end for end in ends if isinstance(end, str)]
        if len(names) != 1:
            raise Refused("has not one output", "model_config, decoder")
        way = way_to(layers, names[0])
        if input_size(way[0]) != n_latents:
            raise Refused(
                f"takes {input_size(way[0])} latents; z_mean has {n_latents}",
                "model_config, decoder",
            )
        return self._layers(way[1:], "decoder", (n_latents,), "decoder")

    def _layers(
        self, entries: Sequence[Entry], part: str, shape: Shape, group: str
    ) -> tuple[Layer, ...]:
        """Return layers as a card lists them, and gather their weights."""
        layers: list[Layer] = []
        for entry in entries:
            name, kind, config = entry["name"], entry["class_name"], entry["config"]
            made = layer_of(kind, config, shape, f"layer {name!r}")
            if made is None:
                continue
            try:
                after = shape_after(made, shape)
            except ValueError as error:
                raise Refused(str(error), f"layer {name!r:.80}") from error
            self._take(name, config, made, f"{part}.{len(layers)}", group or name)
            layers.append(made)
            shape = after
        return tuple(layers)

    def _take(self, name: str, config: Entry, layer: Layer, prefix: str, group: str) -> None:
        """Put a layer's weights where the network looks for them."""
        place = f"layer {name!r:.80}"
        if isinstance(layer, Dense):
            kernel = self._weight(group, name, "kernel", (layer.n_in, layer.n_out))
            self._keep(f"{prefix}.line.weight", kernel.T, place)
            self._keep(f"{prefix}.line.bias", self._bias(group, name, config, layer.n_out), place)
        elif isinstance(layer, Convolution):
            channels = (layer.n_out, layer.n_in) if layer.transposed else (layer.n_in, layer.n_out)
            kernel = self._weight(group, name, "kernel", (*layer.kernel, *channels))
            # Both ways round, Keras' last axis is torch's first.
            self._keep(f"{prefix}.weight", kernel.transpose(3, 2, 0, 1), place)
            self._keep(f"{prefix}.bias", self._bias(group, name, config, layer.n_out), place)
        elif isinstance(layer, Scale):
            factor, offset = self._normalisation(group, name, config, layer.n_channels)
            self._keep(f"{prefix}.weight", factor, place)
            self._keep(f"{prefix}.bias", offset, place)

    def _bias(self, group: str, name: str, config: Entry, n: int) -> NDArray[np.float32]:
        if config.get("use_bias") is False:
            return np.zeros(n, np.float32)
        return self._weight(group, name, "bias", (n,))

    def _normalisation(
        self, group: str, name: str, config: Entry, n: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return factor and offset of a batch normalisation, from its moving statistics."""
        epsilon = config.get("epsilon", 1e-3)
        if not isinstance(epsilon, float) or not 0.0 < epsilon < 1.0:
            raise Refused(f"has the epsilon {epsilon!r:.40}", f"layer {name!r}")
        mean = self._weight(group, name, "moving_mean", (n,)).astype(np.float64)
        variance = self._weight(group, name, "moving_variance", (n,)).astype(np.float64)
        if (variance < 0).any():
            raise Refused("has a negative variance", f"layer {name!r}")
        factor = 1.0 / np.sqrt(variance + epsilon)
        if config.get("scale") is not False:
            factor *= self._weight(group, name, "gamma", (n,))
        offset = -mean * factor
        if config.get("center") is not False:
            offset += self._weight(group, name, "beta", (n,))
        return factor.astype(np.float32), offset.astype(np.float32)

    def _weight(
        self, group: str, layer: str, weight: str, shape: tuple[int, ...]
    ) -> NDArray[np.float32]:
        """Return one weight of a layer; its shape is known before it is read."""
        place = f"weight {layer}/{weight}"
        dataset = self._dataset(group, layer, weight, place)
        if dataset.shape != shape:
            raise Refused(
                f"has shape {list(dataset.shape or ())}; the layer asks for {list(shape)}", place
            )
        if dataset.dtype != np.float32:
            raise Refused(f"is {dataset.dtype}; the original's weights are float32", place)
        if dataset.is_virtual or dataset.external is not None:
            raise Refused("lies in another file, which is not opened", place)
        if math.prod(shape) * 4 > self.file_bytes:
            raise Refused(f"has shape {list(shape)}, more than the file can hold", place)
        values: NDArray[np.float32] = np.asarray(dataset[()], dtype=np.float32)
        if not np.isfinite(values).all():
            raise Refused("holds values that no training makes (NaN or infinite)", place)
        return values

    def _keep(self, name: str, values: NDArray[np.float32], layer: str) -> None:
        """Keep what the network will need, if a model file may hold it."""
        if values.size and np.abs(values).max() > MAX_WEIGHT:
            raise Refused(f"has weights beyond {MAX_WEIGHT:g}, which no training makes", layer)
        self.weights[name] = np.ascontiguousarray(values)

    def _dataset(self, group: str, layer: str, weight: str, place: str) -> h5py.Dataset:
        names = self._inside(self.file, ["model_weights", group], place).attrs.get(
            "weight_names", ()
        )
        wanted = f"{layer}/{weight}:0"
        found = [text for text in map(_text, names) if f"/{text}".endswith(f"/{wanted}")]
        if len(found) != 1:
            raise Refused("is missing", place)
        dataset = self._inside(self.file, ["model_weights", group, *found[0].split("/")], place)
        if not isinstance(dataset, h5py.Dataset):
            raise Refused("is no array", place)
        return dataset

    def _inside(self, start: h5py.Group, way: Sequence[str], place: str) -> Any:
        """Follow hard links only: others may lead out of the file."""
        here: Any = start
        for step in way:
            link = here.get(step, getlink=True) if isinstance(here, h5py.Group) else None
            if link is None:
                raise Refused(f"is missing: there is no {'/'.join(way)[:120]}", place)
            if not isinstance(link, h5py.HardLink):
                raise Refused("is a link to another place, which is not followed", place)
            here = here[step]
        return here


def _text(value: object) -> str:
    """Return text that can be written again, whatever bytes an attribute holds."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text.encode("utf-8", "replace").decode("utf-8")
