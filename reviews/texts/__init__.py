"""Short texts from outside: whether they are whole, whether an address can be mailed, and whether one stands where none belongs."""
