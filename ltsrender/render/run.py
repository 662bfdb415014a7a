"""The corridor: from a plan to finished stems."""

from __future__ import annotations

import itertools
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from ltsrender.automation import tempo_map_of
from ltsrender.effects import longest_gap_s
from ltsrender.errors import plain
from ltsrender.models import choose_device, load_model
from ltsrender.render.cache import AnchorCache, cache_folder
from ltsrender.render.desk import (
    MIX_SOURCE,
    Desk,
    Source,
    file_name,
    sources_of,
    sources_that_add_up,
)
from ltsrender.render.follow import levels_of_stem, plan_knowing
from ltsrender.render.known import note_of
from ltsrender.render.memory import keep_one_heap
from ltsrender.render.open import plan_facts
from ltsrender.render.outputs import check_outputs
from ltsrender.render.proof import proof_lines, proven, why_the_mix_differs
from ltsrender.render.streams import ended, passage
from ltsrender.render.voice import encode_sound, make_voice, place_sounds
from ltsrender.stems import (
    Stem,
    StemFormat,
    StemPlace,
    StemWriter,
    make_manifest,
    write_manifest,
)
from ltsrender.stems.manifest import FILE_NAME as MANIFEST_NAME
from ltsrender.units import samples_from_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from ltsrender.automation import Levels
    from ltsrender.latents import Anchor, PlacedSound
    from ltsrender.models import TimbreModel
    from ltsrender.render.plan import Listened, Plan, TrackPlan
    from ltsrender.render.streams import Block, Mixdown
    from ltsrender.render.voice import Voice
    from ltsrender.stems import Verdict

BLOCK_SAMPLES = 16_384
"""Samples handed from room to room at a time; the sound does not depend on it."""


@dataclass(frozen=True)
class Progress:
    """How far a render is.

    Attributes
    ----------
    stage
        What is being done, in words.
    done_s, total_s
        Seconds of the piece that are finished, and in all; both 0 before sound is made.
    elapsed_s
        Seconds of work so far.
    """

    stage: str
    done_s: float = 0.0
    total_s: float = 0.0
    elapsed_s: float = 0.0

    @property
    def real_time_factor(self) -> float:
        """Seconds of work per second of the piece."""
        return self.elapsed_s / self.done_s if self.done_s else 0.0


@dataclass(frozen=True)
class Report:
    """What a render left behind.

    Attributes
    ----------
    stems
        The finished files, the mix last.
    manifest
        The file that renders the same bytes again.
    length_s, elapsed_s
        Seconds of sound, and of work.
    verdict
        What reading the files again has shown.
    notes
        What a composer should know: tracks that leave what their models have seen.
    """

    stems: tuple[Stem, ...]
    manifest: Path
    length_s: float
    elapsed_s: float
    verdict: Verdict
    notes: tuple[str, ...] = ()

    def summary(self) -> str:
        """Return a line per stem, and one for the whole."""
        width = max(len(stem.path.name) for stem in self.stems)
        lines = [
            f"{stem.path.name:<{width}}  peak {stem.peak_db:6.1f} dBFS{clipping_note(stem)}"
            for stem in self.stems
        ]
        factor = self.elapsed_s / self.length_s if self.length_s else 0.0
        lines.append(
            f"{len(self.stems)} files of {self.length_s:.2f} s in {self.elapsed_s:.1f} s "
            f"(real-time factor {factor:.2f}) in "
            f"{plain(str(self.manifest.parent))}"
        )
        lines += proof_lines(self.verdict)
        lines += [f"note: {note}" for note in self.notes]
        return "\n".join(lines)


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
    files = {source: out / file_name(source, plan) for source in sources_of(plan)}
    facts = plan_facts(plan, out)
    check_outputs(plan, [*files.values(), out / MANIFEST_NAME])
    stems, notes = _rendered(plan, files, device, workers, progress)
    adding = sources_that_add_up(plan)
    start_s = plan.selection.from_s
    places = [
        StemPlace(source.what, source.tap, start_s=start_s, adds_up=source in adding)
        for source in files
    ]
    differs = why_the_mix_differs(plan, [source for source in adding if source not in files])
    manifest = make_manifest(facts, zip(stems, places, strict=True), mix_differs=differs)
    progress(Progress("reading the files again"))
    manifest = proven(manifest, out)
    path = write_manifest(out, manifest)
    elapsed_s = time.monotonic() - begun
    verdict = manifest.verdict
    if verdict is None:
        raise AssertionError("a manifest that was proven has a verdict")
    return Report(tuple(stems), path, stems[-1].length_s, elapsed_s, verdict, tuple(notes))


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
    return _rendered(plan, {MIX_SOURCE: out}, device, workers, progress)[0][0]


def _rendered(
    plan: Plan,
    files: Mapping[Source, Path],
    device: str,
    workers: int | None,
    progress: Callable[[Progress], None],
) -> tuple[list[Stem], list[str]]:
    """Return what was written, and what there is to say of tracks that leave known ground."""
    begun = time.monotonic()
    device = choose_device(device)
    keep_one_heap()
    with one_torch_thread(), ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        progress(Progress("encoding sounds"))
        if plan.listened:
            plan = plan_knowing(plan, _listened_to(plan, device, pool, progress))
        desk = Desk(plan, tuple(files))
        plan = replace(plan, tracks=desk.tracks)
        voices = _voices(plan, device, pool)
        stems = _write(plan, desk, files, voices, pool, _reporter(plan, begun, progress))
        tempo = tempo_map_of(plan.session)
        notes = [note_of(voice.track, voice.path, tempo) for voice in voices]
        return stems, [note for note in notes if note]


def _listened_to(
    plan: Plan, device: str, pool: ThreadPoolExecutor, progress: Callable[[Progress], None]
) -> dict[str, Levels]:
    """Hear what lanes follow, one after the other; return the levels by name."""
    levels: dict[str, Levels] = {}
    for heard in plan.listened:
        progress(Progress(f"listening to {heard.name}"))
        known = plan_knowing(replace(plan, tracks=heard.tracks), levels)
        levels[heard.name] = levels_of_stem(_stem_of(heard, known, device, pool), plan)
    return levels


def _stem_of(heard: Listened, plan: Plan, device: str, pool: ThreadPoolExecutor) -> Iterator[Block]:
    """Return the stem of a track or a bus, of a plan that has no more than what goes into it."""
    source = Source("bus" if heard.is_bus else "track", heard.name, "post_fader")
    desk = Desk(plan, [source])
    sounds = _sounds(_voices(replace(plan, tracks=desk.tracks), device, pool), plan.n_channels)
    return (mixdown[0] for mixdown in desk.mix_down(sounds, pool))


def _sounds(voices: list[Voice], n_channels: int) -> list[Iterator[Block]]:
    # As many tracks as processors keep these busy, and each takes less memory with one thread.
    side_by_side = len(voices) < (os.cpu_count() or 1)
    return [voice.blocks(BLOCK_SAMPLES, n_channels, side_by_side=side_by_side) for voice in voices]


def _reporter(
    plan: Plan, begun: float, progress: Callable[[Progress], None]
) -> Callable[[int], None]:
    """Return a function that is told how many samples were written, and tells the composer."""
    written = 0
    first_s = plan.selection.from_s
    last_s = plan.n_samples / plan.sample_rate_hz
    if plan.selection.to_s is not None:
        last_s = min(plan.selection.to_s, last_s + plan.longest_tail_samples / plan.sample_rate_hz)

    def report(n_samples: int) -> None:
        nonlocal written
        written += n_samples
        done_s = min(written / plan.sample_rate_hz, last_s - first_s)
        progress(Progress("rendering", done_s, last_s - first_s, time.monotonic() - begun))

    return report


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


def _write(
    plan: Plan,
    desk: Desk,
    files: Mapping[Source, Path],
    voices: list[Voice],
    pool: ThreadPoolExecutor,
    on_block: Callable[[int], None],
) -> list[Stem]:
    sounds = _sounds(voices, plan.n_channels)
    form = StemFormat(plan.container, plan.bit_depth, plan.sample_rate_hz)
    with ExitStack() as stack:
        writers = {
            source: stack.enter_context(
                StemWriter(
                    file,
                    plan.sample_rate_hz,
                    plan.n_channels,
                    form,
                    plan.session.document.seed,
                    name=source.name,
                )
            )
            for source, file in files.items()
        }
        for mixdown in _wanted(plan, desk.mix_down(sounds, pool)):
            for writer, block in zip(writers.values(), mixdown, strict=True):
                writer.write(block)
            on_block(mixdown[0].shape[1])
        for writer in writers.values():  # all whole before the first gets its name
            writer.finish()
    return [writer.stem for writer in writers.values()]


def _wanted(plan: Plan, mixdowns: Iterator[Mixdown]) -> Iterator[Mixdown]:
    """End the piece after its tails, and keep the passage that was asked for."""
    rate = plan.sample_rate_hz
    # Sound passes a track, perhaps several buses, and the master: echoes may follow one another.
    gap_s = max((longest_gap_s(track.strip.inserts) for track in plan.tracks), default=0.0)
    gap_s += sum(longest_gap_s(bus.strip.inserts) for bus in plan.buses)
    gap_s += longest_gap_s(plan.master.inserts)
    if plan.tail_samples is None:
        whole = ended(mixdowns, plan.n_samples, plan.max_tail_samples, rate, longest_gap_s=gap_s)
    else:
        whole = passage(mixdowns, 0, plan.n_samples + plan.tail_samples)
    stop_s = plan.selection.to_s
    return passage(
        whole,
        samples_from_seconds(plan.selection.from_s, rate),
        None if stop_s is None else samples_from_seconds(stop_s, rate),
    )


def clipping_note(stem: Stem) -> str:
    """Return what to add to a stem's line when it was cut off at full scale, else nothing."""
    return f"  {stem.n_clipped} samples beyond full scale: lower a gain" if stem.n_clipped else ""


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Keep torch to one thread: tracks run beside each other, and sums keep their order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
