"""Make one node from its parents and its own noise, one kind of mechanism a file."""
