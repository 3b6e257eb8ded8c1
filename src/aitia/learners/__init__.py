"""Learn functions from features, by name, once or out of fold."""
