"""What is sent to other systems, by Standard Webhooks: read from the histories, signed, repeated until it is accepted."""
