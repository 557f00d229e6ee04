"""Oversight: what people see and change, and sums that close."""
