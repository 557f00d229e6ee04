"""Documents: read in child processes that may be taken over by what they read."""
