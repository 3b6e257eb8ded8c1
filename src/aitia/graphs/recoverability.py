"""Tell what can be had from rows with gaps, and by which means: a law or an effect. [mohan2013] [mohan2014] [correa2017]

Every yes holds in each model of the graph in which every kind of row can be complete. Where a no is a theorem, it says so;
elsewhere the answer is that no rule which is built decides.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from aitia.core.graph import Graph
from aitia.core.missing import Means, MissingnessGraph, Recovery
from aitia.core.query import EffectKind
from aitia.graphs.adjustment import adjusting, is_adjustment_set
from aitia.graphs.missingness import apart, named
from aitia.graphs.neighbours import closure, neighbours, turned
from aitia.graphs.separation import separated, walk

MOST_ORDERED = 8
FILL_IN = "Fill missing values in: --incomplete impute."


@dataclasses.dataclass(frozen=True, slots=True)
class Way:
    """Hold one way to get a quantity: the means, why it is right, which columns it needs besides, and the expression."""

    means: Means
    because: str
    expression: str
    columns: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Weighting:
    """Hold a set of columns with gaps whose completeness can be modelled, what each chance is given, and whether they multiply."""

    partly: tuple[str, ...]
    predictors: tuple[str, ...]
    multiplies: bool


def joint_law(missing: MissingnessGraph, columns: Iterable[str] | None = None) -> Recovery:
    """Say whether the joint law of some measured columns, all when none are named, can be had from rows with gaps.

    A no is a theorem when all measured columns are asked for and no edge joins two indicators: then a column tied to its
    own indicator by an edge or by colliders alone stands in the way, whatever the data. [mohan2014]
    """
    measured = (*missing.fully, *missing.partly)
    asked = measured if columns is None else tuple(dict.fromkeys(missing.graph.need(name) for name in columns))
    what = f"the joint law of {named(asked)}"
    ways = list(ways_to_joint(missing, asked))
    if ways:
        return answer(what, ways)
    icin = weighting(missing, asked)
    if icin is not None:
        says = f"{opening(what)} is fixed by the data, but the indicators depend on each other and their chances do not multiply."
        return Recovery(what=what, recoverable=True, says=says, next="Model the indicators jointly; that is not built.")
    own = [name for name in missing.partly if tied_to_own(missing, name)]
    if set(asked) == set(measured) and own and not indicators_touch(missing):
        says = f"{opening(what)} cannot be had from these data: {named(own)} stays tied to whether it is itself missing."
        return Recovery(what=what, recoverable=False, says=says, next="Ask those rows again, or say how strong the tie may be.")
    return undecided(what, own)


def conditional_law(missing: MissingnessGraph, of: Iterable[str], given: Iterable[str] = ()) -> Recovery:
    """Say whether the law of some columns given others can be had from rows with gaps; no theorem says that this misses nothing."""
    asked, held = tuple(of), tuple(given)
    what = f"the law of {named(asked)}" + (f" given {named(held)}" if held else "")
    ways: list[Way] = []
    signs = missing.signs((*asked, *held))
    if apart(missing, asked, signs, held):
        ways.append(Way("complete rows", separation(asked, signs, held), f"P({', '.join(asked)} | {', '.join(held)}; complete)"))
    order = in_order(missing, asked, held)
    if not ways and order is not None:
        ways.append(Way("available rows", "each factor rests on rows complete in its columns", factors(order, held)))
    ways += [way for way in ways_to_joint(missing, tuple(dict.fromkeys((*asked, *held)))) if way.means not in {w.means for w in ways}]
    return answer(what, ways) if ways else undecided(what, [name for name in asked if tied_to_own(missing, name)])


def effect_by_adjustment(
    missing: MissingnessGraph, treatment: str, outcome: str, adjustment: Iterable[str], effect: EffectKind = "ate"
) -> Recovery:
    """Say whether adjusting for a set gives the effect from rows with gaps, and by which means.

    For the average over everyone, complete rows are right in every model of the graph exactly when the criterion of
    Correa and Bareinboim holds; for the other effects, and for the other means, the rules are sound and no theorem says that
    they miss nothing.
    """
    held = tuple(adjustment)
    what = f"the effect of {treatment} on {outcome}" + (f" holding {named(held)} fixed" if held else "")
    if not is_adjustment_set(missing.graph, treatment, outcome, held):
        says = f"{opening(named(held))} would not adjust for confounding even if nothing were missing."
        return Recovery(what=what, recoverable=False, says=says, next="Ask for an adjustment set of this graph.")
    asked = (treatment, outcome, *held)
    signs = missing.signs(asked)
    if not signs:
        return Recovery(what=what, recoverable=True, means=("complete rows",), says="Nothing that is used is ever missing.")
    ways: list[Way] = []
    if complete_rows_adjust(missing, treatment, outcome, held, effect):
        why = f"among complete rows {treatment} and {outcome} compare as in all rows, and complete rows are like all rows for this effect"
        ways.append(Way("complete rows", why, f"average of E[{outcome} | {treatment}, {', '.join(held)}] over complete rows"))
    elif (average := averaged_over(missing, treatment, outcome, held, effect)) is not None:
        ways.append(average)
    ways += list(ways_to_joint(missing, asked, skip={"complete rows", "available rows"} if ways else set()))
    if ways:
        return answer(what, ways)
    return undecided(what, [name for name in asked if name in missing.indicators and tied_to_own(missing, name)])


def complete_rows_adjust(missing: MissingnessGraph, treatment: str, outcome: str, held: tuple[str, ...], effect: EffectKind) -> bool:
    """Tell whether adjusting within complete rows, and averaging over them, gives the effect over all rows."""
    signs = missing.signs((treatment, outcome, *held))
    if effect != "ate":
        return any(
            weighs_alike(missing, treatment, outcome, held, part, effect) for part in (held, telling(missing, treatment, outcome, held))
        )
    problem = adjusting(missing.graph, treatment, outcome)
    given = frozenset(held) | frozenset(signs)
    if not frozenset(held) <= problem.allowed:
        return False
    reached = walk(problem.index, {treatment}, given, closure(given, problem.index.parents))
    if (outcome, True) in reached or (outcome, False) in reached:
        return False
    if not separated(set_by_hand(missing.graph, treatment), outcome, signs, treatment):
        return False
    # Where the treatment moves the indicators, complete rows have another mix of covariates than all rows.
    moves = treatment in closure(signs, neighbours(missing.graph).parents)
    return not moves or separated(without_effects(missing.graph, treatment), treatment, outcome)


def telling(missing: MissingnessGraph, treatment: str, outcome: str, held: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns held fixed that still tell something of the outcome once the treatment and the others are known."""
    return tuple(name for name in held if not apart(missing, [outcome], [name], (treatment, *(other for other in held if other != name))))


def weighs_alike(
    missing: MissingnessGraph, treatment: str, outcome: str, held: tuple[str, ...], part: tuple[str, ...], effect: EffectKind
) -> bool:
    """Tell whether the outcome's mean hangs on a part of what is held only, and complete rows have that part's law."""
    signs = missing.signs((treatment, outcome, *held))
    rest = tuple(name for name in held if name not in part)
    if not apart(missing, [outcome], (*signs, *rest), (treatment, *part)):
        return False
    if effect == "ato":
        return not part or apart(missing, (treatment, *held), signs)
    return apart(missing, part, signs, (treatment,))


def without_effects(graph: Graph, treatment: str) -> Graph:
    """Return the graph without the arrows out of the treatment."""
    return graph.with_edges(tuple(edge for edge in map(turned, graph.edges) if not (edge.directed and edge.source == treatment)))


def set_by_hand(graph: Graph, treatment: str) -> Graph:
    """Return the graph without the arrowheads at the treatment, as when it is set."""
    kept = [edge for edge in map(turned, graph.edges) if edge.target != treatment and not (edge.source == treatment and not edge.directed)]
    return dataclasses.replace(graph, edges=tuple(kept))


def averaged_over(missing: MissingnessGraph, treatment: str, outcome: str, held: tuple[str, ...], effect: EffectKind) -> Way | None:
    """Return the way that takes the outcome's mean from complete rows and the law it is averaged over from more rows."""
    signs = missing.signs((treatment, outcome, *held))
    if effect == "ato" or not apart(missing, [outcome], signs, (treatment, *held)):
        return None
    fixed = () if effect == "ate" else (treatment,)
    order = in_order(missing, held, fixed)
    if order is None:
        return None
    law = factors(order, fixed)
    because = f"{separation([outcome], signs, (treatment, *held))}, and {law} rests on the rows in which its columns are known"
    return Way("available rows", because, f"Σ E[{outcome} | {treatment}, {', '.join(held)}; complete] {law}")


def ways_to_joint(missing: MissingnessGraph, asked: tuple[str, ...], skip: Iterable[str] = ()) -> Iterator[Way]:
    """Yield the ways to the joint law of some columns, the simplest first."""
    left, signs = frozenset(skip), missing.signs(asked)
    partly = tuple(name for name in asked if name in missing.indicators)
    if "complete rows" not in left and apart(missing, asked, signs):
        yield Way("complete rows", separation(asked, signs, ()), f"P({', '.join(asked)}; complete)")
    elif "available rows" not in left and (order := in_order(missing, asked, ())) is not None:
        yield Way("available rows", "each factor rests on rows complete in its columns", factors(order, ()))
    using = predictors_of_imputation(missing, asked)
    if using is not None:
        fixed = tuple(dict.fromkeys([name for name in (*asked, *using) if name not in partly]))
        law = f"P({', '.join(partly)} | {', '.join(fixed)}; complete)" if fixed else f"P({', '.join(partly)}; complete)"
        yield Way("imputation", separation(partly, signs, fixed), law, using)
    found = weighting(missing, asked)
    if found is not None and found.multiplies:
        chances = " ".join(f"P({missing.indicators[name]} = 0 | rest)" for name in found.partly)
        because = "no column decides, alone or through others, whether it is itself missing"
        besides = tuple(name for name in (*found.partly, *found.predictors) if name not in asked)
        yield Way("weighting", because, f"complete rows weighted by 1 / ({chances})", besides)


def predictors_of_imputation(missing: MissingnessGraph, columns: Iterable[str]) -> tuple[str, ...] | None:
    """Return fully measured columns which, with the columns themselves, make their gaps missing at random; None where none do.

    Such columns exist exactly when the measured ancestors do; what can be left out of those is left out.
    """
    asked = tuple(columns)
    signs = missing.signs(asked)
    partly = tuple(name for name in asked if name in missing.indicators)
    fixed = tuple(name for name in asked if name not in partly)
    above = closure({*signs, *asked}, neighbours(missing.graph).parents)
    chosen = [name for name in missing.fully if name in above and name not in asked]
    if not apart(missing, signs, partly, (*fixed, *chosen)):
        return None
    for name in reversed(tuple(chosen)):
        rest = [other for other in chosen if other != name]
        if apart(missing, signs, partly, (*fixed, *rest)):
            chosen = rest
    return tuple(chosen)


def weighting(missing: MissingnessGraph, columns: Iterable[str]) -> Weighting | None:
    """Return columns with gaps, the asked ones among them, none of which is tied to its own indicator given all the rest.

    Then the chance of a complete row is fixed by the data [sadinle2017]; where the indicators are independent given the
    columns it is a product of chances that complete rows show [mohan2013].
    """
    asked = tuple(columns)
    own = tuple(name for name in missing.partly if name in asked)
    above = closure({*missing.signs(asked), *asked}, neighbours(missing.graph).parents)
    near = tuple(name for name in missing.partly if name in above or name in asked)
    best: Weighting | None = None
    for partly in dict.fromkeys((own, near, missing.partly)):
        for among in (above, frozenset(asked), frozenset(missing.fully)):
            predictors = tuple(name for name in missing.fully if name in among or name in asked)
            found = weighting_by(missing, partly, predictors)
            if found is not None and found.multiplies:
                return found
            best = best or found
    return best


def weighting_by(missing: MissingnessGraph, partly: tuple[str, ...], predictors: tuple[str, ...]) -> Weighting | None:
    """Return the weighting by these columns, or None when one of them is tied to its own indicator."""
    everything = (*partly, *predictors)
    multiplies = True
    for name in partly:
        sign = missing.indicators[name]
        others = tuple(s for s in missing.signs(partly) if s != sign)
        if not apart(missing, [sign], [name], (*(v for v in everything if v != name), *others)):
            return None
        multiplies = multiplies and apart(missing, [sign], others, everything)
    return Weighting(partly, predictors, multiplies)


def in_order(missing: MissingnessGraph, columns: tuple[str, ...], given: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return an order in which each column's law given the ones before it and `given` shows in rows complete in all of these.

    The law of all of them is then the product; None where no order does it, or there are too many columns to try.
    """
    if len(columns) > MOST_ORDERED:
        return None
    seen: set[frozenset[str]] = set()
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        before = waiting.pop()
        if len(before) == len(columns):
            return before
        for name in reversed(columns):
            longer, held = (*before, name), (*given, *before)
            if name not in before and frozenset(longer) not in seen and apart(missing, [name], missing.signs((name, *held)), held):
                seen.add(frozenset(longer))
                waiting.append(longer)
    return None


def tied_to_own(missing: MissingnessGraph, name: str) -> bool:
    """Tell whether a column and its indicator stay joined when everything else that is measured is given."""
    sign = missing.indicators.get(name)
    if sign is None:
        return False
    rest = (*missing.fully, *(v for v in missing.partly if v != name), *(s for s in missing.indicators.values() if s != sign))
    return not apart(missing, [sign], [name], rest)


def indicators_touch(missing: MissingnessGraph) -> bool:
    """Tell whether an edge joins two indicators."""
    signs = frozenset(missing.indicators.values())
    return any({edge.source, edge.target} <= signs for edge in missing.graph.edges)


def answer(what: str, ways: list[Way]) -> Recovery:
    """Return the answer that a quantity can be had, by these ways."""
    first, means = ways[0], tuple(way.means for way in ways)
    plain = means[0] == "complete rows"
    says = {
        "complete rows": f"Complete rows give {what}.",
        "available rows": f"Rows complete in some columns at a time give {what}; complete rows alone do not.",
        "imputation": f"Filling missing values in gives {what}; complete rows alone do not.",
        "weighting": f"Weighting complete rows by how rarely rows like them are complete gives {what}; complete rows as they are do not.",
    }[first.means]
    step = None if plain else FILL_IN if "imputation" in means else "Weigh complete rows by one over their chance of being complete."
    columns = tuple(dict.fromkeys(name for way in ways for name in way.columns))
    because = tuple(f"{way.means}: {way.because}" for way in ways)
    return Recovery(
        what=what, recoverable=True, means=means, says=says, because=because, columns=columns, expression=first.expression, next=step
    )


def undecided(what: str, own: list[str]) -> Recovery:
    """Return the answer that no rule decides, with the columns that decide on themselves."""
    why = f"{named(own)} stays tied to whether it is itself missing" if own else "no order of the columns and no measured column separates"
    says = f"No rule that is built gives {what} from rows with gaps: {why}."
    step = "Ask those rows again, measure what decides, or hold other columns fixed."
    return Recovery(what=what, recoverable=None, says=says, because=(why,), next=step)


def opening(text: str) -> str:
    """Return the text with its first letter large, names inside it as they are."""
    return text[:1].upper() + text[1:]


def separation(first: Iterable[str], signs: Iterable[str], given: Iterable[str]) -> str:
    """Write a separation of columns from indicators."""
    held = tuple(given)
    return f"{named(first)} separated from {named(signs)}" + (f" given {named(held)}" if held else "")


def factors(order: tuple[str, ...], given: tuple[str, ...]) -> str:
    """Write a law as a product, each factor from the rows complete in its own columns."""
    parts = []
    for i, name in enumerate(order):
        held = (*given, *order[:i])
        parts.append(f"P({name} | {', '.join(held)})" if held else f"P({name})")
    return " ".join(reversed(parts)) or "1"
