"""Sound into files: as it is made, or from the disk once its level and its parts are known."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ltsrender.render.desk import MIX_SOURCE, Source
from ltsrender.render.level import Levelled, find_level, levelled
from ltsrender.render.spool import Spool
from ltsrender.render.streams import passage
from ltsrender.stems import Stem, StemWriter
from ltsrender.units import gain_from_db

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from ltsrender.render.plan import Plan
    from ltsrender.render.spans import Span
    from ltsrender.render.stemfiles import StemFile
    from ltsrender.render.streams import Block, Mixdown

BLOCK_SAMPLES = 65_536


@dataclass(frozen=True)
class Delivered:
    """What was written.

    Attributes
    ----------
    files
        The files and the facts about them, in the order in which they were wanted. Those whose
        sound was spoilt on the way are left out.
    level
        How they came to their level.
    """

    files: list[tuple[StemFile, Stem]]
    level: Levelled = field(default_factory=Levelled)

    @property
    def length_s(self) -> float:
        """Length of the longest file."""
        return max((stem.length_s for _, stem in self.files), default=0.0)


def taken(plan: Plan, files: Sequence[StemFile]) -> tuple[Source, ...]:
    """Return where at the desk sound is taken for files; the mix, too, where its level counts."""
    sources = dict.fromkeys(file.source for file in files)
    return tuple(sources | {MIX_SOURCE: None} if _is_levelled(plan) else sources)


def deliver(
    plan: Plan,
    files: Sequence[StemFile],
    out: Path,
    mixdowns: Iterable[Mixdown],
    pool: Executor,
    spoilt: Callable[[], set[Source]],
    tell: Callable[[str], None],
) -> Delivered:
    """Write the files of a render. All of them appear at the end, or none.

    Parameters
    ----------
    plan, files
        What is rendered, and what becomes of it.
    out
        The folder.
    mixdowns
        The sound of what is `taken`, from the session's start on.
    pool
        Runs writers beside each other.
    spoilt
        Tells, once the sound is made, what of it cannot be right.
    tell
        Called with what is being done, in words.

    Raises
    ------
    RenderError
        When something could not be written.
    """
    sources = taken(plan, files)
    span = plan.spans[0]
    if _is_levelled(plan) or len(plan.spans) > 1 or span.name:
        return _from_disk(plan, files, sources, out, mixdowns, pool, spoilt, tell)
    with ExitStack() as stack:
        writers = [_opened(plan, file, out, stack) for file in files]
        places = [sources.index(file.source) for file in files]
        for mixdown in passage(mixdowns, span.start, span.stop):
            blocks = [mixdown[place] for place in places]
            list(pool.map(StemWriter.write, writers, blocks))
        whole = _whole(writers, files, spoilt())
    return Delivered([(file, writer.stem) for writer, file in whole])


def _is_levelled(plan: Plan) -> bool:
    render = plan.session.document.render
    return render.loudness is not None or render.limiter is not None


def _from_disk(
    plan: Plan,
    files: Sequence[StemFile],
    sources: tuple[Source, ...],
    out: Path,
    mixdowns: Iterable[Mixdown],
    pool: Executor,
    spoilt: Callable[[], set[Source]],
    tell: Callable[[str], None],
) -> Delivered:
    with Spool(out, len(sources), plan.n_channels) as spool, ExitStack() as stack:
        for mixdown in mixdowns:
            spool.write(mixdown)
        bad = spoilt()
        level = Levelled()
        if _is_levelled(plan) and MIX_SOURCE not in bad:
            tell("measuring")
            level = _level_of(plan, spool, sources.index(MIX_SOURCE))
        tell("writing")
        groups: dict[tuple[Span, Source], list[StemFile]] = {}
        for file in files:
            if file.source not in bad:
                groups.setdefault((file.span, file.source), []).append(file)
        copying = _Copying(plan, out, sources, spool, level, stack)
        written = [each for group in pool.map(copying.write, groups.values()) for each in group]
    stems = {file.name: writer.stem for file, writer in written}
    return Delivered([(file, stems[file.name]) for file in files if file.name in stems], level)


@dataclass
class _Copying:
    """From the disk into files; those that are whole wait for the others to get their names."""

    plan: Plan
    out: Path
    sources: tuple[Source, ...]
    spool: Spool
    level: Levelled
    held: ExitStack

    def write(self, files: Sequence[StemFile]) -> list[tuple[StemFile, StemWriter]]:
        """Write the files of one part of one sound."""
        source, span = files[0].source, files[0].span
        rate, n_channels = self.plan.sample_rate_hz, self.plan.n_channels
        blocks = _blocks(self.spool, self.sources.index(source), span)
        gain = gain_from_db(self.level.gain_db)
        limiter = self.level.limiter if source == MIX_SOURCE else None
        if limiter is not None:
            blocks = levelled(blocks, self.level.gain_db, limiter, rate, n_channels)
            gain = 1.0
        with ExitStack() as mine:
            writers = [_opened(self.plan, file, self.out, mine, gain) for file in files]
            for block in blocks:
                for writer in writers:
                    writer.write(block)
            for writer in writers:
                writer.finish()
            self.held.push(mine.pop_all())
        return list(zip(files, writers, strict=True))


def _level_of(plan: Plan, spool: Spool, stream: int) -> Levelled:
    render = plan.session.document.render

    def sound_of(span: Span) -> Callable[[], Iterator[Block]]:
        return lambda: _blocks(spool, stream, span)

    return find_level(
        [(span.name, sound_of(span)) for span in plan.spans],
        render.loudness,
        render.limiter,
        plan.sample_rate_hz,
        plan.n_channels,
        plan.formats,
    )


def _blocks(spool: Spool, stream: int, span: Span) -> Iterator[Block]:
    for mixdown in spool.read([stream], span.start, span.stop, BLOCK_SAMPLES):
        yield mixdown[0]


def _opened(
    plan: Plan, file: StemFile, out: Path, stack: ExitStack, gain: float = 1.0
) -> StemWriter:
    return stack.enter_context(
        StemWriter(
            out / file.name,
            plan.sample_rate_hz,
            plan.n_channels,
            file.form,
            plan.session.document.seed,
            name=file.source.name,
            metadata=file.metadata,
            gain=gain,
        )
    )


def _whole(
    writers: Sequence[StemWriter], files: Sequence[StemFile], bad: set[Source]
) -> list[tuple[StemWriter, StemFile]]:
    """Finish what is right and let go of the rest; all is whole before the first gets its name."""
    kept = []
    for writer, file in zip(writers, files, strict=True):
        if file.source in bad:
            writer.abandon()
        else:
            writer.finish()
            kept.append((writer, file))
    return kept
