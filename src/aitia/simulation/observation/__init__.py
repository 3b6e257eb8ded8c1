"""Do to rows what observation does to them, one fault a file."""
