"""The people in the data, and what they may ask."""
