"""The demo post office: takes every mail over SMTP, delivers none, shows them all, and misbehaves on command."""
