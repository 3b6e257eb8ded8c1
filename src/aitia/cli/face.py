"""Show answers, errors and progress: JSON or words on stdout, progress on stderr."""

from __future__ import annotations

import sys
from typing import Any

from aitia.core import codec, show
from aitia.core.errors import AitiaError
from aitia.core.event import Event


def show_answer(answer: Any, *, as_json: bool) -> None:
    """Write a verb's answer to stdout."""
    sys.stdout.write((codec.dumps(answer) if as_json else show.as_text(show.view_of(answer))) + "\n")
    sys.stdout.flush()


def show_error(error: AitiaError, *, as_json: bool) -> None:
    """Write an error: one JSON object on stdout, or two lines on stderr."""
    if as_json:
        body = {"error": {"type": type(error).__name__, "what": error.what, "why": error.why, "try": error.next}}
        sys.stdout.write(codec.dumps(body) + "\n")
        return
    detail = " ".join(part for part in (error.why, error.next) if part)
    sys.stderr.write(f"error: {error.what}\n" + (f"{detail}\n" if detail else ""))


class Lines:
    """Write progress as plain lines: one for each stage and each result."""

    def __init__(self) -> None:
        self.stage = ""

    def __call__(self, event: Event) -> None:
        """Write an event when it says something new."""
        if event.result:
            sys.stderr.write(f"{event.text}\n")
        elif event.stage != self.stage and event.done == 0:
            self.stage = event.stage
            sys.stderr.write(f"[{event.seconds:5.1f} s] {event.stage} …\n")
        sys.stderr.flush()

    def close(self) -> None:
        """End the progress."""


class Bar:
    """Draw progress as a bar on a terminal."""

    def __init__(self) -> None:
        import rich.console
        import rich.progress

        console = rich.console.Console(stderr=True)
        columns = (
            rich.progress.SpinnerColumn(),
            rich.progress.TextColumn("{task.description}"),
            rich.progress.BarColumn(),
            rich.progress.TimeElapsedColumn(),
        )
        self.progress = rich.progress.Progress(*columns, console=console, transient=True)
        self.task = self.progress.add_task("start", total=None)
        self.progress.start()

    def __call__(self, event: Event) -> None:
        """Move the bar, or print a result above it."""
        if event.result:
            self.progress.console.print(event.text, highlight=False, markup=False)
        elif event.stage:
            self.progress.update(self.task, description=f"{event.stage} {event.text}", completed=event.done, total=event.total)

    def close(self) -> None:
        """Remove the bar."""
        self.progress.stop()


class Silence:
    """Say nothing."""

    def __call__(self, event: Event) -> None:
        """Ignore the event."""

    def close(self) -> None:
        """Do nothing."""


def listener(*, quiet: bool) -> Any:
    """Return the listener that fits: silence, a bar on a terminal, else lines."""
    if quiet:
        return Silence()
    return Bar() if sys.stderr.isatty() else Lines()
