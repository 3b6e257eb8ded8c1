"""Say what to simulate: the graph, how nodes follow from their parents, and what observation does to the rows."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, cast

from aitia.core.graph import Graph
from aitia.core.noun import Noun, noun
from aitia.core.request import option
from aitia.simulation.mechanisms.conditional_table import Coupling
from aitia.simulation.mechanisms.post_nonlinear import OuterName
from aitia.simulation.noise import NoiseName

FamilyName = Literal[
    "er", "scale-free", "layered", "small-world", "bipartite", "tree", "polytree", "blocks", "in-degree", "parallel", "series"
]
MechanismName = Literal[
    "linear",
    "additive",
    "sine",
    "quadratic",
    "tanh",
    "spline",
    "gp",
    "gp-additive",
    "mlp",
    "multiple-index",
    "post-nonlinear",
    "table",
    "any",
]
NodeKind = Literal["continuous", "binary", "categorical", "ordinal", "count"]
Preset = Literal["continuous", "binary", "categorical", "ordinal", "count", "mixed"]
Scaling = Literal["raw", "unit", "balanced"]
ChangeName = Literal["noise", "shift", "function", "cut", "any"]
DropoutName = Literal["car", "truncated", "logistic", "probit", "by-mean", "by-parents"]
MissingName = Literal["mcar", "mar", "mnar"]
ExchangeableName = Literal["shift", "laplace-square", "beta-binary"]
EffectsName = Literal["auto", "all", "none"]
Range = tuple[float, float]


@noun
class Wiring(Noun):
    """Say which random graph to draw."""

    family: FamilyName | None = option("random graph: er, scale-free, layered, small-world, bipartite, tree, polytree, blocks, …")
    p: int = option("number of measured nodes", 10)
    degree: float | None = option("average number of neighbours of a node (2 when left out)")
    probability: float | None = option("chance of each edge (er)")
    layers: int = option("number of layers (layered)", 3)
    blocks: int = option("number of blocks (blocks)", 2)
    between: float = option("how likely an edge between blocks is, relative to one within (blocks)", 0.1)
    rewire: float = option("chance that an edge moves (small-world)", 0.2)
    hubs: str = option("hubs are causes, effects or either (scale-free)", "either")
    parents: int = option("number of parents (in-degree)", 2)
    hidden: int = option("number of hidden common causes to add", 0)
    reach: int = option("number of measured nodes that each hidden cause has", 2)


@noun
class Making(Noun):
    """Say how a node follows from its parents; `coefficients`, `formula`, `table` and a node's own `noise_scale` state it exactly."""

    kind: NodeKind | None = option("kind of the node: continuous, binary, categorical, ordinal or count")
    levels: int = option("number of levels of categorical and ordinal nodes", 3)
    labels: tuple[Any, ...] | None = option("names of the levels")
    mechanism: MechanismName = option(
        "linear, additive, sine, quadratic, tanh, spline, gp, gp-additive, mlp, multiple-index, post-nonlinear, table or any", "linear"
    )
    noise: NoiseName = option("gaussian, exponential, gumbel, uniform, logistic, laplace, student-t or poisson", "gaussian")
    freedom: float = option("degrees of freedom of student-t noise", 5.0)
    noise_scale: Range | None = option("standard deviation of the noise, or a range of it (scaling=raw)")
    weights: Range = option("range of the size of weights", (0.5, 2.0))
    intercept: Range | None = option("mean or intercept, or a range of it (scaling=raw)")
    explained: Range = option("share of a node's variance that its parents explain, or a range of it", (0.3, 0.8))
    spread: float = option("how much the noise's spread depends on the parents; 0 not at all, 0.5 much", 0.0)
    outer: OuterName | None = option("bend the sum of function and noise: sinh, arcsinh, exp, cube or leaky")
    coefficients: dict[str, Any] | None = option("weight of each parent, a list of effects for one with levels")
    formula: str | None = option('the function as arithmetic on the parents, such as "2*t + sin(z)"')
    table: Any = option("probabilities of the levels, one row for each combination of the parents' levels")
    coupling: Coupling = option("noise of tables: gumbel, or quantile for ordered levels", "gumbel")
    concentration: float = option("Dirichlet concentration of random tables; small is strong dependence", 1.0)
    cuts: tuple[float, ...] | None = option("where the score of a stated binary or ordinal node is cut")


@noun
class KindShares(Noun):
    """Say what share of the nodes is of which kind; the rest is continuous."""

    kinds: Preset = option("kind of all nodes, or mixed", "continuous")
    binary: float | None = option("share of binary nodes")
    categorical: float | None = option("share of categorical nodes")
    ordinal: float | None = option("share of ordinal nodes")
    count: float | None = option("share of counts")


@noun
class Environments(Noun):
    """Say that rows come from several environments (regimes of a series) between which some mechanisms change."""

    environments: int = option("number of environments, or of regimes of a series", 1)
    changed: tuple[str, ...] = option("nodes whose mechanism changes, or how many (half of them when left out)", ())
    change: ChangeName = option("what changes: noise, shift, function, cut (no more parents) or any", "any")
    shares: tuple[float, ...] = option("share of the rows in each environment", ())
    drift: int = option("number of nodes that drift smoothly along the rows", 0)
    cases: tuple[dict[str, Any], ...] = option("what nodes are like in each further environment", ())


@noun
class Grouping(Noun):
    """Say that rows come in groups, each with hidden values drawn once: exchangeable data."""

    groups: int = option("number of groups, each of `draws` rows", 0)
    draws: int = option("rows of each group, at least 2", 2)
    exchangeable: ExchangeableName = option("what a group draws once: shift, laplace-square or beta-binary", "shift")


@noun
class Past(Noun):
    """Say how series depend on their past."""

    lags: int = option("largest lag of a series (family series)", 1)
    contemporaneous: float = option("average number of neighbours in the same time step", 0.0)
    memory: Range = option("weight of a series' own last value, or a range of it", (0.2, 0.7))
    radius: float = option("largest spectral radius of a linear process", 0.9)
    trend: float = option("rise over the whole series, in standard deviations of the noise", 0.0)
    season: int = option("period of a season in time steps, 0 for none", 0)
    burn: int = option("time steps to drop at the start", 200)


@noun
class Observing(Noun):
    """Say what observation does to the rows."""

    selection: str | None = option('rows that are kept: a share such as 0.5, or a formula such as "x1 + x2 > 0"')
    reliability: float | None = option("share of a column's variance that is not measurement error")
    noisy: float = option("share of the columns with measurement error", 1.0)
    dropout: DropoutName | None = option("how numbers become zero: car, truncated, logistic, probit, by-mean or by-parents")
    outliers: float = option("share of numbers that are outliers", 0.0)
    outlier_size: float = option("size of outliers in standard deviations", 6.0)
    discretise: float = option("share of the continuous columns that are cut into levels", 0.0)
    bins: int = option("number of levels of cut columns", 4)
    missing: float = option("share of values that are missing, in the columns that lose any", 0.0)
    missingness: MissingName = option("mcar, mar (by other columns) or mnar (by the value itself)", "mcar")
    missing_columns: tuple[str, ...] = option("columns that lose values (all, or half of them for mar)", ())
    missing_causes: tuple[str, ...] = option("columns that decide what is missing (mar)", ())
    gaps: float = option("share of a series that is missing, in stretches", 0.0)


@noun
class Spec(Noun):
    """Hold all that a simulation needs but its seed.

    `nodes` says what is different for single nodes, by name of the option; `about` holds what whoever wrote it wants to
    remember, such as its source, and changes nothing.
    """

    name: str = "simulation"
    says: str = ""
    n: int = option("number of rows", 1000)
    graph: Graph | None = None
    latent: tuple[str, ...] = option("nodes that are not measured", ())
    treatment: str | None = option("treatment whose true effect to compute")
    outcome: str | None = option("outcome of that effect")
    scaling: Scaling | None = option("raw, unit (all variances 1) or balanced (sorting by variance or R² tells nothing)")
    effects: EffectsName = option("true effects between all nodes: all, auto (where cheap) or none", "auto")
    wiring: Wiring = Wiring()
    making: Making = Making()
    nodes: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    kinds: KindShares = KindShares()
    environments: Environments = Environments()
    groups: Grouping = Grouping()
    series: Past = Past()
    observing: Observing = Observing()
    about: dict[str, Any] = dataclasses.field(default_factory=dict)


PARTS: tuple[tuple[str, Any], ...] = (
    ("wiring", Wiring),
    ("making", Making),
    ("kinds", KindShares),
    ("environments", Environments),
    ("groups", Grouping),
    ("series", Past),
    ("observing", Observing),
)
STATED = ("coefficients", "formula", "table")


def home_of() -> dict[str, tuple[str | None, Any]]:
    """Return for each option the part of a spec that holds it, None for the spec itself."""
    found: dict[str, tuple[str | None, Any]] = {}
    for part, cls in cast(tuple[tuple[str | None, Any], ...], ((None, Spec), *PARTS)):
        for field in dataclasses.fields(cls):
            if "option" in field.metadata:
                found[field.name] = (part, cls)
    return found


HOMES = home_of()


def says(name: str) -> str:
    """Return what an option sets."""
    field = next(f for f in dataclasses.fields(HOMES[name][1]) if f.name == name)
    return str(field.metadata["option"].says)


def making_of(spec: Spec, node: str) -> Making:
    """Return how one node is made: the spec's own options, and on top what is said of the node."""
    return dataclasses.replace(spec.making, **spec.nodes.get(node, {}))


def is_stated(spec: Spec, node: str, has_parents: bool) -> bool:
    """Tell whether the spec states a node's mechanism exactly, so that nothing of it is drawn or scaled.

    For a node without parents its own spread or mean is enough.
    """
    own = spec.nodes.get(node, {})
    if any(getattr(making_of(spec, node), name) is not None for name in STATED):
        return True
    return not has_parents and (own.get("noise_scale") is not None or own.get("intercept") is not None or own.get("cuts") is not None)
