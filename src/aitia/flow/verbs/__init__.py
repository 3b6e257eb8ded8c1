"""Hold the verbs of aitia, one file each; the package re-exports them."""
