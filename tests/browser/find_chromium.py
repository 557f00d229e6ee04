"""Find the Chromium that the browser tests drive, and bring it if this machine has none.

1. Whatever is installed: `/usr/bin/chromium`, `chromium-browser`, `google-chrome`.
2. As root on Debian: the package, by apt.
3. As an ordinary user on Debian: the package and what it needs, unpacked below `.venv/chromium` with a start script that names its libraries.

`python -m tests.browser.find_chromium` prints the path, or one sentence and exit code 1.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-dejavu-core")
OWN = Path(__file__).resolve().parents[2] / ".venv" / "chromium"
START = OWN / "chromium"


class NoChromiumError(Exception):
    """There is no Chromium here and none could be brought; the sentence says what was tried."""


def chromium() -> Path:
    """Return the executable of a Chromium, installing one where there is none; raise NoChromiumError when that fails."""
    found = installed()
    if found:
        return found
    if not shutil.which("apt-get"):
        raise NoChromiumError("no Chromium on this machine, and no apt to bring one: install it by hand")
    OWN.mkdir(parents=True, exist_ok=True)
    with (OWN / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not installed():
            _install_as_root() if os.geteuid() == 0 else _unpack_as_user()
    found = installed()
    if not found:
        raise NoChromiumError("apt brought no Chromium that starts: install it by hand")
    return found


def installed() -> Path | None:
    """Return the Chromium of the system, or the one unpacked earlier, or None."""
    for name in NAMES:
        if path := shutil.which(name, path="/usr/local/bin:/usr/bin:/bin"):
            return Path(path)
    return START if START.exists() else None


def _install_as_root() -> None:
    print("installing Chromium for the browser tests", file=sys.stderr)  # noqa: T201 - a set-up step that takes a minute
    _run(["apt-get", "-qq", "update"])
    _run(["apt-get", "-qq", "install", "--yes", "--no-install-recommends", *PACKAGES])


def _unpack_as_user() -> None:
    """Download the packages with an apt state of our own, since that of the system may be written by root alone, and unpack them."""
    print("downloading Chromium for the browser tests into .venv/chromium", file=sys.stderr)  # noqa: T201 - see above
    apt = _private_apt()
    _run(["apt-get", *apt, "-qq", "update"])
    plan = _run(["apt-get", *apt, "-qq", "install", "--simulate", "--no-install-recommends", *PACKAGES])
    wanted = re.findall(r"^Inst (\S+)", plan, re.MULTILINE)
    debs = OWN / "debs"
    debs.mkdir(exist_ok=True)
    _run(["apt-get", *apt, "-qq", "download", *wanted], cwd=debs)
    root = OWN / "root"
    for deb in sorted(debs.glob("*.deb")):
        _run(["dpkg-deb", "--extract", str(deb), str(root)])
    for folder in (debs, OWN / "state", OWN / "cache"):
        shutil.rmtree(folder)
    _write_start_script(root)


def _private_apt() -> list[str]:
    """Return the options that keep apt's lists, cache and locks in our own folder; sources and keys stay those of the system."""
    state, cache = OWN / "state", OWN / "cache"
    for folder in (state / "lists" / "partial", cache / "archives" / "partial"):
        folder.mkdir(parents=True, exist_ok=True)
    options = {
        "Dir::State": state,
        "Dir::State::status": "/var/lib/dpkg/status",
        "Dir::Cache": cache,
        "Debug::NoLocking": "1",
        "APT::Sandbox::User": "",
    }
    return [part for name, value in options.items() for part in ("-o", f"{name}={value}")]


def _write_start_script(root: Path) -> None:
    """Write what starts the unpacked Chromium: its libraries and fonts come from the unpacked tree, and there is no setuid sandbox."""
    fonts = root / "fonts.conf"
    fonts.write_text(
        f'<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig><dir>{root}/usr/share/fonts</dir>'
        f"<dir>/usr/share/fonts</dir><cachedir>{root}/font-cache</cachedir></fontconfig>\n"
    )
    libraries = ":".join(sorted({str(library.parent) for library in root.rglob("lib*.so*")}))
    draft = START.with_suffix(".draft")
    draft.write_text(
        "#!/bin/sh\n"
        f"export LD_LIBRARY_PATH='{libraries}' FONTCONFIG_FILE='{fonts}' XDG_DATA_DIRS='{root}/usr/share'\n"
        f"exec '{root}/usr/lib/chromium/chromium' --no-sandbox \"$@\"\n"
    )
    draft.chmod(0o755)
    draft.rename(START)


def _run(command: list[str], cwd: Path | None = None) -> str:
    """Run a step and return what it printed; raise NoChromiumError with its last words when it fails."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}  # noqa: TID251 - a child keeps what it was given
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise NoChromiumError(f"{command[0]} could not bring Chromium: {last}")
    return done.stdout


def main() -> int:
    """Print the path of a Chromium for the shell that prepares a test run."""
    try:
        print(chromium())  # noqa: T201 - the answer
    except NoChromiumError as problem:
        print(problem, file=sys.stderr)  # noqa: T201 - the answer
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
