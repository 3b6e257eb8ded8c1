"""Back-door adjustment: average over a set that blocks every non-causal path. [pearl1995] [shpitser2010] [perkovic2018]"""

from __future__ import annotations

import itertools
import re
from typing import Annotated

from aitia.core.card import Card, Option
from aitia.core.estimand import Attempt, Estimand, Unidentified
from aitia.core.graph import Graph
from aitia.core.query import EFFECT_SAYS, Query
from aitia.core.run import Run
from aitia.core.shelf import identification, not_built
from aitia.graphs.adjustment import Adjusting, adjusting, listed, minimal, preferred_set
from aitia.graphs.classes import classified, is_lagged
from aitia.graphs.neighbours import closure
from aitia.graphs.paths import back_door_paths, blocker, causal_paths, stubborn_path, written

MOST_PATHS = 5
# The law of the set that each effect averages over: in words, as text, in LaTeX.
AVERAGES = {
    "ate": ("everyone", "P({z})", r"P({z})"),
    "att": ("the treated", "P({z} | {x} = a)", r"P({z} \mid {x} = a)"),
    "atc": ("the untreated", "P({z} | {x} = b)", r"P({z} \mid {x} = b)"),
    "ato": (
        "those who could get either",
        "P({z}) e({z}) (1 - e({z})) / E[e (1 - e)]",
        r"P({z})\, e({z}) (1 - e({z})) / \mathrm{{E}}[e (1 - e)]",
    ),
}
NOT_BUILT_CLASS = {
    "cpdag": "it is a CPDAG: some edges have no direction, and adjustment on those (adjustment-cpdag) is not built yet",
    "mpdag": "it is an MPDAG: some edges have no direction, and adjustment on those (adjustment-cpdag) is not built yet",
    "mag": "it is a MAG, whose arrows leave room for hidden causes, and adjustment on those (adjustment-pag) is not built yet",
    "pag": "it is a PAG: some marks are open, and adjustment on those (adjustment-pag) is not built yet",
    "unknown": "some edges have no direction, and adjustment needs to know it; decide them, or give a graph of -> and <-> edges",
}

CARD = Card(
    says="Identifies an effect by adjusting for a measured set that blocks every non-causal path, wherever such a set exists.",
    kinds=frozenset({"dag", "admg"}),
    assumes=frozenset({"graph", "no hidden common cause", "overlap", "consistency"}),
    gives="estimand",
    answers=frozenset({"backdoor"}),
    effects=frozenset(AVERAGES),
    cost="polynomial per set",
    cites=("pearl1995", "shpitser2010", "perkovic2018", "zander2019", "henckel2022"),
)


@identification.add("backdoor", CARD)
def backdoor(graph: Graph, query: Query, run: Run, *, limit: Annotated[int, Option("most sets to list")] = 100) -> Estimand | Unidentified:
    """Identify an effect by adjustment, or say which path stands in the way.

    The set used has the fewest nodes, then the most in common with the optimal set, then the earliest in the graph; the
    other minimal sets are its `alternatives`. Raises `BadGraph` for a cycle and `UnknownName` for a missing node.
    """
    for name in (query.treatment, query.outcome, *query.given):
        graph.need(name)
    graph = classified(graph)
    refused = unsuited(graph, query)
    if refused is not None:
        return unidentified(refused)
    problem = adjusting(graph, query.treatment, query.outcome)
    include = frozenset(query.given)
    refused = cannot_hold(problem, query)
    if refused is not None:
        return unidentified(refused)
    chosen = preferred_set(problem, include)
    if chosen is not None:
        sets, complete = listed(problem, minimal(problem, include), limit)
        others = tuple(names for names in sets if names != chosen)
        return estimand(problem, query, chosen, others[: max(limit - 1, 0)], complete)
    return unidentified(obstacle(problem, include)) if problem.causal else no_effect(problem)


def unsuited(graph: Graph, query: Query) -> str | None:
    """Say why back-door adjustment does not fit the question or the graph; None where it does."""
    if query.effect not in CARD.effects:
        return f"back-door adjustment does not answer the {EFFECT_SAYS[query.effect]} ({query.effect})"
    if graph.graph_class not in CARD.kinds:
        return f"the graph is not one it can read: {NOT_BUILT_CLASS[graph.graph_class]}"
    if is_lagged(graph):
        return "the graph has edges with a lag, and adjustment in time series is not built yet; name each time point as its own node"
    hidden = [name for name in (query.treatment, query.outcome, *query.given) if name in graph.latent]
    return f"{hidden[0]} is not measured" if hidden else None


def cannot_hold(problem: Adjusting, query: Query) -> str | None:
    """Say why what is held fixed cannot be; None where it can."""
    below = closure((query.treatment,), problem.whole.children)
    for name in query.given:
        if name in (query.treatment, query.outcome):
            return f"{name} is the treatment or the outcome and cannot be held fixed as well"
        if name in below:
            return f"{name} is held fixed, and {query.treatment} itself affects it, so holding it fixed would hide or distort the effect"
        if name not in problem.allowed:
            return f"{name} is held fixed, and it may not be adjusted for"
    return None


def unidentified(why: str) -> Unidentified:
    """Build the refusal of this strategy alone."""
    missing = not_built("identification")
    rest = f"; not built yet: {', '.join(missing)}" if missing else ""
    return Unidentified(
        reason=f"not identified by adjustment: {why} (tried: backdoor{rest})",
        tried=(Attempt(strategy="backdoor", why=why),),
        not_built=missing,
    )


def obstacle(problem: Adjusting, include: frozenset[str]) -> str:
    """Name a path that no measured set blocks."""
    path = stubborn_path(problem, include)
    assert path is not None, "no set separates, so such a path exists"
    text = written(problem.treatment, path)
    meets = [node for (sign, node), (onward, _) in itertools.pairwise(path) if sign.endswith(">") and onward.startswith("<")]
    if meets:
        return f"no measured set closes {text}: adjusting for {listing(meets)} opens it, and not adjusting leaves a way around open"
    inner = [node for _, node in path[:-1]]
    what = f"{listing(inner)} cannot be adjusted for" if inner else "nothing lies on it to adjust for"
    return f"the path {text} is open and no measured set blocks it ({what})"


def no_effect(problem: Adjusting) -> Estimand:
    """Build the estimand of an effect that the graph itself makes zero."""
    x, y = problem.treatment, problem.outcome
    return Estimand(
        strategy="backdoor",
        adjustment=None,
        text=f"P({y})",
        latex=f"P({tex(y)})",
        steps=(
            f"There is no directed path from {x} to {y}, so setting {x} does not change {y}: the effect is zero by the graph.",
            f"No measured set makes {x} and {y} independent, so these data cannot show it; nothing need be estimated.",
        ),
        assumptions=("graph",),
    )


def estimand(problem: Adjusting, query: Query, chosen: tuple[str, ...], others: tuple[tuple[str, ...], ...], complete: bool) -> Estimand:
    """Build the estimand of adjusting for a set."""
    return Estimand(
        strategy="backdoor",
        adjustment=chosen,
        text=text_of(query, chosen),
        latex=latex_of(query, chosen),
        steps=derivation(problem, chosen),
        assumptions=("graph", "no hidden common cause", "overlap", "consistency"),
        alternatives=others,
        exhaustive=complete,
    )


def text_of(query: Query, chosen: tuple[str, ...]) -> str:
    """Write the expression in words and as a formula."""
    x, y, z = query.treatment, query.outcome, ", ".join(chosen)
    if not chosen:
        return f"E[{y} | {x} = a] - E[{y} | {x} = b]: compare {y} between values of {x} as they are"
    who, law, _ = AVERAGES[query.effect]
    what = f"E[{y} | {x} = a, {z}] - E[{y} | {x} = b, {z}] averaged over {law.format(x=x, z=z)}"
    return f"{what}: compare {y} between values of {x} among rows alike in {z}, then average over {who}"


def latex_of(query: Query, chosen: tuple[str, ...]) -> str:
    """Write the contrast of arm a with b as a formula in LaTeX."""
    x, y, z = tex(query.treatment), tex(query.outcome), ", ".join(map(tex, chosen))
    arms = [rf"\mathrm{{E}}[{y} \mid {x} = {arm}{', ' + z if chosen else ''}]" for arm in "ab"]
    if not chosen:
        return " - ".join(arms)
    return rf"\sum_{{{z}}} \left( {' - '.join(arms)} \right) {AVERAGES[query.effect][2].format(x=x, z=z)}"


def tex(name: str) -> str:
    """Write a name so that LaTeX sets it as it is.

    >>> tex("heart_rate")
    '\\\\text{heart\\\\_rate}'
    """
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    escaped = re.sub(r"[\\~^_&%$#{}]", lambda m: special.get(m.group(), "\\" + m.group()), name)
    return rf"\text{{{escaped}}}"


def derivation(problem: Adjusting, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """Tell step by step why the set identifies the effect."""
    x, y = problem.treatment, problem.outcome
    steps = [*causal_steps(problem)]
    paths, every = back_door_paths(problem, MOST_PATHS)
    steps += [f"Back-door path {written(x, path)}: {blocker(problem, path, frozenset(chosen))}." for path in paths]
    if not paths and every:
        steps.append(f"No back-door path joins {x} and {y}.")
    elif not every:
        steps.append("There are more back-door paths; the criterion covers all of them.")
    if chosen:
        steps.append(f"Given {listing(chosen)}, {x} and {y} are m-separated in what remains: rows alike in it compare as in a trial.")
    else:
        steps.append(f"{x} and {y} are m-separated in what remains: rows compare as in a trial.")
    return tuple(steps)


def causal_steps(problem: Adjusting) -> tuple[str, ...]:
    """Tell what is kept as the effect and what may not be adjusted for."""
    x, y = problem.treatment, problem.outcome
    if not problem.causal:
        return (f"There is no directed path from {x} to {y}: by the graph the effect is zero, which the estimate can test.",)
    paths, every = causal_paths(problem, 3)
    shown = "; ".join(written(x, path) for path in paths) + ("" if every else " and others")
    kept = f"The effect runs along {shown}; these paths stay open."
    order = problem.graph.nodes
    first = [node for node in order if node in problem.causal and node in problem.whole.children[x]]
    cut = f"Remove the first arrow of each: {', '.join(f'{x} -> {node}' for node in first)}. What still joins {x} and {y} is not causal."
    never = [node for node in order if node in problem.forbidden - {x, y}]
    return (kept, cut, f"Never adjust for {listing(never)}: the effect passes there.") if never else (kept, cut)


def listing(names: tuple[str, ...] | list[str], most: int = 8) -> str:
    """Join names with commas, the last by 'and', cutting a long list."""
    words = [*names[:most], *([f"{len(names) - most} more"] if len(names) > most else [])]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
