"""The house stands as ARCHITECTURE.md draws it: imports go down, nothing heavy loads, files and functions stay small."""

from __future__ import annotations

import ast
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "aitia"
FLOORS = (
    {"core", "compiled"},
    {"graphs", "learners"},
    {"data", "measures", "simulation", "sequence", "llm"},
    {"search", "nuisance", "mechanisms", "worlds"},
    {
        "discovery",
        "identification",
        "estimation",
        "checks",
        "counterfactuals",
        "twins",
        "decisions",
        "representation",
        "explanation",
        "faults",
        "training",
    },
    {"reporting"},
    {"flow"},
    {"agent"},
    {"examine"},
    {"cli", "web", "mcp"},
)
FLOOR = {name: level for level, names in enumerate(FLOORS) for name in names}
METHODS = FLOORS[4]
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "lib", "tools"}
LIGHT = {"numpy", "aitia", "typer"} | set(sys.stdlib_module_names)
FILES = sorted(SRC.rglob("*.py"))
WIDE_ALLOWED: dict[str, str] = {}


def tree(path: pathlib.Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf8"))


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def loads(node: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    """Every import at load: not inside functions, not under TYPE_CHECKING."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.Import):
            yield from ((child, alias.name) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are absolute"
            yield child, child.module or ""
        else:
            yield from loads(child)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SRC)))
def test_imports_go_down(path: pathlib.Path) -> None:
    here = path.relative_to(SRC).parts[0]
    if here not in FLOOR:
        return
    for _, module in loads(tree(path)):
        there = room(module) if module.split(".")[0] == "aitia" else ""
        if there in FLOOR and there != here and there != "compiled":
            assert FLOOR[there] < FLOOR[here], f"{path.name} on floor {FLOOR[here]} imports {module} on floor {FLOOR[there]}"
        assert not (here in METHODS and there in METHODS and there != here), f"{path.name} reaches {module}: use the shelf"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SRC)))
def test_no_import_of_aitia_inside_functions(path: pathlib.Path) -> None:
    relative = path.relative_to(SRC).as_posix()
    if relative in ("core/shelf.py", "__init__.py") or relative.startswith("cli/"):
        return
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for inner in ast.walk(node):
                names = (
                    [a.name for a in inner.names]
                    if isinstance(inner, ast.Import)
                    else [inner.module or ""]
                    if isinstance(inner, ast.ImportFrom)
                    else []
                )
                assert not any(name.split(".")[0] == "aitia" for name in names), f"{relative}: {node.name} imports aitia inside"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SRC)))
def test_nothing_heavy_at_load(path: pathlib.Path) -> None:
    light = LIGHT | ({"torch"} if path.relative_to(SRC).parts[0] == "sequence" else set())
    for _, module in loads(tree(path)):
        assert module.split(".")[0] in light, f"{path.name} loads {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SRC)))
def test_sizes_names_and_habits(path: pathlib.Path) -> None:
    text = path.read_text(encoding="utf8")
    parsed = tree(path)
    assert ast.get_docstring(parsed), f"{path} says nothing in its first line"
    assert sum(1 for line in text.splitlines() if line.strip()) <= 400, f"{path} is long"
    assert not VAGUE & {part.removesuffix(".py") for part in path.relative_to(SRC).parts}
    for node in ast.walk(parsed):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert length <= 40, f"{path.name}: {node.name} has {length} lines"
            names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs) if a.arg not in ("self", "cls")]
            assert len(names) <= 10 or f"{path.stem}.{node.name}" in WIDE_ALLOWED, f"{path.name}: {node.name} has {len(names)} parameters"
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called != "print", f"{path} prints"
            assert not re.match(r"(np|numpy)\.random\.(?!Generator|Philox|PCG64|SeedSequence)|random\.\w+$", called), (
                f"{path} uses global randomness: {called}"
            )
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"{path} swallows everything"


def test_wide_functions_are_few() -> None:
    assert len(WIDE_ALLOWED) <= 5


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SRC)))
def test_no_markup_in_python(path: pathlib.Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not re.search(r"</?(div|span|table|tr|td|th|p|svg|path|rect|g|text|html|body|style|h[1-6])[\s>/]", node.value), (
                f"{path}: {node.value[:60]!r}"
            )


def test_no_code_compares_a_methods_name() -> None:
    from aitia.core.shelf import SHELVES

    names = {method.name for shelf in SHELVES.values() for method in shelf}
    for path in FILES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Compare):
                for side in (node.left, *node.comparators):
                    literals = side.elts if isinstance(side, ast.Tuple | ast.Set | ast.List) else [side]
                    found = {x.value for x in literals if isinstance(x, ast.Constant) and isinstance(x.value, str)} & names
                    assert not found, f"{path.name} line {node.lineno} compares with the method name {found}"


def test_only_the_codec_writes_json() -> None:
    for path in FILES:
        if path.name != "codec.py":
            assert not any(module == "json" for _, module in loads(tree(path))), f"{path} imports json"


def test_shared_floor_files_have_two_users() -> None:
    for folder in ("search", "nuisance", "mechanisms"):
        for path in (SRC / folder).glob("[!_]*.py"):
            module = f"aitia.{folder}.{path.stem}"
            users = [p for p in FILES if p != path and any(m == module or m.startswith(module + ".") for _, m in loads(tree(p)))]
            assert len(users) >= 2, f"{module} has {len(users)} user(s): {[p.name for p in users]}"


HEAVY = {
    "torch",
    "sklearn",
    "scipy",
    "plotly",
    "altair",
    "pandas",
    "polars",
    "pyarrow",
    "matplotlib",
    "nicegui",
    "fastapi",
    "jinja2",
    "vl_convert",
}


def test_listing_every_method_loads_nothing_heavy() -> None:
    code = (
        "import sys, aitia; from aitia.core.shelf import SHELVES; [m for s in SHELVES.values() for m in s];"
        f"heavy = {HEAVY!r} & set(sys.modules); sys.exit(str(sorted(heavy)) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_verbs_are_reachable_after_their_packages() -> None:
    code = "import aitia, aitia.estimation.aipw, aitia.checks.placebo; assert all(callable(getattr(aitia, verb)) for verb in aitia.VERBS)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_architecture_names_every_room() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf8")
    rooms = sorted(p.name for p in SRC.iterdir() if p.is_dir() and p.name != "__pycache__")
    for name in rooms:
        assert f"`{name}/`" in text, f"ARCHITECTURE.md does not name {name}/"
    drawn = re.findall(r"`(\w+)/`", text)
    assert not [name for name in drawn if name in FLOOR and name not in rooms], "ARCHITECTURE.md names a room that is not there"
    for folder in rooms:
        for path in sorted((SRC / folder).glob("[!_]*.py")):
            assert f"`{path.name}`" in text, f"ARCHITECTURE.md does not name {folder}/{path.name}"
