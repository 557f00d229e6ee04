"""Is a short text from outside whole, and can an address be mailed?"""
