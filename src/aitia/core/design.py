"""Hold the arrays that an estimator reads, built once, so that refits on a changed design are cheap."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

import numpy as np

from aitia.core.noun import Noun, holder
from aitia.core.query import Query

Errors = Literal["hc1", "classical", "cluster"]


@holder
class Design(Noun):
    """Hold outcome, treatment and covariates of the complete rows, in an order that depends on their content only.

    outcome (n,) in natural units. treatment (n,): codes into `arms` (the reference arm is code 0), or values when
    `arms` is empty. covariates (n, p): columns standardised by `means` and `scales`, full rank together with a
    constant; `sources` says which table column each came from. gram (p + 1, p + 1): weighted cross products of a
    constant and the covariates. keys (n,): a number per row made from its content, from which folds follow.
    """

    outcome: np.ndarray
    treatment: np.ndarray
    covariates: np.ndarray
    gram: np.ndarray
    keys: np.ndarray
    weights: np.ndarray | None = None
    clusters: np.ndarray | None = None
    instruments: np.ndarray | None = None
    arms: tuple[Any, ...] = ()
    names: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    means: np.ndarray
    scales: np.ndarray
    query: Query
    outcome_kind: str
    treatment_kind: str
    adjustment: tuple[str, ...] = ()
    units: str | None = None
    errors: Errors = "hc1"

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(self.outcome)

    def with_treatment(self, treatment: np.ndarray) -> Design:
        """Return the design with another treatment (n,), coded as this one; the Gram matrix is kept."""
        return dataclasses.replace(self, treatment=treatment)

    def with_outcome(self, outcome: np.ndarray, kind: str | None = None) -> Design:
        """Return the design with another outcome (n,); the Gram matrix is kept."""
        return dataclasses.replace(self, outcome=outcome, outcome_kind=kind or self.outcome_kind)

    def with_column(self, name: str, values: np.ndarray) -> Design:
        """Return the design with one covariate (n,) more; the Gram matrix grows by one border."""
        mean, scale = float(values.mean()), float(values.std()) or 1.0
        column = (values - mean) / scale
        weighted = column if self.weights is None else column * self.weights
        border = np.concatenate([[weighted.sum()], self.covariates.T @ weighted])
        gram = np.block([[self.gram, border[:, None]], [border[None, :], np.array([[weighted @ column]])]])
        return dataclasses.replace(
            self,
            covariates=np.column_stack([self.covariates, column]),
            gram=gram,
            names=(*self.names, name),
            sources=(*self.sources, name),
            means=np.append(self.means, mean),
            scales=np.append(self.scales, scale),
        )

    def without(self, source: str) -> Design:
        """Return the design without the covariates that came from one table column."""
        keep = [i for i, name in enumerate(self.sources) if name != source]
        inside = [0, *(i + 1 for i in keep)]
        return dataclasses.replace(
            self,
            covariates=self.covariates[:, keep],
            gram=self.gram[np.ix_(inside, inside)],
            names=tuple(self.names[i] for i in keep),
            sources=tuple(self.sources[i] for i in keep),
            means=self.means[keep],
            scales=self.scales[keep],
        )

    def with_rows(self, index: np.ndarray) -> Design:
        """Return the design of some rows (a boolean mask or positions); the Gram matrix is made anew."""
        covariates = self.covariates[index]
        weights = None if self.weights is None else self.weights[index]
        return dataclasses.replace(
            self,
            outcome=self.outcome[index],
            treatment=self.treatment[index],
            covariates=covariates,
            gram=gram_matrix(covariates, weights),
            keys=self.keys[index],
            weights=weights,
            clusters=None if self.clusters is None else self.clusters[index],
            instruments=None if self.instruments is None else self.instruments[index],
        )


def gram_matrix(covariates: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the weighted Gram matrix (p + 1, p + 1) of a constant and the covariates (n, p)."""
    full = np.column_stack([np.ones(len(covariates)), covariates])
    return full.T @ (full if weights is None else full * weights[:, None])
