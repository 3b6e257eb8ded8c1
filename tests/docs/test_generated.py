"""What the documents say is what the program does."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_generated_documents_are_fresh() -> None:
    done = subprocess.run([sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_every_link_inside_the_documents_leads_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf8")):
            if not re.match(r"https?://", target):
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


def blocks(page: pathlib.Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf8"), re.S)


@pytest.mark.parametrize("code", blocks(ROOT / "README.md", "python"), ids=lambda code: code.splitlines()[0])
def test_the_code_in_the_readme_runs(code: str, tmp_path: pathlib.Path) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_no_machine_path_in_what_is_committed() -> None:
    tracked = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True, cwd=ROOT).stdout.split()
    for name in tracked:
        path = ROOT / name
        if path.suffix in (".py", ".md", ".toml", ".html", ".svg", ".json", ".txt", ".sh", "") and path.is_file():
            text = path.read_text(encoding="utf8", errors="replace")
            assert not re.search(r"(?<![\w.])/(root|home|work)/\w", text), name
