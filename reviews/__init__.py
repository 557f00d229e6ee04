"""The review service of a franchise of sun-shade dealers.

Flow A: a finished job becomes an invitation, is sent within sending hours through the branch's channel, and is closed by its review.
Flow B: an uninvited review comes with a klantbewijs, which the machine reads and a branch manager judges without seeing the rating.
"""
