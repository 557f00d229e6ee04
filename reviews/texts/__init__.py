"""Short texts from outside: whether they are whole, and whether an address can be mailed."""
