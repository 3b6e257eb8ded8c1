"""Answer any question about a discrete causal model exactly: what is seen, what follows from acting, what would have been. [pearl2009]

This is the entrance: everything public of the exact engine can be imported from here. A model is a DAG with tables
(`discrete_model`) or with functions and noises (`structural_model`, `from_equations`). A question names events, each in
the actual world or in one where nodes are set (`potential`). Numbers are fractions as long as the model's are.

>>> from fractions import Fraction as F
>>> squad = from_equations(
...     {"rifleman a": lambda order, nerves: order or nerves, "rifleman b": lambda order: order},
...     {"order": F(1, 2), "nerves": F(1, 10)},
... )
>>> probability(squad, {"order": 1}, given={"rifleman a": 1}), probability(do(squad, {"rifleman a": 1}), {"order": 1})
(Fraction(10, 11), Fraction(1, 2))
"""

from __future__ import annotations

from aitia.simulation.exact.arithmetic import Answer, Undefined
from aitia.simulation.exact.bounds_of_causation import (
    Between,
    Measured,
    exogenous,
    measured,
    pn_bounds,
    pns_bounds,
    ps_bounds,
    under_monotonicity,
)
from aitia.simulation.exact.causation import disablement, enablement, pn, pns, ps
from aitia.simulation.exact.counterfactual import Event, Potential, potential
from aitia.simulation.exact.effects import Comparison, along_paths, association, atc, ate, att, cde, nde, nie
from aitia.simulation.exact.enumeration import solve
from aitia.simulation.exact.equations import from_equations
from aitia.simulation.exact.interventions import do, with_function, with_table
from aitia.simulation.exact.models import (
    DiscreteModel,
    StructuralModel,
    as_floats,
    as_fractions,
    binary_model,
    discrete_model,
    structural_model,
)
from aitia.simulation.exact.networks import from_network, marginals
from aitia.simulation.exact.queries import distribution, expectation, probability
from aitia.simulation.exact.random_models import random_model, random_structural, with_hidden_causes
from aitia.simulation.exact.response_functions import canonical
from aitia.simulation.exact.sampling import sample, sample_worlds
from aitia.simulation.exact.tabular_scm import as_scm

__all__ = [
    "Answer",
    "Between",
    "Comparison",
    "DiscreteModel",
    "Event",
    "Measured",
    "Potential",
    "StructuralModel",
    "Undefined",
    "along_paths",
    "as_floats",
    "as_fractions",
    "as_scm",
    "association",
    "atc",
    "ate",
    "att",
    "binary_model",
    "canonical",
    "cde",
    "disablement",
    "discrete_model",
    "distribution",
    "do",
    "enablement",
    "exogenous",
    "expectation",
    "from_equations",
    "from_network",
    "marginals",
    "measured",
    "nde",
    "nie",
    "pn",
    "pn_bounds",
    "pns",
    "pns_bounds",
    "potential",
    "probability",
    "ps",
    "ps_bounds",
    "random_model",
    "random_structural",
    "sample",
    "sample_worlds",
    "solve",
    "structural_model",
    "under_monotonicity",
    "with_function",
    "with_hidden_causes",
    "with_table",
]
