"""Answer many questions of separation on one graph by walks over (node, came in by an arrowhead); the twin of separation.py."""

from libc.stdlib cimport calloc, free

ctypedef const int[::1] Ints


cdef struct Space:
    int* wall      # the question in which the node was given
    int* opened    # the question in which the node was given or an ancestor of given ones
    int* goal      # the question in which the node was looked for
    int* seen      # the question in which the state 2 * node + into was met
    int* waiting   # states to go on from


cdef void climb(int[] edges, int[] near, Space* space, const int* given, Py_ssize_t count, int stamp) noexcept nogil:
    """Stamp some nodes and all their ancestors as opened."""
    cdef Py_ssize_t held = 0
    cdef int node, i, j
    for i in range(count):
        node = given[i]
        space.wall[node] = stamp
        if space.opened[node] != stamp:
            space.opened[node] = stamp
            space.waiting[held] = node
            held += 1
    while held:
        held -= 1
        node = space.waiting[held]
        for j in range(edges[4 * node], edges[4 * node + 1]):
            if space.opened[near[j]] != stamp:
                space.opened[near[j]] = stamp
                space.waiting[held] = near[j]
                held += 1


cdef bint reaches(int[] edges, int[] near, Space* space, const int* begins, Py_ssize_t count, int stamp) noexcept nogil:
    """Tell whether an open walk leads from some nodes to one that is stamped as a goal."""
    cdef Py_ssize_t held = 0
    cdef int state, node, other, kind, i, j
    cdef bint into, is_free, collides
    for i in range(count):
        if space.wall[begins[i]] != stamp and space.seen[2 * begins[i]] != stamp:
            space.seen[2 * begins[i]] = stamp
            space.waiting[held] = 2 * begins[i]
            held += 1
    while held:
        held -= 1
        state = space.waiting[held]
        node, into = state >> 1, state & 1
        is_free = space.wall[node] != stamp
        if is_free and space.goal[node] == stamp:
            return True
        collides = space.opened[node] == stamp if into else is_free
        for kind in range(4):
            if not (collides if kind < 2 else is_free):
                continue
            for j in range(edges[4 * node + kind], edges[4 * node + kind + 1]):
                other = 2 * near[j] + (kind == 1 or kind == 2)
                if space.seen[other] != stamp:
                    space.seen[other] = stamp
                    space.waiting[held] = other
                    held += 1
    return False


def separated(Ints bounds, Ints others, Ints members, const long long[::1] limits, unsigned char[::1] out):
    """Fill `out` (q,) with 1 where the third set of a question separates the first two, else 0."""
    cdef Py_ssize_t n = bounds.shape[0] // 4, i, j
    cdef int stamp
    cdef Space space
    cdef int* room = <int*> calloc(7 * n + 1, sizeof(int))
    cdef int* edges = <int*> &bounds[0]
    cdef int* near = <int*> &others[0] if others.shape[0] else NULL
    cdef const int* nodes = &members[0] if members.shape[0] else NULL
    if room == NULL:
        raise MemoryError()
    space.wall, space.opened, space.goal, space.seen, space.waiting = room, room + n, room + 2 * n, room + 3 * n, room + 5 * n
    with nogil:
        for i in range(out.shape[0]):
            stamp = <int> i + 1
            climb(edges, near, &space, nodes + limits[3 * i + 2], limits[3 * i + 3] - limits[3 * i + 2], stamp)
            for j in range(limits[3 * i + 1], limits[3 * i + 2]):
                space.goal[nodes[j]] = stamp
            out[i] = not reaches(edges, near, &space, nodes + limits[3 * i], limits[3 * i + 1] - limits[3 * i], stamp)
    free(room)


def ordered(Ints bounds, Ints others, int[::1] out):
    """Fill `out` (n,) with the nodes that no cycle of arrows holds back, causes first; return how many there are."""
    cdef Py_ssize_t n = out.shape[0], held = 0, done = 0
    cdef int node, j
    cdef int* missing = <int*> calloc(n + 1, sizeof(int))
    if missing == NULL:
        raise MemoryError()
    for node in range(n):
        missing[node] = bounds[4 * node + 1] - bounds[4 * node]
        if not missing[node]:
            out[held] = node
            held += 1
    while done < held:
        node = out[done]
        done += 1
        for j in range(bounds[4 * node + 2], bounds[4 * node + 3]):
            missing[others[j]] -= 1
            if not missing[others[j]]:
                out[held] = others[j]
                held += 1
    free(missing)
    return held
