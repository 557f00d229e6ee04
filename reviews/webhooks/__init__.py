"""What other systems are told, by Standard Webhooks: read off the histories, signed, repeated until it is taken."""
