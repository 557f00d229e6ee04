"""The klantenvertellen.nl simulator: speaks the platform's REST API, mails its invitations, and misbehaves on command.

A connector cannot tell it from the real platform; what real replies get wrong, these get wrong too, in a fixed rotation.
"""
