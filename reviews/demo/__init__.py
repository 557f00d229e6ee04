"""The demo: invented branches, people and documents, and one command that starts everything and runs both flows."""
