"""Compute log-determinants of chosen blocks of a covariance matrix; the twin of determinants.py."""

from libc.math cimport log, sqrt
from libc.stdlib cimport free, malloc

cdef double SMALLEST = 1e-13
cdef int JOINED = 16  # pivots are multiplied before one log is taken: 16 of them stay above 1e-208


cdef class Covariance:
    """Answer for log-determinants of a positive definite matrix (w, w) with a diagonal near 1."""

    cdef const double[:, ::1] matrix
    cdef const long long[::1] offsets
    cdef const double[::1] logs
    cdef double *rows       # the Cholesky factor of the columns at hand, row by row
    cdef Py_ssize_t *columns
    cdef Py_ssize_t width
    cdef object given

    def __cinit__(self, const double[:, ::1] matrix, const long long[::1] offsets, const double[::1] logs):
        self.matrix, self.offsets, self.logs = matrix, offsets, logs
        self.given = (matrix.base, offsets.base, logs.base)
        self.width = matrix.shape[0] + 1
        self.rows = <double *> malloc(self.width * self.width * sizeof(double))
        self.columns = <Py_ssize_t *> malloc(self.width * sizeof(Py_ssize_t))
        if self.rows == NULL or self.columns == NULL:
            raise MemoryError()

    def __reduce__(self):
        return Covariance, self.given

    def __dealloc__(self):
        free(self.rows)
        free(self.columns)

    cdef Py_ssize_t take(self, Py_ssize_t element, Py_ssize_t count) noexcept nogil:
        """Append an element's columns to the columns at hand; return how many there are then."""
        cdef Py_ssize_t c
        for c in range(self.offsets[element], self.offsets[element + 1]):
            if count < self.width:  # elements named twice must not write past the end
                self.columns[count] = c
                count += 1
        return count

    cdef int known(self, Py_ssize_t element) except -1:
        """Raise IndexError for an element that is not there."""
        if element < 0 or element >= self.logs.shape[0]:
            raise IndexError(f"There is no element {element} among {self.logs.shape[0]}.")
        return 0

    cdef double grow(self, Py_ssize_t first, Py_ssize_t last) noexcept nogil:
        """Factor the columns from `first` to `last` - 1 after those before; return what the log-determinant gains."""
        cdef Py_ssize_t a, b, t, own
        cdef double total, gain = 0.0, product = 1.0
        cdef double *row
        cdef double *other
        for a in range(first, last):
            row = self.rows + a * self.width
            own = self.columns[a]
            for b in range(a):
                other = self.rows + b * self.width
                total = self.matrix[own, self.columns[b]]
                for t in range(b):
                    total -= row[t] * other[t]
                row[b] = total * other[b]
            total = self.matrix[own, own]
            for t in range(a):
                total -= row[t] * row[t]
            if total < SMALLEST:
                total = SMALLEST
            row[a] = 1.0 / sqrt(total)  # the diagonal is kept as its inverse
            product *= total
            if (a - first + 1) % JOINED == 0:
                gain += log(product)
                product = 1.0
        return gain + log(product)

    def pair(self, Py_ssize_t node, parents):
        """Return the log-determinants of the parents and of the parents with the node."""
        cdef Py_ssize_t count = 0, end, element
        cdef double before = 0.0
        self.known(node)
        for element in parents:
            self.known(element)
            count = self.take(element, count)
            before += self.logs[element]
        before += self.grow(0, count)
        end = self.take(node, count)
        return before, before + self.logs[node] + self.grow(count, end)

    def pairs(self, const long long[::1] nodes, const long long[::1] parents, const long long[::1] starts, double[:, ::1] out):
        """Fill `out` (m, 2) with the pair of each family; the parents of family t are `parents[starts[t]:starts[t + 1]]`."""
        cdef Py_ssize_t t, at, count
        cdef double before
        with nogil:
            for t in range(nodes.shape[0]):
                count = 0
                before = 0.0
                for at in range(starts[t], starts[t + 1]):
                    count = self.take(parents[at], count)
                    before += self.logs[parents[at]]
                before += self.grow(0, count)
                out[t, 0] = before
                at = self.take(nodes[t], count)
                out[t, 1] = before + self.logs[nodes[t]] + self.grow(count, at)

    def toggles(self, Py_ssize_t node, parents, others, double[:, ::1] out):
        """Fill `out` (m, 2) with the pairs after each other element was added to the parents, or taken out if it is one."""
        cdef Py_ssize_t count = 0, middle, end, element, other, t = 0
        cdef double before = 0.0, grown
        now = tuple(parents)
        self.known(node)
        for element in now:
            self.known(element)
            count = self.take(element, count)
            before += self.logs[element]
        before += self.grow(0, count)
        for other in others:
            self.known(other)
            if not self.holds(count, other):
                middle = self.take(other, count)
                end = self.take(node, middle)
                grown = before + self.logs[other] + self.grow(count, middle)
                out[t, 0] = grown
                out[t, 1] = grown + self.logs[node] + self.grow(middle, end)
            t += 1
        t = 0
        for other in others:  # those taken out begin anew, so they come last
            if other in now:
                out[t, 0], out[t, 1] = self.pair(node, tuple([p for p in now if p != other]))
            t += 1

    cdef bint holds(self, Py_ssize_t count, Py_ssize_t element) noexcept nogil:
        """Tell whether an element's columns are among the first `count` columns at hand."""
        cdef Py_ssize_t c
        if self.offsets[element] < self.offsets[element + 1]:
            for c in range(count):
                if self.columns[c] == self.offsets[element]:
                    return True
        return False

    def below(self, members, Py_ssize_t limit, Py_ssize_t most, double[::1] out):
        """Fill `out` with the value of the members joined with each set of at most `most` elements below `limit`, ascending."""
        cdef Py_ssize_t depth = min(most, limit) + 1, size = self.offsets[limit], a, b, t, count = 0, row, element
        cdef double base = 0.0, total
        cdef double *own
        cdef double *other
        cdef double *work = <double *> malloc((depth * size * size + 1) * sizeof(double))
        if work == NULL:
            raise MemoryError()
        for element in members:
            self.known(element)
            count = self.take(element, count)
            base += self.logs[element]
        base += self.grow(0, count)
        own = <double *> malloc((size * count + 1) * sizeof(double))
        if own == NULL:
            free(work)
            raise MemoryError()
        with nogil:
            for row in range(size):  # forward substitution against the members' factor
                for b in range(count):
                    other = self.rows + b * self.width
                    total = self.matrix[row, self.columns[b]]
                    for t in range(b):
                        total -= own[row * count + t] * other[t]
                    own[row * count + b] = total * other[b]
                for a in range(row + 1):
                    total = self.matrix[row, a]
                    for t in range(count):
                        total -= own[row * count + t] * own[a * count + t]
                    work[row * size + a] = total
            fill(work, size, limit, base, most, &self.offsets[0], self.logs, &out[0], 0)
        free(own)
        free(work)


cdef Py_ssize_t fill(
    double *matrix, Py_ssize_t size, Py_ssize_t limit, double base, Py_ssize_t most,
    const long long *offsets, const double[::1] logs, double *out, Py_ssize_t at,
) noexcept nogil:
    """Write the value of a set, then those of the sets with more elements below `limit`; `matrix` is conditional on the set.

    Only the lower triangle of `matrix` (size, size) is kept; the next matrices lie behind it.
    """
    cdef Py_ssize_t j, c, a, b, begin, end, kept
    cdef double pivot, product, factor
    cdef double *after = matrix + size * size
    cdef double *source
    cdef Py_ssize_t stride
    out[at] = base
    at += 1
    if most == 0:
        return at
    for j in range(limit):
        begin, end = offsets[j], offsets[j + 1]
        kept = begin if most == 1 else 0  # with no more elements to come, only the block itself is needed
        product = 1.0
        factor = 0.0
        source, stride = matrix, size
        if begin == end and most > 1:  # an element without columns changes nothing
            for a in range(begin):
                for b in range(a + 1):
                    after[a * begin + b] = matrix[a * size + b]
        for c in range(end - 1, begin - 1, -1):
            pivot = source[c * stride + c]
            if pivot < SMALLEST:
                pivot = SMALLEST
            product *= pivot
            if (end - c) % JOINED == 0:
                factor += log(product)
                product = 1.0
            if c > kept:  # written compactly, row a of c; reading stays ahead of writing when source is the same matrix
                shrink(source, stride, after, c, kept, 1.0 / pivot)
            source, stride = after, c
        factor += base + logs[j] + log(product)
        if most == 1 or j == 0:
            out[at] = factor
            at += 1
        else:
            at = fill(after, begin, j, factor, most - 1, offsets, logs, out, at)
    return at


cdef void shrink(double *source, Py_ssize_t stride, double *target, Py_ssize_t c, Py_ssize_t kept, double inverse) noexcept nogil:
    """Write the first c columns conditional on column c into `target` (c, c), which may begin where `source` begins."""
    cdef Py_ssize_t a, b
    cdef double scaled
    cdef double *last = source + c * stride
    for a in range(kept, c):
        scaled = last[a] * inverse
        for b in range(kept, a + 1):
            target[a * c + b] = source[a * stride + b] - scaled * last[b]
