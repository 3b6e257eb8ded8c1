"""Count contingency tables by bits and by codes; the twin of contingency.py."""

from libc.math cimport exp, log
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

cdef extern from *:
    """
    #include <stdint.h>
    #if defined(__GNUC__)
    #define AITIA_INLINE static inline __attribute__((always_inline))
    #define AITIA_COUNT(word) __builtin_popcountll(word)
    #else
    #define AITIA_INLINE static inline
    static inline int AITIA_COUNT(uint64_t w) { int c = 0; while (w) { w &= w - 1; c++; } return c; }
    #endif
    typedef void (*aitia_cross)(const uint64_t *, const uint64_t *, int64_t, const uint64_t *, int64_t, int64_t, int64_t, uint64_t *,
                                int64_t *);
    typedef int64_t (*aitia_meet)(const uint64_t *, const uint64_t *, uint64_t *, int64_t);
    AITIA_INLINE int64_t aitia_meet_body(const uint64_t *a, const uint64_t *b, uint64_t *found, int64_t words) {
        int64_t total = 0;
        for (int64_t i = 0; i < words; i++) { uint64_t w = a[i] & b[i]; found[i] = w; total += AITIA_COUNT(w); }
        return total;
    }
    /* Two levels of y a pass. Where every row has a level of y (`whole`), the last one holds what the others leave. */
    AITIA_INLINE void aitia_cross_body(const uint64_t *mask, const uint64_t *x, int64_t wide, const uint64_t *y, int64_t deep,
                                       int64_t whole, int64_t words, uint64_t *part, int64_t *counts) {
        for (int64_t a = 0, n = deep - whole; a < wide; a++) {
            const uint64_t *own = x + a * words, *one = y, *two = n > 1 ? y + words : y;
            int64_t *row = counts + a * deep, left = 0, first = 0, second = 0;
            for (int64_t i = 0; i < words; i++) {
                uint64_t w = mask[i] & own[i];
                part[i] = w; left += AITIA_COUNT(w); first += AITIA_COUNT(w & one[i]); second += AITIA_COUNT(w & two[i]);
            }
            if (n > 0) row[0] = first;
            if (n > 1) row[1] = second;
            for (int64_t b = 2; b < n; b += 2) {
                one = y + b * words; two = b + 1 < n ? one + words : one; first = second = 0;
                for (int64_t i = 0; i < words; i++) { first += AITIA_COUNT(part[i] & one[i]); second += AITIA_COUNT(part[i] & two[i]); }
                row[b] = first;
                if (b + 1 < n) row[b + 1] = second;
            }
            if (whole) { for (int64_t b = 0; b < n; b++) left -= row[b]; row[n] = left; }
        }
    }
    #define AITIA_ONE(name, target) \\
        target static int64_t aitia_meet_##name(const uint64_t *a, const uint64_t *b, uint64_t *found, int64_t words) \\
        { return aitia_meet_body(a, b, found, words); } \\
        target static void aitia_cross_##name(const uint64_t *mask, const uint64_t *x, int64_t wide, const uint64_t *y, int64_t deep, \\
                                              int64_t whole, int64_t words, uint64_t *part, int64_t *counts) \\
        { aitia_cross_body(mask, x, wide, y, deep, whole, words, part, counts); }
    AITIA_ONE(plain, )
    #if defined(__GNUC__) && defined(__x86_64__)
    AITIA_ONE(popcnt, __attribute__((target("popcnt"))))
    AITIA_ONE(wide, __attribute__((target("avx512f,avx512vpopcntdq,prefer-vector-width=512"))))
    #endif
    static aitia_cross cross = aitia_cross_plain;
    static aitia_meet meet = aitia_meet_plain;
    static void choose(void) {  /* the widest count that this processor has */
    #if defined(__GNUC__) && defined(__x86_64__)
        __builtin_cpu_init();
        if (__builtin_cpu_supports("popcnt")) { cross = aitia_cross_popcnt; meet = aitia_meet_popcnt; }
        if (__builtin_cpu_supports("avx512vpopcntdq")) { cross = aitia_cross_wide; meet = aitia_meet_wide; }
    #endif
    }
    """
    void cross(const uint64_t *mask, const uint64_t *x, int64_t wide, const uint64_t *y, int64_t deep, int64_t whole, int64_t words,
               uint64_t *part, int64_t *counts) noexcept nogil
    int64_t meet(const uint64_t *a, const uint64_t *b, uint64_t *found, int64_t words) noexcept nogil
    void choose()

choose()

cdef size_t LINE = 64
cdef double DENSE = 10.0


cdef enum:
    CHI, RATIO, DEGREES, ROWS, SMALLEST, ROOM, STRATA, CHI_MEAN, CHI_VARIANCE, RATIO_MEAN, WIDTH
    WITH_CHI = 1, WITH_RATIO = 2, WITH_CHI_MOMENTS = 4, WITH_RATIO_MEAN = 8


cdef double chi_variance(double n, double wide, double deep, double one, double two) noexcept nogil:
    """Return the variance of chi-square over all orders of one side's rows; `one` and `two` are the sums of n / margin. [dawson1954]"""
    cdef double rest = 0.0, odd_one, odd_two
    if n < 3:
        return 0.0
    odd_one, odd_two = (one - wide * wide) / (n - 2), (two - deep * deep) / (n - 2)
    if n > 3:
        rest = 2 * n / (n - 3) * ((wide - 1) * (n - wide) / (n - 1) - odd_one) * ((deep - 1) * (n - deep) / (n - 1) - odd_two)
    return max(rest + n * n / (n - 1) * odd_one * odd_two, 0.0)


cdef double mean_log(double own, double other, double n, const double[:, ::1] logs) noexcept nogil:
    """Return the mean of k log k for the count k of a cell with these margins: by its law, or by a series where it is large."""
    cdef double mean = own * other / n, spread, third, total = 0.0, chance
    cdef Py_ssize_t k, a, b, whole, last
    if mean >= DENSE:
        spread = mean * (1 - own / n) * (n - other) / (n - 1)
        third = spread * (n - 2 * own) * (n - 2 * other) / (n * (n - 2))
        return (mean * log(mean) + spread / (2 * mean) - third / (6 * mean * mean)
                + (3 * spread * spread + spread) / (12 * mean * mean * mean))
    a, b, whole = <Py_ssize_t> own, <Py_ssize_t> other, <Py_ssize_t> n
    k, last = max(0, a + b - whole), min(a, b)
    chance = exp(logs[1, a] - logs[1, k] - logs[1, a - k] + logs[1, whole - a] - logs[1, b - k] - logs[1, whole - a - b + k]
                 - logs[1, whole] + logs[1, b] + logs[1, whole - b])
    while True:
        total += chance * logs[0, k]
        if k == last or (k > mean and chance < 1e-17):
            return total
        chance *= <double> ((a - k) * (b - k)) / <double> ((k + 1) * (whole - a - b + k + 1))
        k += 1


cdef void add(const int64_t *counts, Py_ssize_t wide, Py_ssize_t deep, int64_t *sides, double *inverse, const double[:, ::1] logs,
              int wanted, double *sums) noexcept nogil:
    """Add one stratum's counts (wide, deep) to the sums; `sides` and `inverse` (wide + deep,) are room for margins and their inverses."""
    cdef Py_ssize_t a, b, across = 0, down = 0
    cdef int64_t count, own, least_own = 0, least_other = 0, total = 0
    cdef double rows, held, cells = 0.0, chi = 0.0, one = 0.0, two = 0.0, share, mean, part
    cdef int64_t *others = sides + wide
    for b in range(deep):
        others[b] = 0
    for a in range(wide):
        own = 0
        for b in range(deep):
            count = counts[a * deep + b]
            own += count
            others[b] += count
        sides[a] = own
        total += own
        if own > 0:
            across += 1
            if least_own == 0 or own < least_own:
                least_own = own
    for b in range(deep):
        if others[b] > 0:
            down += 1
            if least_other == 0 or others[b] < least_other:
                least_other = others[b]
    if total == 0:
        return
    rows, mean = total, (across - 1) * (down - 1)
    sums[ROWS] += rows
    sums[STRATA] += 1
    if mean == 0:  # a side has one level here: nothing to compare
        return
    share = <double> least_own * <double> least_other / rows
    if sums[DEGREES] == 0 or share < sums[SMALLEST]:
        sums[SMALLEST] = share
    sums[DEGREES] += mean
    sums[ROOM] += rows * ((across if across < down else down) - 1)
    for a in range(wide + deep):
        inverse[a] = 1.0 / sides[a] if sides[a] > 0 else 0.0
        one += inverse[a] if a < wide else 0.0
    for b in range(deep):
        two += inverse[wide + b]
    if wanted & WITH_CHI:
        for a in range(wide):
            part = 0.0
            for b in range(deep):
                part += <double> (counts[a * deep + b] * counts[a * deep + b]) * inverse[wide + b]
            chi += part * inverse[a]
        sums[CHI] += max((chi - 1.0) * rows, 0.0)
    if wanted & WITH_CHI_MOMENTS:
        sums[CHI_MEAN] += rows * mean / (rows - 1)
        sums[CHI_VARIANCE] += chi_variance(rows, across, down, one * rows, two * rows)
    if not wanted & (WITH_RATIO | WITH_RATIO_MEAN):
        return
    held = -logs[0, total]
    for a in range(wide + deep):
        held += logs[0, sides[a]]
    if wanted & WITH_RATIO:
        for a in range(wide * deep):
            cells += logs[0, counts[a]]
        sums[RATIO] += 2 * (cells - held)
    if wanted & WITH_RATIO_MEAN and share >= DENSE:
        sums[RATIO_MEAN] += mean + (one * rows - 1) * (two * rows - 1) / (6 * rows)
    elif wanted & WITH_RATIO_MEAN:
        mean = -held
        for a in range(wide):
            for b in range(deep):
                if sides[a] > 0 and others[b] > 0:
                    mean += mean_log(sides[a], others[b], rows, logs)
        sums[RATIO_MEAN] += 2 * mean


cdef bint repeated(const long long[::1] given, const long long[::1] starts, Py_ssize_t t) noexcept nogil:
    """Tell whether a triple has the given columns of the one before it."""
    cdef Py_ssize_t u
    if t == 0 or starts[t + 1] - starts[t] != starts[t] - starts[t - 1]:
        return False
    for u in range(starts[t], starts[t + 1]):
        if given[u] != given[u - starts[t] + starts[t - 1]]:
            return False
    return True


cdef Py_ssize_t split(const uint64_t[:, ::1] bits, const long long[::1] first, const long long[::1] given, Py_ssize_t begin, Py_ssize_t end,
                      uint64_t **masks, uint64_t **spare) noexcept nogil:
    """Fill `masks` with the rows of every stratum that has some; return how many strata there are."""
    cdef Py_ssize_t words = bits.shape[1], strata = 1, kept, g, s, level, w
    cdef uint64_t *swapped
    for w in range(words):
        masks[0][w] = ~(<uint64_t> 0)
    for g in range(begin, end):
        kept = 0
        for s in range(strata):
            for level in range(first[given[g]], first[given[g] + 1]):
                if meet(masks[0] + s * words, &bits[level, 0], spare[0] + kept * words, words) > 0:
                    kept += 1
        strata = kept
        swapped = masks[0]
        masks[0] = spare[0]
        spare[0] = swapped
    return strata


cdef Py_ssize_t passes(const long long[::1] first, const unsigned char[::1] whole, Py_ssize_t x, Py_ssize_t y) noexcept nogil:
    """Return how often `cross` goes through the words of a stratum: once for each level of x and two of y."""
    return (first[x + 1] - first[x]) * max(1, (first[y + 1] - first[y] - whole[y] + 1) // 2)


def bit_tests(const uint64_t[:, ::1] bits, const long long[::1] first, const unsigned char[::1] whole, const long long[::1] xs,
              const long long[::1] ys, const long long[::1] given, const long long[::1] starts, const double[:, ::1] logs, int wanted,
              double[:, ::1] out):
    """Fill a row of `out` (T, 10) for each triple of columns, counting by bits."""
    cdef Py_ssize_t words = bits.shape[1], t, u, s, strata = 0, most = 1, widest = 1, size, x, y, wide, deep
    cdef double *sums
    for t in range(xs.shape[0]):  # the most strata that any triple can have, and the most levels of a column
        size = 1
        for u in range(starts[t], starts[t + 1]):
            size *= first[given[u] + 1] - first[given[u]]
        most = max(most, size)
        widest = max(widest, first[xs[t] + 1] - first[xs[t]], first[ys[t] + 1] - first[ys[t]])
    cdef void *room = malloc((2 * most + 1) * words * sizeof(uint64_t) + LINE)
    cdef int64_t *counts = <int64_t *> malloc(widest * widest * sizeof(int64_t))
    cdef int64_t *sides = <int64_t *> malloc(2 * widest * sizeof(int64_t))
    cdef double *inverse = <double *> malloc(2 * widest * sizeof(double))
    if room == NULL or counts == NULL or sides == NULL or inverse == NULL:
        raise MemoryError()
    cdef uint64_t *masks = <uint64_t *> ((<size_t> room + LINE - 1) & ~(LINE - 1))  # where a line of the cache begins
    cdef uint64_t *spare = masks + most * words
    cdef uint64_t *part = spare + most * words
    with nogil:
        for t in range(xs.shape[0]):
            if not repeated(given, starts, t):
                strata = split(bits, first, given, starts[t], starts[t + 1], &masks, &spare)
            x, y = xs[t], ys[t]
            if passes(first, whole, y, x) < passes(first, whole, x, y):
                x, y = y, x
            wide, deep = first[x + 1] - first[x], first[y + 1] - first[y]
            sums = &out[t, 0]
            for s in range(strata):
                cross(masks + s * words, &bits[first[x], 0], wide, &bits[first[y], 0], deep, whole[y], words, part, counts)
                add(counts, wide, deep, sides, inverse, logs, wanted, sums)
    free(room)
    free(counts)
    free(sides)
    free(inverse)


cdef Py_ssize_t strata_of(const int[:, ::1] codes, const long long[::1] levels, const long long[::1] given, Py_ssize_t begin,
                         Py_ssize_t end, int *stratum, int *place) noexcept nogil:
    """Number the strata of the given columns from 0 in the order of their first rows, -1 where one is missing; return how many.

    `place` has room for n + 1 times the most levels of a given column.
    """
    cdef Py_ssize_t n = codes.shape[1], i, g, j, strata = 1, found
    cdef int cell
    memset(stratum, 0, n * sizeof(int))
    for g in range(begin, end):
        j, found = given[g], 0
        memset(place, 0, strata * levels[j] * sizeof(int))
        for i in range(n):
            if stratum[i] < 0 or codes[j, i] < 0:
                stratum[i] = -1
                continue
            cell = stratum[i] * <int> levels[j] + codes[j, i]
            if place[cell] == 0:
                found += 1
                place[cell] = <int> found
            stratum[i] = place[cell] - 1
        strata = found
    return strata


def code_tests(const int[:, ::1] codes, const long long[::1] levels, const long long[::1] xs, const long long[::1] ys,
               const long long[::1] given, const long long[::1] starts, const double[:, ::1] logs, int wanted, double[:, ::1] out):
    """Fill a row of `out` (T, 10) as `bit_tests` does, counting by codes."""
    cdef Py_ssize_t t, i, s, n = codes.shape[1], wide, deep, strata = 0, widest = 1, deepest = 1, most = 1, size
    cdef const int *x
    cdef const int *y
    cdef double *sums
    for t in range(xs.shape[0]):  # the most cells that any triple can have, and the most levels of a side and of a given column
        size = 1
        for i in range(starts[t], starts[t + 1]):
            size = min(size * levels[given[i]], n + 1)
            deepest = max(deepest, levels[given[i]])
        most = max(most, size * levels[xs[t]] * levels[ys[t]])
        widest = max(widest, levels[xs[t]], levels[ys[t]])
    cdef int *stratum = <int *> malloc((n + (n + 1) * deepest) * sizeof(int))
    cdef int64_t *counts = <int64_t *> malloc(most * sizeof(int64_t))
    cdef int64_t *sides = <int64_t *> malloc(2 * widest * sizeof(int64_t))
    cdef double *inverse = <double *> malloc(2 * widest * sizeof(double))
    if stratum == NULL or counts == NULL or sides == NULL or inverse == NULL:
        raise MemoryError()
    with nogil:
        for t in range(xs.shape[0]):
            if not repeated(given, starts, t):
                strata = strata_of(codes, levels, given, starts[t], starts[t + 1], stratum, stratum + n)
            wide, deep = levels[xs[t]], levels[ys[t]]
            memset(counts, 0, strata * wide * deep * sizeof(int64_t))
            x, y = &codes[xs[t], 0], &codes[ys[t], 0]
            for i in range(n):
                if (stratum[i] | x[i] | y[i]) >= 0:
                    counts[(stratum[i] * wide + x[i]) * deep + y[i]] += 1
            sums = &out[t, 0]
            for s in range(strata):
                add(counts + s * wide * deep, wide, deep, sides, inverse, logs, wanted, sums)
    free(stratum)
    free(counts)
    free(sides)
    free(inverse)
