"""A stand-in for SendGrid: takes mails by its API v3, keeps them, and tells what became of them in events that it signs."""
