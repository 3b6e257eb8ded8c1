"""Hold drafted tokens as a tree, and say in which order its nodes read. [miao2024]"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import torch

from aitia.core.errors import BadOption
from aitia.sequence.models.decoder import Decoder
from aitia.sequence.order.intervals import part
from aitia.sequence.order.relation import Relation, relation

ROOT = -1


@dataclasses.dataclass(frozen=True, slots=True)
class Tree:
    """Hold tokens and the node before each one, -1 for those that come first; parents stand before their children.

    >>> tree = Tree(tokens=(7, 3, 9, 4), parents=(-1, 0, 0, 1))
    >>> tree.depths
    (0, 1, 1, 2)
    """

    tokens: tuple[int, ...]
    parents: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.tokens) != len(self.parents) or any(not ROOT <= p < i for i, p in enumerate(self.parents)):
            raise BadOption("In a tree every parent stands before its children.", next="List nodes from the root on, -1 for none before.")

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def depths(self) -> tuple[int, ...]:
        """How many nodes come before each one."""
        found: list[int] = []
        for parent in self.parents:
            found.append(0 if parent == ROOT else found[parent] + 1)
        return tuple(found)

    def child(self, node: int, token: int) -> int | None:
        """Return the first child of a node that holds a token, or None."""
        for i in range(node + 1, len(self)):
            if self.parents[i] == node and self.tokens[i] == token:
                return i
        return None

    def cut(self, depth: int) -> Tree:
        """Return the nodes of less than a depth."""
        kept = [i for i, own in enumerate(self.depths) if own < depth]
        new = {ROOT: ROOT} | {old: i for i, old in enumerate(kept)}
        return Tree(tuple(self.tokens[i] for i in kept), tuple(new[self.parents[i]] for i in kept))

    def grown(self, other: Tree) -> Tree:
        """Return this tree with another one hung on its last node."""
        base = len(self)
        return Tree(self.tokens + other.tokens, self.parents + tuple(base - 1 if p == ROOT else base + p for p in other.parents))


def tree_order(tree: Tree) -> Relation:
    """Return who reads whom in a tree: each node its ancestors and itself; heights in this order are depths.

    >>> tree_order(Tree((7, 3, 9, 4), (-1, 0, 0, 1))).dense().astype(int).tolist()
    [[1, 0, 0, 0], [1, 1, 0, 0], [1, 0, 1, 0], [1, 1, 0, 1]]
    """
    reads: list[list[tuple[int, int]]] = []
    for i, parent in enumerate(tree.parents):
        before = [] if parent == ROOT else reads[parent]
        along = bool(before) and before[-1][1] == i  # a chain is one run of nodes
        reads.append([*before[:-1], (before[-1][0], i + 1)] if along else [*before, (i, i + 1)])
    return relation(len(tree), [(i, i + 1, [part(*run) for run in runs]) for i, runs in enumerate(reads)])


def likeliest(model: Decoder, widths: Sequence[int]) -> Callable[[torch.Tensor], Tree]:
    """Return a drafter that follows a smaller model: at each depth the likeliest `widths[depth]` tokens behind every node.

    The smaller model computes its text anew in every round; give one that is small.
    """

    @torch.no_grad()
    def draft(tokens: torch.Tensor) -> Tree:
        chain = Tree(tuple(tokens.tolist()), tuple(range(-1, len(tokens) - 1)))
        found, ends = Tree((), ()), [ROOT]
        for width in widths:
            whole = chain.grown(found)
            logits = model(torch.tensor([whole.tokens], device=model.device), tree_order(whole))[0]
            best = logits[[len(chain) + end for end in ends]].topk(width, dim=-1).indices.tolist()
            fresh = [(token, end) for end, row in zip(ends, best, strict=True) for token in row]
            ends = list(range(len(found), len(found) + len(fresh)))
            found = Tree(found.tokens + tuple(t for t, _ in fresh), found.parents + tuple(p for _, p in fresh))
        return found

    return draft


def repeats(most: int, longest: int = 3) -> Callable[[torch.Tensor], Tree]:
    """Return a drafter without a model: what followed when the last few tokens, `longest` at most, stood before."""

    def draft(tokens: torch.Tensor) -> Tree:
        words = tokens.tolist()
        for size in range(min(longest, len(words) - 1), 0, -1):
            for at in range(len(words) - size - 1, -1, -1):
                if words[at : at + size] == words[-size:]:
                    found = words[at + size : at + size + most]
                    return Tree(tuple(found), tuple(range(-1, len(found) - 1)))
        return Tree((), ())

    return draft
