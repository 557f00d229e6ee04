"""Restrict a process before it looks at a document: no file, no network, no other process, little memory and time.

Limits hold always. Three walls beside them do not depend on each other, for a system may forbid one of them: a list of the system calls that
a reader may make, a wall around the files, and an empty network of its own. They hold a reader that its document has taken over. The first two
must stand (`protocol.missing`); the third is one more, for the list has no call that opens a socket.
"""

import ctypes
import math
import os
import resource
import signal

from reviews.adapters.documents.child import call_filter, file_wall
from reviews.adapters.documents.child.file_wall import CLONE_NEWUSER
from reviews.adapters.documents.child.protocol import Wall
from reviews.proofs.reading import ReadingLimits

CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
# Enough for libraries that load a part of their own late.
OPEN_FILES = 64
SECONDS_WITHOUT_RECOGNITION = 8
"""Processor time for everything but recognition; an honest document takes a tenth of a second."""
SECONDS_PER_PAGE = 30


def confine(limits: ReadingLimits) -> Wall:
    """Apply every restriction that this system allows to this process, for good, and return which walls stand."""
    standing = Wall.NETWORK if close_the_network() else Wall(0)
    standing |= file_wall.close_the_files()
    set_limits(limits)
    # A reader dies with the server that forked it. Not earlier, because who becomes another user loses this; not later, because the filter
    # refuses prctl.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if call_filter.filter_calls():
        return standing | Wall.CALLS
    # Only without the filter: this limit counts threads too, and recognition needs two.
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    return standing


def tell_what_stands() -> None:
    """Confine this process as a reader would be, say on standard output which walls stand, and end it."""
    standing = confine(ReadingLimits())
    os.write(1, bytes([standing]))
    # What an interpreter does at its end a reader may not.
    os._exit(0)


def close_the_network() -> bool:
    """Move this process into an empty network namespace; False where the system forbids that."""
    libc = ctypes.CDLL(None, use_errno=True)
    # With a user namespace first: without root only that allows one for the network, and with root the process is then root of nothing.
    return bool(libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 or libc.unshare(CLONE_NEWNET) == 0)


def set_limits(limits: ReadingLimits) -> None:
    """Bound memory, processor, files and processes of this process, for good.

    The processor limit starts low: only recognition is slow by nature, and it asks for more page by page, up to the hard limit.
    """
    memory = limits.memory_megabytes * 1024 * 1024
    most = max(1, math.ceil(limits.seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (min(SECONDS_WITHOUT_RECOGNITION, most), most))
    # Pipes are no files: the answer still gets out.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    # A core dump would hold the document.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def allow_more_time() -> None:
    """Move the processor limit for a page that must be recognised, within the hard limit that is set for good."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(used.ru_utime + used.ru_stime) + SECONDS_PER_PAGE
    if hard != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_CPU, (min(soft, hard), hard))
