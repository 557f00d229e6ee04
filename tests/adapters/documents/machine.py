"""Find out which walls a reader can have on this machine, by trying what they are made of in a process of its own.

`python -m tests.adapters.documents.machine LACKING USER` prints their names. It asks the kernel itself and nothing of the product, whose word is
what the tests are about.
"""

import ctypes
import json
import os
import subprocess
import sys

from reviews.settings import PROJECT, environment
from tests.adapters.documents.lesser_machine import become_somebody, take_away

AROUND_FILES = {"LANDLOCK", "EMPTY_ROOT", "OWN_USER"}
_NEW_USER, _NEW_NETWORK, _NEW_MOUNTS = 0x10000000, 0x40000000, 0x00020000
_LANDLOCK, _VERSION = 444, 1
_PRIVATE_ALL = 0x44000


def walls(*, lacking: str = "", user: str = "") -> set[str]:
    """Return the walls of a reader on this machine without what it shall lack; the filter on calls is everywhere else."""
    command = [sys.executable, "-m", "tests.adapters.documents.machine", lacking, user]
    told = subprocess.run(command, cwd=PROJECT, env=environment(), capture_output=True, text=True, check=True).stdout
    return set(json.loads(told)) | (set() if "filters" in lacking else {"CALLS"})


def _main(lacking: str, user: str) -> None:
    take_away(*filter(None, lacking.split(",")))
    if user == "user":
        become_somebody()
    libc = ctypes.CDLL(None)
    found = set[str]()
    if libc.unshare(_NEW_USER | _NEW_NETWORK) == 0 or libc.unshare(_NEW_NETWORK) == 0:
        found.add("NETWORK")
    if libc.syscall(ctypes.c_long(_LANDLOCK), None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION)) > 0:
        found.add("LANDLOCK")
    elif _can_mount(libc):
        found.add("EMPTY_ROOT")
    # Root of a namespace of its own is nobody outside it.
    if os.geteuid() == 0:
        found.add("OWN_USER")
    sys.stdout.write(json.dumps(sorted(found)))


def _can_mount(libc: ctypes.CDLL) -> bool:
    if libc.unshare(_NEW_MOUNTS) != 0 and libc.unshare(_NEW_USER | _NEW_MOUNTS) != 0:
        return False
    private = libc.mount(None, b"/", None, ctypes.c_ulong(_PRIVATE_ALL), None)
    return bool(private == 0 and libc.mount(b"nothing", sys.prefix.encode(), b"tmpfs", ctypes.c_ulong(1), None) == 0)


if __name__ == "__main__":
    _main(*sys.argv[1:])
