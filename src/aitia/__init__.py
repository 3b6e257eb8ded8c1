"""Answer causal questions end to end."""
