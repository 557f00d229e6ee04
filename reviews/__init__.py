"""The review service of a franchise of sun-shade dealers.

Flow A: a finished job becomes an invitation, is sent at a decent hour through the branch's channel, and is closed by its review.
Flow B: a review that nobody invited brings a klantbewijs, which the machine reads and a branch manager judges, blind to the rating.
"""
