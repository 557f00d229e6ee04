"""Flow A: from a finished job to a posted review."""
