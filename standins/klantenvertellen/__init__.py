"""The klantenvertellen.nl simulator: speaks the platform's REST API, mails its invitations, and misbehaves on command.

A client cannot distinguish it from the real platform: the errors of real replies occur in its replies too, in a fixed rotation.
"""
