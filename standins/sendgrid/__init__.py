"""A stand-in for SendGrid: takes mails by its API v3, keeps them, and reports what became of them in signed events."""
