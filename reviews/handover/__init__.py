"""Handing over: what is due leaves the house once, whatever it is."""
