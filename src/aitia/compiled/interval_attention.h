/* Attend along intervals of keys, a block of queries and a tile of keys at a time, forward and backward. [dao2022]
 *
 * Every product sums over `depth` a column of up to ROWS numbers times WIDE numbers that lie side by side. For scores
 * the keys lie in panels: WIDE keys, the first number of each, then the second of each, and so on. Groups of ROWS
 * queries pass over panels that none of them reads, so little more is computed than the relation asks for.
 */
#ifndef AITIA_INTERVAL_ATTENTION_H
#define AITIA_INTERVAL_ATTENTION_H

#include <math.h>
#include <string.h>

#include "eight.h"

#define ROWS 6   /* numbers of a column that a product keeps in registers, WIDE times */
#define WIDE 16
#define GROUPS 8 /* of queries in a block */
#define BLOCK (ROWS * GROUPS)
#define TILE 256 /* keys whose scores are held at once */

/* Runs of queries and the intervals that each reads, disjoint and in order: Columns in sequence/order/columns.py. */
typedef struct {
    const long long *stop, *reads, *edge, *low, *high;
    const unsigned char *low_moves, *high_moves;
} Intervals;

/* Rows of numbers, `step` from one to the next. */
typedef struct {
    float *at;
    long step;
} Rows;

/* One head: queries, keys and values of a width, the keys in panels too. */
typedef struct {
    long queries, keys, width;
    float scale;
    Rows q, k, v;
    const float *panels;
} Head;

/* What the gradient of a head starts from (that of the output, the level and mean of each query, values in panels) and where it goes. */
typedef struct {
    Rows grad;
    const float *level, *mean, *panels;
    Rows q, k, v;
} Slopes;

/* Queries whose scores are held at once; the keys of a tile that each, and each group, reads, from the first to behind the last. */
typedef struct {
    long start, rows, tile, stop, least, most;
    long next[BLOCK], last[BLOCK], low[BLOCK], high[BLOCK];
    long first[GROUPS], behind[GROUPS];
} Block;

/* Tell whether this kernel suits the processor: one with wider registers does better by a kernel that uses them. */
static int suits(void) {
#if defined(__x86_64__) && defined(__GNUC__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && !__builtin_cpu_supports("avx512f");
#else
    return 0;
#endif
}

static long lesser(long a, long b) { return a < b ? a : b; }

static float *row_of(Rows rows, long i) { return rows.at + i * rows.step; }

INLINE void product_of(const int rows, const int add, const int turned, Rows out, Rows a, Rows b, long depth) {
    const float *near = a.at, *far = turned ? a.at + 3 : row_of(a, 3), *own = b.at;
    const long apart = turned ? 1 : a.step, on = turned ? a.step : 1;
    eight left[ROWS], right[ROWS];
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++) {
        left[r] = add ? *(eight *)row_of(out, r) : (eight){0};
        right[r] = add ? *(eight *)(row_of(out, r) + 8) : (eight){0};
    }
    for (long k = 0; k < depth; k++, near += on, far += on, own += b.step) {
        const eight one = *(const eight *)own, two = *(const eight *)(own + 8);
#pragma GCC unroll 6
        for (int r = 0; r < rows; r++) {
            const float x = r < 3 ? near[r * apart] : far[(r - 3) * apart];
            left[r] += x * one;
            right[r] += x * two;
        }
    }
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++) {
        *(eight *)row_of(out, r) = left[r];
        *(eight *)(row_of(out, r) + 8) = right[r];
    }
}

#define BY_ROWS(add, turned)                                                  \
    switch (rows) {                                                           \
        case 6: product_of(6, add, turned, out, a, b, depth); break;          \
        case 5: product_of(5, add, turned, out, a, b, depth); break;          \
        case 4: product_of(4, add, turned, out, a, b, depth); break;          \
        case 3: product_of(3, add, turned, out, a, b, depth); break;          \
        case 2: product_of(2, add, turned, out, a, b, depth); break;          \
        case 1: product_of(1, add, turned, out, a, b, depth); break;          \
    }

/* Set out (rows, WIDE) to a (rows, depth) times b (depth, WIDE). */
MACHINE static void multiply(long rows, Rows out, Rows a, Rows b, long depth) { BY_ROWS(0, 0) }

/* Add to out (rows, WIDE) a (rows, depth) times b (depth, WIDE). */
MACHINE static void add_product(long rows, Rows out, Rows a, Rows b, long depth) { BY_ROWS(1, 0) }

/* Add to out (rows, WIDE) a (depth, rows), turned round, times b (depth, WIDE). */
MACHINE static void add_turned(long rows, Rows out, Rows a, Rows b, long depth) { BY_ROWS(1, 1) }

/* The interval `at` as one query reads it. */
static void ends(const Intervals *given, long at, long query, long *low, long *high) {
    *low = given->low[at] + (given->low_moves[at] ? query : 0);
    *high = given->high[at] + (given->high_moves[at] ? query : 0);
}

static void open_block(Block *block, const Intervals *given, long *run, long start, long stop) {
    block->start = start;
    block->rows = lesser(stop - start, BLOCK);
    for (long r = 0; r < block->rows; r++) {
        while (given->stop[*run] <= start + r) ++*run;
        block->next[r] = given->edge[given->reads[*run]];
        block->last[r] = given->edge[given->reads[*run] + 1];
    }
}

/* Note which keys of a tile are read: by each query, by each group, by any. */
static void look(Block *block, const Intervals *given) {
    block->least = TILE, block->most = 0;
    for (long g = 0; g < GROUPS; g++) block->first[g] = TILE, block->behind[g] = 0;
    for (long r = 0; r < block->rows; r++) {
        long *first = block->first + r / ROWS, *behind = block->behind + r / ROWS;
        block->low[r] = TILE, block->high[r] = 0;
        for (long at = block->next[r]; at < block->last[r]; at++) {
            long low, high;
            ends(given, at, block->start + r, &low, &high);
            if (low >= block->stop) break;
            low = low > block->tile ? low - block->tile : 0;
            high = lesser(high, block->stop) - block->tile;
            if (low >= high) continue;
            block->low[r] = lesser(block->low[r], low);
            block->high[r] = high;
        }
        *first = lesser(*first, block->low[r]);
        *behind = block->high[r] > *behind ? block->high[r] : *behind;
        block->least = lesser(block->least, *first);
        block->most = *behind > block->most ? *behind : block->most;
    }
}

/* Go to the next tile, from the first panel with a key at or behind `done` that is read; return whether there is one. */
static int next_tile(Block *block, const Intervals *given, long done, long keys) {
    long found = keys;
    for (long r = 0; r < block->rows; r++)
        for (; block->next[r] < block->last[r]; block->next[r]++) {
            long low, high;
            ends(given, block->next[r], block->start + r, &low, &high);
            if (high > done && high > low) {
                found = lesser(found, low > done ? low : done);
                break;
            }
        }
    block->tile = found / WIDE * WIDE;
    block->stop = lesser(block->tile + TILE, keys);
    if (found < keys) look(block, given);
    return found < keys;
}

/* Whole panels that hold what a group reads. */
static long panel_low(const Block *block, long g) { return block->first[g] / WIDE * WIDE; }
static long panel_high(const Block *block, long g) { return (block->behind[g] + WIDE - 1) / WIDE * WIDE; }

/* Write -inf over the scores from `low` to `high`, whole vectors at once so that they can be loaded soon after. */
MACHINE static void hide_run(float *scores, long low, long high) {
    const whole place = {0, 1, 2, 3, 4, 5, 6, 7}, least = (whole)((eight){0} - INFINITY);
    for (long k = low / 8 * 8; k < high; k += 8) {
        const whole hidden = (place + (int)k >= (int)low) & (place + (int)k < (int)high);
        *(whole *)(scores + k) = (*(whole *)(scores + k) & ~hidden) | (least & hidden);
    }
}

/* Hide the scores of the keys that query r does not read, among those of its group. */
MACHINE static void hide(const Block *block, const Intervals *given, long r, float *scores) {
    const long end = panel_high(block, r / ROWS);
    long done = panel_low(block, r / ROWS);
    for (long at = block->next[r]; at < block->last[r]; at++) {
        long low, high;
        ends(given, at, block->start + r, &low, &high);
        if (low - block->tile >= end) break;
        hide_run(scores, done, low - block->tile);
        if (high - block->tile > done) done = high - block->tile;
    }
    hide_run(scores, done, end);
}

/* Set scores (rows, TILE): the rows (rows, width) of a block times the keys of a tile, which lie in panels. */
MACHINE static void score(const Block *block, Rows rows, const float *panels, long width, float *scores) {
    for (long p = 0; p < block->most; p += WIDE)
        for (long g = 0; g * ROWS < block->rows; g++)
            if (block->first[g] < p + WIDE && block->behind[g] > p) {
                const long r = g * ROWS;
                const Rows out = {scores + r * TILE + p, TILE}, keys = {(float *)panels + (block->tile + p) * width, WIDE};
                const Rows own = {row_of(rows, block->start + r), rows.step};
                multiply(lesser(block->rows - r, ROWS), out, own, keys, width);
            }
}

/* Add to the rows of a block, the first at `out`, its weights (rows, TILE) times the rows of a tile. */
MACHINE static void gather(const Block *block, Rows out, const float *weights, Rows rows, long width) {
    for (long c = 0; c < width; c += WIDE)
        for (long g = 0; g * ROWS < block->rows; g++) {
            const long r = g * ROWS, k = block->first[g];
            const Rows to = {row_of(out, r) + c, out.step}, from = {row_of(rows, block->tile + k) + c, rows.step};
            const Rows own = {(float *)weights + r * TILE + k, TILE};
            if (block->behind[g] > k) add_product(lesser(block->rows - r, ROWS), to, own, from, block->behind[g] - k);
        }
}

/* Add to the rows of a tile its weights (rows, TILE), turned round, times the rows of the block. */
MACHINE static void scatter(const Block *block, Rows out, const float *weights, Rows rows, long width) {
    for (long k = block->least; k < block->most; k += ROWS) {
        const long keys = lesser(block->most - k, ROWS);
        long low = BLOCK, high = 0;
        for (long g = 0; g * ROWS < block->rows; g++)
            if (block->first[g] < k + keys && block->behind[g] > k) {
                low = lesser(low, g * ROWS);
                high = lesser((g + 1) * ROWS, block->rows);
            }
        for (long c = 0; c < width && low < high; c += WIDE) {
            const Rows to = {row_of(out, block->tile + k) + c, out.step}, from = {row_of(rows, block->start + low) + c, rows.step};
            const Rows own = {(float *)weights + low * TILE + k, TILE};
            add_turned(keys, to, own, from, high - low);
        }
    }
}

/* Put keys (n, width) into panels, zeros behind the last. */
static void panels_of(Rows rows, long n, long width, float *panels) {
    for (long p = 0; p < n; p += WIDE)
        for (long j = 0; j < WIDE; j++)
            for (long d = 0; d < width; d++) panels[p * width + d * WIDE + j] = p + j < n ? row_of(rows, p + j)[d] : 0.f;
}

/* Turn the scores of a query into weights; scale its sums so far, and `out`, to the greatest score met. */
MACHINE static void weigh(float *scores, long begin, long end, float factor, float *level, float *sum, float *out, long width) {
    eight most = *(eight *)(scores + begin), next = *(eight *)(scores + begin + 8), total = {0}, other = {0};
    for (long k = begin + WIDE; k < end; k += WIDE) {
        most = greater(*(eight *)(scores + k), most);
        next = greater(*(eight *)(scores + k + 8), next);
    }
    const float top = greatest_of(greater(next, most)) * factor;
    if (top > *level) {
        const float shrink = exp2f(*level - top);
        *sum *= shrink;
        for (long d = 0; d < width; d += 8) *(eight *)(out + d) *= shrink;
        *level = top;
    }
    const float low = *level;
    for (long k = begin; k < end; k += WIDE) {
        const eight x = power(*(eight *)(scores + k) * factor - low), y = power(*(eight *)(scores + k + 8) * factor - low);
        *(eight *)(scores + k) = x;
        *(eight *)(scores + k + 8) = y;
        total += x;
        other += y;
    }
    *sum += total_of(total + other);
}

/* Attend the queries of one head from `start` to `stop`; `space` holds BLOCK * (TILE + width) numbers. */
MACHINE static void attend(const Head *head, const Intervals *given, long start, long stop, Rows out, float *level, float *space) {
    const long width = head->width;
    const Rows sums = {space + BLOCK * TILE, width};
    long run = 0;
    Block block;
    for (long at = start; at < stop; at += BLOCK) {
        float top[BLOCK], total[BLOCK] = {0};
        open_block(&block, given, &run, at, stop);
        memset(sums.at, 0, sizeof(float) * BLOCK * width);
        for (long r = 0; r < BLOCK; r++) top[r] = -INFINITY;
        for (long done = 0; next_tile(&block, given, done, head->keys); done = block.stop) {
            score(&block, head->q, head->panels, width, space);
            for (long r = 0; r < block.rows; r++) {
                const long begin = panel_low(&block, r / ROWS), end = panel_high(&block, r / ROWS);
                if (block.high[r] > 0) {
                    hide(&block, given, r, space + r * TILE);
                    weigh(space + r * TILE, begin, end, head->scale * LOG2E, top + r, total + r, row_of(sums, r), width);
                } else if (begin < end)
                    memset(space + r * TILE + begin, 0, sizeof(float) * (end - begin));
            }
            gather(&block, sums, space, head->v, width);
        }
        for (long r = 0; r < block.rows; r++) {
            const float share = total[r] == 0.f ? 0.f : 1.f / total[r];
            for (long d = 0; d < width; d++) row_of(out, at + r)[d] = row_of(sums, r)[d] * share;
            level[at + r] = total[r] == 0.f ? -INFINITY : top[r] * LN2 + logf(total[r]);
        }
    }
}

/* Turn the scores of query r into weights and the gradients of weights into those of scores, 0 for keys that it does not read. */
MACHINE static void unweigh(const Block *block, const Intervals *given, long r, float scale, float level, float mean, float *scores, float *grads) {
    const long begin = panel_low(block, r / ROWS), end = panel_high(block, r / ROWS);
    const int reads = block->high[r] > 0;
    if (reads) hide(block, given, r, scores);
    for (long k = begin; k < end && reads; k += 8) {
        const eight x = power(*(eight *)(scores + k) * (scale * LOG2E) - level * LOG2E);
        *(eight *)(scores + k) = x;
        *(eight *)(grads + k) = x * (*(eight *)(grads + k) - mean) * scale;
    }
    for (long k = block->least; k < block->most; k++)
        if (!reads || k < begin || k >= end) scores[k] = grads[k] = 0.f;
}

/* Add the gradients of one head; `space` holds 2 * BLOCK * TILE numbers. */
MACHINE static void descend(const Head *head, const Slopes *slopes, const Intervals *given, float *space) {
    const long width = head->width;
    float *grads = space + BLOCK * TILE;
    long run = 0;
    Block block;
    for (long at = 0; at < head->queries; at += BLOCK) {
        const Rows own = {row_of(slopes->q, at), slopes->q.step};
        open_block(&block, given, &run, at, head->queries);
        for (long done = 0; next_tile(&block, given, done, head->keys); done = block.stop) {
            score(&block, head->q, head->panels, width, space);
            score(&block, slopes->grad, slopes->panels, width, grads);
            for (long r = 0; r < block.rows; r++)
                unweigh(&block, given, r, head->scale, slopes->level[at + r], slopes->mean[at + r], space + r * TILE, grads + r * TILE);
            gather(&block, own, grads, head->k, width);
            scatter(&block, slopes->k, grads, head->q, width);
            scatter(&block, slopes->v, space, slopes->grad, width);
        }
    }
}

#endif
