"""Read tables from files and frames, say what kind each column is, and answer for their values."""
