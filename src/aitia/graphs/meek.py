"""Direct every line that the arrows leave only one way for, by four rules. [meek1995]"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aitia.graphs.pdag import PDAG, Arrow


def close(state: PDAG, fresh: Iterable[Arrow] | None = None) -> list[Arrow]:
    """Apply the four rules until none applies and return the arrows they added, in order.

    `fresh` are the arrows not yet looked at; without it all are. Lines only become arrows and no arrow is turned, so a
    graph that no DAG extends stays one.
    """
    waiting = list(state.arrows() if fresh is None else fresh)
    added: list[Arrow] = []
    while waiting:
        for source, target in list(forced(state, *waiting.pop())):
            if target in state.lines[source]:
                state.direct(source, target)
                added.append((source, target))
                waiting.append((source, target))
    return added


def forced(state: PDAG, a: int, b: int) -> Iterator[Arrow]:
    """Yield the directions that some rule gives to lines because of the arrow a -> b and the other arrows there are."""
    parents, children, lines, joined = state.parents, state.children, state.lines, state.joined
    beside = joined[a]
    for c in lines[b] - beside:  # rule 1: a -> b -- c, a and c not joined
        yield b, c
    for c in children[b] & lines[a]:  # rule 2: a -> b -> c, a -- c
        yield a, c
    for c in parents[a] & lines[b]:  # rule 2: c -> a -> b, c -- b
        yield c, b
    common = lines[a] & lines[b]
    for c in common:  # rule 3: c -- a -> b, c -- d -> b, c -- b, a and d not joined
        if not (lines[c] & parents[b]) - {a} <= beside:
            yield c, b
    for d in common:  # rule 4: d -- a -> b -> c, d -- c, a and c not joined
        for c in (children[b] & lines[d]) - beside:
            yield d, c
    for c in parents[a] - joined[b]:  # rule 4: d -- c -> a -> b, d -- a, d -- b, c and b not joined
        for d in common & lines[c]:
            yield d, b


def assign(state: PDAG, source: int, target: int) -> list[Arrow]:
    """Direct one line of a closed graph, close it again, and return all arrows that are new, this one first."""
    state.direct(source, target)
    return [(source, target), *close(state, [(source, target)])]


def take_back(state: PDAG, arrows: Iterable[Arrow]) -> None:
    """Turn arrows back into lines."""
    for source, target in arrows:
        state.undirect(source, target)


def is_closed(state: PDAG) -> bool:
    """Tell whether none of the four rules applies."""
    return not any(target in state.lines[source] for a, b in state.arrows() for source, target in forced(state, a, b))
