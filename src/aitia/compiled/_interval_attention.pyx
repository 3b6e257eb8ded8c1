"""Attend along intervals of keys, forward and backward, in single precision; the twin of interval_attention.py."""

import numpy as np

cdef extern from "interval_attention.h" nogil:
    const int WIDE, TILE, BLOCK
    ctypedef struct Intervals:
        const long long *stop
        const long long *reads
        const long long *edge
        const long long *low
        const long long *high
        const unsigned char *low_moves
        const unsigned char *high_moves
    ctypedef struct Rows:
        float *at
        long step
    ctypedef struct Head:
        long queries, keys, width
        float scale
        Rows q, k, v
        const float *panels
    ctypedef struct Slopes:
        Rows grad
        const float *level
        const float *mean
        const float *panels
        Rows q, k, v
    int _suits "suits"()
    void panels_of(Rows rows, long n, long width, float *panels)
    void _attend "attend"(const Head *head, const Intervals *given, long start, long stop, Rows out, float *level, float *space)
    void _descend "descend"(const Head *head, const Slopes *slopes, const Intervals *given, float *space)


def suits():
    """Tell whether this kernel suits the processor."""
    return bool(_suits())


cdef class Held:
    """Hold the columns of intervals as long as a kernel reads them."""

    cdef const long long[::1] stop, reads, edge, low, high
    cdef const unsigned char[::1] low_moves, high_moves
    cdef Intervals given

    def __init__(self, columns):
        self.stop, self.reads, self.edge = columns.stop, columns.reads, columns.edge
        self.low, self.high = filled(columns.low), filled(columns.high)
        self.low_moves, self.high_moves = filled(columns.low_moves.view(np.uint8)), filled(columns.high_moves.view(np.uint8))
        self.given = Intervals(&self.stop[0], &self.reads[0], &self.edge[0], &self.low[0], &self.high[0], &self.low_moves[0], &self.high_moves[0])


def filled(column):
    """Return a column with one number at least, so that it has an address."""
    return np.ascontiguousarray(column) if len(column) else np.zeros(1, dtype=column.dtype)


cdef inline Rows rows_of(const float[:, :, :] x, Py_ssize_t i) noexcept nogil:
    return Rows(<float *>&x[i, 0, 0], x.strides[1] // sizeof(float))


cdef float[::1] space_of(Py_ssize_t count):
    return np.empty(count, dtype=np.float32)


def attend(const float[:, :, :] q, const float[:, :, :] k, const float[:, :, :] v, columns, float scale, rows,
           float[:, :, :] out, float[:, ::1] level):
    """Set rows of output (h, n, d) and log-sum-exp (h, n) of queries (h, n, d) over one head of keys and values (1, k, d)."""
    cdef Held held = Held(columns)
    cdef Py_ssize_t keys = k.shape[1], width = q.shape[2], i
    cdef long start = rows[0], stop = rows[1]
    cdef float[::1] panels = space_of((keys + WIDE) * width), space = space_of(BLOCK * (TILE + width))
    cdef Head head
    with nogil:
        panels_of(rows_of(k, 0), keys, width, &panels[0])
        for i in range(q.shape[0]):
            head = Head(q.shape[1], keys, width, scale, rows_of(q, i), rows_of(k, 0), rows_of(v, 0), &panels[0])
            _attend(&head, &held.given, start, stop, rows_of(out, i), &level[i, 0], &space[0])


def descend(const float[:, :, :] q, const float[:, :, :] k, const float[:, :, :] v, columns, float scale, before, slopes):
    """Add the gradients of queries (h, n, d) and of one head of keys and values (1, k, d) to `slopes`, which hold one of each.

    `before` is the gradient of the output (h, n, d), the log-sum-exp (h, n), and the mean gradient of its weights (h, n).
    """
    cdef const float[:, :, :] grad = before[0]
    cdef const float[:, ::1] level = before[1], mean = before[2]
    cdef float[:, :, :] dq = slopes[0], dk = slopes[1], dv = slopes[2]
    cdef Held held = Held(columns)
    cdef Py_ssize_t keys = k.shape[1], width = q.shape[2], i
    cdef float[::1] panels = space_of((keys + WIDE) * width), values = space_of((keys + WIDE) * width), space = space_of(2 * BLOCK * TILE)
    cdef Head head
    cdef Slopes own
    with nogil:
        panels_of(rows_of(k, 0), keys, width, &panels[0])
        panels_of(rows_of(v, 0), keys, width, &values[0])
        for i in range(q.shape[0]):
            head = Head(q.shape[1], keys, width, scale, rows_of(q, i), rows_of(k, 0), rows_of(v, 0), &panels[0])
            own = Slopes(rows_of(grad, i), &level[i, 0], &mean[i, 0], &values[0], rows_of(dq, i), rows_of(dk, 0), rows_of(dv, 0))
            _descend(&head, &own, &held.given, &space[0])
