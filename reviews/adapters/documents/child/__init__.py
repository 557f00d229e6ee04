"""The child's side of reading: the servers that fork readers, and the restrictions on each reader."""
