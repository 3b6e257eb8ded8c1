"""Define the nouns, the shelf of methods, the run, the errors and the codec; imports NumPy and the standard library only."""

from aitia.core import views as views
