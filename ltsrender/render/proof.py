"""The proof at the end of a render: its files are read again, and what was found goes with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltsrender.stems import verify

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ltsrender.render.desk import Source
    from ltsrender.render.level import Levelled
    from ltsrender.render.plan import Plan
    from ltsrender.stems import Manifest, Verdict


def proven(manifest: Manifest, folder: Path) -> Manifest:
    """Return a manifest with the verdict on the files that it tells of."""
    return manifest.model_copy(update={"verdict": verify(manifest, folder)})


def proof_lines(verdict: Verdict) -> list[str]:
    """Return what to tell of a verdict: a line when all is well, else what is not."""
    if verdict.passed:
        n_checks = sum(check.result == "passed" for check in verdict.checks)
        return [f"verified: {n_checks} checks passed; ltsrender verify tells them"]
    failed = [check for check in verdict.checks if check.result == "failed"]
    return [f"NOT verified: {check.name}: {check.words}" for check in failed]


def why_the_mix_differs(plan: Plan, absent: Sequence[Source], level: Levelled) -> tuple[str, ...]:
    """Return sentences: why the mix is not the sum of the stems; none when it is.

    Parameters
    ----------
    plan
        What was rendered.
    absent
        What goes into the mix and is no file.
    level
        How the files came to their level.
    """
    found = []
    master = plan.master
    running = [insert.id for insert in master.inserts if not insert.bypass]
    if running:
        found.append(f"the mix passes the master's chain ({', '.join(running)})")
    lane = master.lanes["gain_db"]
    if (lane.minimum, lane.maximum) != (0.0, 0.0):
        found.append("the master's fader is not at 0 dB")
    width = master.lanes.get("width")
    if width is not None and (width.minimum, width.maximum) != (1.0, 1.0):
        found.append("the master's width is not 1")
    if level.limiter is not None:
        found.append("the mix passes a limiter that the stems do not pass")
    if absent:
        found.append(f"not all that is in the mix is a file ({', '.join(s.name for s in absent)})")
    return tuple(found)
