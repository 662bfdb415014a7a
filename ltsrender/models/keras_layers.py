"""The layers of a network that Keras saved: how they hang together, and what each of them is."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ltsrender.models.layers import Activate, Convolution, Dense, Reshape, Scale
from ltsrender.models.original_network import Refused

if TYPE_CHECKING:
    from ltsrender.models.layers import Layer, Shape

MOST_LAYERS_WALKED = 200
SUPPORTED = (
    "Dense, BatchNormalization, Activation, ReLU, LeakyReLU, Dropout, Reshape, Flatten, Conv2D, "
    "Conv2DTranspose"
)

Entry = Mapping[str, Any]


def by_name(config: object, place: str) -> dict[str, Entry]:
    """Return a network's layers by name."""
    layers = config.get("layers") if isinstance(config, dict) else None
    if not isinstance(layers, list) or len(layers) > MOST_LAYERS_WALKED:
        raise Refused("has no list of layers", place)
    found: dict[str, Entry] = {}
    for layer in layers:
        if (
            not isinstance(layer, dict)
            or not isinstance(layer.get("name"), str)
            or not isinstance(layer.get("class_name"), str)
            or not isinstance(layer.get("config"), dict)
        ):
            raise Refused("has a layer without name, class_name and config", place)
        found[layer["name"]] = layer
    return found


def nested(value: object) -> list[Any]:
    """Return the leaves of lists in lists."""
    if not isinstance(value, list):
        return [value]
    return [leaf for part in value[:MOST_LAYERS_WALKED] for leaf in nested(part)]


def way_to(layers: Mapping[str, Entry], end: str) -> list[Entry]:
    """Return the layers from the input to one of them: every one has one before it."""
    way: list[Entry] = []
    name = end
    while name in layers and len(way) <= len(layers):
        entry = layers[name]
        way.append(entry)
        before = [leaf for leaf in nested(entry.get("inbound_nodes")) if isinstance(leaf, str)]
        if not before:
            if entry["class_name"] != "InputLayer":
                break
            return way[::-1]
        if len(before) != 1:
            raise Refused("has more than one layer before it", f"layer {name!r:.80}")
        name = before[0]
    raise Refused(f"does not lead back to an input (it ends at {name!r:.80})", f"layer {end!r:.80}")


def input_size(entry: Entry) -> int:
    """Return how many values an input takes."""
    shape = entry["config"].get("batch_input_shape", entry["config"].get("batch_shape"))
    if not isinstance(shape, list) or len(shape) != 2 or type(shape[1]) is not int:
        raise Refused(f"takes the shape {shape!r:.60}; a row is needed", f"layer {entry['name']!r}")
    return shape[1]


def layer_of(kind: str, config: Entry, shape: Shape, place: str) -> Layer | None:
    """Return one layer as a card lists it; None for one that changes nothing after training.

    Raises
    ------
    Refused
        When it is of a kind, or has a setting, that is not imported.
    """
    if kind in ("Dropout", "GaussianNoise", "GaussianDropout"):
        return None
    if kind not in _MAKERS:
        carries = " (it may carry code, which is never run)" if kind == "Lambda" else ""
        raise Refused(f"is a {kind[:60]}{carries}; ltsrender imports {SUPPORTED}", place)
    return _MAKERS[kind](config, shape, place)


def _dense(config: Entry, shape: Shape, place: str) -> Layer:
    if len(shape) != 1:
        raise Refused(f"is dense, but a shape of {list(shape)} comes to it", place)
    activation = config.get("activation", "linear")
    return Dense.model_validate(
        {"n_in": shape[0], "n_out": config.get("units"), "activation": activation}
    )


def _normalisation(config: Entry, shape: Shape, place: str) -> Layer:
    axis = config.get("axis", -1)
    axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    if axis not in (-1, len(shape)):
        raise Refused(f"normalises the axis {axis!r:.40}, not the last", place)
    return Scale(n_channels=shape[-1])


def _activation(config: Entry, shape: Shape, place: str) -> Layer:
    del shape, place
    return Activate.model_validate({"activation": config.get("activation")})


def _relu(config: Entry, shape: Shape, place: str) -> Layer:
    del shape
    bends = (config.get("max_value"), config.get("negative_slope", 0), config.get("threshold", 0))
    if bends != (None, 0, 0):
        raise Refused(f"is a relu with other bends than 0: {bends!r:.60}", place)
    return Activate(activation="relu")


def _leaky_relu(config: Entry, shape: Shape, place: str) -> Layer:
    del shape, place
    facts = {"activation": "leaky_relu", "slope": config.get("alpha", 0.3)}
    return Activate.model_validate(facts)


def _reshape(config: Entry, shape: Shape, place: str) -> Layer:
    del place
    return Reshape.model_validate({"shape": _whole_shape(config.get("target_shape"), shape)})


def _flatten(config: Entry, shape: Shape, place: str) -> Layer:
    del config, place
    return Reshape(shape=(math.prod(shape),))


def _whole_shape(target: object, shape: Shape) -> Any:
    """Return a target shape with its -1, if it has one, worked out."""
    if not isinstance(target, list) or target.count(-1) != 1:
        return target
    known = math.prod(size for size in target if size != -1 and isinstance(size, int))
    return [math.prod(shape) // max(known, 1) if size == -1 else size for size in target]


def _convolution(config: Entry, shape: Shape, place: str, *, transposed: bool = False) -> Layer:
    unlike: dict[str, tuple[Any, ...]] = {
        "padding": ("same",),
        "data_format": ("channels_last",),
        "groups": (1, None),
        "dilation_rate": ([1, 1], None),
        "output_padding": (None,),
    }
    for key, allowed in unlike.items():
        if config.get(key, allowed[-1]) not in allowed:
            raise Refused(f"has {key} {config[key]!r:.40}; the original has {allowed[0]!r}", place)
    return Convolution.model_validate(
        {
            "transposed": transposed,
            "n_in": shape[-1],
            "n_out": config.get("filters"),
            "kernel": config.get("kernel_size"),
            "stride": config.get("strides"),
            "activation": config.get("activation", "linear"),
        }
    )


_MAKERS: dict[str, Callable[[Entry, Shape, str], Layer]] = {
    "Dense": _dense,
    "Conv2D": _convolution,
    "Conv2DTranspose": functools.partial(_convolution, transposed=True),
    "BatchNormalization": _normalisation,
    "Activation": _activation,
    "ReLU": _relu,
    "LeakyReLU": _leaky_relu,
    "Reshape": _reshape,
    "Flatten": _flatten,
}
