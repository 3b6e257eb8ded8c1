"""Look for the faults that would make an effect wrong; one file, one check."""
