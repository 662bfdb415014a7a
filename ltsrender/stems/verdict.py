"""What was found when finished stems were measured: a list of checks, and whether all is well."""

from __future__ import annotations

from typing import Literal

from ltsrender.session.fields import Document

Result = Literal["passed", "failed", "not_checked"]


class Check(Document):
    """One question about the files of a render, and its answer."""

    name: str
    """What was looked at, in a word or two."""
    result: Result
    """``not_checked`` where there is no answer; the words say why."""
    words: str
    """What was found, with its numbers."""


class Verdict(Document):
    """Whether the files of a render are what they should be."""

    passed: bool
    """False when any check failed."""
    checks: tuple[Check, ...]
    """Every question, in the order in which they were asked."""

    @classmethod
    def of(cls, checks: list[Check]) -> Verdict:
        """Return the verdict of some checks: one that failed is enough."""
        passed = all(check.result != "failed" for check in checks)
        return cls(passed=passed, checks=tuple(checks))

    def summary(self) -> str:
        """Return a line per check, and one for the whole.

        >>> print(Verdict.of([Check(name="length", result="passed", words="2 files")]).summary())
        length  passed  2 files
        all checks passed
        """
        names = max((len(check.name) for check in self.checks), default=0)
        results = [check.result.replace("_", " ") for check in self.checks]
        width = max((len(result) for result in results), default=0)
        lines = [
            f"{check.name:<{names}}  {result:<{width}}  {check.words}"
            for check, result in zip(self.checks, results, strict=True)
        ]
        failed = sum(result == "failed" for result in results)
        skipped = sum(result == "not checked" for result in results)
        if failed:
            whole = f"{failed} of {len(results)} checks failed"
        elif skipped:
            whole = f"nothing failed; {skipped} of {len(results)} checks could not be made"
        else:
            whole = "all checks passed"
        return "\n".join([*lines, whole])
