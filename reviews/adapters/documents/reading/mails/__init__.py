"""Mails as documents: taken apart, their signatures checked."""
