"""End a study properly however the work on it ends."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from aitia.core.errors import InputError, Stopped
from aitia.flow.answer import analysis_of
from aitia.flow.journal import Journal


@contextlib.contextmanager
def ending(journal: Journal) -> Iterator[None]:
    """Mark the study finished, or stopped with what was done in the error's `answer`; wrong input leaves no study behind."""
    try:
        yield
    except InputError:
        journal.discard()
        raise
    except (Stopped, KeyboardInterrupt) as reason:
        interrupted = Stopped("The work was interrupted.", next="The study holds what was done; --resume goes on with it.")
        error = reason if isinstance(reason, Stopped) else interrupted
        journal.end("stopped", error.what)
        error.answer = analysis_of(journal.study, journal.path)
        raise error from reason
    journal.end("finished")
