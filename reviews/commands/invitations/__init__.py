"""`reviews invitations`: what an operator can see and change in the queue."""
