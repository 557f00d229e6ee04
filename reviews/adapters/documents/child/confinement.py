"""Restrict a process before it looks at a document: no network, no files to write, no other process, little memory and time.

The three restrictions do not depend on each other, for a system may forbid one of them: limits (always), an empty network namespace, and a
filter on system calls. They hold a reader that its document has taken over.
"""

import ctypes
import math
import os
import resource
import signal
import struct

from reviews.adapters.documents.child import system_calls
from reviews.proofs.inspection import ReadingLimits

CLONE_NEWUSER, CLONE_NEWNET, CLONE_THREAD = 0x10000000, 0x40000000, 0x00010000
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 22, 38
SECCOMP_MODE_FILTER = 2
# Enough for libraries that load a part of their own late.
OPEN_FILES = 64
SECONDS_WITHOUT_RECOGNITION = 8
"""Processor time for everything but recognition; an honest document takes a tenth of a second."""
SECONDS_PER_PAGE = 30


def confine(limits: ReadingLimits) -> None:
    """Apply every restriction that this system allows to this process, for good."""
    # First, because the filter refuses prctl.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # a reader dies with the server that forked it
    close_the_network()
    set_limits(limits)
    # Only without the filter: this limit counts threads too, and recognition needs two.
    if not filter_calls():
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def close_the_network() -> bool:
    """Move this process into an empty network namespace; False where the system forbids that."""
    # With a user namespace as well: without root only that allows a network namespace.
    return bool(ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)


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


_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _ANSWER = 0x20, 0x15, 0x45, 0x35, 0x06
"""Instructions of the classic BPF (linux/bpf_common.h): load a word, jump if equal, if any bit is set, if not less; end with an answer."""
_NUMBER_AT, _MACHINE_AT, _FIRST_AT, _THIRD_AT = 0, 4, 16, 32
"""Where struct seccomp_data holds the call's number, the machine, and the low halves of the first and third argument."""
# SECCOMP_RET_ALLOW, _KILL_PROCESS and _ERRNO (linux/seccomp.h).
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38  # the same on both machines
_Step = tuple[int, int, int, int]
# Stands for a call that a machine does not have; no call has this number.
_NEVER = 0x3FFFFFFF
_OTHER_TABLE = 0x40000000
"""Calls of x86-64's second table (x32) have this bit; no library of ours uses them, and on other machines there are none."""
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
"""The kernel's mark of a machine (linux/audit.h), and which number of a system call is its own."""
_ANY_PROCESS = 0xFFFFFFFF
"""Every bit of a process number; that of the caller itself may be written as 0."""
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def filter_calls() -> bool:
    """Forbid this process to start another, open a socket or a file to write, or touch another process; False where that cannot be.

    Threads stay possible, and so does reading: a library may load one of its own parts late.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    written = _program(os.uname().machine)
    # no_new_privs: without it the kernel takes a filter only from root.
    if not written or libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(_Program(len(written) // 8, written)), 0, 0) == 0)


def _program(machine: str) -> bytes:
    """Return the filter for a machine, empty for one whose numbers are not known."""
    if machine not in _MACHINES:
        return b""
    mark, column = _MACHINES[machine]
    forbidden = [system_calls.ANOTHER_PROCESS, system_calls.SOCKETS_AND_MESSAGES, system_calls.FILES_TO_WRITE, system_calls.THE_SYSTEM]
    steps = [
        # The machine first: by the 32-bit entry the same number is another call.
        *[(_LOAD, 0, 0, _MACHINE_AT), (_EQUAL, 1, 0, mark), (_ANSWER, 0, 0, _KILL)],
        *[(_LOAD, 0, 0, _NUMBER_AT), (_AT_LEAST, 0, 1, _OTHER_TABLE), (_ANSWER, 0, 0, _KILL)],
        # ENOSYS and not EPERM: only then does libc fall back on the older call, whose arguments can be seen.
        *_refused([system_calls.OPAQUE], column, _ENOSYS),
        *_refused([*forbidden, system_calls.PAST_A_FILTER], column, _EPERM),
        *_allowed_if(_number(system_calls.OPENING["openat"], column), _THIRD_AT, _WRITING, when_set=False),
        *_allowed_if(_number(system_calls.THREADS_AND_FORKS["clone"], column), _FIRST_AT, CLONE_THREAD, when_set=True),
        *_allowed_if(_number(system_calls.OWN_LIMITS["prlimit64"], column), _FIRST_AT, _ANY_PROCESS, when_set=False),
        (_ANSWER, 0, 0, _ALLOW),
    ]
    # struct sock_filter: code, the two jumps, value.
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _number(numbers: tuple[int, int | None], column: int) -> int:
    number = numbers[column]
    return _NEVER if number is None else number


def _refused(groups: list[system_calls.Numbers], column: int, error: int) -> list[_Step]:
    steps = list[_Step]()
    for numbers in (numbers for group in groups for numbers in group.values()):
        steps += [(_EQUAL, 0, 1, _number(numbers, column)), (_ANSWER, 0, 0, _REFUSE | error)]
    return steps


def _allowed_if(number: int, argument: int, bits: int, *, when_set: bool) -> list[_Step]:
    """Let a call through only if an argument has any of these bits set, or none of them."""
    asked = (_ANY_BIT, 1, 0, bits) if when_set else (_ANY_BIT, 0, 1, bits)
    return [(_EQUAL, 0, 4, number), (_LOAD, 0, 0, argument), asked, (_ANSWER, 0, 0, _REFUSE | _EPERM), (_ANSWER, 0, 0, _ALLOW)]
