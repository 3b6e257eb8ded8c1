"""Parse a command line, call one verb, show its answer."""
