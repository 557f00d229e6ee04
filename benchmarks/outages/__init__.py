"""What the proof `outages` is made of: a load of many connections, faults that come in turn, and the tally of what was answered."""
