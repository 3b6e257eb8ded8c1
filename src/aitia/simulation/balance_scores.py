"""Compute how sortable by R² a draft of a model is, fast enough to be asked a thousand times."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from aitia.simulation.assembling import MAKE, SMALL, rebased
from aitia.simulation.drafts import Draft, Stream
from aitia.simulation.functions.linear import Linear
from aitia.simulation.mechanisms.structural import noise_of
from aitia.simulation.sortability import agreement, r2_scores

Shares = Mapping[str, float]
NEAR_TIE = 0.02  # R² of pilot rows that differ by less than this may well be the same


class Scores(Protocol):
    """Say what R²-sortability the measured numeric nodes have when parents explain given shares."""

    def value(self, drafts: Sequence[Draft], shares: Shares) -> float | None:
        """Return R²-sortability of these drafts under these shares; None where no path joins two of the nodes."""

    def accept(self) -> None:
        """Take the drafts and shares asked about last as the ones from which the next will differ."""


class LineScores:
    """Score a model whose nodes are lines, exactly."""

    def __init__(self, drafts: Sequence[Draft], names: tuple[str, ...], counts: np.ndarray) -> None:
        self.place = {draft.node: i for i, draft in enumerate(drafts)}
        self.counts = counts
        self.chosen = np.array([self.place[name] for name in names], dtype=np.intp)
        self.parents = [[self.place[item.name] for item in draft.functions[0].inputs] for draft in drafts]
        self.weights: dict[int, np.ndarray] = {}

    def weights_of(self, draft: Draft) -> np.ndarray:
        """Return a draft's weights (parents,), read off once."""
        if id(draft) not in self.weights:
            line = draft.functions[0]
            assert isinstance(line, Linear)
            self.weights[id(draft)] = np.array([weight[0] for weight in line.weights])
        return self.weights[id(draft)]

    def value(self, drafts: Sequence[Draft], shares: Shares) -> float | None:
        """Return R²-sortability of the population."""
        p = len(drafts)
        covariance, path, noise = np.eye(p), np.zeros((p, p)), np.ones(p)
        for i, draft in enumerate(drafts):
            own = self.parents[i]
            if own:
                share = shares[draft.node]
                weights = self.weights_of(draft)
                joint = covariance[own]
                gain = (share / max(float(weights @ joint[:, own] @ weights), SMALL)) ** 0.5
                path[own, i] = gain * weights
                noise[i] = 1 - share
                covariance[i, :i] = covariance[:i, i] = gain * (weights @ joint[:, :i])
        if len(self.chosen) == p:  # the diagonal of the inverse covariance, without inverting
            scores = 1 - 1 / (1 / noise + (path**2 / noise).sum(axis=1))
            return agreement(self.counts, scores[self.chosen])
        return agreement(self.counts, r2_scores(covariance[np.ix_(self.chosen, self.chosen)]))

    def accept(self) -> None:
        """Do nothing: every value is computed from scratch."""


def soft_agreement(counts: np.ndarray, scores: np.ndarray) -> float | None:
    """Return sortability with near ties counted by halves, since the order of scores so close changes from sample to sample."""
    total = float(counts.sum())
    rise = (scores[None, :] - scores[:, None]) / NEAR_TIE
    return float((counts * (1 + np.tanh(rise))).sum() / (2 * total)) if total else None


@dataclasses.dataclass(frozen=True, slots=True)
class State:
    """Hold what pilot values were computed from, by node."""

    drafts: dict[str, Draft] = dataclasses.field(default_factory=dict)
    shares: Shares = dataclasses.field(default_factory=dict)
    values: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)


class PilotScores:
    """Score any model on pilot rows; only the node that changed and what it causes are computed again."""

    def __init__(self, names: tuple[str, ...], counts: np.ndarray, n: int, stream: Stream) -> None:
        self.names, self.counts, self.n, self.stream = names, counts, n, stream
        self.noise: dict[str, np.ndarray] = {}
        self.kept = self.tried = State()

    def value(self, drafts: Sequence[Draft], shares: Shares) -> float | None:
        """Return R²-sortability in the pilot rows."""
        if len(self.names) < 2:
            return None
        kept, moved = self.kept, set[str]()
        found: dict[str, np.ndarray] = {}
        for draft in drafts:
            node = draft.node
            same = kept.drafts.get(node) is draft and kept.shares[node] == shares[node] and not moved & set(draft.parents)
            if not same:
                moved.add(node)
            found[node] = kept.values[node] if same else self.computed(draft, found, shares[node])
        self.tried = State({draft.node: draft for draft in drafts}, dict(shares), found)
        return soft_agreement(self.counts, r2_scores(np.cov(np.array([found[name] for name in self.names]))))

    def accept(self) -> None:
        """Keep the values computed last."""
        self.kept = self.tried

    def computed(self, draft: Draft, values: dict[str, np.ndarray], share: float) -> np.ndarray:
        """Return a node's pilot values (n,)."""
        if draft.column.kind == "continuous" and draft.fixed is None and not draft.raw and draft.outer is None and draft.spread is None:
            if draft.node not in self.noise:
                self.noise[draft.node] = draft.noise.draw(self.n, self.stream(draft.node))
            if not draft.parents:
                return self.noise[draft.node]
            raw = rebased(draft.functions[0], values)(values)
            return share**0.5 * (raw - raw.mean()) / max(float(raw.std()), SMALL) + (1 - share) ** 0.5 * self.noise[draft.node]
        mechanism = draft.fixed or MAKE[draft.column.kind](draft, values, share, self.n, self.stream(draft.node))
        noise = noise_of(mechanism, self.n, self.stream(draft.node))
        return mechanism.predict(noise, {parent: values[parent] for parent in mechanism.parents})
