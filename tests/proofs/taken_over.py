"""Readers that their document has taken over: what `recognise` does here is what a hole in a decoder would let a stranger do.

Served by the same nursery as the real ones, in the same children. The width of the picture chooses the attempt; the answer says how it ended.
"""

import ctypes
import os
import resource
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from reviews.adapters.documents.child import reader_server
from reviews.adapters.documents.reading.draft import Recognised
from reviews.proofs.reading import Word

OUTSIDE = Path(tempfile.gettempdir()) / "written-by-a-reader"
KEPT = Path(tempfile.gettempdir()) / "kept-from-readers"
STOPPED = (OSError, MemoryError, RuntimeError)


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
    os.kill(os.getppid(), signal.SIGKILL)


def starve_the_server() -> None:
    resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (64, 64))


def slow_the_server_down() -> None:
    os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)


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


def read_a_library() -> None:
    Path(__file__).read_bytes()


def start_a_thread() -> None:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()


ATTEMPTS: tuple[Callable[[], None], ...] = (
    connect,
    call_by_datagram,
    fork,
    run_a_program,
    become_a_program,
    write_a_file,
    change_a_file,
    remove_a_file,
    allocate_2_gb,
    kill_the_server,
    starve_the_server,
    slow_the_server_down,
    outlive_the_server,
    go_past_a_filter,
    loop_for_ever,
    print_1_gb,
    read_a_library,
    start_a_thread,
)
NARROWEST = 100


def recognise(picture: Image.Image, page: int) -> Recognised:
    """Make the attempt that the picture asks for."""
    try:
        ATTEMPTS[picture.width - NARROWEST]()
        said = "went_through"
    except STOPPED as stopped:
        said = type(stopped).__name__
    return Recognised([Word(said, page, 0.1, 0.1, 0.9, 0.2, 1.0)], picture, 0, 1)


def main(control_fd: int) -> None:
    """Serve readers that were taken over."""
    KEPT.write_text("kept")
    reader_server.main(control_fd, recognise)
