from __future__ import annotations

import math
from pathlib import Path

import pytest

from ltsrender.errors import ModelError
from ltsrender.train import TrainExtras, TrainOptions
from ltsrender.train.options import ALL_LEARNT_PART, HELD_OUT_PART


def test_all_values_out_of_range_are_told_at_once() -> None:
    with pytest.raises(ModelError) as caught:
        TrainOptions(minutes=-1.0, n_latents=0, width=10**9, learning_rate=math.nan)
    places = [problem.place for problem in caught.value.problems]
    assert places == ["minutes", "n_latents", "width", "learning_rate"]


def test_training_needs_an_end() -> None:
    with pytest.raises(ModelError, match="give minutes, epochs or both"):
        TrainOptions(minutes=None, epochs=None)


def test_only_epochs_have_no_end_in_time() -> None:
    assert TrainOptions(minutes=None, epochs=1).budget_s == math.inf
    assert TrainOptions(minutes=2.0).budget_s == 120.0


def test_frames_are_changed_where_sounds_are_held_out() -> None:
    assert TrainOptions().for_sounds(any_held_out=True).augment == HELD_OUT_PART
    assert TrainOptions().for_sounds(any_held_out=False).augment == ALL_LEARNT_PART
    assert TrainOptions(augment=0.2).for_sounds(any_held_out=False).augment == 0.2


def test_what_was_asked_for_in_vain_is_told() -> None:
    few, many = {"any_held_out": False}, {"any_held_out": True}
    assert TrainOptions().without_effect(**few) == []
    assert TrainOptions(shift_bands=24).without_effect(**few) == []
    assert TrainOptions(shift_bands=24, augment=0.2).without_effect(**few) == []
    unchanged = TrainOptions(shift_bands=24, augment=0.0)
    assert unchanged.without_effect(**many)[0].endswith("for --augment 0 changes none")
    assert "patience" in TrainOptions(patience=3).without_effect(**few)[0]
    assert TrainOptions(patience=3).without_effect(**many) == []


def test_previews_need_a_folder() -> None:
    assert "--listen-every" in TrainExtras(listen_every_s=60.0).without_effect()[0]
    assert TrainExtras().without_effect() == []
    assert TrainExtras(listen=Path("ears"), listen_every_s=60.0).without_effect() == []
