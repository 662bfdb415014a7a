"""The picture of two sounds: both spectrograms, and what lies between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from ltsrender.render.picture import RANGE_DB, Spectrogram, draw_levels, save_figure, spectrogram_of

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from ltsrender.render.compare import Pair

MOST_DIFFERENCE_DB = 30.0
_LEAST = 1e-9


def draw_difference(pair: Pair, target: Path) -> None:
    """Write a picture of the reference, the sound and their difference, one above the other.

    Drawn is the rms of all channels' magnitudes: mixed to mono, channels that have lost their
    common phase would cancel, which none of them shows by itself. Levels count from the
    reference's loudest; what is more than 80 dB below it is as good as silence, in the difference
    too.

    Parameters
    ----------
    pair
        The two sounds.
    target
        The picture; its suffix decides the kind (``.png``, ``.svg``, ``.pdf``).

    Raises
    ------
    RenderError
        When the picture cannot be written.
    """
    rate_hz = pair.sample_rate_hz
    true, made = (_of_all_channels(x, rate_hz) for x in (pair.reference, pair.sound))
    loudest = max(float(true.values.max()), _LEAST)
    levels = [
        np.maximum(20 * np.log10(np.maximum(x.values / loudest, _LEAST)), -RANGE_DB)
        for x in (true, made)
    ]
    drawn = [
        (pair.names[0], levels[0], "magma", -RANGE_DB, 0.0, "dB below the first's loudest"),
        (pair.names[1], levels[1], "magma", -RANGE_DB, 0.0, "dB below the first's loudest"),
        (
            f"{pair.names[1]} minus {pair.names[0]}",
            levels[1] - levels[0],
            "RdBu_r",
            -MOST_DIFFERENCE_DB,
            MOST_DIFFERENCE_DB,
            "dB louder",
        ),
    ]
    figure = Figure(figsize=(12, 12), layout="constrained")
    for axes, (title, values, colours, low, high, label) in zip(
        figure.subplots(3), drawn, strict=True
    ):
        spectrogram = Spectrogram(values, true.times_s, true.frequencies_hz)
        draw_levels(axes, spectrogram, colours=colours, limits_db=(low, high), label=label)
        axes.set_title(title, parse_math=False)
    save_figure(figure, target)


def _of_all_channels(audio: NDArray[np.float32], rate_hz: int) -> Spectrogram:
    channels = [spectrogram_of(channel, rate_hz) for channel in audio]
    rms = np.sqrt(np.mean([np.square(channel.values) for channel in channels], axis=0))
    return Spectrogram(rms, channels[0].times_s, channels[0].frequencies_hz)
