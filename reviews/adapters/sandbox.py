"""Have documents read by child processes that may be taken over by what they read: bounded, without network, thrown away.

Decoding a hostile document costs what its maker wants (a 103 kB PDF: 13.6 s), and readers have holes. So one document has one child, forked
from a server that is warm (10 ms instead of 160), killed with its whole process group when its time is up. What comes back is a message of
bounded size that must fit the schema of a Reading.
"""

import asyncio
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec

from reviews.errors import ConfigurationError
from reviews.proofs.inspection import Reading, ReadingLimits

_ROOT = Path(__file__).resolve().parent.parent.parent
_SERVE = "import sys; sys.path.insert(0, sys.argv[1]); from reviews.adapters.reading import nursery; nursery.main(int(sys.argv[2]))"
_TRY_NETWORK = "import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x50000000) != 0)"
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
_SECONDS_TO_START = 60
_CHUNK = 1 << 16
TOO_SLOW, READER_DIED = "too_slow", "reader_died"
"""Failures that say nothing certain about a document (a busy machine is slow as well): a person looks."""
_PID_BYTES = 8


class Order(msgspec.Struct, frozen=True):
    """What is asked of a reader; the twin of `nursery.Order`, which this process must not import."""

    media_type: str
    limits: ReadingLimits
    with_pictures: bool


class Sandbox:
    """Readers in child processes; `children` of them at most at once."""

    def __init__(self, limits: ReadingLimits | None = None, *, children: int = 2, with_pictures: bool = True) -> None:
        self._limits = limits or ReadingLimits()
        self._with_pictures = with_pictures
        self._places = threading.BoundedSemaphore(children)
        self._lock = threading.Lock()
        self._server: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    @property
    def server_pid(self) -> int | None:
        """The process that forks the readers, while there is one."""
        return self._server.pid if self._server else None

    def start(self) -> None:
        """Load the readers now instead of at the first document; takes a few seconds."""
        with self._lock:
            self._started()

    async def read(self, data: bytes, media_type: str) -> Reading:
        """Return what a document is and says; a document that can't be read, or kills its reader, gives a Reading with a failure."""
        return await asyncio.to_thread(self.read_now, data, media_type)

    def read_now(self, data: bytes, media_type: str) -> Reading:
        """Do the same and wait for it; for the command line."""
        if len(data) > self._limits.megabytes * 1_000_000:
            return Reading(failure="oversized", media_type=media_type)
        with self._places:
            heard, in_time = self._ask(data, media_type)
            if in_time and len(heard) < _PID_BYTES:
                heard, in_time = self._ask_a_new_server(data, media_type)
        if not in_time:
            return Reading(failure=TOO_SLOW, media_type=media_type)
        try:
            return msgspec.msgpack.decode(heard[_PID_BYTES:], type=Reading)
        except msgspec.MsgspecError:
            return Reading(failure=READER_DIED, media_type=media_type)

    def close(self) -> None:
        """Stop the server; readers that are still at work die with it."""
        with self._lock:
            self._stop()

    def _ask_a_new_server(self, data: bytes, media_type: str) -> tuple[bytes, bool]:
        """Ask again when no child was ever born: the server died with the order in its hands."""
        with self._lock:
            self._stop()
        return self._ask(data, media_type)

    def _ask(self, data: bytes, media_type: str) -> tuple[bytes, bool]:
        order = msgspec.msgpack.encode(Order(media_type, self._limits, self._with_pictures))
        document = os.memfd_create("document", os.MFD_CLOEXEC)
        here, there = os.pipe2(os.O_CLOEXEC)
        try:
            with memoryview(data) as view:
                written = 0
                while written < len(data):
                    written += os.write(document, view[written:])
            os.lseek(document, 0, os.SEEK_SET)
            self._send(order, [document, there])
        finally:
            os.close(document)
            os.close(there)
        try:
            return _receive(here, time.monotonic() + self._limits.seconds, self._limits.answer_megabytes * 1_000_000)
        finally:
            os.close(here)

    def _send(self, order: bytes, descriptors: list[int]) -> None:
        """Hand an order to the server; one that has died is started once more."""
        with self._lock:
            for last_try in (False, True):
                control = self._started()
                try:
                    socket.send_fds(control, [order], descriptors)
                except OSError:
                    self._stop()
                    if last_try:
                        raise ConfigurationError("the readers of documents do not start; `reviews doctor` says more") from None
                else:
                    return

    def _started(self) -> socket.socket:
        if self._control is not None and self._server is not None and self._server.poll() is None:
            return self._control
        self._stop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-I", "-c", _SERVE, str(_ROOT), str(theirs.fileno())]
        quiet = subprocess.DEVNULL
        self._server = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=quiet, stdout=quiet, stderr=quiet, env=_ENVIRONMENT, cwd="/")  # noqa: S603 - our own module
        theirs.close()
        ours.settimeout(_SECONDS_TO_START)
        self._control = ours
        if ours.recv(16) != b"ready":
            self._stop()
            raise ConfigurationError("the readers of documents do not start; `reviews doctor` says more")
        return ours

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._server is not None:
            self._server.kill()
            self._server.wait()
        self._control = self._server = None


def _receive(pipe: int, deadline: float, most: int) -> tuple[bytes, bool]:
    """Collect a child's answer until it ends; kill the child when it takes or says too much. The second value: whether all went in time."""
    heard = bytearray()
    while (left := deadline - time.monotonic()) > 0 and len(heard) <= most:
        if not select.select([pipe], [], [], left)[0]:
            break
        chunk = os.read(pipe, _CHUNK)
        if not chunk:
            return bytes(heard), True
        heard += chunk
    _kill(bytes(heard[:_PID_BYTES]))
    return b"", False


def _kill(pid: bytes) -> None:
    """Kill a child's process group; it holds the pipe open, so that its number can't have passed to another."""
    if len(pid) == _PID_BYTES:
        try:
            os.killpg(int.from_bytes(pid, "little"), signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return


def network_can_be_closed() -> bool:
    """Whether this system lets a reader have a network of its own with nothing in it."""
    return subprocess.run([sys.executable, "-I", "-c", _TRY_NETWORK], check=False, capture_output=True).returncode == 0  # noqa: S603 - our own line
