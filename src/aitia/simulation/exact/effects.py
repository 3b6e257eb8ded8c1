"""Compute effects in a discrete model: average, on the treated, controlled, natural, along paths. [pearl2001] [avin2005]"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aitia.core.errors import BadOption
from aitia.core.noun import Noun, noun
from aitia.simulation.exact.arithmetic import Answer
from aitia.simulation.exact.counterfactual import Event, Events, Level, Potential, as_events, potential
from aitia.simulation.exact.models import Model, tables_of
from aitia.simulation.exact.queries import Route, expectation


@noun
class Comparison(Noun):
    """Compare what becomes of `outcome` when `treatment` is set to `arm` with when it is set to `versus`.

    Without `level` the means of the outcome are compared, with it the chances of that level.
    """

    treatment: str
    outcome: str
    arm: Level = 1
    versus: Level = 0
    level: Level = None

    def under(self, setting: Level, more: Mapping[str, Level | Potential] | None = None) -> Potential:
        """Return the outcome had the treatment been set to a level, and others to more."""
        return potential(self.outcome, {self.treatment: setting, **(more or {})})


def ate(model: Model, asked: Comparison, given: Events = (), *, by: Route = "elimination") -> Answer:
    """Return E[Y_x - Y_x'], over everyone or over those for whom `given` holds in the actual world.

    >>> from fractions import Fraction as F
    >>> from aitia.graphs.formats.text import parse
    >>> from aitia.simulation.exact.models import binary_model
    >>> y = [[F(1, 10), F(5, 10)], [F(3, 10), F(9, 10)]]
    >>> model = binary_model(parse("z->x; x->y; z->y"), {"z": F(1, 2), "x": [F(1, 4), F(3, 4)], "y": y})
    >>> ate(model, Comparison(treatment="x", outcome="y")), association(model, Comparison(treatment="x", outcome="y"))
    (Fraction(3, 10), Fraction(11, 20))
    """
    return difference(model, asked, asked.under(asked.arm), asked.under(asked.versus), given, by)


def att(model: Model, asked: Comparison, given: Events = (), *, by: Route = "elimination") -> Answer:
    """Return E[Y_x - Y_x' | X = x]: the effect of treatment on the treated (ETT)."""
    return ate(model, asked, (*as_events(given), Potential(asked.treatment).equals(asked.arm)), by=by)


def atc(model: Model, asked: Comparison, given: Events = (), *, by: Route = "elimination") -> Answer:
    """Return E[Y_x - Y_x' | X = x']: the effect on the untreated."""
    return ate(model, asked, (*as_events(given), Potential(asked.treatment).equals(asked.versus)), by=by)


def cde(model: Model, asked: Comparison, fixed: Mapping[str, Level], given: Events = (), *, by: Route = "elimination") -> Answer:
    """Return E[Y_{x,m} - Y_{x',m}]: the direct effect with other nodes set to `fixed` levels."""
    return difference(model, asked, asked.under(asked.arm, fixed), asked.under(asked.versus, fixed), given, by)


def nde(model: Model, asked: Comparison, mediators: Iterable[str], given: Events = (), *, by: Route = "elimination") -> Answer:
    """Return E[Y_{x, M_x'} - Y_x']: the natural direct effect, mediators as they would be without the change."""
    stay = as_they_would_be(mediators, asked, asked.versus)
    return difference(model, asked, asked.under(asked.arm, stay), asked.under(asked.versus), given, by)


def nie(model: Model, asked: Comparison, mediators: Iterable[str], given: Events = (), *, by: Route = "elimination") -> Answer:
    """Return E[Y_{x', M_x} - Y_x']: the natural indirect effect, only mediators as they would be with the change."""
    move = as_they_would_be(mediators, asked, asked.arm)
    return difference(model, asked, asked.under(asked.versus, move), asked.under(asked.versus), given, by)


def as_they_would_be(mediators: Iterable[str], asked: Comparison, setting: Level) -> dict[str, Level | Potential]:
    """Return each mediator as it would be had the treatment been set to a level."""
    return {node: potential(node, {asked.treatment: setting}) for node in mediators}


def along_paths(
    model: Model, asked: Comparison, edges: Iterable[tuple[str, str]], given: Events = (), *, by: Route = "elimination"
) -> Answer:
    """Return the effect along the paths that use only these edges, (source, target): all others carry what they would under x'.

    It is `Undefined` in a model of tables when a node would have to be in two ways at once; a structural model answers.
    """
    active = through(model, asked, frozenset(edges))
    return difference(model, asked, active, asked.under(asked.versus), given, by)


def through(model: Model, asked: Comparison, edges: frozenset[tuple[str, str]]) -> Potential:
    """Return the outcome when the change reaches it along some edges only."""
    tables = tables_of(model)
    for source, target in edges:
        if source not in tables.parents[model.graph.need(target)]:
            raise BadOption(f"There is no edge {model.graph.need(source)}->{target}.")
    base = {asked.treatment: asked.versus}
    active: dict[str, Level | Potential] = {}
    for node, parents in tables.parents.items():  # causes first
        settings = {name: active[name] if (name, node) in edges else potential(name, base) for name in parents}
        if node == asked.treatment:
            active[node] = asked.arm
        elif any((name, node) in edges for name in parents):
            active[node] = potential(node, settings)
        else:
            active[node] = potential(node, base)
    found = active[model.graph.need(asked.outcome)]
    return found if isinstance(found, Potential) else asked.under(asked.arm)


def association(model: Model, asked: Comparison, given: Events = (), *, by: Route = "elimination") -> Answer:
    """Return E[Y | X = x] - E[Y | X = x'], among those for whom `given` holds: what is seen, not what is caused."""
    arms = [(*as_events(given), Potential(asked.treatment).equals(setting)) for setting in (asked.arm, asked.versus)]
    high, low = (expectation(model, asked.outcome, arm, level=asked.level, by=by) for arm in arms)
    return high - low


def difference(model: Model, asked: Comparison, high: Potential, low: Potential, given: Events, by: Route) -> Answer:
    """Return the mean, or the chance of the comparison's level, of one variable minus that of another."""
    evidence: tuple[Event, ...] = as_events(given)
    first, second = (expectation(model, variable, evidence, level=asked.level, by=by) for variable in (high, low))
    return first - second
