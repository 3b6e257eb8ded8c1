"""Say how far a graph lies from the true one: one measure a file, all with the same result noun."""
