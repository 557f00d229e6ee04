"""The filter on system calls, for both machines, run as the kernel would: only what a reader needs goes through."""

import struct
from typing import NamedTuple

import pytest

from reviews.adapters.documents.child import system_calls
from reviews.adapters.documents.child.call_filter import ALLOW, ENOSYS, EPERM, KILL, MACHINES, REFUSE, program

NUMBERS = 1000
"""Further than any kernel has calls."""
THREAD = 0x003D0F00
"""What the C library starts a thread with (nptl/pthread_create.c)."""
WRITABLE, RUNNABLE = 0x3, 0x4
NEW_NETWORK, EXIT_SIGNAL = 0x40000000, 17


class Call(NamedTuple):
    """What the kernel shows a filter of a call (struct seccomp_data): number, machine, arguments."""

    number: int
    mark: int
    arguments: tuple[int, ...] = (0,) * 6

    def bytes(self) -> bytes:
        """Lay it out as the kernel does."""
        return struct.pack("=IIQ6Q", self.number, self.mark, 0, *self.arguments)


def answer(written: bytes, call: Call) -> int:
    """Run a program of classic BPF over a call, as far as it uses loads, jumps and returns."""
    steps, seen, at, held = list(struct.iter_unpack("=HBBI", written)), call.bytes(), 0, 0
    while True:
        code, yes, no, value = steps[at]
        at += 1
        if code == 0x06:
            return int(value)
        if code == 0x20:
            (held,) = struct.unpack_from("=I", seen, value)
        else:
            holds = {0x15: held == value, 0x45: bool(held & value), 0x35: held >= value}[code]
            at += yes if holds else no


def asked(machine: str, name: str, *arguments: int) -> int:
    """Ask the filter of a machine about a call by its name."""
    mark, column = MACHINES[machine]
    tables = (
        system_calls.ALLOWED,
        system_calls.PROTECTING,
        system_calls.ADVISING,
        system_calls.NEW_THREAD,
        system_calls.OWN_LIMITS,
        system_calls.OPAQUE,
    )
    number = next(table[name] for table in tables if name in table)[column]
    return answer(program(machine), Call(number, mark, (*arguments, *(0,) * (6 - len(arguments)))))


both = pytest.mark.parametrize("machine", MACHINES)


@both
def test_all_calls_but_those_of_a_reader_are_refused(machine: str) -> None:
    mark, column = MACHINES[machine]
    through = {number for number in range(NUMBERS) if answer(program(machine), Call(number, mark)) == ALLOW}
    refused = {number for number in range(NUMBERS) if answer(program(machine), Call(number, mark)) == REFUSE | EPERM}

    tables = system_calls.PROTECTING | system_calls.ADVISING | system_calls.OWN_LIMITS
    by_argument = {numbers[column] for numbers in tables.values()}
    assert through == {numbers[column] for numbers in system_calls.ALLOWED.values()} | by_argument
    assert set(range(NUMBERS)) - through - refused == {numbers[column] for numbers in system_calls.OPAQUE.values()}


REFUSED = {
    "openat": (257, 56),
    "read": (0, 63),
    "socket": (41, 198),
    "connect": (42, 203),
    "execve": (59, 221),
    "kill": (62, 129),
    "tgkill": (234, 131),
    "fcntl": (72, 25),
    "prctl": (157, 167),
    "ptrace": (101, 117),
    "memfd_secret": (447, 447),
    "setxattrat": (463, 463),
    "open_tree_attr": (467, 467),
    "inotify_init1": (294, 26),
    "personality": (135, 92),
    "splice": (275, 76),
    "io_uring_setup": (425, 425),
    "userfaultfd": (323, 282),
    "ioctl": (16, 29),
    "getdents64": (217, 61),
    "pipe2": (293, 59),
    "unlinkat": (263, 35),
    "mount": (165, 40),
    "setuid": (105, 146),
    "sendmsg": (46, 211),
    "eventfd2": (290, 19),
}


@both
@pytest.mark.parametrize("name", REFUSED)
def test_a_call_that_is_not_on_the_list_is_refused_by_its_name(machine: str, name: str) -> None:
    mark, column = MACHINES[machine]

    assert answer(program(machine), Call(REFUSED[name][column], mark)) == REFUSE | EPERM


@both
def test_a_thread_may_be_started_and_nothing_else_may(machine: str) -> None:
    assert asked(machine, "clone", THREAD) == ALLOW
    for flags in (0, EXIT_SIGNAL, THREAD | NEW_NETWORK, THREAD & ~0x10000, THREAD | EXIT_SIGNAL, NEW_NETWORK):
        assert asked(machine, "clone", flags) == REFUSE | EPERM
    assert asked(machine, "clone3") == REFUSE | ENOSYS


@both
@pytest.mark.parametrize("name", ["mmap", "mprotect"])
def test_memory_may_be_asked_for_but_not_to_run(machine: str, name: str) -> None:
    assert asked(machine, name, 0, 4096, WRITABLE) == ALLOW
    assert asked(machine, name, 0, 4096, RUNNABLE) == asked(machine, name, 0, 4096, WRITABLE | RUNNABLE) == REFUSE | EPERM


@both
def test_memory_may_be_given_back_but_not_taken_from_the_machine(machine: str) -> None:
    """Root may mark memory as broken (MADV_HWPOISON, MADV_SOFT_OFFLINE), and the machine does without it."""
    assert asked(machine, "madvise", 0, 4096, 4) == asked(machine, "madvise", 0, 4096, 25) == ALLOW
    assert asked(machine, "madvise", 0, 4096, 100) == asked(machine, "madvise", 0, 4096, 101) == REFUSE | EPERM


@both
def test_a_reader_limits_nobody_but_itself(machine: str) -> None:
    assert asked(machine, "prlimit64", 0) == ALLOW
    assert asked(machine, "prlimit64", 1) == asked(machine, "prlimit64", 1 << 31) == REFUSE | EPERM


@both
def test_calls_of_another_machine_or_table_end_the_reader(machine: str) -> None:
    mark, column = MACHINES[machine]
    others = [other for other, _ in MACHINES.values() if other != mark]

    for number in (system_calls.ANSWER["write"][column], 0, NUMBERS):
        # The 32-bit entries of both, and a machine that we do not know.
        for other in (*others, 0x40000003, 0x40000028, 0):
            assert answer(program(machine), Call(number, other)) == KILL
        assert answer(program(machine), Call(number | 0x40000000, mark)) == KILL


def test_a_machine_whose_numbers_are_not_known_has_no_filter() -> None:
    assert [program(machine) for machine in ("i686", "armv7l", "riscv64", "")] == [b""] * 4
