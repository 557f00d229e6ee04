"""Profiles: what a branch's approved documents have in common, and where a new one differs."""
