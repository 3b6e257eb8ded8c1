"""Look for leaks: an output that changes, or could change, with an input that the order does not let it read.

Two proofs. The Jacobian must be exactly zero there. And inputs that an output may not read are replaced by large
random values, all at once and many times, and the output must stay the same bit for bit: that sees through argmax,
quantisers and routers, whose Jacobian is zero anyway.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import torch

from aitia.core.errors import BadOption
from aitia.core.finding import Finding
from aitia.sequence.order.relation import Relation

FEWEST = 32
LARGE = 1e3
Module = Callable[[torch.Tensor], torch.Tensor]


@dataclasses.dataclass(frozen=True, slots=True)
class Leaks:
    """Hold the (output, input) pairs that leak by the Jacobian and by replacement, and how often inputs were replaced."""

    by_jacobian: tuple[tuple[int, int], ...]
    by_replacement: tuple[int, ...]
    replaced: int


def reached(relation: Relation, layers: int | None = None) -> np.ndarray:
    """Return which inputs (outputs, inputs) can matter after so many layers, any number by default; every node reads itself."""
    step = relation.dense() | np.eye(relation.n, dtype=bool)
    found = step
    for _ in range(relation.n if layers is None else layers - 1):
        wider = (found.astype(np.float32) @ step.astype(np.float32)) > 0
        if (wider == found).all():
            break
        found = wider
    return found


def leak(
    module: Module, x: torch.Tensor, allowed: Relation | np.ndarray, *, layers: int | None = None, replacements: int = FEWEST, seed: int = 0
) -> Finding:
    """Audit a module from inputs x (batch, n, …) to outputs (batch, m, …) against an order, or a mask (m, n) of what may matter.

    `layers` is how many times the module reads along the relation (any number by default). Deterministic modules only:
    a module that answers twice differently is refused by `BadOption`. Whole numbers are replaced among those that occur.
    """
    mask = reached(allowed, layers) if isinstance(allowed, Relation) else np.asarray(allowed, dtype=bool)
    if replacements < FEWEST:
        raise BadOption(f"{replacements} replacements are too few to trust.", next=f"Give {FEWEST} or more.")
    found = leaks(module, x, mask, replacements, torch.Generator().manual_seed(seed))
    pairs = len(found.by_jacobian) + len(found.by_replacement)
    proof = f"{int((~mask).sum())} forbidden pairs, {found.replaced} replacements"
    if not pairs:
        return Finding(check="leak", passed=True, value=0.0, threshold=0.0, says=f"Nothing leaks: {proof}, outputs equal bit for bit.")
    examples = [f"output {q} changes with input {k}" for q, k in found.by_jacobian[:3]]
    examples += [f"output {q} changes when inputs that it may not read are replaced" for q in found.by_replacement[:3]]
    return Finding(
        check="leak",
        passed=False,
        value=float(pairs),
        threshold=0.0,
        says=f"{pairs} leaks: {'; '.join(examples)} ({proof}).",
        next="Look for normalisation over time, padding that reads ahead, or a mask that is not applied.",
    )


def leaks(module: Module, x: torch.Tensor, mask: np.ndarray, replacements: int, generator: torch.Generator) -> Leaks:
    """Return all leaks that both proofs find."""
    with torch.no_grad():
        base = module(x)
        if not torch.equal(base, module(x)):
            raise BadOption("This module answers twice differently.", next="Switch dropout off, or fix its noise, before an audit.")
    if (base.shape[1], x.shape[1]) != mask.shape:
        raise BadOption(f"The module makes {base.shape[1]} outputs of {x.shape[1]} inputs; the order is over {mask.shape}.")
    jacobian = forbidden_gradients(module, x, mask) if x.is_floating_point() else ()
    order = [q for _ in range(-(-replacements // len(mask))) for q in range(len(mask))]
    changed = {q for q in order if not mask[q].all() and differs(module, x, base, q, mask[q], generator)}
    return Leaks(jacobian, tuple(sorted(changed)), len(order))


def forbidden_gradients(module: Module, x: torch.Tensor, mask: np.ndarray) -> tuple[tuple[int, int], ...]:
    """Return the forbidden pairs whose gradient is not exactly zero, by one random direction for each output."""
    inputs = x.detach().clone().requires_grad_()
    out = module(inputs)
    if not out.requires_grad:
        return ()
    weights = torch.randn(out.shape, generator=torch.Generator().manual_seed(1), dtype=out.dtype).to(out.device)
    found = []
    for q in range(out.shape[1]):
        (gradient,) = torch.autograd.grad((out[:, q] * weights[:, q]).sum(), inputs, retain_graph=True, allow_unused=True)
        if gradient is not None:
            touched = (gradient != 0).reshape(*gradient.shape[:2], -1).any(dim=2).any(dim=0)
            found += [(q, int(k)) for k in np.flatnonzero(touched.cpu().numpy() & ~mask[q])]
    return tuple(found)


def differs(module: Module, x: torch.Tensor, base: torch.Tensor, q: int, reads: np.ndarray, generator: torch.Generator) -> bool:
    """Tell whether an output changes when everything it may not read is replaced by large values."""
    hidden = torch.from_numpy(~reads).to(x.device)
    if x.is_floating_point():
        fresh = (torch.randn(x.shape, generator=generator, dtype=torch.float64) * LARGE).to(x.dtype).to(x.device)
    else:
        fresh = x.flatten()[torch.randint(x.numel(), x.shape, generator=generator)]
    shape = (1, -1, *([1] * (x.dim() - 2)))
    with torch.no_grad():
        return not torch.equal(module(torch.where(hidden.view(shape), fresh, x))[:, q], base[:, q])
