"""Hearing a training on its way: sounds, what the model makes of them, and a morph between two.

``source-1.wav`` and ``source-2.wav`` are written once. From time to time the model as it is then
gives ``step-000100-reconstruction-1.wav``, ``-2.wav`` and ``step-000100-morph.wav``. The
reconstructions are the model's alone; the morph has its detail, as a session has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.audio import PhaseSettings, make_guide, resynthesize
from ltsrender.audiofile import load_sound, sound_info
from ltsrender.errors import LtsError
from ltsrender.models import TimbreModel, save_model
from ltsrender.render import plan_morph, render_mix
from ltsrender.signal import ArrayReader, magnitude_frames
from ltsrender.stems import StemFormat, StemWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ltsrender.models import FrameVAE, ModelCard
    from ltsrender.train.training import Training

LONGEST_S = 4.0
MODEL_NAME = "latest.ltsmodel"


class Listener:
    """Writes what there is to hear, called after every step.

    Parameters
    ----------
    folder
        Where.
    sounds
        Recordings; the first two are heard.
    every_s
        Seconds of training between two times.
    card_of
        Gives the card of a model that is not finished.
    note
        Is told once, with how far training is, when nothing can be written; training goes on.
    """

    def __init__(
        self,
        folder: Path,
        sounds: Sequence[Path],
        every_s: float,
        card_of: Callable[[FrameVAE], ModelCard],
        note: Callable[[float, str], None],
    ) -> None:
        self._folder, self._sounds, self._every_s = folder, tuple(sounds[:2]), every_s
        self._card_of, self._note = card_of, note
        self._next_s = every_s
        self._works = True

    def __call__(self, training: Training) -> None:
        """Write when it is time; the training's clock stands still meanwhile."""
        if not self._works or training.schedule.elapsed_s < self._next_s:
            return
        with training.schedule.paused():
            self.listen(training)
        self._next_s = training.schedule.elapsed_s + self._every_s

    def listen(self, training: Training) -> None:
        """Write what the model makes of the sounds now."""
        if not self._works:
            return
        try:
            self._write(training.average.network, f"step-{training.schedule.step:06d}")
        except LtsError as error:
            self._works = False
            self._note(training.schedule.fraction, f"nothing more to listen to: {error}")

    def _write(self, network: FrameVAE, head: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        model_file, device = self._folder / MODEL_NAME, str(network.centre.device.type)
        card = self._card_of(network)
        save_model(model_file, network, card)
        model = TimbreModel(network, card, device)
        rate = model.spec.sample_rate_hz
        for number, path in enumerate(self._sounds, start=1):
            end_s = min(LONGEST_S, sound_info(path).length_s)
            audio = load_sound(path, rate, 0.0, end_s).mean(axis=0, keepdims=True)
            source = self._folder / f"source-{number}.wav"
            if not source.exists():
                _written(source, audio, rate)
            _written(
                self._folder / f"{head}-reconstruction-{number}.wav", heard(model, audio), rate
            )
        if len(self._sounds) == 2:
            length_s = min(LONGEST_S, max(sound_info(path).length_s for path in self._sounds))
            plan = plan_morph(self._sounds, model_file, length_s=length_s)
            render_mix(plan, self._folder / f"{head}-morph.wav", device=device)


def heard(model: TimbreModel, audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what a model makes of a sound, ``float32[channel, sample]``, with the sound's phases.

    Parameters
    ----------
    model
        A timbre model.
    audio : float32[channel, sample]
        One channel, at the model's rate.
    """
    frames = magnitude_frames(audio, model.spec)[0]
    decoded = model.decode(model.encode(frames)[0])[None]
    guide = make_guide(
        [ArrayReader(audio)],
        lambda first, last: np.ones((1, last - first), np.float32),
        model.spec,
        n_channels=1,
    )
    phase = PhaseSettings(method="source", seed=0)
    pieces = resynthesize([decoded], model.spec, phase, guide=guide, n_samples=audio.shape[1])
    return np.concatenate(list(pieces), axis=1)


def _written(path: Path, audio: NDArray[np.float32], rate_hz: int) -> None:
    form = StemFormat("wav", "24", rate_hz)
    with StemWriter(path, rate_hz, audio.shape[0], form, 0) as writer:
        writer.write(audio)
