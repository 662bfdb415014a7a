"""The corridor: from a plan to finished stems."""

from __future__ import annotations

import itertools
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from ltsrender.automation import tempo_map_of
from ltsrender.effects import longest_gap_s
from ltsrender.errors import RenderError
from ltsrender.models import choose_device, load_model
from ltsrender.render.cache import AnchorCache, cache_folder
from ltsrender.render.deliver import Delivered, deliver, taken
from ltsrender.render.desk import MIX_SOURCE, Desk, Source, sources_that_add_up
from ltsrender.render.follow import levels_of_stem, plan_knowing
from ltsrender.render.known import note_of
from ltsrender.render.memory import keep_one_heap
from ltsrender.render.open import plan_facts
from ltsrender.render.outputs import check_outputs
from ltsrender.render.proof import proven, why_the_mix_differs
from ltsrender.render.report import Progress, Report, failure_lines
from ltsrender.render.stemfiles import StemFile, stem_files
from ltsrender.render.streams import ended, passage
from ltsrender.render.voice import encode_sound, make_voice, place_sounds
from ltsrender.stems import Failure, Metadata, StemPlace, make_manifest, write_manifest
from ltsrender.stems.manifest import FILE_NAME as MANIFEST_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ltsrender.automation import Levels
    from ltsrender.latents import Anchor, PlacedSound
    from ltsrender.models import TimbreModel
    from ltsrender.render.plan import Plan, Strip, TrackPlan
    from ltsrender.render.streams import Block, Mixdown
    from ltsrender.render.voice import Voice
    from ltsrender.stems import Stem

BLOCK_SAMPLES = 16_384
"""Samples handed from room to room at a time; the sound does not depend on it."""


def render_stems(
    plan: Plan,
    out: Path,
    *,
    device: str = "auto",
    workers: int | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Report:
    """Render a plan into a folder: one stem per track and bus, the mix, and a manifest.

    Parameters
    ----------
    plan
        What `ltsrender.render.make_plan` returned.
    out
        The folder; made when it is not there. All files appear at the end, or none.
    device
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.
    workers
        Tracks worked on at the same time; by default one per processor. No influence on the sound.
    progress
        Called now and then with how far the render is.

    Raises
    ------
    InputError
        When a model or sound cannot be used after all, or a recording would be overwritten.
    RenderError
        When something could not be written.
    """
    begun = time.monotonic()
    files = stem_files(plan)
    facts = plan_facts(plan, out)
    check_outputs(plan, [*(out / file.name for file in files), out / MANIFEST_NAME])
    made, failures, notes = _rendered(plan, files, out, device, workers, progress)
    level = made.level
    present = {file.source for file, _ in made.files}
    absent = [source for source in sources_that_add_up(plan) if source not in present]
    manifest = make_manifest(
        facts,
        [(stem, file.place) for file, stem in made.files],
        common_gain_db=level.gain_db,
        mix_differs=why_the_mix_differs(plan, absent, level),
        promised=level.promised,
        failures=failures,
    )
    progress(Progress("reading the files again"))
    manifest = proven(manifest, out)
    path = write_manifest(out, manifest)
    verdict = manifest.verdict
    if verdict is None:
        raise AssertionError("a manifest that was proven has a verdict")
    return Report(
        stems=tuple(stem for _, stem in made.files),
        manifest=path,
        length_s=made.length_s,
        elapsed_s=time.monotonic() - begun,
        verdict=verdict,
        failures=failures,
        lost=tuple(file.name for file in files if file.source not in present),
        notes=tuple(notes + ([level.note] if level.note else [])),
    )


def render_mix(
    plan: Plan,
    out: Path,
    *,
    device: str = "auto",
    workers: int | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Stem:
    """Render a plan into one file, the mix, and nothing else; parameters as for `render_stems`."""
    check_outputs(plan, [out])
    place = StemPlace("mix", "mix", adds_up=False)
    mix = StemFile(MIX_SOURCE, plan.spans[0], plan.formats[0], out.name, place, Metadata())
    made, _, _ = _rendered(plan, [mix], out.parent, device, workers, progress)
    return made.files[0][1]


def _rendered(
    plan: Plan,
    files: Sequence[StemFile],
    out: Path,
    device: str,
    workers: int | None,
    progress: Callable[[Progress], None],
) -> tuple[Delivered, tuple[Failure, ...], list[str]]:
    """Return what was written, what failed, and what there is to say of the ways through space."""
    begun = time.monotonic()
    device = choose_device(device)
    keep_one_heap()
    with one_torch_thread(), ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        progress(Progress("encoding sounds"))
        if plan.listened:
            plan = plan_knowing(plan, _listened_to(plan, device, pool, progress))
        with closing(Desk(plan, taken(plan, files))) as desk:
            plan = replace(plan, tracks=desk.tracks)
            voices = _voices(plan, device, pool)
            sounds = _sounds(voices, plan.n_channels)
            mixdowns = _told(_wanted(plan, desk.mix_down(sounds, pool)), plan, begun, progress)

            def tell(stage: str) -> None:
                progress(Progress(stage))

            made = deliver(plan, files, out, mixdowns, pool, desk.spoilt, tell)
            failures = _failures_of(desk)
        if not made.files:
            raise RenderError("\n".join(["no file could be written", *failure_lines(failures)]))
        tempo = tempo_map_of(plan.session)
        notes = [note_of(voice.track, voice.path, tempo) for voice in voices]
        return made, failures, [note for note in notes if note]


def _listened_to(
    plan: Plan, device: str, pool: ThreadPoolExecutor, progress: Callable[[Progress], None]
) -> dict[str, Levels]:
    """Hear what lanes follow, one after the other; return the levels by name."""
    levels: dict[str, Levels] = {}
    for heard in plan.listened:
        progress(Progress(f"listening to {heard.name}"))
        known = plan_knowing(replace(plan, tracks=heard.tracks), levels)
        source = Source("bus" if heard.is_bus else "track", heard.name, "post_fader")
        with closing(Desk(known, [source])) as desk:
            voices = _voices(replace(known, tracks=desk.tracks), device, pool)
            mixdowns = desk.mix_down(_sounds(voices, plan.n_channels), pool)
            levels[heard.name] = levels_of_stem((mixdown[0] for mixdown in mixdowns), plan)
            lines = failure_lines(_failures_of(desk))
        if lines:  # what follows silence in the place of a sound is wrong, and nobody would see it
            raise RenderError("\n".join([f'"{heard.name}", which lanes follow, failed', *lines]))
    return levels


def _failures_of(desk: Desk) -> tuple[Failure, ...]:
    return tuple(
        Failure(track=name, insert=error.insert, reason=error.reason)
        for name, error in desk.failures.items()
    )


def _sounds(voices: list[Voice], n_channels: int) -> list[Iterator[Block]]:
    # As many tracks as processors keep these busy, and each takes less memory with one thread.
    side_by_side = len(voices) < (os.cpu_count() or 1)
    return [voice.blocks(BLOCK_SAMPLES, n_channels, side_by_side=side_by_side) for voice in voices]


def _told(
    mixdowns: Iterator[Mixdown], plan: Plan, begun: float, progress: Callable[[Progress], None]
) -> Iterator[Mixdown]:
    """Pass sound on, and tell the composer how far it is."""
    rate = plan.sample_rate_hz
    first, last = _first_and_last(plan)
    last = plan.n_samples + plan.longest_tail_samples if last is None else last
    total_s = max(last - first, 0) / rate
    reached = 0
    for mixdown in mixdowns:
        yield mixdown
        reached += mixdown[0].shape[1]
        done_s = min(max(reached - first, 0) / rate, total_s)
        progress(Progress("rendering", done_s, total_s, time.monotonic() - begun))


def _first_and_last(plan: Plan) -> tuple[int, int | None]:
    """Return the first sample that any file holds, and the first one behind the last."""
    stops = [span.stop for span in plan.spans]
    known = [stop for stop in stops if stop is not None]
    return min(span.start for span in plan.spans), max(known) if len(known) == len(stops) else None


def _voices(plan: Plan, device: str, pool: ThreadPoolExecutor) -> list[Voice]:
    cache = AnchorCache(cache_folder())
    files = dict.fromkeys(track.model_file for track in plan.tracks)
    models: dict[Path, TimbreModel] = {file: load_model(file, device) for file in files}
    used = [models[track.model_file] for track in plan.tracks]

    def place(track: TrackPlan, model: TimbreModel) -> tuple[PlacedSound, ...]:
        return place_sounds(track, model.spec.sample_rate_hz)

    def encode(job: tuple[PlacedSound, TrackPlan, TimbreModel]) -> Anchor:
        return encode_sound(*job, cache, device)

    placed = pool.map(place, plan.tracks, used)
    jobs = [
        (sound, track, model)
        for track, model, sounds in zip(plan.tracks, used, placed, strict=True)
        for sound in sounds
    ]
    anchors = pool.map(encode, jobs)
    return [
        make_voice(track, model, list(itertools.islice(anchors, len(track.anchors))), device)
        for track, model in zip(plan.tracks, used, strict=True)
    ]


def _wanted(plan: Plan, mixdowns: Iterator[Mixdown]) -> Iterator[Mixdown]:
    """End the piece after its tails, and keep the passage that was asked for."""
    rate = plan.sample_rate_hz
    # Sound passes a track, perhaps several buses, and the master: echoes may follow one another.
    gap_s = max((_longest_gap_s(track.strip) for track in plan.tracks), default=0.0)
    gap_s += sum(_longest_gap_s(bus.strip) for bus in plan.buses) + _longest_gap_s(plan.master)
    if plan.tail_samples is None:
        whole = ended(mixdowns, plan.n_samples, plan.max_tail_samples, rate, longest_gap_s=gap_s)
    else:
        whole = passage(mixdowns, 0, plan.n_samples + plan.tail_samples)
    return passage(whole, 0, _first_and_last(plan)[1])


def _longest_gap_s(strip: Strip) -> float:
    moved = [lane.maximum for target, lane in strip.lanes.items() if target.endswith("/delay_s")]
    return longest_gap_s(strip.inserts) + sum(moved)


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Keep torch to one thread: tracks run beside each other, and sums keep their order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
