"""Factor a Gaussian kernel matrix into few columns, and find the median distance of points; the twin of kernel_moments.py."""

from libc.math cimport INFINITY, exp, sqrt
from libc.stdlib cimport free, malloc

cdef Py_ssize_t SAMPLE = 120


def factor(const double[:, ::1] points, const long long[::1] labels, const double[::1] weights, double precision, double tolerance,
           double[::1] left, double[:, ::1] out, Py_ssize_t rank, Py_ssize_t steps):
    """Add at most `steps` rows to the first `rank` of `out` (most, n), F with F' F near the kernel matrix; return the new rank."""
    cdef Py_ssize_t n = points.shape[0], d = points.shape[1], last = min(rank + steps, out.shape[0]), i, k, pivot
    cdef double trace = 0.0, apart, gap, scale, share
    cdef double *row
    cdef const double *other
    with nogil:
        for i in range(n):
            trace += left[i] * weights[i]
        while rank < last and trace > tolerance:
            pivot = 0
            for i in range(1, n):
                if left[i] > left[pivot]:
                    pivot = i
            row = &out[rank, 0]
            for i in range(n):
                row[i] = 0.0
                if labels[i] == labels[pivot]:
                    apart = 0.0
                    for k in range(d):
                        gap = points[i, k] - points[pivot, k]
                        apart += gap * gap
                    row[i] = exp(-precision * apart)
            for k in range(rank):
                other = &out[k, 0]
                share = other[pivot]
                if share != 0.0:
                    for i in range(n):
                        row[i] -= share * other[i]
            scale = 1.0 / sqrt(left[pivot])
            trace = 0.0
            for i in range(n):
                row[i] *= scale
                left[i] -= row[i] * row[i]
                if left[i] < 0.0 or i == pivot:
                    left[i] = 0.0
                trace += left[i] * weights[i]
            rank += 1
    return rank


cdef double chosen(double *values, Py_ssize_t count, Py_ssize_t rank) noexcept nogil:
    """Return the value of a rank, from 0, among `count` values, whose order changes (Hoare's selection)."""
    cdef Py_ssize_t low = 0, high = count - 1, i, j
    cdef double middle, kept
    while low < high:
        middle = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] < middle:
                i += 1
            while values[j] > middle:
                j -= 1
            if i <= j:
                kept = values[i]
                values[i] = values[j]
                values[j] = kept
                i += 1
                j -= 1
        if rank <= j:
            high = j
        elif rank >= i:
            low = i
        else:
            break
    return values[rank]


cdef Py_ssize_t between(const double *places, Py_ssize_t n, Py_ssize_t d, double low, double high, double *row, double *room,
                        Py_ssize_t *below, Py_ssize_t *total) noexcept nogil:
    """Fill `room` with the squared distances above zero from `low` to `high`; return how many, and count those below and all.

    `places` holds d rows of n; `row` is room for n.
    """
    cdef Py_ssize_t i, j, k, count = 0
    cdef double own, gap
    below[0] = total[0] = 0
    for i in range(n):
        for j in range(i + 1, n):
            row[j] = 0.0
        for k in range(d):
            own = places[k * n + i]
            for j in range(i + 1, n):
                gap = places[k * n + j] - own
                row[j] += gap * gap
        for j in range(i + 1, n):
            total[0] += row[j] > 0
            below[0] += (row[j] > 0) & (row[j] < low)
            room[count] = row[j]
            count += (row[j] > 0) & (row[j] >= low) & (row[j] <= high)
    return count


def median_distance(const double[:, ::1] points):
    """Return the median of the distances above zero between points (n, d); 0 when all are one.

    A sample of the points brackets the median, so that few distances need be put in order.
    """
    cdef Py_ssize_t i, k, n = points.shape[0], d = points.shape[1], few = min(n, SAMPLE), count, below, total
    cdef double low = 0.0, high = INFINITY, one = 0.0, two = 0.0
    cdef double *places = <double *> malloc(((n + few) * d + n + n * (n - 1) // 2 + 1) * sizeof(double))
    if places == NULL:
        raise MemoryError()
    cdef double *some = places + n * d
    cdef double *row = some + few * d
    cdef double *room = row + n
    with nogil:
        for k in range(d):
            for i in range(n):
                places[k * n + i] = points[i, k]
            for i in range(few):
                some[k * few + i] = points[i * n // few, k]
        count = between(some, few, d, 0.0, INFINITY, row, room, &below, &total)
        if few < n and count > 100:
            low, high = chosen(room, count, (count * 2) // 5), chosen(room, count, (count * 3) // 5)
        count = between(places, n, d, low, high, row, room, &below, &total)
        if total > 0 and not (below <= (total - 1) // 2 and total // 2 < below + count):
            count = between(places, n, d, 0.0, INFINITY, row, room, &below, &total)
        if total > 0:
            one = chosen(room, count, (total - 1) // 2 - below)
            two = chosen(room, count, total // 2 - below)
    free(places)
    return (sqrt(one) + sqrt(two)) / 2
