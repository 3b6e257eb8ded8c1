"""Read and write graphs and knowledge, one format a file."""
