"""Describe the survey of people who quit smoking or did not, and their weight before and after. [hernan2020]"""

from __future__ import annotations

import itertools

from aitia.data.example import Example

CAUSES = ("sex", "race", "age", "education", "smokeintensity", "smokeyrs", "exercise", "active", "wt71")
# No pair of causes is claimed to be independent: each may share causes that nobody measured.
EDGES = (
    *(f"{cause}->qsmk; {cause}->wt82_71" for cause in CAUSES),
    *(f"{first}<->{second}" for first, second in itertools.combinations(CAUSES, 2)),
    "qsmk->wt82_71",
)

EXAMPLE = Example(
    name="nhefs",
    says="1,629 smokers of 1971, of whom some had quit by 1982; the change of their weight in kilograms is known of 1,566.",
    file="nhefs.csv.gz",
    citation=(
        "M. A. Hernán and J. M. Robins (2020). Causal Inference: What If. Chapman & Hall/CRC. "
        "Data: National Health and Nutrition Examination Survey I, Epidemiologic Follow-up Study (public domain)."
    ),
    licence="Apache-2.0",
    package="causallib",
    package_version="0.10.0",
    treatment="qsmk",
    outcome="wt82_71",
    graph="; ".join(EDGES),
    terms=("sex+race+age+age^2+C(education)+smokeintensity+smokeintensity^2+smokeyrs+smokeyrs^2+C(exercise)+C(active)+wt71+wt71^2"),
)
