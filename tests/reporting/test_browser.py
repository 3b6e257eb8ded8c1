"""A real browser opens the report, finds everything in the one file, and prints it."""

from __future__ import annotations

import pathlib
import shutil
import subprocess

import pytest

import aitia

BROWSER = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync --host-resolver-rules=MAP\t*\t~NOTFOUND"
)


def browse(page: pathlib.Path, profile: pathlib.Path, *options: str) -> str:
    if BROWSER is None:
        pytest.skip("no Chromium is installed")
    command = [BROWSER, *(word.replace("\t", " ") for word in QUIET.split(" ")), f"--user-data-dir={profile}", *options, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    answer = aitia.demo(str(tmp_path_factory.mktemp("demo")))
    assert answer.report is not None
    return pathlib.Path(answer.report)


def test_the_report_opens_without_a_network(page: pathlib.Path, tmp_path: pathlib.Path) -> None:
    shown = browse(page, tmp_path / "profile", "--dump-dom")
    assert "What is the effect of qsmk" in shown
    assert shown.count("<svg") >= 5
    assert shown.rstrip().endswith("</html>")


def test_the_report_prints(page: pathlib.Path, tmp_path: pathlib.Path) -> None:
    browse(page, tmp_path / "profile", f"--print-to-pdf={tmp_path / 'report.pdf'}")
    printed = (tmp_path / "report.pdf").read_bytes()
    assert printed.startswith(b"%PDF")
    assert len(printed) > 50_000
