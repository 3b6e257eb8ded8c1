"""Prepare designs, propensities, weights and scores that more than one method folder uses."""
