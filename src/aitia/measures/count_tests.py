"""Turn counts of coded columns into tests: chi-square or likelihood ratio, by a law or by permutations. [dawson1954, williams1976]

By default p comes from a gamma law with the moments that the statistic has over all orders of one side's rows within
the strata: exact for chi-square; for the likelihood ratio an exact mean, and the spread of chi-square in proportion.
That keeps the size where counts are small. The chi-square laws are there for comparison with other programs.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Literal

import numpy as np

from aitia.compiled import kernel
from aitia.compiled.contingency import (
    CHI,
    CHI_MEAN,
    CHI_VARIANCE,
    DEGREES,
    RATIO,
    RATIO_MEAN,
    ROOM,
    ROWS,
    SMALLEST,
    STRATA,
    WIDTH,
    WITH_CHI,
    WITH_CHI_MOMENTS,
    WITH_RATIO,
    WITH_RATIO_MEAN,
)
from aitia.core.independence import Test
from aitia.core.run import Run
from aitia.core.table import Table
from aitia.measures.content import Variable, in_order
from aitia.measures.counting import Counting, Places, logarithms, positions
from aitia.measures.kinds import Triple, names_in, need_kinds

Law = Literal["moments", "adjusted", "strata", "full"]
LAW = "law: moments over all orders of rows, or chi-square with degrees adjusted to margins that hold rows, of strata that do, or full"
DRAWS = "permutations within strata that give p; 0 takes the law"
KINDS = frozenset({"binary", "categorical", "ordinal", "environment"})
STATISTICS = {"chi-square": (CHI, CHI_MEAN), "ratio": (RATIO, RATIO_MEAN)}
WANTED = {"chi-square": WITH_CHI, "ratio": WITH_RATIO}
MOMENTS = {"chi-square": WITH_CHI_MOMENTS, "ratio": WITH_CHI_MOMENTS | WITH_RATIO_MEAN}
SPARSE = 1.0
ROUGH = "Some expected counts are below 1: the chi-square law is rough there; the law of moments is not."
UNCOUNTED = "Too many cells to count."
SHUFFLED = 2_000_000  # codes at a time


@dataclasses.dataclass(frozen=True)
class Rule:
    """Say which statistic is computed, by which law, and how many permutations give p (0: the law does)."""

    name: str
    statistic: Literal["chi-square", "ratio"]
    law: Law = "moments"
    draws: int = 0

    @property
    def rough(self) -> bool:
        """Whether p comes from a law that small counts do not follow."""
        return self.law != "moments" and not self.draws


@dataclasses.dataclass(frozen=True)
class CountTests:
    """Answer any number of triples on columns counted once: as plain arrays for a search, or as tests."""

    counting: Counting
    rule: Rule
    run: Run

    def p_values(self, places: Places) -> np.ndarray:
        """Return p (T,) of triples given as places of columns, by the rule's law."""
        return law(self.counting, self.rule, places, self.run)[0]

    def tests(self, triples: Sequence[Triple]) -> list[Test]:
        """Return the tests of triples of names."""
        if not triples:
            return []
        places = positions(self.counting.place, triples)
        p, sums = law(self.counting, self.rule, places, self.run)
        if self.rule.draws:
            p = np.array([permuted(self.counting, triple, self.rule, self.run) for triple in triples])
        statistic = sums[:, STATISTICS[self.rule.statistic][0]]
        effect = np.sqrt(np.minimum(statistic / np.maximum(sums[:, ROOM], 1e-300), 1.0) * (sums[:, ROOM] > 0))
        columns = (p, statistic, sums[:, ROWS].astype(int), effect, sums[:, DEGREES].astype(int), sums[:, SMALLEST])
        notes = np.where(uncountable(self.counting, places, sums), 2, (sums[:, SMALLEST] < SPARSE) & self.rule.rough).tolist()
        rows = zip(*(column.tolist() for column in columns), notes, strict=True)
        words = (None, ROUGH, UNCOUNTED)
        return [Test(p=a, statistic=b, n_used=c, effect=d, degrees=e, expected=f, note=words[int(note)]) for a, b, c, d, e, f, note in rows]


def count_tests(table: Table, names: Sequence[str], run: Run, rule: Rule) -> CountTests:
    """Count columns of a table once, for all triples of them to come; raises `UnusableColumn` for kinds without levels."""
    need_kinds(table, names, KINDS, rule.name)
    return CountTests(Counting(table, names), rule, run)


def tests_of(table: Table, triples: Sequence[Triple], run: Run, rule: Rule) -> list[Test]:
    """Count the columns that the triples name and return their tests."""
    return count_tests(table, names_in(triples), run, rule).tests(triples)


def law(counting: Counting, rule: Rule, places: Places, run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Return p (T,) by the law of the rule, and the sums (T, 10) with the degrees of freedom that it counts."""
    from scipy import special

    xs, ys, given, starts = places
    sums = counting.sums(places, run, wanted=WANTED[rule.statistic] | (MOMENTS[rule.statistic] if rule.law == "moments" else 0))
    own, average = STATISTICS[rule.statistic]
    if rule.law == "moments":
        mean, variance = sums[:, average], sums[:, CHI_VARIANCE] * (sums[:, average] / np.maximum(sums[:, CHI_MEAN], 1e-300)) ** 2
        spread = variance > 0
        rate = mean / np.where(spread, variance, 1.0)
        return np.where(spread, special.gammaincc(np.maximum(mean * rate, 1e-12), sums[:, own] * rate), 1.0), sums
    if rule.law != "adjusted":
        cells = (counting.levels[xs] - 1.0) * (counting.levels[ys] - 1.0)
        full = [float(np.prod(counting.levels[given[a:b]], dtype=float)) for a, b in itertools.pairwise(starts)]
        sums[:, DEGREES] = cells * (sums[:, STRATA] if rule.law == "strata" else np.array(full))
    degrees = sums[:, DEGREES]
    return np.where(degrees > 0, special.chdtrc(np.maximum(degrees, 1), sums[:, own]), 1.0), sums


def uncountable(counting: Counting, places: Places, sums: np.ndarray) -> np.ndarray:
    """Tell which triples (T,) have no counts though the table has rows."""
    return (sums[:, ROWS] == 0) & (counting.codes.shape[1] > 0) & (sums[:, STRATA] == 0)


def permuted(counting: Counting, triple: Triple, rule: Rule, run: Run) -> float:
    """Return p by shuffling one side within the strata of the given columns: which side, and the chance, follow from the content."""
    codes = counting.codes[[counting.place[name] for name in (triple[0], triple[1], *triple[2])]]
    codes = np.ascontiguousarray(codes[:, (codes >= 0).all(axis=0)])
    n = codes.shape[1]
    if n < 2:
        return 1.0
    one, other, *given = (Variable(code.astype(float), True) for code in codes)
    roles = in_order(one, other, given)
    stratum = np.zeros(n, dtype=np.int64)
    for variable in roles.given:
        _, stratum = np.unique(stratum * (int(variable.values.max()) + 1) + variable.values.astype(np.int64), return_inverse=True)
    own, shuffled = (side.values.astype(np.int32) for side in (roles.first, roles.second))
    order = np.lexsort((shuffled, own, stratum))
    stratum, own, shuffled = stratum[order], own[order], shuffled[order]
    rng, beyond, done = run.rng(rule.name, roles.key), 0, 0
    actual = statistics(rule, stratum, own, shuffled[None, :])[0]
    while done < rule.draws:
        run.check()
        count = min(rule.draws - done, max(1, SHUFFLED // n))
        places = np.argsort(stratum + rng.random((count, n)), axis=1)
        beyond += int((statistics(rule, stratum, own, shuffled[places]) >= actual * (1 - 1e-9) - 1e-9).sum())
        done += count
    return (1 + beyond) / (1 + rule.draws)


def statistics(rule: Rule, stratum: np.ndarray, own: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the statistic (B,) of one side with each of many others (B, n), within strata (n,) that are sorted."""
    codes = np.ascontiguousarray(np.vstack([stratum, own, others]), dtype=np.int32)
    levels = np.array([stratum.max() + 1, own.max() + 1, *[others.max() + 1] * len(others)], dtype=np.int64)
    count = len(others)
    out = np.zeros((count, WIDTH))
    ones, ys = np.ones(count, dtype=np.int64), np.arange(2, count + 2)
    kernel("contingency", "code_tests")(
        codes, levels, ones, ys, 0 * ones, np.arange(count + 1), logarithms(len(own)), WANTED[rule.statistic], out
    )
    return out[:, STATISTICS[rule.statistic][0]]
