"""AIPW equals a plain second implementation, is orthogonal, respects clusters and weights, and says what it trimmed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from aitia.core.design import Design
from aitia.core.errors import BadOption, CannotEstimate
from aitia.core.run import Run
from aitia.core.shelf import estimation
from aitia.nuisance.contrasts import averaged
from aitia.nuisance.propensity import arm_means, fold_numbers, propensities
from aitia.nuisance.scores import score
from aitia.nuisance.weights import arm_weights, effective_n
from tests.estimation.test_regression import design
from tests.promises.worlds import CHANCE, SUPPORT, World, chances, draw, effects, truth

AIPW = estimation["aipw"]
EFFECTS = ("ate", "att", "atc", "ato")


def asking(d: Design, effect: str) -> Design:
    return dataclasses.replace(d, query=dataclasses.replace(d.query, effect=effect))  # type: ignore[arg-type]


def plainly(d: Design, fold: np.ndarray, arm: int, trim: float) -> tuple[float, float]:
    """The same estimate written out once more, effect by effect."""
    n, arms = d.n, len(d.arms)
    w = np.ones(n) if d.weights is None else d.weights
    e, mu = np.empty((n, arms)), np.empty((n, arms))
    for f in np.unique(fold):
        train, test = fold != f, fold == f
        classifier = LogisticRegression(C=np.inf, tol=1e-13, max_iter=10_000)
        e[test] = classifier.fit(d.covariates[train], d.treatment[train], sample_weight=w[train]).predict_proba(d.covariates[test])
        for k in range(arms):
            rows = train & (d.treatment == k)
            fit = LinearRegression().fit(d.covariates[rows], d.outcome[rows], sample_weight=w[rows])
            mu[test, k] = fit.predict(d.covariates[test])
    one, zero, y = (d.treatment == arm).astype(float), (d.treatment == 0).astype(float), d.outcome
    mu1, mu0, e1, e0 = mu[:, arm], mu[:, 0], e[:, arm], e[:, 0]
    d1, d0 = np.maximum(e1, trim), np.maximum(e0, trim)  # only what divides is trimmed
    if d.query.effect == "ate":
        a, b = mu1 - mu0 + one / d1 * (y - mu1) - zero / d0 * (y - mu0), np.ones(n)
    elif d.query.effect == "att":
        a, b = one * (y - mu0) - zero * e1 / d0 * (y - mu0), one
    elif d.query.effect == "atc":
        a, b = zero * (mu1 - y) + one * e0 / d1 * (y - mu1), zero
    else:
        pair, p = one + zero, e1 / (e1 + e0)
        h, slope = p * (1 - p), 1 - 2 * p
        phi = mu1 - mu0 + one / p * (y - mu1) - zero / (1 - p) * (y - mu0)
        a = pair * (h * phi + slope * (one - p) * (mu1 - mu0))
        b = pair * (h + slope * (one - p))
    value = (w * a).sum() / (w * b).sum()
    psi = w * (a - value * b) / (w * b).mean()
    return float(value), float(np.sqrt((psi**2).sum() / n**2 * n / (n - 1)))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("arms", [2, 3])
@pytest.mark.parametrize("effect", EFFECTS)
def test_it_equals_a_plain_second_implementation(effect: str, arms: int, weighted: bool) -> None:
    d = asking(dataclasses.replace(design(n=600, arms=arms, weighted=weighted), clusters=None), effect)
    trim = 0.15  # high enough to matter
    estimate = Run().use(AIPW, d, trim=trim)
    fold = fold_numbers(d, Run(), 5)
    assert np.bincount(fold).tolist() == [120] * 5
    for arm, contrast in enumerate(estimate.contrasts, start=1):
        assert (contrast.value, contrast.se) == pytest.approx(plainly(d, fold, arm, trim), abs=1e-6)
    assert estimate.errors == "influence function"


@pytest.mark.parametrize("treatment", ["binary", "categorical"])
@pytest.mark.parametrize("effect", EFFECTS)
def test_the_score_is_orthogonal(effect: str, treatment: str) -> None:
    """With an infinite sample, an error of size h in both nuisance functions moves the effect by order h²."""
    world = World("continuous", treatment, effect, 0, heterogeneous=True)
    e, tau = chances(world, SUPPORT), effects(world, SUPPORT)
    mu = 1 + SUPPORT[:, :1] + tau
    arms = e.shape[1]
    # Every point of the support with every arm, weighed by its chance, is the whole population; outcomes stand at their means.
    point, arm = np.repeat(np.arange(len(SUPPORT)), arms), np.tile(np.arange(arms), len(SUPPORT))
    base = asking(draw(World("continuous", treatment, effect, 50), np.random.default_rng(0)), effect)
    whole = dataclasses.replace(base, outcome=mu[point, arm], treatment=arm.astype(float), weights=CHANCE[point] * e[point, arm])
    rng = np.random.default_rng(1)
    bend_mu, bend_e = rng.normal(size=mu.shape), rng.normal(size=e.shape)
    bend_e -= bend_e.mean(axis=1, keepdims=True)

    def moved(h: float) -> np.ndarray:
        scores = [score(whole, (mu + h * bend_mu)[point], (e + h * 0.2 * bend_e)[point], k) for k in range(1, arms)]
        return averaged(whole, scores).values - truth(world)

    assert np.abs(moved(0.0)).max() < 1e-12
    slope = (moved(1e-4) - moved(-1e-4)) / 2e-4
    assert np.abs(slope).max() < 1e-6
    curve = np.abs(moved(1e-2) + moved(-1e-2))
    assert curve.max() > 1e-8


@pytest.mark.parametrize("effect", EFFECTS)
def test_weights_balance_the_arms_for_the_population(effect: str) -> None:
    world = World("continuous", "binary", effect, 40_000)
    d = draw(world, np.random.default_rng(0))
    weights = arm_weights(d, propensities(d, Run(), folds=1), effect)  # type: ignore[arg-type]
    for arm in (0, 1):
        inside = d.treatment == arm
        mean = np.average(d.covariates[inside], axis=0, weights=weights[inside])
        other = np.average(d.covariates[~inside], axis=0, weights=weights[~inside])
        assert np.abs(mean - other).max() < 0.01
    if effect == "ato":  # logistic overlap weights balance exactly in sample [li2018]
        assert np.abs(mean - other).max() < 1e-6


def test_effective_n_counts_what_weights_leave() -> None:
    assert effective_n(np.ones(7)) == pytest.approx(7)
    assert effective_n(np.array([1.0, 0, 0])) == 1 and effective_n(np.zeros(3)) == 0
    d = dataclasses.replace(design(n=600), clusters=None)
    chance = np.maximum(propensities(d, Run()), 0.005)
    assert Run().use(AIPW, d).effective_n == pytest.approx(effective_n(arm_weights(d, chance, "ate")))


def test_clusters_are_kept_together_and_summed() -> None:
    d = design(n=600, errors="cluster")
    fold = fold_numbers(d, Run(), 5)
    assert d.clusters is not None
    assert all(len(set(fold[d.clusters == c])) == 1 for c in set(d.clusters))
    estimate = Run().use(AIPW, d)
    chance, means = np.maximum(propensities(d, Run()), 0.005), arm_means(d, Run(), "linear", fold)
    found = score(d, means, chance)
    psi = (found.numerator - estimate.value * found.denominator) / found.denominator.sum()
    sums = np.bincount(d.clusters, weights=psi)
    assert estimate.se == pytest.approx(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1)))
    assert estimate.errors == "cluster"


def test_trimming_is_counted_and_said() -> None:
    d = dataclasses.replace(design(n=600), clusters=None)
    estimate = Run().use(AIPW, d, trim=0.2)
    chance = propensities(d, Run())
    own = chance[np.arange(d.n), d.treatment.astype(int)]
    low = int((own < 0.2).sum())
    assert low > 0 and any(f"{low} of 600 rows" in note for note in estimate.notes)
    treated = Run().use(AIPW, asking(d, "att"), trim=0.2)
    controls = int((own[d.treatment == 0] < 0.2).sum())
    assert any(f"{controls} of 600 rows" in note for note in treated.notes) if controls else not treated.notes
    assert Run().use(AIPW, asking(d, "ato"), trim=0.2).value == Run().use(AIPW, asking(d, "ato"), trim=0.01).value
    assert not Run().use(AIPW, d, trim=1e-9).notes


def test_few_rows_in_an_arm_lower_the_folds_and_say_so() -> None:
    d = dataclasses.replace(design(n=60, p=1), clusters=None)
    rare = np.zeros(60)
    rare[:4] = 1
    estimate = Run().use(AIPW, d.with_treatment(rare))
    assert any("4 folds instead of 5" in note for note in estimate.notes)
    assert any("t = b has 4 rows for 2 coefficients" in note for note in estimate.notes)
    with pytest.raises(CannotEstimate, match="no rows"):
        Run().use(AIPW, d.with_treatment(np.zeros(60)))


def test_an_arm_too_small_for_its_outcome_model_is_refused() -> None:
    d = dataclasses.replace(design(n=300, p=20), clusters=None)
    rare = np.zeros(300)
    rare[:41] = 1
    with pytest.raises(CannotEstimate, match="41 rows for 21 coefficients"):
        Run().use(AIPW, d.with_treatment(rare))
    rare[41] = 1
    assert np.isfinite(Run().use(AIPW, d.with_treatment(rare)).value)


def test_the_learned_population_of_the_overlap_effect_is_said() -> None:
    d = dataclasses.replace(design(n=300), clusters=None)
    assert any("learned propensities define" in note for note in Run().use(AIPW, asking(d, "ato")).notes)
    assert not Run().use(AIPW, d, trim=1e-9).notes


@pytest.mark.parametrize("options", [{"trim": 0.0}, {"trim": 0.5}, {"folds": 0}, {"learner": "boostin"}, {"learner": "sklearn.svm.SVR"}])
def test_options_out_of_range_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(BadOption):
        Run().use(AIPW, design(n=100), **options)


@pytest.mark.parametrize("learner", ["boosting", "forest"])
def test_other_learners_find_a_bent_truth(learner: str) -> None:
    d = draw(World("continuous", "binary", "ate", 2000, heterogeneous=True), np.random.default_rng(5))
    estimate = Run().use(AIPW, d, learner=learner)
    assert estimate.low - 0.1 < truth(World("continuous", "binary", "ate", 2000, heterogeneous=True))[0] < estimate.high + 0.1
    mixed = Run().use(AIPW, d, learner="sklearn.svm.SVR", treatment_learner="linear")
    assert abs(mixed.value - estimate.value) < 6 * (mixed.se + estimate.se)


def test_the_same_seed_gives_the_same_bits_and_another_seed_others() -> None:
    d = draw(World("continuous", "binary", "ate", 500), np.random.default_rng(5))
    a, b, c = (Run(seed=s).use(AIPW, d) for s in (1, 1, 2))
    assert (a.value, a.se) == (b.value, b.se) and a.value != c.value
    assert abs(a.value - c.value) < a.se / 2
