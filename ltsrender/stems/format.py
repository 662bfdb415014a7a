"""What kind of file a stem becomes, and what each kind can hold.

Three containers: WAV takes everything and any length; FLAC is half the size and holds whole
numbers; AIFF is there for programs that want it, holds whole numbers, and no more than 4 GiB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DITHERS = ("tpdf", "shaped", "none")
"""What may be added before rounding."""

LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 8_000, 192_000

BIT_DEPTHS: Mapping[str, tuple[str, ...]] = {
    "wav": ("16", "24", "32f"),
    "flac": ("16", "24"),
    "aiff": ("16", "24"),
}
"""What each container holds."""

N_BYTES = {"16": 2, "24": 3, "32f": 4}
"""Of one sample of one channel."""

SUFFIXES = {"wav": ".wav", "flac": ".flac", "aiff": ".aiff"}
"""How the names of files end."""

LARGEST_AIFF = 2**32 - 2**16
"""Bytes of sound in an AIFF file: it counts in 32 bits, and its other chunks need some room."""

_MOST_IN_16_BITS = 65_535


@dataclass(frozen=True)
class StemFormat:
    """What a stem is written as.

    Attributes
    ----------
    container
        ``"wav"``, ``"flac"`` or ``"aiff"``.
    bit_depth
        ``"16"``, ``"24"`` or ``"32f"``; see `allowed`.
    sample_rate_hz
        Of the file; a sound at another rate is resampled. Any that the container can tell; what a
        session may ask for, see `allowed`.
    dither
        The noise added before rounding: ``"tpdf"``, ``"shaped"`` or ``"none"``. Floats are not
        rounded and take none.
    mono
        Whether the channels are folded into one, their mean.

    Raises
    ------
    ValueError
        When the container cannot hold it, or there is no such dither.

    Examples
    --------
    >>> StemFormat("flac", "24", 48_000).suffix
    '.flac'
    """

    container: str
    bit_depth: str
    sample_rate_hz: int
    dither: str = "tpdf"
    mono: bool = False

    def __post_init__(self) -> None:
        wrong = _not_held(self.container, self.bit_depth, self.sample_rate_hz)
        if self.dither not in DITHERS:
            wrong = wrong or f"is {self.dither}; dither is {_one_of(DITHERS)}"
        if wrong:
            raise ValueError(wrong)

    @property
    def suffix(self) -> str:
        """How the file's name ends."""
        return SUFFIXES[self.container]


def allowed(container: str, bit_depth: str, sample_rate_hz: int) -> str:
    """Return what is wrong with a format that a session asks for, in words, if anything is.

    >>> allowed("flac", "32f", 44_100)
    'is 32f; flac holds 16 or 24'
    >>> allowed("flac", "24", 96_001)
    'is 96001 Hz; flac takes rates above 65535 Hz in steps of 10 Hz'
    >>> allowed("wav", "24", 96_001)
    ''
    """
    wrong = _not_held(container, bit_depth, sample_rate_hz)
    if not wrong and not LOWEST_RATE_HZ <= sample_rate_hz <= HIGHEST_RATE_HZ:
        wrong = f"is {sample_rate_hz} Hz; a stem takes {LOWEST_RATE_HZ}..{HIGHEST_RATE_HZ} Hz"
    return wrong


def _not_held(container: str, bit_depth: str, sample_rate_hz: int) -> str:
    if container not in BIT_DEPTHS:
        return f"is {container}; a stem is {_one_of(tuple(BIT_DEPTHS))}"
    if bit_depth not in BIT_DEPTHS[container]:
        return f"is {bit_depth}; {container} holds {_one_of(BIT_DEPTHS[container])}"
    if container == "flac" and not _flac_tells(sample_rate_hz):
        return f"is {sample_rate_hz} Hz; flac takes rates above 65535 Hz in steps of 10 Hz"
    return ""


def _flac_tells(sample_rate_hz: int) -> bool:
    """Whether FLAC's frames can tell a rate: in 16 bits, or in 16 bits of tens."""
    is_told_in_tens = sample_rate_hz % 10 == 0 and sample_rate_hz <= 10 * _MOST_IN_16_BITS
    return sample_rate_hz <= _MOST_IN_16_BITS or is_told_in_tens


def _one_of(words: tuple[str, ...]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}"


def too_long(container: str, bit_depth: str, n_channels: int, n_samples: int) -> str:
    """Return why a container cannot hold so many samples, in words; nothing when it can.

    >>> too_long("aiff", "24", 2, 48_000 * 3600 * 5)
    'is 5.2 GB long; aiff holds no more than 4.3 GB: choose wav or flac'
    """
    n_bytes = n_samples * n_channels * N_BYTES[bit_depth]
    if container != "aiff" or n_bytes <= LARGEST_AIFF:
        return ""
    return (
        f"is {n_bytes / 1e9:.1f} GB long; aiff holds no more than {LARGEST_AIFF / 1e9:.1f} GB: "
        "choose wav or flac"
    )
