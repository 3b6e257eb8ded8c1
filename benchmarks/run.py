"""Run benchmarks, each a script of its own that prints its figures beside their limits; with --peers beside the peers too.

usage: run.py [NAME ...] [--peers]     without names every benchmark runs; peers live in .peers, made on first use
"""

from __future__ import annotations

import argparse
import os
import pathlib
import subprocess
import sys
import tomllib
import venv

HERE = pathlib.Path(__file__).resolve().parent
PEERS = HERE.parent / ".peers"
NOT_BENCHMARKS = {"run", "tables", "peer_pc"}


def benchmarks() -> list[str]:
    """The names of all benchmarks."""
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NOT_BENCHMARKS)


def peer(name: str, packages: list[str]) -> pathlib.Path:
    """The Python of one peer's environment, made when it is not there."""
    python = PEERS / name / "bin" / "python"
    stamp = PEERS / name / "packages"
    if not stamp.exists() or stamp.read_text(encoding="utf8").split() != packages:
        sys.stderr.write(f"installing {', '.join(packages)} into .peers/{name} ...\n")
        venv.create(PEERS / name, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages], check=True)
        stamp.write_text("\n".join(packages), encoding="utf8")
    return python


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(benchmarks())}")
    parser.add_argument("--peers", action="store_true", help="measure the peers in the same run")
    given = parser.parse_args()
    if strange := sorted(set(given.names) - set(benchmarks())):
        parser.error(f"there is no benchmark {strange[0]}; there are: {', '.join(benchmarks())}")
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    if given.peers:
        listed = tomllib.loads((HERE / "peers.toml").read_text(encoding="utf8"))
        environment |= {f"AITIA_PEER_{name.upper()}": str(peer(name, entry["packages"])) for name, entry in listed.items()}
    failed = []
    for name in given.names or benchmarks():
        sys.stdout.write(f"\n{name}\n")
        sys.stdout.flush()
        if subprocess.run([sys.executable, HERE / f"{name}.py"], env=environment).returncode:
            failed.append(name)
    sys.exit(f"missed in: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
