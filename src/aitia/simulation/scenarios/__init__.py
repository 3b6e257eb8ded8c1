"""Keep named scenarios: data with known truth on which methods are compared, calibrated before any method of ours was run."""
