"""Say what would have to be computed from data to know an effect, one strategy a file."""
