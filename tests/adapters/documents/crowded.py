"""A server of readers that may have no process beside it until it is sent SIGUSR1, as where a container is full for a while.

It belongs to a user without rights, since the bound on processes does not hold root.
"""

import resource
import signal

from reviews.adapters.documents.child import reader_server, warming
from tests.adapters.documents.lesser_machine import become_somebody
from tests.proofs import taken_over


def main(control_fd: int) -> None:
    """Serve as that user."""
    # Now: somebody without rights may not even get at Python's own folder.
    warming.warm()
    become_somebody()
    _, most = resource.getrlimit(resource.RLIMIT_NPROC)

    def make_room(_signal: int, _frame: object) -> None:
        resource.setrlimit(resource.RLIMIT_NPROC, (most, most))

    signal.signal(signal.SIGUSR1, make_room)
    resource.setrlimit(resource.RLIMIT_NPROC, (0, most))
    reader_server.main(control_fd, taken_over.recognise)
