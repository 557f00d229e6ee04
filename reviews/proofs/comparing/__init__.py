"""Comparing: which of the jobs of a branch a document is about, and whether its sheets are of one document."""
