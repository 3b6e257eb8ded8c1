"""Draw the rows of a model, selected where a spec says so."""

from __future__ import annotations

import dataclasses

import numpy as np

from aitia.core.errors import BadOption
from aitia.core.run import Run
from aitia.simulation.assembling import checked
from aitia.simulation.building import Model
from aitia.simulation.index_columns import rows_wanted
from aitia.simulation.interventions import noise_for
from aitia.simulation.observation.selection import Selection, selection
from aitia.simulation.process import noise_for_steps, run_process
from aitia.simulation.spec import Spec

Rows = dict[str, np.ndarray]
LARGEST_FACTOR = 200  # the smallest share of rows that a selection may keep is about one in two hundred


@dataclasses.dataclass(frozen=True)
class Drawn:
    """Hold rows of all nodes, latent ones too, with their noise, and what was done to choose them."""

    rows: Rows
    noise: Rows
    step: str = ""
    selected_by: tuple[str, ...] = ()


def drawn(model: Model, spec: Spec, run: Run) -> Drawn:
    """Draw the rows that a spec asks for."""
    n = rows_wanted(spec)
    if model.process is not None:
        if spec.observing.selection is not None:
            raise BadOption("Rows of series cannot be selected.", next="Leave selection out.")
        return series_rows(model, spec, n, run)
    assert model.scm is not None
    if spec.observing.selection is None:
        noise = noise_for(model.scm, n, lambda node: run.rng("simulate rows", node))
        return Drawn(finite(model.scm.predict(noise)), noise)
    if spec.groups.groups:
        raise BadOption("Rows of groups cannot be selected.", next="Leave selection or groups out.")
    chosen = selection(spec.observing.selection, model.graph, model.columns, run.rng("simulate selection"))
    return selected(model, chosen, n, run)


def finite(rows: Rows) -> Rows:
    """Return rows; raises `BadOption` naming a node whose values are no numbers."""
    return {node: checked(node, column) for node, column in rows.items()}


def selected(model: Model, chosen: Selection, n: int, run: Run) -> Drawn:
    """Draw more rows until n of them are kept; raises `BadOption` where hardly any is."""
    assert model.scm is not None
    factor = 1.2 / chosen.share
    while factor <= LARGEST_FACTOR:
        run.check()
        noise = noise_for(model.scm, round(factor * n) + 20, lambda node, f=factor: run.rng("simulate rows", f"{node} {f:.3f}"))  # type: ignore[misc]
        rows = finite(model.scm.predict(noise))
        kept = np.flatnonzero(chosen.kept(rows))
        if len(kept) >= n:
            extra = run.rng("simulate selected").permutation(len(kept))[n:]
            kept = np.delete(kept, extra)  # at random, so that every environment loses alike
            own = {} if model.indices else {node: noise_[kept] for node, noise_ in noise.items()}
            return Drawn({node: column[kept] for node, column in rows.items()}, own, chosen.says, chosen.nodes)
        factor *= 2.5
    raise BadOption(f"Hardly any row is kept: {chosen.says}.", next="Select less strictly.")


def series_rows(model: Model, spec: Spec, n: int, run: Run) -> Drawn:
    """Run a process for n steps after its start was dropped."""
    assert model.process is not None
    burn = spec.series.burn
    if burn < 0:
        raise BadOption(f"{burn} time steps cannot be dropped.", next="Give burn of 0 or more.")
    noise = noise_for_steps(model.process, burn + n, 1, lambda node: run.rng("simulate rows", node))
    index = {i.column.name: i.schedule.predict(np.zeros(n), {}) for i in model.indices}
    padded = {name: np.concatenate([np.full(burn, column[0]), column]) for name, column in index.items()}
    values = run_process(model.process, noise, padded)
    rows = {**index, **{node: column[burn:, 0] for node, column in values.items()}}
    return Drawn(finite(rows), {node: column[burn:, 0] for node, column in noise.items()})
