"""Chains side by side, blends, bypasses and side-chains: in time, in order, to the bit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ltsrender.effects import (
    EFFECTS,
    Branch,
    ChainPart,
    ChainProcessor,
    Group,
    Insert,
    Value,
    apply_chain,
    complete,
    inserts_of,
    longest_gap_s,
    read_chain,
    sidechains_of,
    targets_of,
)
from ltsrender.errors import EffectError
from ltsrender.session import Documents

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RATE_HZ = 44_100
FADE_SAMPLES = 7 * 64  # 10 ms, in whole control times
NOISE = np.random.default_rng(5).uniform(-0.5, 0.5, (2, 20_000)).astype(np.float32)


class Jump:
    """A lane that goes from one value to another at a time."""

    def __init__(self, before: float, after: float, at_s: float) -> None:
        self.before, self.after, self.at_s = before, after, at_s

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(seconds < self.at_s, self.before, self.after)


class Broken:
    """A lane without a value."""

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.full(seconds.shape, np.nan)


def insert(effect: str, id_: str = "x", **given: Value) -> Insert:
    return Insert(id_, effect, complete(EFFECTS[effect], given))


def side_by_side(*branches: Branch, **given: Any) -> Group:
    return Group("wide", branches, **given)


def through(
    audio: NDArray[np.float32], *parts: ChainPart, lanes: dict[str, Any] | None = None
) -> NDArray[np.float32]:
    made = apply_chain([audio], parts, lanes or {}, RATE_HZ, audio.shape[0])
    return np.concatenate([audio[:, :0], *made], axis=1)


def test_one_plain_branch_changes_nothing() -> None:
    np.testing.assert_array_equal(through(NOISE, side_by_side(Branch("a", ()))), NOISE)
    np.testing.assert_array_equal(through(NOISE, side_by_side(Branch("", ()))), NOISE)


def test_branches_are_added_at_their_levels() -> None:
    half = 20.0 * np.log10(0.5)
    low = insert("lowpass", cutoff_hz=500.0)
    made = through(NOISE, side_by_side(Branch("a", (), half), Branch("b", (low,), half)))
    np.testing.assert_allclose(made, 0.5 * (NOISE + through(NOISE, low)), atol=1e-7)


def test_a_slow_branch_makes_the_others_wait() -> None:
    """The limiter looks ahead; sound that it leaves alone meets the plain sound in time."""
    wall = insert("brickwall_limiter", ceiling_db=0.0, lookahead_ms=20.0)
    quiet = NOISE * np.float32(0.25)
    limited = through(quiet, wall)
    made = through(quiet, side_by_side(Branch("plain", ()), Branch("wall", (wall,))))
    np.testing.assert_allclose(made, quiet + limited, atol=1e-7)
    np.testing.assert_allclose(limited, quiet, atol=1e-5)


def test_a_branch_moves_in_level() -> None:
    group = side_by_side(Branch("a", ()), Branch("b", ()))
    lanes = {"insert/wide/a": Jump(0.0, -120.0, 0.1), "insert/wide/b": Jump(-120.0, 0.0, 0.1)}
    made = through(NOISE, group, lanes=lanes)
    np.testing.assert_allclose(made, NOISE, atol=1e-7)  # straight lines of gain, down and up
    only_a = through(NOISE, group, lanes={"insert/wide/b": Jump(-200.0, -200.0, 0.0)})
    np.testing.assert_array_equal(only_a, NOISE)
    own = through(NOISE, group, lanes={"insert/wide/a": Broken()})
    np.testing.assert_array_equal(own, through(NOISE, group))


def test_dry_and_wet_share_one() -> None:
    """Equal gains: what an effect leaves alone is as loud at every blend."""
    same = insert("gain")
    upside_down = insert("invert")
    for dry_wet in (0.25, 0.5):
        part = Insert("x", "gain", same.parameters, dry_wet=dry_wet)
        np.testing.assert_allclose(through(NOISE, part), NOISE, atol=1e-7)
        part = Insert("x", "invert", upside_down.parameters, dry_wet=dry_wet)
        np.testing.assert_allclose(through(NOISE, part), NOISE * (1 - 2 * dry_wet), atol=1e-7)


def test_a_blend_is_in_time_with_what_is_late() -> None:
    wall = insert("brickwall_limiter", ceiling_db=-12.0, lookahead_ms=30.0)
    half = Insert("x", "brickwall_limiter", wall.parameters, dry_wet=0.5)
    expected = 0.5 * (NOISE + through(NOISE, wall))
    np.testing.assert_allclose(through(NOISE, half), expected, atol=1e-6)


def test_no_wet_sound_is_the_dry_sound_to_the_bit() -> None:
    part = Insert("x", "reverb", complete(EFFECTS["reverb"], {}), dry_wet=0.0)
    np.testing.assert_array_equal(through(NOISE, part), NOISE)
    lanes = {"insert/x/dry_wet": Jump(0.0, 0.0, 0.0)}
    np.testing.assert_array_equal(through(NOISE, insert("reverb"), lanes=lanes), NOISE)
    lanes = {"insert/x/dry_wet": Broken()}
    wet = through(NOISE, insert("reverb"))
    np.testing.assert_array_equal(through(NOISE, insert("reverb"), lanes=lanes), wet)


def test_a_bypass_on_the_way_is_exact_on_both_sides_of_a_short_fade() -> None:
    verb = insert("reverb")
    at_s = 0.2
    wet = through(NOISE, verb)
    made = through(NOISE, verb, lanes={"insert/x/bypass": Jump(0.0, 1.0, at_s)})
    begin = int(at_s * RATE_HZ) // 64 * 64  # the line begins at the control time before
    end = begin + 64 + FADE_SAMPLES
    np.testing.assert_array_equal(made[:, :begin], wet[:, :begin])
    np.testing.assert_array_equal(made[:, end:], NOISE[:, end:])
    assert not np.array_equal(made[:, begin:end], NOISE[:, begin:end])
    assert (np.abs(made) <= np.maximum(np.abs(wet), np.abs(NOISE)) + 1e-6).all()


def test_an_effect_goes_on_while_it_is_bypassed_by_a_lane() -> None:
    """Where the bypass ends the room is as full as if it had been heard all along."""
    verb = insert("reverb")
    made = through(NOISE, verb, lanes={"insert/x/bypass": Jump(1.0, 0.49, 0.2)})
    end = int(0.2 * RATE_HZ) + 64 + FADE_SAMPLES
    np.testing.assert_array_equal(made[:, end:], through(NOISE, verb)[:, end:])
    np.testing.assert_array_equal(made[:, :8_000], NOISE[:, :8_000])


def test_a_lane_goes_before_a_bypass_that_stands() -> None:
    parameters = complete(EFFECTS["reverb"], {})
    bypassed = Insert("x", "reverb", parameters, bypass=True)
    lanes = {"insert/x/bypass": Jump(0.0, 0.0, 0.0)}
    wet = through(NOISE, insert("reverb"))
    np.testing.assert_array_equal(through(NOISE, bypassed, lanes=lanes), wet)
    np.testing.assert_array_equal(
        through(NOISE, bypassed, lanes={"insert/x/bypass": Broken()}), NOISE
    )


def test_a_passage_fades_as_the_whole_does() -> None:
    """A render that begins in the middle of a bypass' fade, at a control time, joins it."""
    first = 64 * 100
    lanes = {"insert/x/bypass": Jump(0.0, 1.0, (first - 2 * 64) / RATE_HZ)}
    part = insert("invert")
    whole = through(NOISE, part, lanes=lanes)
    made = apply_chain([NOISE[:, first:]], [part], lanes, RATE_HZ, 2, first_sample=first)
    np.testing.assert_array_equal(np.concatenate(list(made), axis=1), whole[:, first:])
    assert not np.array_equal(whole[:, first : first + 64], NOISE[:, first : first + 64])


def test_groups_blend_and_are_bypassed_as_inserts_are() -> None:
    branches = (Branch("a", (insert("invert"),)), Branch("b", ()))
    np.testing.assert_array_equal(through(NOISE, Group("g", branches, bypass=True)), NOISE)
    half = through(NOISE, Group("g", branches, dry_wet=0.5))
    np.testing.assert_allclose(half, NOISE * 0.5, atol=1e-7)  # a + b is silence
    off = through(NOISE, Group("g", branches), lanes={"insert/g/bypass": Jump(0.5, 0.5, 0.0)})
    np.testing.assert_array_equal(off, NOISE)


def keyed(id_: str = "press", **given: Value) -> Insert:
    values = {"threshold_db": -40.0, "ratio": 20.0, "attack_ms": 1.0, "release_ms": 20.0} | given
    parameters = complete(EFFECTS["compressor"], values)
    return Insert(id_, "compressor", parameters, sidechain="kick")


def heard(
    parts: list[ChainPart],
    key: NDArray[np.float32],
    cuts: tuple[int, ...] = (),
    lanes: dict[str, Any] | None = None,
) -> NDArray[np.float32]:
    processor = ChainProcessor(parts, lanes or {}, RATE_HZ, 2)
    pieces = zip(np.split(NOISE, cuts, axis=1), np.split(key, cuts, axis=1), strict=True)
    made = [processor.process(sound, {"kick": other}) for sound, other in pieces]
    return np.concatenate([*made, processor.flush()], axis=1)


def test_a_compressor_listens_to_another_sound() -> None:
    silence = np.zeros_like(NOISE)
    kick = silence.copy()
    kick[:, 10_000:12_000] = 0.9
    left_alone = heard([keyed()], silence)
    np.testing.assert_allclose(left_alone, NOISE, atol=1e-6)
    ducked = heard([keyed()], kick)
    level = [np.abs(ducked[:, n : n + 1_000]).mean() for n in (8_000, 10_800, 19_000)]
    assert level[1] < 0.1 * level[0]
    assert level[2] > 0.9 * level[0]


def test_a_key_stays_in_time_behind_an_insert_that_holds_sound_back() -> None:
    wall = insert("brickwall_limiter", "wall", ceiling_db=0.0, lookahead_ms=50.0)
    kick = np.zeros_like(NOISE)
    kick[:, 10_000:12_000] = 0.9
    late = heard([wall, keyed()], kick, cuts=(3, 5_000, 5_001, 11_111))
    np.testing.assert_allclose(late, heard([keyed()], kick), atol=1e-4)


def test_a_key_that_is_missing_or_of_another_length_is_refused() -> None:
    processor = ChainProcessor([keyed()], {}, RATE_HZ, 2)
    with pytest.raises(ValueError, match=r'side-chain "kick" needs \(2, 20000\), but got nothing'):
        processor.process(NOISE)
    with pytest.raises(ValueError, match=r"but got \(2, 7\)"):
        processor.process(NOISE, {"kick": NOISE[:, :7]})


def test_walks_reach_into_branches() -> None:
    inner = side_by_side(Branch("b", (insert("delay", "echo", delay_s=2.0), keyed())))
    chain: list[ChainPart] = [
        insert("delay", "first", delay_s=1.0),
        Group("outer", (Branch("a", (inner,)), Branch("c", (insert("gain", "level"),)))),
    ]
    assert [part.id for part in inserts_of(chain)] == ["first", "echo", "press", "level"]
    assert sidechains_of(chain) == {"kick"}
    assert longest_gap_s(chain) == 3.0
    found = targets_of(chain)
    for target in ("outer/a", "outer/c", "outer/dry_wet", "wide/b", "wide/bypass", "echo/dry_wet"):
        assert f"insert/{target}" in found
    assert found["insert/outer/a"].unit == "dB"


class Clumsy:
    """A stage that must be closed, whatever happens."""

    closed = 0

    def process(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        return audio

    def flush(self) -> NDArray[np.float32]:
        return NOISE[:, :0]

    def close(self) -> None:
        type(self).closed += 1
        raise OSError("no")


def test_everything_is_closed_even_where_something_cannot_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ltsrender.effects.stages.make_stage", lambda *_, **__: Clumsy())
    group = side_by_side(Branch("a", (insert("gain", "g"),)), Branch("b", (insert("gain", "h"),)))
    processor = ChainProcessor([insert("gain"), group], {}, RATE_HZ, 2)
    with pytest.raises(OSError, match="no"):
        processor.close()
    assert Clumsy.closed == 3


def complaints(folder: Path, chain: Any) -> list[str]:
    with pytest.raises(EffectError) as caught:
        read_chain(chain, Documents(folder), file="p", place="chain")
    return [str(problem).removeprefix("p: chain") for problem in caught.value.problems]


def test_branches_are_read(tmp_path: Path) -> None:
    written = [
        {
            "parallel": [
                {"chain": [{"effect": "gain"}], "gain_db": -3},
                {"name": "room", "chain": "safety", "note": "wide"},
                {"chain": None},
            ],
            "dry_wet": 0.5,
        }
    ]
    (group,) = read_chain(written, Documents(tmp_path))
    assert isinstance(group, Group)
    assert (group.id, group.dry_wet, group.bypass) == ("parallel", 0.5, False)
    assert [(branch.name, branch.gain_db) for branch in group.branches] == [
        ("1", -3.0),
        ("room", 0.0),
        ("3", 0.0),
    ]
    assert [part.id for part in inserts_of([group])] == ["gain", "ceiling"]


def test_all_that_is_wrong_in_branches_is_told(tmp_path: Path) -> None:
    chain = [
        {"id": "a", "parallel": []},
        {
            "id": "b",
            "parallel": [{"nme": "x"}, 7, {"name": "bypass"}, {"name": "2"}, {"name": "2"}],
        },
        {"id": "c", "parallel": [{"gain_db": 99, "chain": [{"effect": "gane"}]}], "dry_wet": 2},
        {"id": "a", "parallel": [{}]},
        {"effect": "gain", "sidechain": "kick"},
        {"effect": "compressor", "sidechain": 3},
        {"effect": "delay", "impulse": "hall.wav"},
        {"effect": "convolution"},
        {"id": "d", "effect": "convolution", "impulse": "hall.wav"},
    ]
    assert complaints(tmp_path, chain) == [
        "[0].parallel needs a list of branches, 1..32",
        (
            "[1].parallel[0].nme is not known here; allowed: name, chain, gain_db, note; "
            'did you mean "name"?'
        ),
        '[1].parallel[1] needs an object with "name" and "chain"',
        (
            '[1].parallel[2].name is "bypass"; it takes letters, digits, - and _, and is not '
            "dry_wet or bypass"
        ),
        '[1].parallel[4].name "2" is used twice',
        "[2].dry_wet is 2; it takes 0..1",
        "[2].parallel[0].gain_db is 99; it takes -120..24 dB",
        '[2].parallel[0].chain[0].effect is "gane"; no such effect; did you mean "gain"?',
        '[3].id "a" is used twice; first at p: chain[0]',
        "[4].sidechain is for compressor and noise_gate; gain listens to nobody else",
        "[5].sidechain is 3; needs the name of a track or a bus",
        "[6].impulse is for convolution; delay takes no recording",
        '[7] needs "impulse", the recording of a room or an object',
        '[8].impulse is "hall.wav", which does not exist',
    ]


def test_branches_do_not_nest_or_multiply_without_end(tmp_path: Path) -> None:
    chain: Any = []
    for number in range(12):
        chain = [{"id": f"g{number}", "parallel": [{"chain": chain}]}]
    assert any("nests groups deeper than 8" in text for text in complaints(tmp_path, chain))
    gains = [{"id": f"i{n}", "effect": "gain"} for n in range(40)]
    more = [{"id": f"j{n}", "effect": "gain"} for n in range(40)]
    wide = [{"parallel": [{"chain": gains}, {"chain": more}]}]
    assert any("more than 64 inserts" in text for text in complaints(tmp_path, wide))
    many = [{"id": f"g{n}", "parallel": [{}] * 30} for n in range(6)]
    assert any("more than 128 branches" in text for text in complaints(tmp_path, many))


def test_a_plugin_s_problems_are_told_with_the_others(tmp_path: Path) -> None:
    texts = complaints(
        tmp_path,
        [{"plugin": "Nothing Of That Name", "bypass": 1, "colour": 2}, {"effect": "gane"}],
    )
    assert [text.split(" ")[0] for text in texts] == [
        "[0].colour",
        "[0].bypass",
        "[0].plugin",
        "[1].effect",
    ]
