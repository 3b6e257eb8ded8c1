"""Attend few queries, each over listed rows of keys and values, in single precision; the twin of listed_attention.py."""

import numpy as np

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


def suits():
    """Tell whether this kernel runs on the processor."""
    return bool(_suits())


def attend(const float[:, :, :, :] q, kept, const long long[::1] edge, const long long[::1] place, float scale, float[:, :, :, :] out,
           own=None):
    """Set output (b, h, q, d) of queries (b, h, q, d) over the rows of keys and values (b, g, m, d) that their lists name."""
    cdef const float[:, :, :, :] k = kept[0], v = kept[1], own_k, own_v
    cdef Py_ssize_t rows = k.shape[2], more = own is not None, groups = q.shape[1] // k.shape[1], b, g, i, longest = 8
    cdef long size = sizeof(float)
    cdef Source source
    cdef Query query
    if more:
        own_k, own_v = own
    for i in range(q.shape[2]):
        longest = max(longest, edge[i + 1] - edge[i] + 8)
    cdef float[::1] scores = np.empty(groups * longest, dtype=np.float32)
    with nogil:
        for b in range(q.shape[0]):
            for g in range(k.shape[1]):
                source.kept, source.k_step, source.v_step = rows, k.strides[2] // size, v.strides[2] // size
                if rows:
                    source.k, source.v = &k[b, g, 0, 0], &v[b, g, 0, 0]
                if more:
                    source.own_k_step, source.own_v_step = own_k.strides[2] // size, own_v.strides[2] // size
                    source.own_k, source.own_v = &own_k[b, g, 0, 0], &own_v[b, g, 0, 0]
                for i in range(q.shape[2]):
                    query.q, query.out = &q[b, g * groups, i, 0], &out[b, g * groups, i, 0]
                    query.heads, query.width, query.count, query.scale = groups, q.shape[3], edge[i + 1] - edge[i], scale
                    query.q_step, query.out_step = q.strides[1] // size, out.strides[1] // size
                    if query.count:
                        query.place = &place[edge[i]]
                    attend_listed(&query, &source, &scores[0])
