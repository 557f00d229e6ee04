"""`reviews doctor`: whether all that the service rests on is in order."""
