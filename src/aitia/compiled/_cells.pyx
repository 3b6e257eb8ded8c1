"""Count rows by the combination of codes that they hold; the twin of cells.py."""

from libc.math cimport lgamma, log
from libc.stdlib cimport free, malloc
from libc.string cimport memset

cdef int TABLED = 48   # lnΓ(N + a) - lnΓ(a) of counts up to this is a sum of logs, each taken once
cdef int ROOMY = 8     # a table of combinations may be this many times as long as the rows; beyond, they are hashed
cdef unsigned long long GOLDEN = 0x9E3779B97F4A7C15


cdef class Cells:
    """Answer for the counts of the combinations of some columns' codes."""

    cdef const int[:, ::1] codes
    cdef const long long[::1] sizes
    cdef const double[::1] weights
    cdef Py_ssize_t u, roomy, slots
    cdef int shift
    cdef int *own        # (u,) labels of the set at hand
    cdef int *table      # (roomy,) what number a combination got
    cdef double *held    # (roomy,) counts
    cdef long long *keys  # (slots,) combinations in a hash table, and in `numbers` what number each got
    cdef int *numbers
    cdef double *steps
    cdef object given

    def __cinit__(self, const int[:, ::1] codes, const long long[::1] sizes, const double[::1] weights):
        self.codes, self.sizes, self.weights = codes, sizes, weights
        self.given = (codes.base, sizes.base, weights.base)
        self.u = weights.shape[0]
        self.roomy = ROOMY * self.u + 64
        self.slots, self.shift = 2, 63
        while self.slots < 2 * self.u:
            self.slots *= 2
            self.shift -= 1
        self.own = <int *> malloc((self.u + 1) * sizeof(int))
        self.table = <int *> malloc(self.roomy * sizeof(int))
        self.held = <double *> malloc(self.roomy * sizeof(double))
        self.keys = <long long *> malloc(self.slots * sizeof(long long))
        self.numbers = <int *> malloc(self.slots * sizeof(int))
        self.steps = <double *> malloc((TABLED + 1) * sizeof(double))
        if NULL in (self.own, self.table, self.held, self.keys, self.numbers, self.steps):
            raise MemoryError()

    def __reduce__(self):
        return Cells, self.given

    def __dealloc__(self):
        free(self.own)
        free(self.table)
        free(self.held)
        free(self.keys)
        free(self.numbers)
        free(self.steps)

    cdef Py_ssize_t squeeze(self, const int *labels, Py_ssize_t cells, const int *codes, Py_ssize_t size, int *finer) noexcept nogil:
        """Number the combinations of labels and codes in the order in which they first occur; return how many there are."""
        cdef Py_ssize_t t, found = 0, key
        if cells * size > self.roomy:
            return self.hashed(labels, codes, size, finer)
        memset(self.table, 0, cells * size * sizeof(int))
        for t in range(self.u):
            key = labels[t] * size + codes[t]
            if self.table[key] == 0:
                found += 1
                self.table[key] = <int> found
            finer[t] = self.table[key] - 1
        return found

    cdef Py_ssize_t hashed(self, const int *labels, const int *codes, Py_ssize_t size, int *finer) noexcept nogil:
        """Do the same by a hash table, for combinations too many for a table of all."""
        cdef Py_ssize_t t, found = 0, slot
        cdef long long key
        memset(self.numbers, 0, self.slots * sizeof(int))
        for t in range(self.u):
            key = labels[t] * size + codes[t]
            slot = <Py_ssize_t> ((<unsigned long long> key * GOLDEN) >> self.shift)
            while self.numbers[slot] != 0 and self.keys[slot] != key:
                slot = (slot + 1) & (self.slots - 1)
            if self.numbers[slot] == 0:
                found += 1
                self.keys[slot], self.numbers[slot] = key, <int> found
            finer[t] = self.numbers[slot] - 1
        return found

    cdef Py_ssize_t gather(self, members) except -1:
        """Label the rows by the combination of the members' codes; return how many labels there may be, some unused."""
        cdef Py_ssize_t t, j, size, cells = 1
        cdef const int *codes
        memset(self.own, 0, self.u * sizeof(int))
        for j in members:
            self.known(j)
            size, codes = self.sizes[j], &self.codes[j, 0]
            if cells * size > self.roomy:
                cells = self.squeeze(self.own, cells, codes, size, self.own)
                continue
            for t in range(self.u):
                self.own[t] = <int> (self.own[t] * size + codes[t])
            cells *= size
        return cells

    cdef Py_ssize_t name(self, members, int *labels) except -1:
        """Label the rows as `gather` does, with every label used, in the order in which they first occur."""
        cdef Py_ssize_t j, cells = 1
        memset(labels, 0, self.u * sizeof(int))
        for j in members:
            self.known(j)
            cells = self.squeeze(labels, cells, &self.codes[j, 0], self.sizes[j], labels)
        return cells

    cdef int known(self, Py_ssize_t j) except -1:
        """Raise IndexError for a column that is not there."""
        if j < 0 or j >= self.sizes.shape[0]:
            raise IndexError(f"There is no column {j} among {self.sizes.shape[0]}.")
        return 0

    cdef void tally(self, const int *labels, Py_ssize_t cells) noexcept nogil:
        """Count the rows of each label into `held`."""
        cdef Py_ssize_t t
        memset(self.held, 0, cells * sizeof(double))
        for t in range(self.u):
            self.held[labels[t]] += self.weights[t]

    cdef double summed(self, const double *counts, Py_ssize_t cells, double concentration, Py_ssize_t *used) noexcept nogil:
        """Add up lnΓ(N + a) - lnΓ(a), or N ln N for a = 0, over the counts above 0; `used` becomes their number."""
        cdef Py_ssize_t c, whole
        cdef double total = 0.0, start = 0.0, count
        cdef int known = 0
        used[0] = 0
        if concentration == 0.0:
            for c in range(cells):
                if counts[c] > 0:
                    used[0] += 1
                    if counts[c] > 1:
                        total += counts[c] * log(counts[c])
            return total
        start = lgamma(concentration)
        self.steps[0] = 0.0
        for c in range(cells):
            count = counts[c]
            if count <= 0:
                continue
            used[0] += 1
            if count > TABLED:
                total += lgamma(count + concentration) - start
                continue
            whole = <Py_ssize_t> count
            while known < whole:
                self.steps[known + 1] = self.steps[known] + log(concentration + known)
                known += 1
            total += self.steps[whole]
        return total

    def label(self, members, int[::1] out):
        """Fill `out` (u,) with the number of each row's combination, in the order in which they first occur; return how many."""
        return self.name(members, &out[0])

    def total(self, members, double concentration):
        """Return Σ lnΓ(N + a) - lnΓ(a) over the combinations that occur, and their number; Σ N ln N for a = 0."""
        cdef Py_ssize_t used, cells = self.gather(members)
        cdef double found
        self.tally(self.own, cells)
        found = self.summed(self.held, cells, concentration, &used)
        return found, used

    def below(self, members, Py_ssize_t limit, Py_ssize_t most, double alpha, double[::1] out):
        """Fill `out` with the totals of the members joined with each set of at most `most` columns below `limit`, ascending."""
        cdef Py_ssize_t j, cells = self.name(members, self.own), depth = min(most, limit) + 1
        cdef double size = 1.0
        cdef int *work = <int *> malloc((depth * self.u + 1) * sizeof(int))
        if work == NULL:
            raise MemoryError()
        for j in members:
            size *= self.sizes[j]
        with nogil:
            self.fill(self.own, cells, size, limit, most, alpha, work, &out[0], 0)
        free(work)

    cdef Py_ssize_t fill(
        self, const int *labels, Py_ssize_t cells, double size, Py_ssize_t limit, Py_ssize_t most,
        double alpha, int *work, double *out, Py_ssize_t at,
    ) noexcept nogil:
        """Write the total of a set whose labels are given, then those of the sets with more columns below `limit`."""
        cdef Py_ssize_t j, used, finer
        if cells == self.u:  # every row stands alone, and stays alone
            out[at] = self.summed(&self.weights[0], self.u, alpha / size, &used)
        else:
            self.tally(labels, cells)
            out[at] = self.summed(self.held, cells, alpha / size, &used)
        at += 1
        if most == 0:
            return at
        for j in range(limit):
            if cells == self.u:
                at = self.fill(labels, cells, size * self.sizes[j], j, most - 1, alpha, work, out, at)
                continue
            if (j == 0 or most == 1) and cells * self.sizes[j] <= self.roomy:
                self.tally_finer(labels, cells, &self.codes[j, 0], self.sizes[j])
                out[at] = self.summed(self.held, cells * self.sizes[j], alpha / (size * self.sizes[j]), &used)
                at += 1
                continue
            finer = self.squeeze(labels, cells, &self.codes[j, 0], self.sizes[j], work)
            at = self.fill(work, finer, size * self.sizes[j], j, most - 1, alpha, work + self.u, out, at)
        return at

    cdef void tally_finer(self, const int *labels, Py_ssize_t cells, const int *codes, Py_ssize_t size) noexcept nogil:
        """Count the rows of each combination of labels and codes, without naming the combinations."""
        cdef Py_ssize_t t
        memset(self.held, 0, cells * size * sizeof(double))
        for t in range(self.u):
            self.held[labels[t] * size + codes[t]] += self.weights[t]
