"""Machines that lack what a wall is made of, for this process and all that it starts: a container's, an old kernel's.

`python -m tests.adapters.documents.lesser_machine landlock,namespaces -m reviews.cli doctor` runs Python so.
"""

import os
import struct
import sys

from reviews.adapters.documents.child.call_filter import ALLOW, EPERM, MACHINES, REFUSE, install

_LOAD, _EQUAL, _ANSWER = 0x20, 0x15, 0x06
_ENOSYS, _EINVAL = 38, 22
_PR_SET_SECCOMP = 22
_SOMEBODY = 60_801
_CALLS = {"landlock": ((444, 444), _ENOSYS), "namespaces": ((272, 97), EPERM), "users": ((117, 147), EPERM), "programs": ((59, 221), EPERM)}


def take_away(*lacking: str) -> None:
    """Let the kernel deny some things, for good.

    `landlock`, `namespaces` of any kind, another of the `users`, other `programs`, `filters` on system calls; these last, for each of the others
    is one.
    """
    column = MACHINES[os.uname().machine][1]
    for name in sorted(lacking, key=lambda name: name == "filters"):
        if name == "filters":
            prctl = (157, 167)[column]
            steps = [(_LOAD, 0, 0, 0), (_EQUAL, 0, 3, prctl), (_LOAD, 0, 0, 16), (_EQUAL, 0, 1, _PR_SET_SECCOMP), (_ANSWER, 0, 0, REFUSE | _EINVAL)]
        else:
            numbers, error = _CALLS[name]
            steps = [(_LOAD, 0, 0, 0), (_EQUAL, 0, 1, numbers[column]), (_ANSWER, 0, 0, REFUSE | error)]
        assert install(b"".join(struct.pack("=HBBI", *step) for step in [*steps, (_ANSWER, 0, 0, ALLOW)]))


def become_somebody() -> None:
    """Give up being root, for good; whoever is not root stays who they are."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_SOMEBODY, _SOMEBODY, _SOMEBODY)
        os.setresuid(_SOMEBODY, _SOMEBODY, _SOMEBODY)


if __name__ == "__main__":
    take_away(*sys.argv[1].split(","))
    os.execv(sys.executable, [sys.executable, *sys.argv[2:]])  # noqa: S606 - Python itself
