"""Measure how columns hang together."""
