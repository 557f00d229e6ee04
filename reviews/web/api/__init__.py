"""For programs: triggers, look-ups, hooks and health, in JSON."""
