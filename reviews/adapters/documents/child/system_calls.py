"""The numbers of the system calls that a reader may make once it is warm, per machine; all others are refused.

Found by tracing readings of every kind, and completed with what the C library does on other kernels. From Linux:
arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h. The first number is that of x86-64, the second that of AArch64.
"""

Numbers = dict[str, tuple[int, int]]

MEMORY: Numbers = {
    "brk": (12, 214),
    "munmap": (11, 215),
    "mremap": (25, 216),
}
THREADS: Numbers = {
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "gettid": (186, 178),
    "getpid": (39, 172),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "restart_syscall": (219, 128),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
"""Recognition reads two lines at once."""
ANSWER: Numbers = {"write": (1, 64), "close": (3, 57)}
"""Only to what is open already: the pipe for the answer."""
TIME_AND_CHANCE: Numbers = {
    "clock_gettime": (228, 113),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "getrandom": (318, 278),
}
"""Mostly read without a call; on a machine whose clock the kernel does not share, with one. The C library sorts by how much memory there is."""

PROTECTING: Numbers = {"mmap": (9, 222), "mprotect": (10, 226)}
"""Allowed without PROT_EXEC: no new code."""
ADVISING: Numbers = {"madvise": (28, 233)}
"""Allowed for memory of one's own: root may also tell the kernel that a piece of the machine's memory is broken."""
NEW_THREAD: Numbers = {"clone": (56, 220)}
"""Allowed for threads alone."""
OWN_LIMITS: Numbers = {"prlimit64": (302, 261)}
"""Allowed on the caller alone: it could otherwise limit the processor time of the process that asked."""
OPAQUE: Numbers = {"clone3": (435, 435)}
"""Its arguments lie in memory, where a filter can't look: the filter says that it does not exist, and the C library falls back on `clone`."""

ALLOWED: Numbers = {**THREADS, **MEMORY, **ANSWER, **TIME_AND_CHANCE}
"""Allowed whatever their arguments; the most frequent first, for the filter compares one after the other."""
PIVOT_ROOT = (155, 41)
LANDLOCK_CREATE_RULESET, LANDLOCK_RESTRICT_SELF = 444, 446
"""Made before the filter stands, and the same number on both machines."""
