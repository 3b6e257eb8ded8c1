"""Build the arrays of an analysis from a table and a question, in an order that depends on content only."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from aitia.core.design import Design, Errors, gram_matrix
from aitia.core.errors import BadOption, CannotEstimate, UnusableColumn, near
from aitia.core.finding import Finding
from aitia.core.keys import column_keys, row_keys
from aitia.core.noun import Noun, holder
from aitia.core.query import Query
from aitia.core.request import Plan, Reading
from aitia.core.table import Column, Table
from aitia.learners.solving import independent
from aitia.nuisance.least_squares import partialled_out, require_variation, treatment_columns
from aitia.nuisance.terms import Factor, Term, columns_of, parse_terms, scored, term_names

FEWEST_ROWS = 4
LARGEST = 1e100
MOST_NAMED = 8
NO_ROLE = frozenset({"text", "unit", "weight"})
ARMED = frozenset({"binary", "categorical", "environment"})


@holder
class Built(Noun):
    """Hold a design and what was noticed while building it."""

    design: Design
    findings: tuple[Finding, ...] = ()


@holder
class Material(Noun):
    """Hold what was read of the complete rows, in any order, for `assemble` to put in order.

    outcome, treatment (n,) as in `Design`; covariates (n, q) in natural units, not yet checked for repetition, with
    `names` and the table column each came from in `sources`; weights (n,) positive; clusters (n,) codes; keys (n,)
    are made from all of these.
    """

    outcome: np.ndarray
    treatment: np.ndarray
    covariates: np.ndarray
    names: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    weights: np.ndarray | None = None
    clusters: np.ndarray | None = None
    arms: tuple[Any, ...] = ()
    query: Query
    outcome_kind: str = "continuous"
    treatment_kind: str = "binary"
    adjustment: tuple[str, ...] = ()
    units: str | None = None
    errors: Errors = "hc1"
    keys: np.ndarray | None = None


def build(table: Table, query: Query, adjustment: tuple[str, ...], *, plan: Plan, reading: Reading) -> Built:
    """Read the rows complete in every column used, and build the design that estimators and checks share.

    Raises `CannotEstimate` when the data admit no estimate, `UnusableColumn` and `BadOption` when a column or an
    option is to blame.
    """
    outcome, treatment = table.column(query.outcome), table.column(query.treatment)
    check_roles(outcome, treatment, adjustment, plan, reading)
    terms, findings = terms_of(table, adjustment, plan)
    rows, dropped = complete_rows(table, tuple(dict.fromkeys([outcome.name, treatment.name, *adjustment])), reading)
    values, kind, said = outcome_values(outcome, rows[outcome.name])
    matrix, names, sources = columns_of({name: table.column(name) for name in adjustment}, rows, terms)
    coded, arms, asked = treatment_values(treatment, rows[treatment.name], query)
    material = Material(
        outcome=values,
        treatment=coded,
        covariates=matrix if names else np.empty((len(values), 0)),
        names=names,
        sources=sources,
        weights=rows[reading.weights] if reading.weights else None,
        clusters=np.unique(rows[reading.cluster], return_inverse=True)[1] if reading.cluster else None,
        arms=arms,
        query=asked,
        outcome_kind=kind,
        treatment_kind=("binary" if len(arms) == 2 else "categorical") if arms else treatment.kind,
        adjustment=adjustment,
        units=outcome.unit,
        errors=plan.errors,
    )
    built = assemble(material)
    said = (*said, *reference_told(treatment, arms, query))
    return Built(design=built.design, findings=(*dropped, *said, *findings, *unclustered(plan, reading), *built.findings))


def check_roles(outcome: Column, treatment: Column, adjustment: tuple[str, ...], plan: Plan, reading: Reading) -> None:
    """Raise when a column cannot play its role or two roles clash."""
    for column, role in ((outcome, "outcome"), (treatment, "treatment")):
        if column.kind in NO_ROLE:
            raise UnusableColumn(
                f"{column.name} cannot be the {role}.",
                why=f"It is {column.kind}.",
                next=f"Give it another kind: --column {column.name}=KIND.",
            )
        if column.name in adjustment:
            raise BadOption(f"{column.name} is the {role} and cannot be held fixed too.", next="Leave it out of the covariates.")
    if plan.errors == "cluster" and reading.cluster is None:
        raise BadOption("Clustered errors need clusters.", next="Name their column: --cluster COLUMN.")


def unclustered(plan: Plan, reading: Reading) -> tuple[Finding, ...]:
    """Say that clusters were named but the errors treat rows as independent."""
    if reading.cluster is None or plan.errors == "cluster":
        return ()
    says = f"{reading.cluster} names clusters of dependent rows, but {plan.errors} errors take the rows for independent."
    return (Finding(check="clusters", passed=False, says=says, next="Use --errors cluster.", bears_on="independent rows"),)


def terms_of(table: Table, adjustment: tuple[str, ...], plan: Plan) -> tuple[tuple[Term, ...], tuple[Finding, ...]]:
    """Return the terms asked for; columns of the adjustment set that they leave out enter as they are, and that is said."""
    given = parse_terms(plan.terms) if plan.terms else ()
    mentioned = term_names(given)
    for name in mentioned:
        table.column(name)
        if name not in adjustment:
            held = ", ".join(adjustment) or "nothing"
            raise BadOption(
                f"The terms mention {name}, which is not held fixed.",
                why=f"The adjustment set is: {held}.",
                next=f"Leave {name} out of the terms, or hold it fixed with --given {name}.",
            )
    left = [name for name in adjustment if name not in mentioned]
    terms = (*given, *(Term((Factor(name),)) for name in left))
    if not given or not left:
        return terms, ()
    says = f"The terms do not mention {listed(left)}, which the graph wants held fixed: added as they are."
    return terms, (Finding(check="terms", passed=None, value=float(len(left)), says=says, bears_on="outcome model"),)


def complete_rows(table: Table, names: tuple[str, ...], reading: Reading) -> tuple[dict[str, np.ndarray], tuple[Finding, ...]]:
    """Read the rows in which nothing used is missing and no weight is zero, and say how many were left out and why."""
    used = tuple(dict.fromkeys([*names, *(name for name in (reading.weights, reading.cluster) if name)]))
    rows = table.rows(used)
    missing = {name: np.isnan(rows[name]) for name in used}
    dropped = np.any(list(missing.values()), axis=0)
    reasons = [f"{name} missing in {int(mask.sum())}" for name, mask in missing.items() if mask.any()]
    unweighted = np.zeros(table.n, dtype=bool)
    if reading.weights:
        rows[reading.weights] = weight_values(table.column(reading.weights), rows[reading.weights])
        unweighted = (rows[reading.weights] == 0) & ~dropped
    left = ~(dropped | unweighted)
    if not left.any():
        reasons += [f"weight 0 in {int(unweighted.sum())}"] if unweighted.any() else []
        raise UnusableColumn(
            "No row is complete.", why=f"{listed(reasons, '; ')}.", next="Leave out the column that is most often missing."
        )
    told = (*incomplete(int(dropped.sum()), table.n, reasons), *weightless(int(unweighted.sum())))
    return {name: values[left] for name, values in rows.items()}, told


def incomplete(count: int, n: int, reasons: list[str]) -> tuple[Finding, ...]:
    """Say how many rows were left out because a value is missing."""
    if not count:
        return ()
    finding = Finding(
        check="rows-dropped",
        passed=None,
        value=float(count),
        says=f"{count} of {n} rows were left out: {listed(reasons, '; ')}.",
        next="Leave out a covariate that is often missing, or fill in its values before loading.",
        bears_on="missing rows are like complete ones",
    )
    return (finding,)


def weightless(count: int) -> tuple[Finding, ...]:
    """Say how many rows were left out because they weigh nothing."""
    says = f"{count} rows with weight 0 were left out: they stand for nobody."
    return (Finding(check="weights", passed=None, value=float(count), says=says),) if count else ()


def weight_values(column: Column, values: np.ndarray) -> np.ndarray:
    """Return sampling weights as numbers; raises `UnusableColumn` when they are no weights."""
    why = ""
    numbers = values
    if column.coded and not column.numeric_levels:
        why = f"It is {column.kind}."
    elif column.coded:
        numbers = np.append(np.array(column.levels, dtype=float), np.nan)[np.where(np.isnan(values), -1, values).astype(int)]
    if not why and (numbers < 0).any():
        why = f"{int((numbers < 0).sum())} of them are negative."
    if not why and not (numbers > 0).any():
        why = "None of them is positive."
    if why:
        raise UnusableColumn(
            f"{column.name} cannot hold weights.", why=why, next="Name a column of positive numbers, or leave out --weights."
        )
    return numbers


def outcome_values(column: Column, values: np.ndarray) -> tuple[np.ndarray, str, tuple[Finding, ...]]:
    """Return the outcome in natural units, its kind, and which level is 1 where levels are words."""
    if not column.coded:
        if np.abs(values).max(initial=0.0) > LARGEST:
            raise UnusableColumn(f"{column.name} has values beyond {LARGEST:g}.", why="Their squares overflow.", next="Use another unit.")
        return values, column.kind, ()
    if column.kind == "ordinal":
        return scored(column, values), "ordinal", ()
    if len(column.levels) != 2:
        raise UnusableColumn(
            f"{column.name} cannot be the outcome.",
            why=f"It is {column.kind} with {len(column.levels)} levels, and an average of them has no meaning.",
            next="Make a column that is 1 for the level of interest and 0 otherwise.",
        )
    if column.numeric_levels:
        return np.array(column.levels, dtype=float)[values.astype(int)], "binary", ()
    says = f"The effect is on the chance that {column.name} is {column.levels[1]} (taken as 1; {column.levels[0]} is 0)."
    return values, "binary", (Finding(check="outcome-levels", passed=None, says=says),)


def treatment_values(column: Column, values: np.ndarray, query: Query) -> tuple[np.ndarray, tuple[Any, ...], Query]:
    """Return codes into the arms, the reference first, or values and no arms; and the query with its contrast filled in."""
    if column.kind not in ARMED:
        return scored(column, values), (), numeric_contrast(column, query)
    present = [int(code) for code in np.unique(values)]
    first = present[0] if query.versus is None else level_of(column, query.versus)
    last = present[-1] if query.arm is None else level_of(column, query.arm)
    if query.arm is None and last == first:
        last = present[0]
    if query.arm is not None and first == last:
        raise BadOption(f"The contrast compares {query.arm} with itself.", next="Name two different arms, A,B.")
    for code in (first, last):
        if code not in present:
            raise CannotEstimate(
                f"No complete row has {column.name} = {column.levels[code]}.",
                why=f"The complete rows have: {listed([str(column.levels[i]) for i in present])}.",
                next="Compare other arms, or adjust for fewer columns with missing values.",
            )
    order = list(dict.fromkeys([first, last, *present]))
    check_arms(column, values, order)
    codes = np.empty(len(column.levels))
    codes[order] = np.arange(len(order))
    arms = tuple(column.levels[code] for code in order)
    return codes[values.astype(int)], arms, dataclasses.replace(query, arm=arms[1], versus=arms[0])


def reference_told(column: Column, arms: tuple[Any, ...], query: Query) -> tuple[Finding, ...]:
    """Say which arm was taken as the reference where the arms are words and nobody named a contrast."""
    if not arms or column.numeric_levels or query.arm is not None:
        return ()
    says = f"Arms of {column.name} are compared with {arms[0]}, which was taken as the reference."
    return (Finding(check="reference-arm", passed=None, says=says, next="Name the two arms to compare: --contrast ARM,REFERENCE."),)


def check_arms(column: Column, values: np.ndarray, order: list[int]) -> None:
    """Raise `CannotEstimate` unless there are two arms, each of at least two rows."""
    counts = {column.levels[code]: int((values == code).sum()) for code in order}
    if len(counts) < 2:
        raise CannotEstimate(
            f"{column.name} does not vary.", why=f"All {len(values)} complete rows have {column.name} = {next(iter(counts))}."
        )
    small = [f"{level} has {count}" for level, count in counts.items() if count < 2]
    if small:
        raise CannotEstimate(
            f"An arm of {column.name} has too few rows.",
            why=f"{listed(small)}; at least two are needed.",
            next="Merge arms, or leave those rows out.",
        )


def level_of(column: Column, wanted: Any) -> int:
    """Return the code of the level that a user wrote, matched as text or as a number."""
    words = [str(level) for level in column.levels]
    tests: list[Callable[[str], bool]] = [lambda word: word == str(wanted), lambda word: word.lower() == str(wanted).lower()]
    number = number_of(wanted)
    if number is not None:
        tests.append(lambda word: number_of(word) == number)
    for fits in tests:
        for code, word in enumerate(words):
            if fits(word):
                return code
    raise BadOption(f"{column.name} has no arm {str(wanted)!r}.", next=near(str(wanted), words))


def number_of(wanted: Any) -> float | None:
    """Return the finite number that a text or value stands for, or None."""
    try:
        found = float(wanted)
    except (TypeError, ValueError):
        return None
    return found if np.isfinite(found) else None


def numeric_contrast(column: Column, query: Query) -> Query:
    """Return the query with its two values as numbers, levels of an ordinal column as their ranks."""
    if query.arm is None or query.versus is None:
        return dataclasses.replace(query, arm=None, versus=None)
    found = []
    for wanted in (query.arm, query.versus):
        number = number_of(wanted)
        if number is None and column.levels:
            number = float(scored(column, np.array([level_of(column, wanted)]))[0])
        if number is None:
            raise BadOption(f"{wanted!r} is not a value of {column.name}.", why=f"It is {column.kind}.", next="Give two numbers, A,B.")
        found.append(number)
    return dataclasses.replace(query, arm=found[0], versus=found[1])


def assemble(material: Material) -> Built:
    """Order rows and columns by content, leave out columns that repeat others, and build the design."""
    n = len(material.outcome)
    if n < FEWEST_ROWS:
        raise CannotEstimate(f"There are {n} complete rows.", why=f"At least {FEWEST_ROWS} are needed.", next="Bring more rows.")
    material = ordered(material)
    for values, name in ((material.outcome, material.query.outcome), (material.treatment, material.query.treatment)):
        if np.ptp(values) == 0:
            raise CannotEstimate(f"{name} does not vary.", why=f"All {n} complete rows have the same value.", next="Name another column.")
    weights = None if material.weights is None else material.weights / material.weights.mean()
    means, scales = material.covariates.mean(axis=0), material.covariates.std(axis=0)
    constant = scales <= 1e-12 * np.maximum(np.abs(means), 1e-300)
    scales = np.where(constant, 1.0, scales)
    standard = np.where(constant, 0.0, (material.covariates - means) / scales)
    gram = gram_matrix(standard, weights)
    kept, repeats = independent(gram)
    columns = np.array(kept[1:], dtype=int) - 1
    design = Design(
        outcome=material.outcome,
        treatment=material.treatment,
        covariates=np.ascontiguousarray(standard[:, columns]),
        gram=gram[np.ix_(kept, kept)],
        keys=keys_of(material) if material.keys is None else material.keys,
        weights=weights,
        clusters=material.clusters,
        arms=material.arms,
        names=tuple(material.names[j] for j in columns),
        sources=tuple(material.sources[j] for j in columns),
        means=means[columns],
        scales=scales[columns],
        query=material.query,
        outcome_kind=material.outcome_kind,
        treatment_kind=material.treatment_kind,
        adjustment=material.adjustment,
        units=material.units,
        errors=material.errors,
    )
    check_variation(design)
    return Built(design=design, findings=collinear(material, repeats, constant))


def keys_of(material: Material) -> np.ndarray:
    """Return the rows' keys (n,), made from every value that enters the design."""
    columns = [material.outcome, material.treatment, *material.covariates.T]
    roles = [1, 2, *[0] * material.covariates.shape[1]]
    for role, extra in ((3, material.weights), (4, material.clusters)):
        if extra is not None:
            columns, roles = [*columns, extra.astype(float)], [*roles, role]
    return row_keys(columns, roles)


def ordered(material: Material) -> Material:
    """Return the material with rows sorted by their keys and covariates by theirs."""
    keys = keys_of(material)
    rows = np.argsort(keys, kind="stable")
    columns = np.argsort(column_keys(list(material.covariates.T), keys), kind="stable")
    return dataclasses.replace(
        material,
        outcome=material.outcome[rows],
        treatment=material.treatment[rows],
        covariates=material.covariates[np.ix_(rows, columns)],
        names=tuple(material.names[j] for j in columns),
        sources=tuple(material.sources[j] for j in columns),
        weights=None if material.weights is None else material.weights[rows],
        clusters=None if material.clusters is None else material.clusters[rows],
        keys=keys[rows],
    )


def check_variation(design: Design) -> None:
    """Raise `CannotEstimate` when the covariates determine the treatment or use up the rows."""
    columns = treatment_columns(design)
    left, rank = partialled_out(design, columns)
    weighted = left if design.weights is None else left * design.weights[:, None]
    require_variation(design, columns, weighted.T @ left, design.n - rank - columns.shape[1])


def collinear(material: Material, repeats: dict[int, np.ndarray], constant: np.ndarray) -> tuple[Finding, ...]:
    """Say of each table column which of its columns were left out, and what they repeat."""
    found: dict[str, list[str]] = {}
    for position, coefficients in repeats.items():
        j = position - 1
        behind = [material.names[i - 1] for i in np.flatnonzero(np.abs(coefficients) > 1e-6) if i > 0]
        why = "has one value in these rows" if constant[j] else f"repeats {listed(behind)}"
        found.setdefault(material.sources[j], []).append(f"{material.names[j]} {why}")
    return tuple(
        Finding(
            check="collinear",
            passed=None,
            value=float(len(parts)),
            says=f"Left out, which changes no estimate: {listed(parts, '; ')}.",
            next=f"Nothing need be done; leave {source} out to say it yourself.",
        )
        for source, parts in sorted(found.items())
    )


def listed(items: list[str], between: str = ", ") -> str:
    """Join words, cutting a long list."""
    more = f" and {len(items) - MOST_NAMED} more" if len(items) > MOST_NAMED else ""
    return between.join(items[:MOST_NAMED]) + more
