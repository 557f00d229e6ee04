"""The HTTP door, one module per audience."""
