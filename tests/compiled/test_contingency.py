"""The compiled contingency sums are those of the NumPy twin, whether counted by bits or by codes, and SciPy's."""

from __future__ import annotations

import itertools
import shutil
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from aitia.compiled import contingency as twin
from aitia.compiled import is_compiled, kernel
from aitia.measures.counting import lines, logarithms

ALL = twin.WITH_CHI | twin.WITH_RATIO | twin.WITH_CHI_MOMENTS | twin.WITH_RATIO_MEAN
LEVELS = np.array([2, 3, 4, 1, 3], dtype=np.int64)
Triples = list[tuple[int, int, tuple[int, ...]]]


def drawn(n: int, seed: int, missing: float) -> np.ndarray:
    """Codes (5, n) with skewed levels and gaps."""
    rng = np.random.default_rng(seed)
    codes = (rng.random((len(LEVELS), n)) ** 2 * LEVELS[:, None]).astype(np.int32)
    codes[rng.random(codes.shape) < missing] = -1
    return np.ascontiguousarray(codes)


def arrays(triples: Triples) -> tuple[np.ndarray, ...]:
    starts = np.append(0, np.cumsum([len(given) for _, _, given in triples])).astype(np.int64)
    columns = [np.array([t[k] for t in triples], dtype=np.int64) for k in (0, 1)]
    return *columns, np.array([g for t in triples for g in t[2]], dtype=np.int64), starts


def packed(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first = np.append(0, np.cumsum(LEVELS)).astype(np.int64)
    held = lines(int(first[-1]), max(-(-codes.shape[1] // 512), 1) * 64)
    for j, own in enumerate(codes):
        bits = np.packbits(own[None, :] == np.arange(LEVELS[j])[:, None], axis=1, bitorder="little")
        held[first[j] : first[j + 1], : bits.shape[1]] = bits
    return held.view(np.uint64), first, (codes.min(axis=1) >= 0).astype(np.uint8)


def summed(way: Any, prepared: tuple[np.ndarray, ...], triples: Triples, n: int, wanted: int = ALL) -> np.ndarray:
    out = np.zeros((len(triples), twin.WIDTH))
    way(*prepared, *arrays(triples), logarithms(n), wanted, out)
    return out


def every_triple() -> Triples:
    columns = range(len(LEVELS))
    pairs = list(itertools.combinations(columns, 2))
    return [(x, y, g) for size in range(3) for x, y in pairs for g in itertools.combinations([k for k in columns if k not in (x, y)], size)]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 700), st.integers(0, 10**6), st.sampled_from([0.0, 0.2]))
def test_bits_and_codes_compiled_and_not_say_the_same(n: int, seed: int, missing: float) -> None:
    if not is_compiled("contingency") and shutil.which("cc"):
        pytest.fail("there is a C compiler, and the kernel was not built")
    codes, triples = drawn(n, seed, missing), every_triple()
    expected = summed(twin.code_tests, (codes, LEVELS), triples, n)
    for way, prepared in (
        (kernel("contingency", "code_tests"), (codes, LEVELS)),
        (kernel("contingency", "bit_tests"), packed(codes)),
        (twin.bit_tests, packed(codes)),
    ):
        assert np.allclose(summed(way, prepared, triples, n), expected, rtol=1e-9, atol=1e-8)


@pytest.mark.parametrize("wanted", [0, twin.WITH_CHI, twin.WITH_RATIO, twin.WITH_CHI_MOMENTS, twin.WITH_RATIO_MEAN])
def test_what_is_not_wanted_stays_zero(wanted: int) -> None:
    codes, triples = drawn(300, 1, 0.1), every_triple()
    expected = summed(twin.code_tests, (codes, LEVELS), triples, 300, wanted)
    assert np.allclose(summed(kernel("contingency", "bit_tests"), packed(codes), triples, 300, wanted), expected)
    columns = {twin.CHI: 1, twin.RATIO: 2, twin.CHI_MEAN: 4, twin.CHI_VARIANCE: 4, twin.RATIO_MEAN: 8}
    for column, flag in columns.items():
        assert bool(expected[:, column].any()) == (wanted == flag)


@pytest.mark.parametrize("statistic", ["pearson", "log-likelihood"])
def test_without_strata_the_sums_are_scipys(statistic: str) -> None:
    codes = drawn(400, 3, 0.0)
    found = summed(kernel("contingency", "bit_tests"), packed(codes), [(1, 2, ())], 400)[0]
    theirs = stats.chi2_contingency(np.histogram2d(codes[1], codes[2], bins=(3, 4))[0], correction=False, lambda_=statistic)
    assert found[twin.CHI if statistic == "pearson" else twin.RATIO] == pytest.approx(theirs.statistic)
    assert (found[twin.DEGREES], found[twin.ROWS]) == (theirs.dof, 400)
    assert found[twin.SMALLEST] == pytest.approx(theirs.expected_freq.min())


@pytest.mark.parametrize(
    "margins",
    [([0, 0, 0, 1, 1, 2, 2], [0, 1, 1, 1, 2, 2, 0]), ([0, 0, 1], [0, 1, 1]), ([0, 1], [0, 1]), ([0, 1, 1, 1, 1], [0, 0, 1, 1, 1])],
)
def test_moments_are_those_over_all_orders_of_one_side(margins: tuple[list[int], list[int]]) -> None:
    x, y = (np.array(side, dtype=np.int32) for side in margins)
    orders = [np.vstack([x, y[list(order)]]) for order in itertools.permutations(range(len(x)))]
    levels = np.array([x.max() + 1, y.max() + 1], dtype=np.int64)
    rows = []
    for codes in orders:
        out = np.zeros((1, twin.WIDTH))
        kernel("contingency", "code_tests")(np.ascontiguousarray(codes), levels, *arrays([(0, 1, ())]), logarithms(len(x)), ALL, out)
        rows.append(out[0])
    found = np.array(rows)
    assert found[0, twin.CHI_MEAN] == pytest.approx(found[:, twin.CHI].mean())
    assert found[0, twin.CHI_VARIANCE] == pytest.approx(found[:, twin.CHI].var(), abs=1e-12)
    assert found[0, twin.RATIO_MEAN] == pytest.approx(found[:, twin.RATIO].mean())


def test_the_series_for_large_counts_meets_the_exact_mean() -> None:
    logs = logarithms(5000)
    for own, other, n in ((40, 60, 200), (300, 200, 1000), (15, 700, 900)):
        k = np.arange(max(0, own + other - n), min(own, other) + 1)
        exact = stats.hypergeom(n, own, other).pmf(k) @ logs[0][k]
        assert own * other / n >= twin.DENSE
        assert twin.mean_log(own, other, n, logs) == pytest.approx(exact, abs=0.002)
