"""The kinds of values that session and automation files are made of.

Each kind checks itself and says in one sentence what it takes; the JSON Schema carries the same
bounds, so that a text editor says it while the composer types.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError, core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

DAY_S = 86_400.0  # 24 h: the longest piece
MOST_BEATS = 1_440_000.0  # 24 h at 1000 bpm
TIME_SIGNATURE = r"^([1-9]|[1-5][0-9]|6[0-4])/(1|2|4|8|16|32|64)$"
TARGET = (
    r"^(mix|level_mix|noise|detail|scale|smoothing|gain_db|pan|width"
    r"|macro/(brightness|noisiness|pitch|loudness)"
    r"|(weight|level_weight|position|latent|replace|pca|send)/[^/]+|insert/[^/]+/[^/]+)$"
)
TAKES = "lts_takes"  # the error type whose message completes "is <what was found>; ..."

_RESERVED = {"con", "prn", "aux", "nul"} | {f"{w}{n}" for w in ("com", "lpt") for n in range(1, 10)}
_UNFIT = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]')
_LONGEST_NAME = 100
_LONGEST_WORD = 1000


class Document(BaseModel):
    """What every object in a file shares: no unknown keys, a note if wanted, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    note: str = ""
    """Anything the composer wants to remember; never read by the renderer."""


class FileDocument(Document):
    """What the top of a file may hold besides its content."""

    schema_: Annotated[str, Field(alias="$schema")] = ""
    """Where a text editor finds the JSON Schema of this file; never read by the renderer."""


@dataclass(frozen=True)
class Within:
    """A number, never text or true, inside a range that includes its ends."""

    minimum: float
    maximum: float
    unit: str = ""

    def words(self) -> str:
        """Return the range as a message gives it: ``-120..24 dB``."""
        unit = f" {self.unit}" if self.unit else ""
        ends = (
            f"{end:.0f}" if end == int(end) else f"{end:.12g}"
            for end in (self.minimum, self.maximum)
        )
        return f"{'..'.join(ends)}{unit}"

    def holds(self, value: float) -> bool:
        """Return whether a value lies inside."""
        return self.minimum <= value <= self.maximum

    def check(self, value: float) -> float:
        """Return ``value``, or raise the error that says what is allowed."""
        if not self.holds(value):
            raise PydanticCustomError(TAKES, "takes {words}", {"words": self.words()})
        return value

    def __get_pydantic_core_schema__(
        self, source: Any, _handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        number: core_schema.CoreSchema
        if source is int:
            number = core_schema.int_schema(strict=True)
        else:
            number = core_schema.float_schema(strict=True, allow_inf_nan=False)
        return core_schema.no_info_after_validator_function(self.check, number)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        whole = schema["schema"]["type"] == "int"
        number = int if whole else float
        return handler(schema) | {
            "minimum": number(self.minimum),
            "maximum": number(self.maximum),
        }


def folded(name: str) -> str:
    """Return what two names share when a file system may take one for the other."""
    return unicodedata.normalize("NFC", name).casefold()


def _fit_for_a_file(name: str) -> str:
    found = _UNFIT.search(name)
    if not name:
        _refuse("takes a name")
    if found:
        _refuse('takes a name that can be a file name, without / \\ : * ? " < > | or line breaks')
    if name != name.strip() or name.endswith("."):
        _refuse("takes a name without spaces at its ends and without a dot at its end")
    if len(name) > _LONGEST_NAME or len(name.encode()) > 2 * _LONGEST_NAME:
        _refuse(f"takes a name of at most {_LONGEST_NAME} letters")
    if folded(name).split(".")[0] in _RESERVED or set(name) == {"."}:
        _refuse("takes another name: this one is reserved by an operating system")
    return name


def _path_as_written(path: str) -> str:
    if not path or path != path.strip():
        _refuse("takes a file, relative to the session's folder")
    if any(ord(character) < 0x20 for character in path):
        _refuse("takes a file name without line breaks or control characters")
    if "\\" in path:
        _refuse("takes a file name with / between its folders, on every system")
    if len(path) > 1000:
        _refuse("takes a file name of at most 1000 letters")
    return path


def _short(text: str) -> str:
    if not text or len(text) > _LONGEST_WORD:
        _refuse("takes text, not empty")
    return text


def _refuse(words: str) -> None:
    raise PydanticCustomError(TAKES, "{words}", {"words": words})


def _time_signature(text: str) -> str:
    if not re.fullmatch(TIME_SIGNATURE, text):
        _refuse('takes a time signature such as "4/4" or "7/8"')
    return text


def _pattern(pattern: str, longest: int) -> Any:
    """Return what a text editor is told about a text; the validators say it in words."""
    bounds: dict[str, Any] = {"minLength": 1, "maxLength": longest}
    return Field(json_schema_extra=bounds | ({"pattern": pattern} if pattern else {}))


Name = Annotated[str, AfterValidator(_fit_for_a_file), _pattern(r'^[^/\\:*?"<>|]+$', _LONGEST_NAME)]
FileName = Annotated[str, AfterValidator(_path_as_written), _pattern(r"^[^\\]+$", 1000)]
Word = Annotated[str, AfterValidator(_short), _pattern("", _LONGEST_WORD)]
TargetName = Annotated[str, AfterValidator(_short), _pattern(TARGET, _LONGEST_WORD)]
TimeSignature = Annotated[
    str,
    AfterValidator(_time_signature),
    WithJsonSchema({"type": "string", "pattern": TIME_SIGNATURE}),
]

GAIN_DB = Within(-120.0, 24.0, "dB")
PAN = Within(-1.0, 1.0)
WIDTH = Within(0.0, 2.0)

Beats = Annotated[float, Within(0.0, MOST_BEATS, "beats")]
Seconds = Annotated[float, Within(0.0, DAY_S, "s")]
GainDb = Annotated[float, GAIN_DB]
Pan = Annotated[float, PAN]
Seed = Annotated[int, Within(0, 2**53)]
