"""Attend few queries, each over listed rows of keys and values, in single precision; the twin of listed_attention.py."""

import numpy as np

from libc.stddef cimport size_t
from libc.string cimport memcpy

cdef extern from "listed_attention.h" nogil:
    ctypedef struct Source:
        const float *k
        const float *v
        const float *own_k
        const float *own_v
        long kept, k_step, v_step, own_k_step, own_v_step
    ctypedef struct Query:
        const float *q
        float *out
        long heads, q_step, out_step, width, count
        const long long *place
        float scale
    int _suits "suits"()
    void attend_listed(const Query *query, const Source *source, float *scores)

cdef struct Array:
    float *at
    long size[4]
    long step[4]


cdef Array array_of(laid) except *:
    cdef Array found
    cdef size_t address
    address, shape, steps = laid
    found.at = <float *>address
    for i in range(4):
        found.size[i], found.step[i] = shape[i], steps[i]
    return found


cdef inline float *head_of(const Array *x, long b, long h) noexcept nogil:
    return x.at + b * x.step[0] + h * x.step[1]


def suits():
    """Tell whether this kernel runs on the processor."""
    return bool(_suits())


def attend(q, kept, const long long[::1] edge, const long long[::1] place, float scale, out, own=None):
    """Set output (b, h, q, d) of queries (b, h, q, d) over the rows of keys and values (b, g, m, d) that their lists name."""
    cdef Array given = array_of(q), found = array_of(out), k = array_of(kept[0]), v = array_of(kept[1]), own_k = k, own_v = v
    cdef long more = own is not None, groups = given.size[1] // k.size[1], b, g, i, longest = 8
    cdef Source source
    cdef Query query
    if more:
        own_k, own_v = array_of(own[0]), array_of(own[1])
    for i in range(given.size[2]):
        longest = max(longest, edge[i + 1] - edge[i] + 8)
    cdef float[::1] scores = np.empty(groups * longest, dtype=np.float32)
    with nogil:
        source.kept, source.k_step, source.v_step = k.size[2], k.step[2], v.step[2]
        if more:
            source.own_k_step, source.own_v_step = own_k.step[2], own_v.step[2]
        query.heads, query.width, query.scale = groups, given.size[3], scale
        query.q_step, query.out_step = given.step[1], found.step[1]
        for b in range(given.size[0]):
            for g in range(k.size[1]):
                source.k, source.v = head_of(&k, b, g), head_of(&v, b, g)
                if more:
                    source.own_k, source.own_v = head_of(&own_k, b, g), head_of(&own_v, b, g)
                for i in range(given.size[2]):
                    query.q, query.out = head_of(&given, b, g * groups) + i * given.step[2], head_of(&found, b, g * groups) + i * found.step[2]
                    query.count = edge[i + 1] - edge[i]
                    if query.count:
                        query.place = &place[edge[i]]
                    attend_listed(&query, &source, &scores[0])


def put(kept, new, long at):
    """Write new rows of keys and values (b, g, m, d) over those that are kept, from row `at` on."""
    cdef Array into, rows
    cdef long b, g, i
    for place in range(2):
        into, rows = array_of(kept[place]), array_of(new[place])
        with nogil:
            for b in range(rows.size[0]):
                for g in range(rows.size[1]):
                    for i in range(rows.size[2]):
                        memcpy(head_of(&into, b, g) + (at + i) * into.step[2], head_of(&rows, b, g) + i * rows.step[2], rows.size[3] * sizeof(float))
