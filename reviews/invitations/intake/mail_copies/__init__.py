"""Copies of a branch's own mails: from a secret address to events, with a person where the mail is unclear."""
