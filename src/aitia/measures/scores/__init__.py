"""Score how well parents explain a node; one file, one score."""
