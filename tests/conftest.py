"""Give every test a run, --long its meaning, and --strict-skips its teeth."""

from __future__ import annotations

import pathlib
import re

import pytest

from aitia.core.run import Run

ALLOWED = pathlib.Path(__file__).parent / "allowed_skips.txt"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long statistical tests too")
    parser.addoption("--strict-skips", action="store_true", help="fail on a skip whose reason is not in allowed_skips.txt")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--long") and config.option.markexpr == "not long":
        config.option.markexpr = ""


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if not session.config.getoption("--strict-skips") or hasattr(session.config, "workerinput"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    lines = ALLOWED.read_text(encoding="utf8").splitlines()
    allowed = [re.compile(line) for line in lines if line and not line.startswith("#")]
    strange = []
    for report in reporter.stats.get("skipped", []):
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr).removeprefix("Skipped: ")
        if not any(pattern.search(reason) for pattern in allowed):
            strange.append(f"{report.nodeid}: {reason}")
    if strange:
        reporter.write_line("skips that allowed_skips.txt does not allow:\n" + "\n".join(strange), red=True)
        session.exitstatus = 1


@pytest.fixture
def run() -> Run:
    return Run(seed=0)
