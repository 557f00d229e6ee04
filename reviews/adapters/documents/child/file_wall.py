"""The wall around the files: a reader that is warm opens none, so it may open none.

The first that the system allows: Landlock (Linux 5.13, for everybody), an empty file system of the reader's own (where user namespaces are
allowed, or as root). A reader that is root after that becomes a user of its own, who owns nothing.
"""

import ctypes
import os
import sys
from pathlib import Path

from reviews.adapters.documents.child import system_calls
from reviews.adapters.documents.child.call_filter import MACHINES, PR_SET_NO_NEW_PRIVS
from reviews.adapters.documents.child.protocol import Wall

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
_CREATE_RULESET_VERSION = 1
_FILE_RIGHTS = ((1, 13), (2, 14), (3, 15), (5, 16))
"""How many rights on files each version of Landlock knows (linux/landlock.h); each is a bit, and all of them are taken."""
_TCP_SINCE, _TCP_RIGHTS = 4, 0b11
_SCOPES_SINCE, _SCOPES = 6, 0b11
"""Since this version also: no abstract Unix socket and no signal beyond the processes that are as restricted."""
_MS_READ_ONLY, _MS_NOTHING_SPECIAL, _MS_PRIVATE_ALL, _MNT_DETACH = 0x1, 0x2 | 0x4 | 0x8, 0x4000 | 0x40000, 2
NOBODY_ELSE = 60_800
"""A user whom no distribution gives out (systemd's UIDS-GIDS.md leaves 60706 to 61183 unused). Not `nobody`, whom the embedded database is."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


def close_the_files() -> Wall:
    """Keep this process from opening any file, for good, and return by what: nothing where the system allows none of the ways."""
    standing = Wall.LANDLOCK if _restrict_by_landlock() else Wall.EMPTY_ROOT if _enter_an_empty_root() else Wall(0)
    return standing | (Wall.OWN_USER if _become_nobody_else() else Wall(0))


def landlock_rules(version: int) -> tuple[tuple[int, int, int], int]:
    """Return all that a version of Landlock can forbid (files, network, scopes), and how many bytes of the kernel's struct it knows."""
    files = (1 << max(rights for since, rights in _FILE_RIGHTS if version >= since)) - 1
    if version < _TCP_SINCE:
        return (files, 0, 0), 8
    return ((files, _TCP_RIGHTS, 0), 16) if version < _SCOPES_SINCE else ((files, _TCP_RIGHTS, _SCOPES), 24)


def _restrict_by_landlock() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    number = ctypes.c_long(system_calls.LANDLOCK_CREATE_RULESET)
    version = libc.syscall(number, None, ctypes.c_size_t(0), ctypes.c_uint(_CREATE_RULESET_VERSION))
    if version < 1 or libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    # A ruleset without a single rule: what it can forbid is forbidden everywhere.
    rules, size = landlock_rules(version)
    ruleset = libc.syscall(number, ctypes.byref(_Ruleset(*rules)), ctypes.c_size_t(size), ctypes.c_uint(0))
    if ruleset < 0:
        return False
    try:
        return bool(libc.syscall(ctypes.c_long(system_calls.LANDLOCK_RESTRICT_SELF), ctypes.c_int(ruleset), ctypes.c_uint(0)) == 0)
    finally:
        os.close(ruleset)


def _enter_an_empty_root() -> bool:
    """Make a read-only file system with nothing in it the root of this process alone, and leave the old one behind."""
    libc = ctypes.CDLL(None, use_errno=True)
    machine = os.uname().machine
    if machine not in MACHINES or (libc.unshare(CLONE_NEWNS) != 0 and libc.unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0):
        return False
    # Any folder that exists will do: what is mounted on it is seen by this process alone.
    place, here = sys.prefix.encode(), b"."
    pivot = ctypes.c_long(system_calls.PIVOT_ROOT[MACHINES[machine][1]])
    if libc.mount(None, b"/", None, ctypes.c_ulong(_MS_PRIVATE_ALL), None) != 0:
        return False
    if libc.mount(b"nothing", place, b"tmpfs", ctypes.c_ulong(_MS_READ_ONLY | _MS_NOTHING_SPECIAL), b"size=4k") != 0:
        return False
    os.chdir(place)
    # The new root over the old one, which is then the upper of the two and can be let go of (pivot_root(2)).
    if libc.syscall(pivot, here, here) != 0 or libc.umount2(here, _MNT_DETACH) != 0:
        return False
    os.chdir("/")
    return not any(Path("/").iterdir())


def _become_nobody_else() -> bool:
    """Give up being root: what root owns is then as closed to this process as to any stranger."""
    if os.geteuid() != 0:
        return False
    try:
        os.setgroups([])
        os.setresgid(NOBODY_ELSE, NOBODY_ELSE, NOBODY_ELSE)
        os.setresuid(NOBODY_ELSE, NOBODY_ELSE, NOBODY_ELSE)
    # A container may have taken that right from its root.
    except OSError:
        return False
    return True
