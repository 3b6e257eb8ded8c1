"""Draw and evaluate functions of a node's parents, one family a file."""
