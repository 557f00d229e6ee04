"""Everything that opens a socket, a file or a child process."""
