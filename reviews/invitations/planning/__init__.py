"""Planning: whether a job earns an invitation, when it leaves, and why."""
