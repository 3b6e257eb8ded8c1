"""Fit the effect of treatment columns by least squares, covariates partialled out through the design's Gram matrix. [lovell1963]"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aitia.core.design import Design, Errors
from aitia.core.errors import CannotEstimate
from aitia.learners.solving import inverse_of
from aitia.nuisance.contrasts import Effects, cluster_sums

LEAST_LEFT = 1e-9


def treatment_columns(design: Design) -> np.ndarray:
    """Return (n, arms - 1) indicators of the arms beside the reference, or the treatment's values (n, 1)."""
    if not design.arms:
        return design.treatment[:, None]
    return (design.treatment[:, None] == np.arange(1, len(design.arms))).astype(float)


def partialled_out(design: Design, columns: np.ndarray) -> tuple[np.ndarray, int]:
    """Return what a constant and the covariates leave of columns (n, q), and the rank of those that were taken out."""
    weighted = columns if design.weights is None else columns * design.weights[:, None]
    cross = np.concatenate([weighted.sum(axis=0)[None], design.covariates.T @ weighted])
    inverse, rank = inverse_of(design.gram)
    coefficients = inverse @ cross
    return columns - design.covariates @ coefficients[1:] - coefficients[0], rank


def least_squares(design: Design, columns: np.ndarray | None = None) -> Effects:
    """Return the coefficients of columns (n, k), by default the treatment's, with the covariance `design.errors` names.

    Raises `CannotEstimate` when the covariates determine a column or use up the rows.
    """
    treatment = treatment_columns(design) if columns is None else columns
    k = treatment.shape[1]
    left, rank = partialled_out(design, np.column_stack([treatment, design.outcome]))
    treatment_left, outcome_left = left[:, :k], left[:, k]
    weights = np.ones(1) if design.weights is None else design.weights
    weighted = treatment_left * weights[:, None]
    cross = weighted.T @ treatment_left
    degrees = design.n - rank - k
    require_variation(design, treatment, cross, degrees)
    bread = inverse_of(cross)[0]
    coefficients = bread @ (weighted.T @ outcome_left)
    residuals = outcome_left - treatment_left @ coefficients
    influence = (weighted * residuals[:, None]) @ bread  # (n, k)
    if design.errors == "classical":
        spread = float((weights * residuals) @ residuals) / degrees
        return Effects(coefficients, spread * bread, degrees)
    return Effects(coefficients, *COVARIANCE[design.errors](design, influence, degrees))


def require_variation(design: Design, columns: np.ndarray, left: np.ndarray, degrees: int) -> None:
    """Raise `CannotEstimate` when covariates explain columns (n, k) wholly; `left` (k, k) are cross products of what they leave."""
    if degrees < 1:
        raise CannotEstimate(
            f"There are {design.n} rows for {design.n - degrees} coefficients.",
            why="Least squares needs more rows than coefficients.",
            next="Adjust for fewer columns, or bring more rows.",
        )
    weights = np.ones(len(columns)) if design.weights is None else design.weights
    centred = columns - np.average(columns, axis=0, weights=weights)
    whole = np.einsum("ij,ij,i->j", centred, centred, weights)
    scale = np.sqrt(np.where(whole > 0, whole, 1.0))
    smallest = float(np.linalg.eigvalsh(left / np.outer(scale, scale))[0])
    if smallest <= LEAST_LEFT or (whole <= 0).any():
        constant = "it has one value in these rows" if (whole <= 0).any() else "it is an exact linear function of the covariates"
        raise CannotEstimate(
            f"{design.query.treatment} does not vary once the covariates are held fixed.",
            why=f"Among the {design.n} rows {constant}, so no two alike rows differ in treatment.",
            next="Leave out the covariate that repeats the treatment.",
        )


def _robust(design: Design, influence: np.ndarray, degrees: int) -> tuple[np.ndarray, int]:
    return influence.T @ influence * (design.n / degrees), degrees


def _clustered(design: Design, influence: np.ndarray, degrees: int) -> tuple[np.ndarray, int]:
    sums = cluster_sums(design, influence)
    groups = len(sums)
    return sums.T @ sums * (groups / (groups - 1) * (design.n - 1) / degrees), groups - 1


COVARIANCE: dict[Errors, Callable[[Design, np.ndarray, int], tuple[np.ndarray, int]]] = {"hc1": _robust, "cluster": _clustered}
