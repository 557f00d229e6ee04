"""`reviews doctor`: whether everything that the service depends on is in order."""
