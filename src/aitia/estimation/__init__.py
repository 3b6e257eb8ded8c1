"""Estimate effects from a design; one method a file."""
