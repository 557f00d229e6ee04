"""The filter on system calls: what is not on the list of a reader is refused, whatever a later kernel brings."""

import ctypes
import os
import struct

from reviews.adapters.documents.child import system_calls

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
SECCOMP_MODE_FILTER = 2

_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _ANSWER = 0x20, 0x15, 0x45, 0x35, 0x06
"""Instructions of the classic BPF (linux/bpf_common.h): load a word, jump if equal, if any bit is set, if not less; end with an answer."""
_NUMBER_AT, _MACHINE_AT, _FIRST_AT, _THIRD_AT = 0, 4, 16, 32
"""Where struct seccomp_data holds the call's number, the machine, and the low halves of the first and third argument."""
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
"""SECCOMP_RET_ALLOW, _KILL_PROCESS and _ERRNO (linux/seccomp.h); the last with the number of an error in its low bits."""
EPERM, ENOSYS = 1, 38  # the same on both machines
_Step = tuple[int, int, int, int]
_OTHER_TABLE = 0x40000000
"""Calls of x86-64's second table (x32) have this bit; no library of ours uses them, and on other machines there are none."""
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
"""The kernel's mark of a machine (linux/audit.h), and which number of a system call is its own."""
_ANY_PROCESS = 0xFFFFFFFF
"""Every bit of a process number; that of the caller itself may be written as 0."""
_CLONE_THREAD = 0x00010000
_NO_THREAD = 0xFFFFFFFF & ~0x007D0F00
"""Every flag of `clone` but those with which a C library starts a thread: no namespace, no signal to a parent."""
_PROT_EXEC = 0x4
_NOT_FOR_OWN_MEMORY = 0xFFFFFFE0
"""MADV_HWPOISON is 100 and MADV_SOFT_OFFLINE 101; what a process may advise about its own memory ends at 25 (MADV_COLLAPSE)."""
_UNLESS = (
    (system_calls.PROTECTING, _THIRD_AT, _PROT_EXEC),
    (system_calls.ADVISING, _THIRD_AT, _NOT_FOR_OWN_MEMORY),
    (system_calls.OWN_LIMITS, _FIRST_AT, _ANY_PROCESS),
)
"""Calls that go through unless an argument has one of these bits."""


class Program(ctypes.Structure):
    """The kernel's struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def filter_calls() -> bool:
    """Leave this thread, and those that it starts, the calls of a reader; False where the system knows no such filter."""
    return install(program(os.uname().machine))


def install(written: bytes) -> bool:
    """Have the kernel ask a program about each call from now on, for good; False where it does not take it, or there is none."""
    libc = ctypes.CDLL(None, use_errno=True)
    # no_new_privs: without it the kernel takes a filter only from root.
    if not written or libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(Program(len(written) // 8, written)), 0, 0) == 0)


def program(machine: str) -> bytes:
    """Return the filter for a machine, empty for one whose numbers are not known."""
    if machine not in MACHINES:
        return b""
    mark, column = MACHINES[machine]
    steps = [
        # The machine first: by the 32-bit entry the same number is another call.
        *[(_LOAD, 0, 0, _MACHINE_AT), (_EQUAL, 1, 0, mark), (_ANSWER, 0, 0, KILL)],
        *[(_LOAD, 0, 0, _NUMBER_AT), (_AT_LEAST, 0, 1, _OTHER_TABLE), (_ANSWER, 0, 0, KILL)],
        *(step for numbers in system_calls.ALLOWED.values() for step in _answered(numbers[column], ALLOW)),
        *(step for table, at, bits in _UNLESS for numbers in table.values() for step in _unless(numbers[column], at, bits)),
        *(step for numbers in system_calls.NEW_THREAD.values() for step in _if_thread(numbers[column])),
        # ENOSYS and not EPERM: only then does the C library fall back on the older call, whose arguments can be seen.
        *(step for numbers in system_calls.OPAQUE.values() for step in _answered(numbers[column], REFUSE | ENOSYS)),
        (_ANSWER, 0, 0, REFUSE | EPERM),
    ]
    # struct sock_filter: code, the two jumps, value.
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _answered(number: int, answer: int) -> list[_Step]:
    return [(_EQUAL, 0, 1, number), (_ANSWER, 0, 0, answer)]


def _unless(number: int, argument: int, bits: int) -> list[_Step]:
    """Let a call through unless an argument has one of these bits."""
    return [(_EQUAL, 0, 4, number), (_LOAD, 0, 0, argument), (_ANY_BIT, 0, 1, bits), *_ends()]


def _if_thread(number: int) -> list[_Step]:
    """Let a call through that has the mark of a thread, and nothing that a thread does not have."""
    return [(_EQUAL, 0, 5, number), (_LOAD, 0, 0, _FIRST_AT), (_ANY_BIT, 1, 0, _NO_THREAD), (_ANY_BIT, 1, 0, _CLONE_THREAD), *_ends()]


def _ends() -> list[_Step]:
    return [(_ANSWER, 0, 0, REFUSE | EPERM), (_ANSWER, 0, 0, ALLOW)]
