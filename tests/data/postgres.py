"""Start a PostgreSQL server of the test's own on the loopback interface, or say why there is none."""

from __future__ import annotations

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator

import pytest

USER = "postgres"


def program(name: str) -> str | None:
    """Where a program of the server lies: on the path, or where Debian keeps it."""
    return shutil.which(name) or next(iter(sorted(map(str, pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), reverse=True)), None)


def as_user(*words: str) -> list[str]:
    """The command as the user of the server, which refuses to run as root."""
    return ["runuser", "-u", USER, "--", *words] if os.geteuid() == 0 else list(words)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def run(*words: str) -> None:
    subprocess.run(as_user(*words), check=True, capture_output=True, timeout=60, cwd="/")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a fresh server, which stops with the session."""
    initdb, control = program("initdb"), program("pg_ctl")
    if initdb is None or control is None:
        pytest.skip("PostgreSQL is not installed (initdb and pg_ctl)")
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        pytest.skip("PostgreSQL is not installed so that root can start it (runuser)")
    pytest.importorskip("psycopg")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="aitia-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
    data, port = str(folder / "data"), free_port()
    run(initdb, "-D", data, "-A", "trust", "-U", "me", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
    options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
    run(control, "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql://me@127.0.0.1:{port}/postgres"
    finally:
        run(control, "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
