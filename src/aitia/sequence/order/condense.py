"""Condense a relation: its blocks (nodes that read each other, directly or by way of others) and the longest chain below each.

A piece whose nodes read each other is one block, one whose nodes read back only is a chain of single nodes; cycles
across pieces join them. Where a relation is none of this (dilated or partly overlapping reads that lead back), its
pairs are listed and the general algorithm runs. [tarjan1972]
"""

from __future__ import annotations

import dataclasses

import numpy as np

from aitia.core.errors import InputError
from aitia.sequence.order.components import Components, components_of, settled_order, strong
from aitia.sequence.order.heights import heights_of
from aitia.sequence.order.intervals import Reads, pairs
from aitia.sequence.order.masks import mask_of
from aitia.sequence.order.pieces import BLOCK, Pieces, forms_of

MOST_PAIRS = 40_000_000


@dataclasses.dataclass(frozen=True, slots=True)
class Condensed:
    """Hold for each node its block (n,), numbered in the order in which the blocks begin, and its height (n,)."""

    block: np.ndarray
    height: np.ndarray


def condense(relation: Reads, pieces: Pieces) -> Condensed:
    """Return blocks and heights; raises `InputError` where a relation without structure has too many pairs to list."""
    inside = pieces.read(pieces.reads, pieces.start)
    forms = forms_of(pieces, inside)
    components = components_of(pieces, inside, forms)
    if components is None:
        return by_pairs(relation)
    return Condensed(blocks_of(pieces, components, forms), heights_of(pieces, components, forms))


def blocks_of(pieces: Pieces, components: Components, forms: np.ndarray) -> np.ndarray:
    """Return the block (n,) of each node: a component of several pieces is one, and so is a piece whose nodes read each other."""
    first = components.first[components.of]
    follows = first != np.arange(len(first))
    one = (forms == BLOCK) | (np.bincount(components.of) > 1)[components.of]
    begins = ~np.repeat(one, pieces.size)
    begins[pieces.start[one & ~follows]] = True
    block = np.cumsum(begins) - 1
    if follows.any():
        block = np.where(np.repeat(follows, pieces.size), np.repeat(block[pieces.start[first]], pieces.size), block)
    return block


def by_pairs(relation: Reads) -> Condensed:
    """Condense any relation from the list of its pairs."""
    if pairs(relation) > MOST_PAIRS:
        raise InputError(
            f"This relation has {pairs(relation)} pairs and no structure to plan by.",
            next="Compose it of causal, window, blocks and the other layouts, or use fewer nodes.",
        )
    every = np.arange(relation.n)
    query, key = np.nonzero(mask_of(relation, every, every))
    labels = strong(relation.n, query, key)
    across = labels[query] != labels[key]
    edges = np.unique(np.column_stack([labels[query[across]], labels[key[across]]]), axis=0)
    below: dict[int, set[int]] = {int(label): set() for label in np.unique(labels)}
    for above, under in edges.tolist():
        below[above].add(under)
    height = np.zeros(len(below), dtype=np.int64)
    for label in settled_order(len(below), edges[:, 0], edges[:, 1]):
        height[label] = max((int(height[other]) + 1 for other in below[label]), default=0)
    _, first = np.unique(labels, return_index=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return Condensed(rank[labels], height[labels])
