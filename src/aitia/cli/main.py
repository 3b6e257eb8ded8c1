"""Run the command `aitia`."""

from __future__ import annotations

import importlib
import pathlib
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Any

import typer

import aitia
from aitia.cli.build import command
from aitia.cli.face import listener, show_answer, show_error
from aitia.core.errors import AitiaError, BadOption, Stopped
from aitia.core.run import Run

POSITIONAL: dict[str, tuple[str, ...]] = {
    "demo": (),
    "analyze": ("data",),
    "profile": ("data",),
    "identify": ("graph",),
    "estimate": ("data",),
    "check": ("study",),
    "methods": ("shelf",),
    "report": ("study",),
    "replay": ("study",),
    "show": ("what", "expression"),
    "simulate": ("spec",),
}
EXAMPLES = {
    "analyze": (
        'analyze shop.csv --treatment discount --outcome spent --graph "age->discount; age->spent; discount->spent"',
        'analyze trial.csv --treatment arm --outcome pain --knowledge "randomised arm"',
        'analyze example:lalonde-psid --treatment train --outcome re78 --knowledge "tier age educ re74 re75 | train | re78"',
    ),
    "profile": (
        "profile shop.csv",
        "profile survey.csv --treatment qsmk --outcome weight",
        "profile sensors.csv --time date --unit station",
    ),
    "identify": ('identify "z->t; z->y; t->y" --treatment t --outcome y', "identify graph.json --treatment t --outcome y --latent u"),
    "estimate": ('estimate trial.csv --treatment arm --outcome pain --terms "age+age^2+C(site)" --errors cluster --cluster site',),
    "check": ("check aitia-results/shop --check overlap --check placebo --set placebo.draws=200",),
    "methods": ("methods estimation",),
    "report": ("report aitia-results/shop --to md",),
    "show": (
        'show order "(causal(n) & window(n, 16)) | prefix(n, 4)" --n 48',
        'show order "fork_join(20, (24, 16, 20), 16)" --out order.svg',
        'show order "chunks(24, 12)" --n 96 --layers 3',
    ),
    "replay": ("replay aitia-results/shop", "replay aitia-results/shop --data newer.csv"),
    "simulate": (
        'simulate "z->t; z->y; t->y" --treatment t --outcome y --option t.kind=binary --out trial.csv',
        "simulate er:p=20,degree=4,mechanism=gp,noise=uniform --n 2000 --out study.parquet",
        "simulate series:p=5,lags=2 --n 500 --out series.csv",
        "simulate model.toml --seed 7 --out data.csv",
    ),
}
RESULTS = "aitia-results"


class Exit(Exception):
    """Carry an exit code out of a command."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def finish(call: Callable[[Run], Any], common: dict[str, Any]) -> None:
    """Call a verb with a run made from the options that every command has; show its answer or its error."""
    as_json = bool(common["json"])
    shown = listener(quiet=bool(common["quiet"]))
    try:
        run = Run(seed=common["seed"] or 0, workers=workers(common["workers"]), deadline=common["deadline"], listener=shown)
        answer = call(run)
    except Stopped as error:
        shown.close()
        ended(error, as_json=as_json)
        raise Exit(error.exit_code) from error
    except AitiaError as error:
        shown.close()
        show_error(error, as_json=as_json)
        raise Exit(error.exit_code or 1) from error
    finally:
        shown.close()
    show_answer(answer, as_json=as_json)


def workers(number: int | None) -> int:
    """Return the number of processes; raises `BadOption` below one."""
    if number is not None and number < 1:
        raise BadOption(f"{number} workers cannot work.", next="Give 1 or more.")
    return number or 1


def ended(error: Stopped, *, as_json: bool) -> None:
    """Show what was done before a stop."""
    if as_json and error.answer is not None:
        show_answer(error.answer, as_json=True)
        return
    show_error(error, as_json=as_json)
    if error.answer is not None and error.answer.study:
        sys.stderr.write(f"study: {error.answer.study}\n")


def application() -> typer.Typer:
    """Build the command line from the verbs."""
    app = typer.Typer(
        name="aitia",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        help="Answer causal questions from data: the effect, its checks, and how far to trust it.",
    )

    @app.callback(invoke_without_command=True)
    def root(version: bool = typer.Option(False, "--version", help="print the version")) -> None:
        if version:
            sys.stdout.write(f"aitia {aitia.__version__}\n")
            raise Exit(0)

    for name, positional in POSITIONAL.items():
        module = importlib.import_module(f"aitia.flow.verbs.{name}")
        verb = getattr(module, name)
        told = str(module.__doc__).strip().splitlines()[0]
        examples = "\n\n".join(f"aitia {example}" for example in EXAMPLES.get(name, ()))
        register = app.command(name, help=told, short_help=told.rstrip("."), epilog=f"Examples:\n\n{examples}" if examples else None)
        register(command(with_folder(verb) if name in ("analyze", "demo", "simulate") else verb, positional, finish))
    return app


def with_folder(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb that writes a study a fresh folder when none was named."""
    import dataclasses
    import functools

    @functools.wraps(verb)
    def call(*args: Any, **kwargs: Any) -> Any:
        plan = kwargs.get("plan")
        if plan is None:
            return verb(*args, **{**kwargs, "out": kwargs.get("out") or str(fresh(verb.__name__))})
        return verb(*args, **{**kwargs, "plan": plan if plan.out else dataclasses.replace(plan, out=str(folder(kwargs.get("data"), plan)))})

    return call


def folder(data: Any, plan: Any) -> pathlib.Path:
    """Return where to write: the folder of the study that is resumed, or a fresh one named after the data."""
    if plan.resume:
        given = pathlib.Path(plan.resume)
        return given if given.is_dir() else given.parent
    return fresh(pathlib.Path(str(data or "study").rpartition(":")[2]).stem or "study")


def fresh(name: str) -> pathlib.Path:
    """Return the first folder `aitia-results/NAME`, `NAME-2`, … that does not exist yet."""
    number, path = 1, pathlib.Path(RESULTS) / name
    while path.exists():
        number += 1
        path = pathlib.Path(RESULTS) / f"{name}-{number}"
    return path


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code; no exception leaves it."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        if before is not None:
            signal.signal(signal.SIGTERM, terminate)
        return invoked(sys.argv[1:] if arguments is None else arguments)
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)
        results = pathlib.Path(RESULTS)
        if results.is_dir() and not any(results.iterdir()):
            results.rmdir()


def terminate(number: int, frame: FrameType | None) -> None:
    """Turn a polite kill into an interruption, so that the study is saved."""
    raise KeyboardInterrupt


def invoked(arguments: list[str]) -> int:
    """Run one command, turning every way out into an exit code."""
    try:
        application()(args=arguments, standalone_mode=False)
    except Exit as leaving:
        return leaving.code
    except KeyboardInterrupt:
        show_error(Stopped("The work was interrupted."), as_json="--json" in arguments)
        return 3
    except BrokenPipeError:
        return 0
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 2
    except Exception as error:
        return misuse_or_bug(error, as_json="--json" in arguments)
    return 0


def misuse_or_bug(error: Exception, *, as_json: bool) -> int:
    """Show wrong use of the command line as the contract's error; save any other traceback and say where."""
    message = getattr(error, "format_message", None)
    if message is not None:
        show_error(BadOption(message(), next="aitia --help lists commands and options."), as_json=as_json)
        return 2
    with tempfile.NamedTemporaryFile("w", prefix="aitia-", suffix=".txt", delete=False, encoding="utf8") as file:
        file.write("".join(traceback.format_exception(error)))
    unforeseen = AitiaError(
        f"Unforeseen: {type(error).__name__}: {error}",
        why="This is a defect of aitia.",
        next=f"The traceback is in {file.name}; please report it.",
    )
    show_error(unforeseen, as_json=as_json)
    return 1


def run() -> None:
    """Run the command and leave the process with its exit code, also when a signal comes while it ends."""
    try:
        code = main()
    except KeyboardInterrupt:
        code = Stopped.exit_code
    sys.exit(code)
