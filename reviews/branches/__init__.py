"""Branches: who they are, by which rules they work, and what they write themselves."""
