"""Feedback: reviews that came in, and what mail servers report later."""
