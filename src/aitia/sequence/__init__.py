"""Order computations over sequences: who may read whom, when, and what may be forgotten."""
