"""Tell whether a short text from outside is whole, and whether an address can be mailed."""
