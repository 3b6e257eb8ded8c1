"""Solve discrete causal models exactly; `aitia.simulation.discrete` is the entrance."""
