"""Judge by one graph what another says of every effect; the twin of adjustment_distance.py."""

from libc.stdlib cimport calloc, free
from libc.string cimport memset

ctypedef const int[::1] Ints

cdef enum:
    PARENTS = 0
    ANCESTORS = 1
    OPTIMAL = 2

# States of a walk at a node: the kind of walk, and the kind of neighbour that it came from where that matters.
cdef enum:
    CAUSAL_FROM_PARENT = 0
    CAUSAL_FROM_LINE = 1
    BLOCKED = 2
    OTHER_FROM_PARENT = 3
    OTHER_FROM_CHILD = 4
    OTHER_FROM_LINE = 5

# What a node is found to be, as bits of one byte each.
cdef enum:
    OPEN = 1        # reached by a walk that may be directed and begins with a line
    BELOW = 2       # reached by a walk that may be directed
    SURELY = 4      # reached by arrows
    GIVEN = 8
    CAUSE = 16      # on an arrow path to the outcome in question

cdef unsigned char INVALID = (1 << BLOCKED) | (1 << OTHER_FROM_PARENT) | (1 << OTHER_FROM_CHILD) | (1 << OTHER_FROM_LINE)


cdef struct Walks:
    int* edges
    int* near
    unsigned char* marks    # bits of what each node is found to be
    unsigned char* seen     # bits of the states in which each node was met
    int* waiting


cdef void spread(Walks* graph, int treatment, int start_kind, unsigned char bit, bint lines) noexcept nogil:
    """Put a bit on every node that walks from neighbours of one kind, over arrows and, if asked, lines, reach."""
    cdef Py_ssize_t held = 0
    cdef int node = treatment, other, j, begin = 4 * treatment + start_kind
    for j in range(graph.edges[begin], graph.edges[begin + 1]):
        other = graph.near[j]
        if not graph.marks[other] & bit:
            graph.marks[other] |= bit
            graph.waiting[held] = other
            held += 1
    while held:
        held -= 1
        node = graph.waiting[held]
        # children lie just before lines
        for j in range(graph.edges[4 * node + 2], graph.edges[4 * node + (4 if lines else 3)]):
            other = graph.near[j]
            if other != treatment and not graph.marks[other] & bit:
                graph.marks[other] |= bit
                graph.waiting[held] = other
                held += 1


cdef void look(Walks* graph, int n, int treatment) noexcept nogil:
    """Find what may lie below the treatment, and what no adjustment can tell."""
    memset(graph.marks, 0, n)
    spread(graph, treatment, 3, OPEN, True)
    spread(graph, treatment, 3, BELOW, True)
    spread(graph, treatment, 2, BELOW, True)


cdef void give_ancestors(Walks* guess, unsigned char* marks, int treatment) noexcept nogil:
    """Mark the ancestors of the treatment in the guess as given."""
    cdef Py_ssize_t held = 1
    cdef int node, parent, j
    guess.waiting[0] = treatment
    while held:
        held -= 1
        node = guess.waiting[held]
        for j in range(guess.edges[4 * node], guess.edges[4 * node + 1]):
            parent = guess.near[j]
            if not marks[parent] & GIVEN:
                marks[parent] |= GIVEN
                guess.waiting[held] = parent
                held += 1


cdef void give_parents(Walks* guess, unsigned char* marks, int treatment) noexcept nogil:
    """Mark the parents of the treatment in the guess as given."""
    cdef int j
    for j in range(guess.edges[4 * treatment], guess.edges[4 * treatment + 1]):
        marks[guess.near[j]] |= GIVEN


cdef void give_optimal(Walks* guess, unsigned char* marks, int n, int treatment, int outcome) noexcept nogil:
    """Mark the parents of what lies between treatment and outcome, without effects of the treatment, as given."""
    cdef Py_ssize_t held = 0
    cdef int node, parent, j
    for node in range(n):
        marks[node] &= ~GIVEN
        guess.marks[node] &= ~CAUSE
    if not guess.marks[outcome] & SURELY:
        return
    guess.marks[outcome] |= CAUSE
    guess.waiting[0] = outcome
    held = 1
    while held:
        held -= 1
        node = guess.waiting[held]
        for j in range(guess.edges[4 * node], guess.edges[4 * node + 1]):
            parent = guess.near[j]
            if parent == treatment:
                continue
            if not guess.marks[parent] & SURELY:
                marks[parent] |= GIVEN
            elif not guess.marks[parent] & CAUSE:
                guess.marks[parent] |= CAUSE
                guess.waiting[held] = parent
                held += 1


cdef inline Py_ssize_t put(Walks* graph, int begin, int end, int state, int treatment, Py_ssize_t held) noexcept nogil:
    """Put neighbours in a state on the stack where that state was not met."""
    cdef int j, other
    for j in range(begin, end):
        other = graph.near[j]
        if other != treatment and not graph.seen[other] >> state & 1:
            graph.seen[other] |= 1 << state
            graph.waiting[held] = 6 * other + state
            held += 1
    return held


cdef bint find_invalid(Walks* truth, int n, int treatment, int outcome) noexcept nogil:
    """Walk until the outcome is met in a state that makes the given set invalid for it, or to the end where it is -1."""
    cdef Py_ssize_t held = 0
    cdef int code, node, state, next_state
    cdef int* edges = truth.edges
    cdef bint given
    memset(truth.seen, 0, n)
    held = put(truth, edges[4 * treatment + 2], edges[4 * treatment + 3], CAUSAL_FROM_PARENT, treatment, held)
    held = put(truth, edges[4 * treatment + 3], edges[4 * treatment + 4], CAUSAL_FROM_LINE, treatment, held)
    held = put(truth, edges[4 * treatment], edges[4 * treatment + 1], OTHER_FROM_CHILD, treatment, held)
    while held:
        held -= 1
        code = truth.waiting[held]
        node, state = code // 6, code % 6
        if node == outcome and INVALID >> state & 1:
            return True
        given = truth.marks[node] & GIVEN
        if state == OTHER_FROM_CHILD:
            if not given:
                held = put(truth, edges[4 * node], edges[4 * node + 1], OTHER_FROM_CHILD, treatment, held)
        elif given and (state == CAUSAL_FROM_PARENT or state == OTHER_FROM_PARENT):
            held = put(truth, edges[4 * node], edges[4 * node + 1], OTHER_FROM_CHILD, treatment, held)
        if state == BLOCKED or (given and state <= CAUSAL_FROM_LINE):
            held = put(truth, edges[4 * node + 2], edges[4 * node + 4], BLOCKED, treatment, held)
        elif not given:
            next_state = CAUSAL_FROM_PARENT if state <= CAUSAL_FROM_LINE else OTHER_FROM_PARENT
            held = put(truth, edges[4 * node + 2], edges[4 * node + 3], next_state, treatment, held)
            next_state = CAUSAL_FROM_LINE if state <= CAUSAL_FROM_LINE else OTHER_FROM_LINE
            held = put(truth, edges[4 * node + 3], edges[4 * node + 4], next_state, treatment, held)
    return False


cdef bint judged(Walks* truth, Walks* guess, int n, int strategy, int treatment, int node) noexcept nogil:
    """Tell whether the guess is wrong about the effect of the treatment on one node."""
    cdef bint claimed = not truth.marks[node] & GIVEN if strategy == PARENTS else guess.marks[node] & BELOW
    if not claimed:
        return (truth.marks[node] & BELOW) != 0
    if (guess.marks[node] & OPEN) != (truth.marks[node] & OPEN):
        return True
    if truth.marks[node] & OPEN:
        return False
    if strategy == OPTIMAL:
        give_optimal(guess, truth.marks, n, treatment, node)
        return (truth.marks[node] & GIVEN) != 0 or find_invalid(truth, n, treatment, node)
    return (truth.seen[node] & INVALID) != 0 or (truth.marks[node] & GIVEN) != 0


def wrong_effects(
    Ints truth_bounds, Ints truth_others, Ints guess_bounds, Ints guess_others, int strategy, int begin, unsigned char[:, ::1] out
):
    """Fill `out` (treatments, n) with 1 where the guess is wrong about the effect of treatment begin + row on a node, else 0."""
    cdef int n = truth_bounds.shape[0] // 4, row, node, treatment
    cdef Walks truth, guess
    cdef int* room = <int*> calloc(6 * n + 1, sizeof(int))
    cdef unsigned char* bytes_room = <unsigned char*> calloc(3 * n + 1, 1)
    if room == NULL or bytes_room == NULL:
        free(room)
        free(bytes_room)
        raise MemoryError()
    truth.edges, truth.near = <int*> &truth_bounds[0], <int*> &truth_others[0] if truth_others.shape[0] else NULL
    guess.edges, guess.near = <int*> &guess_bounds[0], <int*> &guess_others[0] if guess_others.shape[0] else NULL
    truth.marks, truth.seen, guess.marks, guess.seen = bytes_room, bytes_room + n, bytes_room + 2 * n, NULL
    truth.waiting = guess.waiting = room
    with nogil:
        for row in range(out.shape[0]):
            treatment = begin + row
            look(&truth, n, treatment)
            look(&guess, n, treatment)
            if strategy == OPTIMAL:
                spread(&guess, treatment, 2, SURELY, False)
            else:
                if strategy == PARENTS:
                    give_parents(&guess, truth.marks, treatment)
                else:
                    give_ancestors(&guess, truth.marks, treatment)
                find_invalid(&truth, n, treatment, -1)
            for node in range(n):
                out[row, node] = node != treatment and judged(&truth, &guess, n, strategy, treatment, node)
    free(room)
    free(bytes_room)
