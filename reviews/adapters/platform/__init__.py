"""The review platform klantenvertellen.nl: calls, answers, and what the flows ask of it."""
