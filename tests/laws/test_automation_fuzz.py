"""Broken automation files are read or refused in words; the bench breaks ten thousand of them."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.automation import Recording

if TYPE_CHECKING:
    from types import ModuleType

REPOSITORY = Path(__file__).resolve().parents[2]
SOUNDS = {"glass": Recording(REPOSITORY / "examples" / "first-light" / "sounds" / "glass.flac")}


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    file = REPOSITORY / "tests" / "bench" / "fuzz_automation.py"
    spec = importlib.util.spec_from_file_location("fuzz_automation", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@given(st.integers(0, 2**32))
def test_a_broken_automation_file_is_answered(bench: ModuleType, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - nothing here is secret
    whole = bench.whole_files()
    name = rng.choice(sorted(whole))
    makers = [bench.with_other_bytes]
    makers += [bench.with_other_values] if name.endswith(".json") else []
    data = rng.choice(makers)(whole[name], rng)
    assert bench.outcome_of(name, data, SOUNDS) in ("read", "refused")
