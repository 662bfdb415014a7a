"""Every block among its neighbours: the slice that its windows reach into."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, TypeVar

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from torch import Tensor

    from ltsrender.signal import Kernel

T = TypeVar("T")


def around_each(
    items: Iterable[T], keep: Callable[[T], T] = lambda item: item
) -> Iterator[tuple[T | None, T, T | None]]:
    """Yield every item between the one before and the one after, None at the ends.

    >>> list(around_each("ab"))
    [(None, 'a', 'b'), ('a', 'b', None)]

    Parameters
    ----------
    items
        In order.
    keep
        Returns what is kept of an item once it is only the one before.
    """
    before: T | None = None
    current: T | None = None
    for after in itertools.chain(items, [None]):
        if current is not None:
            yield before, current, after
            before = keep(current)
        current = after


def end_of(block: tuple[Tensor, ...], kernel: Kernel) -> tuple[Tensor, ...]:
    """Return what the slice around the next block needs of this one, the rest forgotten."""
    return tuple(
        own[..., -kernel.columns_before_block(group) :].clone()
        for group, own in zip(kernel.groups, block, strict=True)
    )


def slice_of(blocks: Sequence[tuple[Tensor, ...] | None], kernel: Kernel) -> tuple[Tensor, ...]:
    """Return a block and a padding of its neighbours on both sides, for each group.

    Parameters
    ----------
    blocks
        The block before, the block itself and the one after, for each group ``[..., column]``;
        a neighbour that is None is silence, and of the one before the end will do.
    kernel
        The transform's tables.
    """
    before, current, after = blocks
    assert current is not None  # noqa: S101 - only neighbours can be missing
    slices = []
    for index, (group, own) in enumerate(zip(kernel.groups, current, strict=True)):
        n_padding = kernel.columns_before_block(group)
        silence = own.new_zeros((*own.shape[:-1], n_padding))
        first = before[index][..., -n_padding:] if before else silence
        last = after[index][..., :n_padding] if after else silence
        slices.append(torch.cat([first, own, last], dim=-1))
    return tuple(slices)
