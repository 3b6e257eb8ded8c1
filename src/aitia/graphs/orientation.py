"""Orient the marks that every Markov equivalent ancestral graph shares, by ten rules. [zhang2008]"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

from aitia.graphs.chordal import components, is_chordal
from aitia.graphs.marked import ARROW, CIRCLE, TAIL, Marked

Collides = Callable[[int, int, int, int], bool]  # theta, alpha, beta, gamma of a discriminating path for beta
Rule = Callable[[Marked], bool]


def orient(state: Marked, collides: Collides, selection: bool = True) -> None:
    """Apply rules 1 to 10 until none applies; unshielded colliders (rule 0) are in the graph already.

    `collides` tells, for a discriminating path from theta over alpha and beta to gamma, whether beta is a collider on
    it: it is one where no separating set of theta and gamma holds it. Without `selection`, rules 5 to 7, which find
    undirected edges, are left out.
    """
    rules: list[Rule] = [after_arrows, beside_chains, between_colliders, before_chains, lambda state: discriminate(state, collides)]
    if selection:
        rules += [circle_cycles, beside_lines, after_half_lines]
    rules.append(along_possible_paths)
    while any(rule(state) for rule in rules):
        pass


def after_arrows(state: Marked) -> bool:
    """Rule 1: a *-> b o-* c, a and c not joined: b -> c."""
    ends, changed = state.ends, False
    waiting = list(range(len(ends)))
    while waiting:
        b = waiting.pop()
        into = [a for a, mark in ends[b].items() if ends[a][b] == ARROW]
        for c in [c for c in ends[b] if ends[c][b] == CIRCLE] if into else ():
            if any(a != c and a not in ends[c] for a in into):
                state.join(b, c, TAIL, ARROW)
                waiting.append(c)
                changed = True
    return changed


def beside_chains(state: Marked) -> bool:
    """Rule 2: a -> b *-> c or a *-> b -> c, and a *-o c: a *-> c."""
    ends, changed = state.ends, False
    for a, others in enumerate(ends):
        for c in [c for c, mark in others.items() if mark == CIRCLE]:
            for b, at_b in others.items():
                if at_b == ARROW and ends[b].get(c) == ARROW and (ends[b][a] == TAIL or ends[c][b] == TAIL):
                    others[c] = ARROW
                    changed = True
                    break
    return changed


def between_colliders(state: Marked) -> bool:
    """Rule 3: a *-> b <-* c, a *-o d o-* c, a and c not joined, d *-o b: d *-> b."""
    ends, changed = state.ends, False
    for d, others in enumerate(ends):
        for b in [b for b, mark in others.items() if mark == CIRCLE]:
            sides = [a for a in others if ends[a][d] == CIRCLE and ends[a].get(b) == ARROW]
            if any(c not in ends[a] for a, c in itertools.combinations(sides, 2)):
                others[b] = ARROW
                changed = True
    return changed


def before_chains(state: Marked) -> bool:
    """Rule 8: a -> b -> c or a -o b -> c, and a o-> c: a -> c."""
    ends, changed = state.ends, False
    for a, c in half_open(state):
        if any(ends[b][a] == TAIL and at_b != TAIL and ends[b].get(c) == ARROW and ends[c][b] == TAIL for b, at_b in ends[a].items()):
            ends[c][a] = TAIL
            changed = True
    return changed


def half_open(state: Marked) -> list[tuple[int, int]]:
    """Return the edges a o-> c as pairs."""
    return [(a, c) for a, others in enumerate(state.ends) for c, mark in others.items() if mark == ARROW and state.ends[c][a] == CIRCLE]


def discriminate(state: Marked, collides: Collides) -> bool:
    """Rule 4: theta … alpha, beta, gamma is a discriminating path for beta, beta o-* gamma: beta -> gamma, or a collider at beta."""
    ends, changed = state.ends, False
    for beta, others in enumerate(ends):
        for gamma in [gamma for gamma in others if ends[gamma][beta] == CIRCLE]:
            for alpha in [a for a, mark in others.items() if mark == ARROW and ends[a].get(gamma) == ARROW and ends[gamma][a] == TAIL]:
                theta = discriminating_start(state, alpha, beta, gamma)
                if theta is None:
                    continue
                if collides(theta, alpha, beta, gamma):
                    state.join(alpha, beta, ARROW, ARROW)
                    state.join(beta, gamma, ARROW, ARROW)
                else:
                    state.join(beta, gamma, TAIL, ARROW)
                changed = True
                break
    return changed


def discriminating_start(state: Marked, alpha: int, beta: int, gamma: int) -> int | None:
    """Return where a discriminating path over alpha for beta to gamma begins, nearest first, or None."""
    ends = state.ends
    waiting, seen = [alpha], {alpha, beta}
    for node in waiting:
        for other in ends[node]:
            if other in seen or other == gamma or ends[other][node] != ARROW:
                continue
            if other not in ends[gamma]:
                return other
            if ends[node][other] == ARROW and ends[other][gamma] == ARROW and ends[gamma][other] == TAIL:
                seen.add(other)
                waiting.append(other)
    return None


def circle_cycles(state: Marked) -> bool:
    """Rule 5: an uncovered cycle of o-o edges, where no node's two neighbours are joined: all its edges are undirected.

    Closed walks serve as well as cycles: an arrowhead anywhere would go all the way round. There is none in a chordal part.
    """
    ends, changed = state.ends, False
    circles = [{b for b, mark in others.items() if mark == CIRCLE and ends[b][a] == CIRCLE} for a, others in enumerate(ends)]
    for part in components(circles, range(len(ends))):
        if is_chordal(circles, part):
            continue
        for a in sorted(part):
            for b in sorted(circles[a]):
                if a < b and ends[a][b] == CIRCLE == ends[b][a]:
                    walk = uncovered_cycle(ends, circles, a, b)
                    for first, second in itertools.pairwise(walk):
                        state.join(first, second, TAIL, TAIL)
                    changed |= bool(walk)
    return changed


def uncovered_cycle(ends: list[dict[int, int]], circles: list[set[int]], a: int, b: int) -> list[int]:
    """Return a closed uncovered walk of circle edges from a over b back to a, or an empty list."""
    before: dict[tuple[int, int], tuple[int, int] | None] = {(a, b): None}
    waiting = [(a, b)]
    for last, node in waiting:
        for other in sorted(circles[node] - {last} - ends[last].keys()):
            if other == a and node not in ends[b] and node != b:
                state: tuple[int, int] | None = (last, node)
                walk = [a]
                while state is not None:
                    walk.append(state[1])
                    state = before[state]
                return [*walk, a]
            if (node, other) not in before:
                before[node, other] = (last, node)
                waiting.append((node, other))
    return []


def beside_lines(state: Marked) -> bool:
    """Rule 6: a -- b o-* c: b -* c."""
    ends, changed = state.ends, False
    for b, others in enumerate(ends):
        if any(mark == TAIL == ends[a][b] for a, mark in others.items()):
            for c in others:
                if ends[c][b] == CIRCLE:
                    ends[c][b] = TAIL
                    changed = True
    return changed


def after_half_lines(state: Marked) -> bool:
    """Rule 7: a -o b o-* c, a and c not joined: b -* c."""
    ends, changed = state.ends, False
    for b, others in enumerate(ends):
        half = [a for a, mark in others.items() if mark == TAIL and ends[a][b] == CIRCLE]
        for c in [c for c in others if ends[c][b] == CIRCLE] if half else ():
            if any(a != c and a not in ends[c] for a in half):
                ends[c][b] = TAIL
                changed = True
    return changed


def along_possible_paths(state: Marked) -> bool:
    """Rules 9 and 10: a o-> c, and an uncovered path that may be directed leads from a to c, or two lead to parents of c: a -> c.

    Rule 9 needs the second node of its path not joined to c, rule 10 the second nodes of its two paths not joined to
    each other. Walks serve as well as paths: where such a path is directed at its beginning it is so to its end.
    """
    ends, changed = state.ends, False
    for a, pairs in itertools.groupby(half_open(state), key=lambda pair: pair[0]):
        reach = {b: possible_walks(state, a, b) for b, mark in ends[a].items() if mark != TAIL and ends[b][a] != ARROW}
        for _, c in pairs:
            parents = set(state.parents(c))
            firsts = [b for b, found in reach.items() if b != c and not parents.isdisjoint(found)]
            ninth = any(b != c and c in found and b not in ends[c] for b, found in reach.items())
            if ninth or any(w not in ends[m] for m, w in itertools.combinations(firsts, 2)):
                ends[c][a] = TAIL
                changed = True
    return changed


def possible_walks(state: Marked, a: int, b: int) -> set[int]:
    """Return every node that an uncovered walk beginning with a, b reaches against no arrowhead and no tail ahead, b included."""
    ends = state.ends
    seen = {(a, b)}
    waiting = [(a, b)]
    for last, node in waiting:
        for other, mark in ends[node].items():
            if mark != TAIL and ends[other][node] != ARROW and other != last and other not in ends[last] and (node, other) not in seen:
                seen.add((node, other))
                waiting.append((node, other))
    return {node for _, node in waiting}


def unshielded_colliders(state: Marked) -> Iterable[tuple[int, int, int]]:
    """Yield every a *-> b <-* c whose ends are not joined."""
    for b, others in enumerate(state.ends):
        into = sorted(a for a in others if state.ends[a][b] == ARROW)
        for a, c in itertools.combinations(into, 2):
            if c not in state.ends[a]:
                yield a, b, c
