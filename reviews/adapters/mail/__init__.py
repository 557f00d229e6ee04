"""Mail: from a template to bytes, over SMTP or SendGrid, and what comes back."""
