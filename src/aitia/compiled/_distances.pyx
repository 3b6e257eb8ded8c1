"""Sum products of distances over all pairs of rows in n log n steps; the twin of distances.py. [huo2016]"""

from libc.stdlib cimport calloc, free

import numpy as np


def product_sum(first, second):
    """Return the sum over all pairs of |x - x'| |y - y'| of two columns (n,)."""
    cdef Py_ssize_t n = len(first)
    order = np.argsort(first, kind="stable")
    cdef const double[::1] x = np.ascontiguousarray(np.asarray(first, dtype=np.float64)[order] - np.mean(first))
    cdef const double[::1] y = np.ascontiguousarray(np.asarray(second, dtype=np.float64)[order] - np.mean(second))
    cdef const long long[::1] rank = np.ascontiguousarray(np.unique(np.asarray(y), return_inverse=True)[1].reshape(-1), dtype=np.int64)
    return summed(x, y, rank, n)


cdef double summed(const double[::1] x, const double[::1] y, const long long[::1] rank, Py_ssize_t n) except? -1:
    """Go through rows in the order of x, keeping sums over the rows before that have smaller y (a Fenwick tree)."""
    cdef double *tree = <double *> calloc(4 * (n + 1), sizeof(double))  # per rank: count, sum of x, of y, of x y
    cdef double all_rows[4]
    cdef double low[4]
    cdef double total = 0.0, below, above
    cdef Py_ssize_t i, k, place
    if tree == NULL:
        raise MemoryError()
    with nogil:
        for k in range(4):
            all_rows[k] = 0.0
        for i in range(n):
            for k in range(4):
                low[k] = 0.0
            place = rank[i] + 1
            while place > 0:
                for k in range(4):
                    low[k] += tree[4 * place + k]
                place -= place & -place
            # rows with y at most this one's, and the rest: sum of (x - x') (y - y') and of (x - x') (y' - y)
            below = low[0] * x[i] * y[i] - x[i] * low[2] - y[i] * low[1] + low[3]
            above = (all_rows[0] - low[0]) * x[i] * y[i] - x[i] * (all_rows[2] - low[2]) - y[i] * (all_rows[1] - low[1]) + all_rows[3] - low[3]
            total += below - above
            place = rank[i] + 1
            while place <= n:
                tree[4 * place] += 1.0
                tree[4 * place + 1] += x[i]
                tree[4 * place + 2] += y[i]
                tree[4 * place + 3] += x[i] * y[i]
                place += place & -place
            all_rows[0] += 1.0
            all_rows[1] += x[i]
            all_rows[2] += y[i]
            all_rows[3] += x[i] * y[i]
    free(tree)
    return 2 * total
