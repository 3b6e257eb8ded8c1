"""Reason about graphs: separation, adjustment, formats, knowledge and their drawing."""
