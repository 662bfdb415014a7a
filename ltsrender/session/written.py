"""Numbers that may also be text: moments such as ``"9|1"``, values such as ``"-3 dB"``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic_core import PydanticCustomError, core_schema

from ltsrender.session.fields import TAKES, Within
from ltsrender.session.moments import read_moment
from ltsrender.session.quantities import read_quantity

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

_LONGEST = 1000


@dataclass(frozen=True)
class NumberOrText:
    """A number inside a range, or a text that a reader understands.

    Attributes
    ----------
    within
        The numbers.
    read
        Raises ValueError with words that complete "is <text>; ...".
    """

    within: Within
    read: Callable[[str], object]

    def check(self, text: str) -> str:
        """Return ``text``, or raise the error that says what is allowed."""
        try:
            self.read(text[:_LONGEST])
        except ValueError as error:
            raise PydanticCustomError(TAKES, "{words}", {"words": str(error)}) from None
        return text

    def __get_pydantic_core_schema__(
        self, _source: Any, _handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        number = core_schema.no_info_after_validator_function(
            self.within.check, core_schema.float_schema(strict=True, allow_inf_nan=False)
        )
        text = core_schema.no_info_after_validator_function(
            self.check, core_schema.str_schema(strict=True)
        )
        return core_schema.tagged_union_schema(
            {"<number>": number, "<text>": text}, discriminator=_number_or_text
        )

    def __get_pydantic_json_schema__(
        self, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        ends = {"minimum": self.within.minimum, "maximum": self.within.maximum}
        text = {"type": "string", "minLength": 1, "maxLength": _LONGEST}
        return {"anyOf": [{"type": "number", **ends}, text]}


def _number_or_text(value: Any) -> str:
    return "<text>" if isinstance(value, str) else "<number>"


class _Later(Within):
    """Any time; how late it may be depends on the unit of its lane, and is checked there."""

    def words(self) -> str:
        """Return the range as a message gives it."""
        return "0 or more"


LATEST = _Later(0.0, 1e10)
VALUES = Within(-1e9, 1e9)

WrittenMoment = Annotated[float | str, NumberOrText(LATEST, read_moment)]
WrittenValue = Annotated[float | str, NumberOrText(VALUES, read_quantity)]
