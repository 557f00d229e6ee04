"""Start and use the servers that fork readers, from the process that has documents to read.

There are two: one that has loaded only what a text layer needs and forks in a few milliseconds, and one with the recognition models, where
each child costs ten times that. Each is started when it is first needed, or ahead of that, and again when it has died. When nothing was read for
a while it is stopped: the models alone hold hundreds of megabytes.

How long a start takes says something about the machine: one that gets on is not killed, however slowly it does.
"""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path

from reviews.adapters.documents.child.protocol import HEAD_BYTES, LENGTH_BYTES, PID_BYTES, write_all
from reviews.errors import ReaderUnavailableError

_ROOT = Path(__file__).resolve().parents[3]
# -I leaves out the current folder and PYTHONPATH, so the package's own folder comes as an argument.
_SERVE = "import sys; sys.path.insert(0, sys.argv[1]); import {0}; {0}.main(int(sys.argv[2]))"
# Nothing of ours: a reader that was taken over must find no key. One thread each, since threads of a pool do not survive a fork.
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
QUIET_SECONDS, START_SECONDS = 300.0, 60.0
_SECONDS_TO_SEND = 60
_SECONDS_BETWEEN_LOOKS = 0.5
_CHUNK = 1 << 16
_PF_EXITING = 0x4  # linux/sched.h
_KNOCK = b"read"
_READY = b"ready"
READERS, RECOGNISERS = "reviews.adapters.documents.child.reader_server", "reviews.adapters.documents.child.recogniser_server"
"""The modules that serve; this process must not import them, because they load every decoder."""


class ForkServer:
    """One server of readers, which is the `main` of a module; safe to use from several threads.

    It is stopped when nothing was asked of it for `quiet` seconds; the next order starts it again. One that starts may go `patience` seconds
    without using the processor; then it hangs, and is killed.
    """

    def __init__(self, module: str, *, quiet: float = QUIET_SECONDS, patience: float = START_SECONDS) -> None:
        self._module, self._patience = module, patience
        self._quiet = quiet
        self._at_work = 0
        self._rest: threading.Timer | None = None
        # Documents are read in threads (`asyncio.to_thread`), so this is no asyncio lock.
        self._lock = threading.Lock()
        self._server: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._closed = False
        self._is_up = False

    @property
    def is_ready(self) -> bool:
        """Whether the readers are loaded and their server lives; never waits."""
        server = self._server
        return self._is_up and server is not None and server.poll() is None

    @property
    def pid(self) -> int | None:
        """The process that forks the readers, while there is one."""
        return self._server.pid if self._server else None

    def start(self) -> None:
        """Load what the readers need now instead of at the first document; takes one to five seconds."""
        with self._awake(), self._lock:
            self._started()

    def close(self) -> None:
        """Stop the server for good; readers that are still at work die with it, and no order starts it again."""
        # Before the lock, which a start holds: it sees this and gives up.
        self._closed = True
        with self._lock:
            self._stay_awake()
            self._stop()

    def ask(self, order: bytes, files: list[bytes], *, seconds: float, most: int) -> tuple[bytes, bool]:
        """Have a child carry out an order and return its walls with its answer of at most `most` bytes, and whether it came in time.

        An order whose child never began, or ended as its server did, is given once more. Raise ReaderUnavailableError when that does not help,
        when the server hangs (the next order starts another), or when it was stopped for good.
        """
        with self._awake():
            return self._answer(order, files, seconds, most)

    @contextlib.contextmanager
    def _awake(self) -> Generator[None]:
        """Keep the server for as long as the block lasts, and for its quiet time afterwards."""
        with self._lock:
            self._at_work += 1
            self._stay_awake()
        try:
            yield
        finally:
            with self._lock:
                self._at_work -= 1
                self._rest_later()

    def _stay_awake(self) -> None:
        if self._rest:
            self._rest.cancel()
            self._rest = None

    def _rest_later(self) -> None:
        if self._at_work or self._closed:
            return
        self._rest = threading.Timer(self._quiet, self._go_to_rest)
        # Otherwise a process that ends would wait for it.
        self._rest.daemon = True
        self._rest.start()

    def _go_to_rest(self) -> None:
        with self._lock:
            # An order may have come while this waited for the lock; its reader would die with the server.
            if not self._at_work:
                self._stop()

    def _answer(self, order: bytes, files: list[bytes], seconds: float, most: int) -> tuple[bytes, bool]:
        # Twice at most: whatever ends one server after the other, no document may hold us up with it.
        for _ in range(2):
            heard, in_time, server = self._ask(order, files, seconds, most)
            # A child writes its number and its walls before it looks at the document: without them the document is not to blame.
            began = len(heard) >= HEAD_BYTES
            if not began and not in_time:
                self._drop(server)
                break
            # A reader dies with its server, so what it said may not be all of it.
            if began and (not in_time or self._lives(server)):
                return heard[PID_BYTES:], in_time
        raise ReaderUnavailableError("the readers of documents do not answer; `reviews doctor` says more")

    def _lives(self, pid: int) -> bool:
        """Whether this is still the server, and not about to end."""
        server = self._server
        return server is not None and server.pid == pid and not _is_ending(pid)

    def _ask(self, order: bytes, files: list[bytes], seconds: float, most: int) -> tuple[bytes, bool, int]:
        """Ask once; the last value is the server that was asked."""
        # A file in memory: no document touches a disk.
        document = os.memfd_create("document", os.MFD_CLOEXEC)
        here, there = os.pipe2(os.O_CLOEXEC)
        try:
            for data in (len(order).to_bytes(LENGTH_BYTES, "little"), order, *files):
                write_all(document, data)
            os.lseek(document, 0, os.SEEK_SET)
            server = self._send([document, there])
        finally:
            os.close(document)
            os.close(there)
        try:
            # Our copy of the writing end is closed by now: the pipe ends when the child does.
            return *_receive(here, time.monotonic() + seconds, most), server
        finally:
            os.close(here)

    def _drop(self, server: int) -> None:
        """Stop a server that hangs, unless another thread did so first: its successor may already be reading a document."""
        with self._lock:
            if self.pid == server:
                self._stop()

    def _send(self, descriptors: list[int]) -> int:
        """Hand an order to the server and return which one took it; one that has died is started once more."""
        with self._lock:
            # A server can die between the check and the send; twice in a row it does not start at all.
            for _ in range(2):
                control = self._started()
                try:
                    socket.send_fds(control, [_KNOCK], descriptors)
                except OSError:
                    self._stop()
                else:
                    assert self._server is not None
                    return self._server.pid
        raise _does_not_start()

    def _started(self) -> socket.socket:
        if self._closed:
            raise _does_not_start()
        if self._control is not None and self._server is not None and self._lives(self._server.pid):
            return self._control
        self._stop()
        # SEQPACKET: one message stays one message, and its descriptors stay with it.
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-I", "-c", _SERVE.format(self._module), str(_ROOT), str(theirs.fileno())]
        quiet = subprocess.DEVNULL
        self._server = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=quiet, stdout=quiet, stderr=quiet, env=ENVIRONMENT, cwd="/")  # noqa: S603 - our own module
        # Otherwise the server's death would not close the socket, and we would wait for it in vain.
        theirs.close()
        ours.settimeout(_SECONDS_TO_SEND)
        self._control = ours
        if not self._comes_up(ours, self._server):
            self._stop()
            raise _does_not_start()
        self._is_up = True
        return ours

    def _comes_up(self, control: socket.socket, server: "subprocess.Popen[bytes]") -> bool:
        """Wait until the server says that it is ready; False when it died, hangs, or is not wanted any more."""
        used, hangs_at = 0, time.monotonic() + self._patience
        while not self._closed and time.monotonic() < hangs_at:
            if select.select([control], [], [], _SECONDS_BETWEEN_LOOKS)[0]:
                return _says_ready(control)
            if (now_used := _processor_used(server.pid)) > used:
                used, hangs_at = now_used, time.monotonic() + self._patience
        return False

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._server is not None:
            self._server.kill()
            # Collected, or it would stay a zombie for as long as this process lives.
            self._server.wait()
        self._control = self._server = None
        self._is_up = False


def _says_ready(control: socket.socket) -> bool:
    try:
        return control.recv(len(_READY)) == _READY
    except OSError:  # dead before it said so
        return False


def _processor_used(pid: int) -> int:
    """Return the processor time of a process in ticks of the kernel (proc(5): fields 14 and 15), 0 when there is none any more."""
    fields = _fields(pid)
    return int(fields[11]) + int(fields[12]) if fields else 0


def _is_ending(pid: int) -> bool:
    """Whether a process has ended or begun to: its children hear of that before we can collect it (proc(5): field 9)."""
    fields = _fields(pid)
    return not fields or bool(int(fields[6]) & _PF_EXITING)


def _fields(pid: int) -> list[str]:
    """Return what proc(5) tells of a process, from its third field on; nothing when there is none any more."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    # The name of the program stands in brackets and may hold anything, brackets too.
    return told.rpartition(")")[2].split()


def _does_not_start() -> ReaderUnavailableError:
    return ReaderUnavailableError("the readers of documents do not start; `reviews doctor` says more")


def _receive(pipe: int, deadline: float, most: int) -> tuple[bytes, bool]:
    """Collect a child's answer until it ends, it takes too long or it says too much, and kill the child in any case."""
    heard, waiting = bytearray(), select.poll()
    waiting.register(pipe, select.POLLIN)
    # More than `most` ends the reading: a reader that was taken over may write without end.
    while (left := deadline - time.monotonic()) > 0 and len(heard) <= most:
        if not waiting.poll(left * 1000):
            break
        chunk = os.read(pipe, _CHUNK)
        if not chunk:
            _kill(bytes(heard[:PID_BYTES]))
            return bytes(heard), True
        heard += chunk
    _kill(bytes(heard[:PID_BYTES]))
    # Enough to tell whether a reader began; the rest may be without end.
    return bytes(heard[:HEAD_BYTES]), False


def _kill(pid: bytes) -> None:
    """Kill a child's process group: one that holds the pipe open has not died, and one that was taken over may let go of it and live on."""
    if len(pid) == PID_BYTES:
        try:
            # The number comes from the child itself, but it had written it before it opened the document.
            os.killpg(int.from_bytes(pid, "little"), signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return
