"""Show a study in words and pictures."""
