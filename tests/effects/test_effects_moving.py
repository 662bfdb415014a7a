"""What holds for every effect when all of its parameters move at once."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ltsrender.effects import EFFECTS, Impulse, Insert, complete
from ltsrender.effects.kernelstage import KernelStage, KeyedStage
from ltsrender.effects.moving_delay import DelayKernel
from ltsrender.effects.moving_dynamics import CompressorKernel, GateKernel
from ltsrender.effects.stage import BlockStage
from ltsrender.effects.stages import _kernel, make_stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.effects.stage import Stage

RATE_HZ = 44_100
BELL = Path(__file__).parents[2] / "examples" / "first-light" / "sounds" / "bell.flac"
NOISE = np.random.default_rng(11).uniform(-0.5, 0.5, (2, 9_000)).astype(np.float32)
MOVING = [
    name
    for name, info in EFFECTS.items()
    if any(parameter.automatable for parameter in info.parameters.values())
]
KERNELS = [
    name
    for name, info in EFFECTS.items()
    if _kernel(Insert("x", name, complete(info, {})), RATE_HZ, 2) is not None
]


class Wave:
    """A lane that swings over a range, or jumps between its ends."""

    def __init__(self, low: float, high: float, rate_hz: float, *, jumps: bool = False) -> None:
        self.low, self.high, self.rate_hz, self.jumps = low, high, rate_hz, jumps

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        way = 0.5 - 0.5 * np.cos(2.0 * np.pi * self.rate_hz * seconds)
        if self.jumps:
            way = np.round(way)
        if self.low > 0.0:
            return self.low * (self.high / self.low) ** way
        return self.low + (self.high - self.low) * way


def moving(effect: str, *, jumps: bool = False, rate_hz: float = 7.3) -> tuple[Insert, dict]:
    """Return an insert all of whose parameters swing, each at a rate of its own."""
    info = EFFECTS[effect]
    impulse = Impulse(BELL, "") if effect == "convolution" else None
    insert = Insert("x", effect, complete(info, {}), impulse=impulse)
    lanes = {
        insert.target(name): Wave(
            parameter.minimum, parameter.maximum, rate_hz * (1.0 + 0.37 * number), jumps=jumps
        )
        for number, (name, parameter) in enumerate(info.parameters.items())
        if parameter.automatable and parameter.kind == "number"
    }
    return insert, lanes


def in_pieces(stage: Stage, audio: NDArray[np.float32], lengths: list[int]) -> NDArray[np.float32]:
    made, start, turn = [], 0, 0
    while start < audio.shape[1]:
        length = lengths[turn % len(lengths)]
        made.append(stage.process(audio[:, start : start + length]))
        start, turn = start + length, turn + 1
    return np.concatenate([*made, stage.flush()], axis=1)


@pytest.mark.parametrize("effect", MOVING)
@settings(max_examples=6)
@given(
    lengths=st.lists(st.integers(1, 5_000), min_size=1, max_size=4).filter(lambda x: sum(x) > 40)
)
def test_pieces_of_any_length_give_the_same_bits(effect: str, lengths: list[int]) -> None:
    insert, lanes = moving(effect)
    whole = in_pieces(make_stage(insert, lanes, RATE_HZ, 2, 128), NOISE, [NOISE.shape[1]])
    pieces = in_pieces(make_stage(insert, lanes, RATE_HZ, 2, 128), NOISE, lengths)
    np.testing.assert_array_equal(pieces, whole)


@pytest.mark.parametrize("effect", ["gain", "lowpass", "compressor", "delay"])
def test_pieces_may_lie_across_the_groups_of_control_times(effect: str) -> None:
    insert, lanes = moving(effect, rate_hz=0.4)
    audio = np.tile(NOISE, 62)[:, : 8_192 * 64 + 9_000]
    whole = in_pieces(make_stage(insert, lanes, RATE_HZ, 2, 0), audio, [audio.shape[1]])
    pieces = in_pieces(make_stage(insert, lanes, RATE_HZ, 2, 0), audio, [65_536, 99_999])
    np.testing.assert_array_equal(pieces, whole)


@pytest.mark.parametrize("effect", MOVING)
def test_silence_stays_silent(effect: str) -> None:
    insert, lanes = moving(effect)
    silence = np.zeros((2, 4_000), np.float32)
    assert not in_pieces(make_stage(insert, lanes, RATE_HZ, 2, 0), silence, [1_000]).any()


@pytest.mark.parametrize("effect", MOVING)
@pytest.mark.parametrize("rate_hz", [3.0, 61.0, 230.0])
def test_jumps_between_the_corners_of_every_range_stay_finite(effect: str, rate_hz: float) -> None:
    insert, lanes = moving(effect, jumps=True, rate_hz=rate_hz)
    made = in_pieces(make_stage(insert, lanes, RATE_HZ, 2, 0), 2.0 * NOISE, [3_000])
    assert np.isfinite(made).all()
    assert np.abs(made).max() < 400.0  # two corners with +24 dB, and a limiter that lifts by 40


@pytest.mark.parametrize("effect", KERNELS)
def test_held_still_a_kernel_does_what_pedalboard_does(effect: str) -> None:
    insert = Insert("x", effect, complete(EFFECTS[effect], {}))
    theirs = in_pieces(BlockStage(insert, {}, RATE_HZ, 2, 0), NOISE, [9_000])
    kernel = _kernel(insert, RATE_HZ, 2)
    assert kernel is not None
    ours = KernelStage(kernel, insert, {}, RATE_HZ, 2, 0).process(NOISE)
    # The chorus' delay is rounded in pedalboard, the bells' memory in single precision.
    near = {"chorus": 3e-4, "phaser": 1e-5}.get(effect, 5e-6)
    np.testing.assert_allclose(ours, theirs, atol=near * np.abs(theirs).max())


def residue(difference: NDArray[np.float64]) -> float:
    """Return the peak above 4 kHz, of a sound faded in and out."""
    spectrum = np.fft.rfft(difference * np.hanning(difference.size))
    spectrum[: round(4_000 * difference.size / RATE_HZ)] = 0.0
    return float(np.abs(np.fft.irfft(spectrum, difference.size)).max())


@pytest.mark.parametrize(
    ("effect", "name"),
    [
        ("gain", "gain_db"),
        ("lowpass", "cutoff_hz"),
        ("highpass", "cutoff_hz"),
        ("peak", "centre_hz"),
        ("high_shelf", "gain_db"),
        ("reverb", "wet"),
        ("delay", "mix"),
    ],
)
def test_a_moving_parameter_leaves_no_zipper(effect: str, name: str) -> None:
    n = np.arange(RATE_HZ)
    fade = np.sin(np.minimum(n / 4_000.0, 1.0) * np.pi / 2.0) ** 2
    fade *= np.sin(np.minimum((n.size - n) / 4_000.0, 1.0) * np.pi / 2.0) ** 2
    sine = (0.5 * fade * np.sin(2.0 * np.pi * 330.0 * n / RATE_HZ)).astype(np.float32)[None]
    parameter = EFFECTS[effect].parameters[name]
    lanes = {f"insert/x/{name}": Wave(parameter.minimum, parameter.maximum, 0.5)}
    loud = {"gain_db": 12.0} if effect == "peak" else {}
    insert = Insert("x", effect, complete(EFFECTS[effect], loud))
    made = in_pieces(make_stage(insert, lanes, RATE_HZ, 1, 0), sine, [8_192])
    limit_db = -120.0 if effect == "gain" else -100.0
    peak = max(np.abs(made).max(), 0.5)
    assert residue(made[0].astype(np.float64)) < peak * 10 ** (limit_db / 20)


def test_a_delay_moves_by_fading_from_echo_to_echo() -> None:
    insert = Insert("x", "delay", complete(EFFECTS["delay"], {"mix": 1.0, "feedback": 0.0}))
    lane = Wave(0.01, 0.0301, 5.0, jumps=True)
    stage = KernelStage(DelayKernel(RATE_HZ, 1), insert, {"delay_s": lane}, RATE_HZ, 1, 0)
    n = np.arange(RATE_HZ // 2)
    sine = np.sin(2.0 * np.pi * 200.0 * n / RATE_HZ).astype(np.float32)[None]
    made = in_pieces(stage, sine, [777])[0, 3_000:]
    assert np.abs(np.diff(made, 2)).max() < 2.0 * (2.0 * np.pi * 200.0 / RATE_HZ) ** 2
    late = in_pieces(
        KernelStage(DelayKernel(RATE_HZ, 1), insert, {"delay_s": lane}, RATE_HZ, 1, 0), sine, [64]
    )
    np.testing.assert_allclose(late[0, 6_000], sine[0, 6_000 - int(0.0301 * RATE_HZ)], atol=1e-6)


def keyed(effect: str, kernel: object, n_channels: int) -> KeyedStage:
    insert = Insert("x", effect, complete(EFFECTS[effect], {"threshold_db": -20.0}))
    return KeyedStage(kernel, insert, {}, RATE_HZ, n_channels, 0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("effect", "kernel"), [("compressor", CompressorKernel), ("noise_gate", GateKernel)]
)
def test_a_sound_that_is_its_own_key_is_not_changed_by_it(effect: str, kernel: type) -> None:
    mono = NOISE[:1]
    own = keyed(effect, kernel(RATE_HZ, 1), 1).process(mono, mono)
    np.testing.assert_array_equal(own, keyed(effect, kernel(RATE_HZ, 1), 1).process(mono))


@pytest.mark.parametrize(
    ("effect", "kernel"), [("compressor", CompressorKernel), ("noise_gate", GateKernel)]
)
def test_a_key_drives_all_channels_alike_by_its_loudest(effect: str, kernel: type) -> None:
    key = np.stack([NOISE[0], np.zeros_like(NOISE[0])])
    steady = np.full((2, 9_000), 0.25, np.float32)
    made = keyed(effect, kernel(RATE_HZ, 2), 2).process(steady, key)
    np.testing.assert_array_equal(made[0], made[1])
    alone = keyed(effect, kernel(RATE_HZ, 2), 2).process(steady[:, :9_000], key[::-1])
    np.testing.assert_array_equal(made, alone)
    assert np.ptp(made) > 0.05


def test_an_insert_with_a_side_chain_takes_a_key_and_others_refuse_one() -> None:
    def steered(effect: str) -> SimpleNamespace:
        insert = Insert("x", effect, complete(EFFECTS[effect], {}))
        return SimpleNamespace(
            id="x",
            effect=effect,
            parameters=insert.parameters,
            info=insert.info,
            target=insert.target,
            sidechain="drum",
        )

    stage = make_stage(steered("compressor"), {}, RATE_HZ, 2, 0)  # type: ignore[arg-type]
    assert isinstance(stage, KeyedStage)
    assert stage.takes_key
    with pytest.raises(ValueError, match="reverb takes no side-chain"):
        make_stage(steered("reverb"), {}, RATE_HZ, 2, 0)  # type: ignore[arg-type]


def test_a_moving_ceiling_is_never_passed_and_its_delay_compensated() -> None:
    insert = Insert("x", "brickwall_limiter", complete(EFFECTS["brickwall_limiter"], {}))
    lane = Wave(-20.0, -6.0, 3.0)
    stage = make_stage(insert, {"insert/x/ceiling_db": lane}, RATE_HZ, 2, 0)
    made = in_pieces(stage, NOISE, [1_000])
    ceilings = 10.0 ** (lane.at(np.arange(9_000) / RATE_HZ) / 20.0)
    assert (np.abs(made) <= ceilings * 1.0001).all()
    soft = 0.1 * NOISE
    stage = make_stage(insert, {"insert/x/ceiling_db": lane}, RATE_HZ, 2, 0)
    np.testing.assert_allclose(in_pieces(stage, soft, [999]), soft, atol=1e-6)
