"""Sending: what is due leaves once, and its outcome is kept."""
