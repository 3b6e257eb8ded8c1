"""Score every family of a few columns at once: a table over nodes and parent sets, for exact search and posteriors. [koivisto2004]"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from aitia.core.card import Method
from aitia.core.errors import BadOption, InputError
from aitia.core.knowledge import Knowledge
from aitia.core.noun import Noun, holder
from aitia.core.run import Run
from aitia.core.shelf import scores
from aitia.core.show import View, views
from aitia.core.table import Table
from aitia.measures import subsets
from aitia.measures.families import Families, SetFamilies
from aitia.measures.local_scores import open_families

MOST_NODES = 62
MOST_VALUES = 1 << 28
MASKS_A_CHUNK = 64


@holder
class ScoreTable(Noun):
    """Hold the score of each node with each parent set: `values[i, m]` is that of node i with the parents `masks[m]`.

    Bit j of a mask stands for `names[j]`; masks ascend. Without a limit on parents they are 0 … 2^d - 1, so that a mask
    is its own place. A set that holds the node itself, that knowledge rules out, or that leaves too few rows has -inf.
    `n` is the number of rows, complete in all the columns, behind every score.
    """

    names: tuple[str, ...]
    n: int
    method: str
    options: dict[str, Any]
    max_parents: int
    masks: np.ndarray
    values: np.ndarray

    @property
    def dense(self) -> bool:
        """Whether every subset of the columns has a place, so that a mask is its own place."""
        return len(self.masks) == 1 << len(self.names)

    def place(self, mask: int) -> int:
        """Return where a parent set stands; raises `InputError` for one that is not in the table."""
        at = mask if self.dense else int(np.searchsorted(self.masks, mask))
        if not 0 <= at < len(self.masks) or int(self.masks[at]) != mask:
            raise InputError("This parent set is not in the table.", why=f"It holds sets of at most {self.max_parents} of its columns.")
        return at

    def score(self, node: str, parents: Sequence[str]) -> float:
        """Return the score of one family by its names."""
        mask = sum({1 << self.names.index(parent) for parent in parents})
        return float(self.values[self.names.index(node), self.place(mask)])


@views("score_table")
def score_table_view(noun: ScoreTable) -> View:
    """Show what was scored, and each node's best parents."""
    best = noun.values.argmax(axis=1) if len(noun.masks) else []
    rows = tuple(
        (name, ", ".join(noun.names[j] for j in subsets.members(int(noun.masks[at]))) or "none", f"{noun.values[i, at]:.3f}")
        for i, (name, at) in enumerate(zip(noun.names, best, strict=True))
    )
    facts = (("score", noun.method), ("rows", str(noun.n)), ("parents", f"at most {noun.max_parents}"), ("sets", str(len(noun.masks))))
    return View(title=f"Scores of {len(noun.names)} nodes", facts=facts, header=("node", "best parents", "score"), rows=rows)


def score_table(
    table: Table,
    method: Method | str,
    nodes: Sequence[str],
    run: Run,
    *,
    max_parents: int | None = None,
    options: dict[str, Any] | None = None,
    knowledge: Knowledge | None = None,
) -> ScoreTable:
    """Score every node with every set of the other nodes as parents, of at most `max_parents`, on one set of rows.

    Memory grows with nodes · sets, 8 bytes each; raises `InputError` where that is too much. Parents that knowledge
    forbids get -inf, and so do sets that lack a required parent.
    """
    chosen = scores[method] if isinstance(method, str) else method
    families = open_families(table, chosen, nodes, run, options)
    count = len(families.names)
    most = count - 1 if max_parents is None else min(max_parents, count - 1)
    need_room(count, most)
    masks = subsets.masks(count, count if most == count - 1 else most)
    values = from_sets(families, masks, most, run) if isinstance(families, SetFamilies) else one_by_one(families, masks, run)
    rule_out(values, families.names, masks, knowledge)
    return ScoreTable(
        names=families.names, n=families.n, method=chosen.name, options=dict(options or {}), max_parents=most, masks=masks, values=values
    )


def need_room(count: int, most: int) -> None:
    """Raise `InputError` for a table that no memory holds, naming what would fit."""
    if count == 0 or most < 0:
        raise BadOption("A table of scores needs at least one node and a limit of 0 or more parents.")
    if count <= MOST_NODES and count * subsets.count(count, most) <= MOST_VALUES:
        return
    fits = next((k for k in range(most, -1, -1) if count <= MOST_NODES and count * subsets.count(count, k) <= MOST_VALUES), None)
    raise InputError(
        f"A table of the scores of {count} nodes with up to {most} parents is too large.",
        why=f"It would hold {count * subsets.count(count, most):.3g} numbers.",
        next="Take fewer nodes, or a search that scores as it goes." if fits is None else f"Say max_parents={fits} or fewer.",
    )


def from_sets(families: SetFamilies, masks: np.ndarray, most: int, run: Run) -> np.ndarray:
    """Return the table of a score that is a difference of values of sets: each set is valued once, not once a node."""
    count = len(families.names)
    worth = families.values(most + 1, run)
    values = np.empty((count, len(masks)))
    sets = subsets.masks(count, most + 1)
    for i in range(count):
        run.check()
        values[i] = -np.inf
        if len(sets) == len(masks):  # every subset: halves of blocks of 2^(i + 1) differ in node i only
            before, whole = np.moveaxis(worth.reshape(-1, 2, 1 << i), 1, 0)
            np.subtract(whole, before, out=values[i].reshape(-1, 2, 1 << i)[:, 0], where=whole > -np.inf)
            continue
        without = np.flatnonzero((masks >> i & 1) == 0)
        whole = worth[np.searchsorted(sets, masks[without] | (1 << i))]
        told = whole > -np.inf
        values[i, without[told]] = whole[told] - worth[np.searchsorted(sets, masks[without[told]])]
    return values


def one_by_one(families: Families, masks: np.ndarray, run: Run) -> np.ndarray:
    """Return the table of any other score; the families of one parent set are scored together, chunks in processes."""
    chunks = [masks[begin : begin + MASKS_A_CHUNK].tolist() for begin in range(0, len(masks), MASKS_A_CHUNK)]
    found = run.map(functools.partial(of_chunk, families), chunks, name="score all families")
    return np.concatenate(found, axis=1)


def of_chunk(families: Families, chunk: list[int], run: Run) -> np.ndarray:
    """Return the scores (d, m) of every node with each of some parent sets."""
    values = np.full((len(families.names), len(chunk)), -np.inf)
    for at, mask in enumerate(chunk):
        nodes = [i for i in range(len(families.names)) if not mask >> i & 1]
        values[nodes, at] = families.scores([(i, subsets.members(mask)) for i in nodes], run)
    return values


def rule_out(values: np.ndarray, names: tuple[str, ...], masks: np.ndarray, knowledge: Knowledge | None) -> None:
    """Write -inf where a parent set goes against what is known."""
    for i in range(len(names) if knowledge is not None else 0):
        required, forbidden = bits(names, i, knowledge)
        values[i, ((masks & required) != required) | ((masks & forbidden) != 0)] = -np.inf


def bits(names: tuple[str, ...], node: int, knowledge: Knowledge | None) -> tuple[int, int]:
    """Return the required and the forbidden parents of a node as bit masks.

    Forbidden are: stated ones, children by requirement, nodes of a later tier, and every node where the node was
    randomised. A randomised node takes no parents even where one is required; a search must report that conflict.
    """
    if knowledge is None:
        return 0, 0
    own, tier = names[node], knowledge.tier_of(names[node])
    required = {c.source for c in knowledge.required if c.target == own}
    forbidden = {c.source for c in knowledge.forbidden if c.target == own} | {c.target for c in knowledge.required if c.source == own}
    for other in names:
        place = knowledge.tier_of(other)
        if knowledge.randomised(own) or (tier is not None and place is not None and place > tier):
            forbidden.add(other)
    return mask_of(names, required), mask_of(names, forbidden)


def mask_of(names: tuple[str, ...], chosen: set[str]) -> int:
    """Return the bit mask of the chosen names among all."""
    return sum(1 << j for j, name in enumerate(names) if name in chosen)
