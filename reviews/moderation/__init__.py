"""Where both flows meet a person: the queue, the decision, the publication."""
