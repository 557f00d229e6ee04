"""For managers and head office: the desk behind a login."""
