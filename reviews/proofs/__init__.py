"""Flow B: from an upload to a verdict."""
