"""Give every test a run, and --long its meaning."""

from __future__ import annotations

import pytest

from aitia.core.run import Run


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long statistical tests too")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--long") and config.option.markexpr == "not long":
        config.option.markexpr = ""


@pytest.fixture
def run() -> Run:
    return Run(seed=0)
