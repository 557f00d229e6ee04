"""Readers that their document has taken over: what `recognise` does here is what a hole in a decoder would let a stranger do.

Served by the same fork server as the real ones, in the same children. The width of the picture chooses the attempt; the answer says how it ended.
"""

import ctypes
import fcntl
import mmap
import os
import resource
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image

from reviews.adapters.documents.child import reader_server
from reviews.adapters.documents.child.call_filter import MACHINES
from reviews.adapters.documents.reading.draft import Recognised
from reviews.proofs.reading import Word

OUTSIDE = Path(tempfile.gettempdir()) / "written-by-a-reader"
KEPT = Path(tempfile.gettempdir()) / "kept-from-readers"
SECRET = Path(tempfile.gettempdir()) / "secret-that-everybody-may-read"
STOPPED = (OSError, MemoryError, RuntimeError)


@dataclass
class Around:
    """The processes around a reader, by their numbers; it may not ask for them itself."""

    server: int = 0
    asking: int = 0
    left_open: int = 0


AROUND = Around()


def connect() -> None:
    socket.create_connection(("127.0.0.1", 9), 1)


def call_by_datagram() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def run_a_program() -> None:
    subprocess.run(["/bin/true"], check=True)


def become_a_program() -> None:
    os.execv("/bin/true", ["true"])  # noqa: S606 - that it fails is what is tested


def write_a_file() -> None:
    OUTSIDE.write_bytes(b"x")


def change_a_file() -> None:
    os.open(KEPT, os.O_RDWR)


def remove_a_file() -> None:
    KEPT.unlink()


def allocate_2_gb() -> None:
    held = bytearray(2 << 30)
    held[-1] = 1


def kill_the_server() -> None:
    os.kill(AROUND.server, signal.SIGKILL)


def starve_the_server() -> None:
    resource.prlimit(AROUND.server, resource.RLIMIT_NOFILE, (64, 64))


def slow_the_server_down() -> None:
    os.setpriority(os.PRIO_PROCESS, AROUND.server, 19)


def outlive_the_server() -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(1, 0, 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "PR_SET_PDEATHSIG")


def go_past_a_filter() -> None:
    if ctypes.CDLL(None, use_errno=True).syscall(425, 1, 0) < 0:
        raise OSError(ctypes.get_errno(), "io_uring_setup")


def loop_for_ever() -> None:
    while True:
        pass


def print_1_gb() -> None:
    """Write to everything that is open, the pipe for the answer among them."""
    block = bytes(1 << 20)
    for _ in range(1024):
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, block)
            except OSError:
                continue


def compute() -> None:
    sum(range(1000))


def read_a_secret() -> None:
    SECRET.read_bytes()


def read_the_passwords_of_the_system() -> None:
    Path("/etc/shadow").read_bytes()


def read_the_environment_of_who_asked() -> None:
    Path(f"/proc/{AROUND.asking}/environ").read_bytes()


def read_the_memory_of_who_asked() -> None:
    Path(f"/proc/{AROUND.asking}/mem").open("rb").close()


def read_the_environment_of_the_server() -> None:
    Path(f"/proc/{AROUND.server}/environ").read_bytes()


def look_into_a_folder() -> None:
    list(Path("/etc").iterdir())


def ask_about_a_file() -> None:
    SECRET.stat()


def follow_a_link() -> None:
    Path("/proc/self/exe").readlink()


def have_the_kernel_kill_the_server() -> None:
    """The owner of a descriptor gets a signal of one's choice when there is something to read."""
    fcntl.fcntl(0, fcntl.F_SETOWN, AROUND.server)


def write_to_what_the_server_left_open() -> None:
    os.write(AROUND.left_open, b"x")


def make_new_code() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)


def start_a_thread() -> None:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()


def call(number: int) -> None:
    """Make a system call that would complain of its arguments, if the kernel looked at them at all."""
    if ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *[ctypes.c_long(-1)] * 6) < 0:
        raise OSError(ctypes.get_errno(), f"call {number}")


CALLS = {
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "setxattrat": (463, 463),
    "open_tree_attr": (467, 467),
    "openat2": (437, 437),
    "open_by_handle_at": (304, 265),
    "inotify_init1": (294, 26),
    "inotify_add_watch": (254, 27),
    "fanotify_init": (300, 262),
    "personality": (135, 92),
    "splice": (275, 76),
    "vmsplice": (278, 75),
    "tee": (276, 77),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "socketpair": (53, 199),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "shmget": (29, 194),
    "mq_open": (240, 180),
    "timer_create": (222, 107),
    "sched_setaffinity": (203, 122),
    "setns": (308, 268),
    "unshare": (272, 97),
    "mount": (165, 40),
    "dup": (32, 23),
    "pkey_mprotect": (329, 288),
    "seccomp": (317, 277),
    "a call of a later kernel": (599, 599),
}
"""System calls that do something outside the process, or open something; the numbers as in `system_calls`."""
_COLUMN = MACHINES[os.uname().machine][1]
FORBIDDEN: dict[str, Callable[[], None]] = {
    **{
        act.__name__: act
        for act in (
            connect,
            call_by_datagram,
            fork,
            run_a_program,
            become_a_program,
            write_a_file,
            change_a_file,
            remove_a_file,
            kill_the_server,
            starve_the_server,
            slow_the_server_down,
            outlive_the_server,
            go_past_a_filter,
            have_the_kernel_kill_the_server,
            make_new_code,
        )
    },
    **{name: partial(call, numbers[_COLUMN]) for name, numbers in CALLS.items()},
}
"""What a reader may not do, by its name."""
READING: dict[str, Callable[[], None]] = {
    act.__name__: act
    for act in (
        read_a_secret,
        read_the_passwords_of_the_system,
        read_the_environment_of_who_asked,
        read_the_memory_of_who_asked,
        read_the_environment_of_the_server,
        look_into_a_folder,
    )
}
"""What the wall around the files refuses, also without the list of calls."""
ATTEMPTS: dict[str, Callable[[], None]] = {
    **FORBIDDEN,
    **READING,
    **{act.__name__: act for act in (ask_about_a_file, follow_a_link, write_to_what_the_server_left_open)},
    **{act.__name__: act for act in (allocate_2_gb, loop_for_ever, print_1_gb, compute, start_a_thread)},
}
NARROWEST = 100


def recognise(picture: Image.Image, page: int) -> Recognised:
    """Make the attempt that the picture asks for."""
    try:
        list(ATTEMPTS.values())[picture.width - NARROWEST]()
        said = "went_through"
    except STOPPED as stopped:
        said = type(stopped).__name__
    return Recognised([Word(said, page, 0.1, 0.1, 0.9, 0.2, 1.0)], picture, 0, 1)


def main(control_fd: int) -> None:
    """Serve readers that were taken over."""
    KEPT.write_text("kept")
    SECRET.write_text("secret")
    AROUND.server, AROUND.asking = os.getpid(), os.getppid()
    # As a library may: high up, where the kernel puts nothing of the child's own.
    AROUND.left_open = fcntl.fcntl(os.pipe()[1], fcntl.F_DUPFD, 50)
    reader_server.main(control_fd, recognise)
