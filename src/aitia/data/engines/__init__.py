"""Answer for the values of a table, one engine a file."""
