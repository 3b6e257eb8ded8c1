"""Choose methods by their cards and say why each other one was refused; no method is known by name here."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from aitia.core.card import AUTO, Card, Method
from aitia.core.design import Design
from aitia.core.errors import BadOption, UnknownName, near
from aitia.core.query import EFFECT_SAYS, Query
from aitia.core.record import Choice, Refusal
from aitia.core.request import Plan
from aitia.core.run import Run
from aitia.core.shelf import SHELVES, Shelf
from aitia.nuisance.propensity import propensities
from aitia.nuisance.weights import POPULATIONS, THINNEST_ARM, worth

NOT_A_MODEL = frozenset({"overlap"})


def refuse_estimator(card: Card, query: Query, design: Design, strategy: str, plan: Plan) -> str | None:
    """Return why an estimator does not fit, or None when it does."""
    if strategy not in card.answers:
        return f"it computes estimands of {listed(card.answers)}, not of {strategy}"
    if query.effect not in card.effects:
        return f"it does not give the {EFFECT_SAYS[query.effect]}"
    if design.outcome_kind not in card.kinds:
        return f"it takes outcomes that are {listed(card.kinds)}; {query.outcome} is {design.outcome_kind}"
    if design.treatment_kind not in card.treatments:
        return f"it takes treatments that are {listed(card.treatments)}; {query.treatment} is {design.treatment_kind}"
    if design.n < card.minimum_n:
        return f"it needs at least {card.minimum_n} rows; there are {design.n}"
    if plan.errors not in card.errors and plan.errors == "classical":
        return "it has no classical standard errors"
    return None


def choose_estimators(
    query: Query, design: Design, strategy: str, plan: Plan, run: Run, cluster: str | None = None
) -> tuple[list[Method], Choice]:
    """Return the estimators that fit, the primary first, and the choice with its reasons.

    With a learner named, methods that use one come first; then, with terms given, those that take terms; then those
    whose need of overlap the data meet; then those that assume least.
    """
    shelf = SHELVES["estimation"]
    fit, refused = sift(shelf, lambda card: refuse_estimator(card, query, design, strategy, plan) or refuse_clusters(card, design, cluster))
    named = None if plan.method == AUTO else shelf[plan.method]
    if named is not None and named not in fit:
        why = next((r.why for r in refused if r.method == named.name), "it does not fit")
        raise BadOption(
            f"{named.name} cannot answer this: {why}.", next=f"These can: {listed(m.name for m in fit)}." if fit else "No built method can."
        )
    lacking = lacks_overlap(design, run)

    asked_to_learn = plan.learner != Plan().learner

    def rank(method: Method) -> tuple[bool, bool, bool, bool, int, str]:
        card = method.card
        unlearned = asked_to_learn and "learner" not in {setting.name for setting in method.settings}
        unmet = lacking and bool(card.assumes & NOT_A_MODEL)
        return (
            method is not named,
            unlearned,
            bool(plan.terms) and not card.takes_terms,
            unmet,
            len(card.assumes - NOT_A_MODEL),
            method.name,
        )

    order = sorted(fit, key=rank)
    if not order:
        return [], Choice(step="estimate", method=None, why="no built estimator fits", refused=refused)
    return order, Choice(step="estimate", method=order[0].name, why=why_first(order, named, plan, lacking=lacking), refused=refused)


def refuse_clusters(card: Card, design: Design, cluster: str | None) -> str | None:
    """Return why a method that holds out whole clusters cannot also adjust for the cluster, or None."""
    if card.random and cluster is not None and cluster in design.adjustment:
        return f"it holds out whole clusters, and levels of {cluster} that it has not seen cannot be adjusted for"
    return None


def why_first(order: list[Method], named: Method | None, plan: Plan, *, lacking: bool) -> str:
    """Say why the first method is the primary one."""
    first = order[0]
    if named is not None:
        return "you asked for it"
    if len(order) == 1:
        return "it is the only one that fits"
    others = f"; also run, to see whether methods agree: {listed(m.name for m in order[1:])}"
    if plan.learner != Plan().learner and any(setting.name == "learner" for setting in first.settings):
        return "you named a learner, and it uses one" + others
    if plan.terms and first.card.takes_terms:
        return "you stated the outcome model's terms, and it fits exactly those" + others
    if lacking and not first.card.assumes & NOT_A_MODEL:
        return "the arms hardly overlap, and it does not weigh rows by how rare they are" + others
    return f"of those that fit it assumes least ({listed(first.card.assumes)})" + others


def lacks_overlap(design: Design, run: Run) -> bool:
    """Tell whether some arm is worth too few of its rows once weighted, by the rule of the overlap check."""
    if not design.arms or not design.covariates.shape[1] or design.query.effect not in POPULATIONS:
        return False
    chances = propensities(design, run)
    return any(worth(design, chances, arm)[0] < THINNEST_ARM for arm in range(1, len(design.arms)))


def choose_strategies(query: Query, graph_class: str) -> tuple[list[Method], Choice]:
    """Return the identification strategies to try, in order, and the choice with its reasons."""
    shelf = SHELVES["identification"]

    def refuse(card: Card) -> str | None:
        if query.effect not in card.effects:
            return f"it does not identify the {EFFECT_SAYS[query.effect]}"
        if card.kinds and graph_class not in card.kinds:
            return f"it takes graphs that are {listed(card.kinds)}; this one is {graph_class}"
        return None

    fit, refused = sift(shelf, refuse)
    chosen = fit[0].name if fit else None
    why = f"tried in order: {listed(m.name for m in fit)}" if fit else "no built strategy answers this"
    return fit, Choice(step="identify", method=chosen, why=why, refused=refused)


def sift(shelf: Shelf, refuse: Callable[[Card], str | None]) -> tuple[list[Method], tuple[Refusal, ...]]:
    """Split a shelf into the methods that fit and the refusals with their reasons."""
    fit, refused = [], []
    for method in shelf:
        why = refuse(method.card)
        if why is None:
            fit.append(method)
        else:
            refused.append(Refusal(method=method.name, why=why))
    return fit, tuple(refused)


def settings_of(plan: Plan, method: Method) -> dict[str, object]:
    """Return the options that the plan sets for one method, checked against its signature."""
    given = {key.partition(".")[2]: value for key, value in plan.set.items() if key.partition(".")[0] == method.name}
    if "learner" in {s.name for s in method.settings} and plan.learner:
        given.setdefault("learner", plan.learner)
    return method.checked(given)


def check_plan(plan: Plan) -> None:
    """Refuse settings and skips that name no step, with near names, before any work is done."""
    methods = {method.name: method for shelf in SHELVES.values() for method in shelf}
    for key in plan.set:
        step, dot, option = key.partition(".")
        if step not in methods:
            raise UnknownName(f"There is no step {step!r} to set {option or 'an option'} of.", next=near(step, methods))
        if not dot:
            raise BadOption(
                f"{key!r} names no option.", next=f"Write {step}.OPTION=value; options: {listed(s.name for s in methods[step].settings)}."
            )
        methods[step].checked({option: plan.set[key]})
    steps = [*SHELVES["checks"].names(), "checks", "alternatives", "report"]
    for name in plan.skip:
        if name not in steps:
            raise UnknownName(f"There is no step {name!r} to skip.", next=near(name, steps))
    if plan.method != AUTO and plan.method not in SHELVES["estimation"]:
        raise UnknownName(f"There is no estimator {plan.method!r}.", next=near(plan.method, (AUTO, *SHELVES["estimation"].names())))


def listed(items: Iterable[str]) -> str:
    """Join words with commas and a final 'and', sorted when they have no order of their own.

    >>> listed(("a", "b", "c"))
    'a, b and c'
    """
    words = sorted(items) if isinstance(items, set | frozenset) else [str(item) for item in items]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words) or "none"
