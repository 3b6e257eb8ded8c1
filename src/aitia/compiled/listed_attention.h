/* Attend few queries, each over rows of keys and values that a list names, wherever they lie. [kwon2023] */
#ifndef AITIA_LISTED_ATTENTION_H
#define AITIA_LISTED_ATTENTION_H

#include "eight.h"

#define STRIP 4 /* vectors of a row of values that are summed at once */

/* Keys and values of one head: `kept` rows, and behind them rows that lie elsewhere. */
typedef struct {
    const float *k, *v, *own_k, *own_v;
    long kept, k_step, v_step, own_k_step, own_v_step;
} Source;

/* Queries of the heads that share keys, the places of the rows they read, and where the result goes. */
typedef struct {
    const float *q;
    float *out;
    long heads, q_step, out_step, width, count;
    const long long *place;
    float scale;
} Query;

static int suits(void) {
#if defined(__x86_64__) && defined(__GNUC__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return 0;
#endif
}

static const float *key_of(const Source *source, long at) {
    return at < source->kept ? source->k + at * source->k_step : source->own_k + (at - source->kept) * source->own_k_step;
}

static const float *value_of(const Source *source, long at) {
    return at < source->kept ? source->v + at * source->v_step : source->own_v + (at - source->kept) * source->own_v_step;
}

#if defined(__clang__) || __GNUC__ >= 12
#define PICK(x, y, ...) __builtin_shufflevector(x, y, __VA_ARGS__)
#else
#define PICK(x, y, ...) __builtin_shuffle(x, y, (whole){__VA_ARGS__})
#endif

/* The totals of eight vectors. */
INLINE eight totals_of(const eight *x) {
    eight two[4], four[2];
    for (int i = 0; i < 4; i++)
        two[i] = PICK(x[2 * i], x[2 * i + 1], 0, 8, 2, 10, 4, 12, 6, 14) + PICK(x[2 * i], x[2 * i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    for (int i = 0; i < 2; i++)
        four[i] = PICK(two[2 * i], two[2 * i + 1], 0, 1, 8, 9, 4, 5, 12, 13) + PICK(two[2 * i], two[2 * i + 1], 2, 3, 10, 11, 6, 7, 14, 15);
    return PICK(four[0], four[1], 0, 1, 2, 3, 8, 9, 10, 11) + PICK(four[0], four[1], 4, 5, 6, 7, 12, 13, 14, 15);
}

/* Set the scores (heads, padded) of all rows of the list, eight at once, -inf behind the last. */
MACHINE static void score(const Query *query, const Source *source, long padded, float *scores) {
    for (long i = 0; i < padded; i += 8) {
        const float *key[8];
        for (long j = 0; j < 8; j++) {
            const long at = query->place[i + j < query->count ? i + j : query->count - 1];
            const char *value = (const char *)value_of(source, at); /* read next, when all scores are known */
            for (long d = 0; d < query->width * 4; d += 64) __builtin_prefetch(value + d);
            key[j] = key_of(source, at);
        }
        for (long h = 0; h < query->heads; h++) {
            const float *q = query->q + h * query->q_step;
            eight sum[8];
#pragma GCC unroll 8
            for (int j = 0; j < 8; j++) sum[j] = (eight){0};
            for (long d = 0; d < query->width; d += 8) {
                const eight x = *(const eight *)(q + d);
#pragma GCC unroll 8
                for (int j = 0; j < 8; j++) sum[j] += x * *(const eight *)(key[j] + d);
            }
            *(eight *)(scores + h * padded + i) = totals_of(sum) * (query->scale * LOG2E);
        }
    }
    for (long h = 0; h < query->heads; h++)
        for (long i = query->count; i < padded; i++) scores[h * padded + i] = -INFINITY;
}

/* Turn the scores of one head into weights whose sum is 1. */
MACHINE static void weigh(float *scores, long padded) {
    eight most = *(eight *)scores, total = {0};
    for (long i = 8; i < padded; i += 8) most = greater(*(eight *)(scores + i), most);
    const float top = greatest_of(most);
    for (long i = 0; i < padded; i += 8) total += *(eight *)(scores + i) = power(*(eight *)(scores + i) - top);
    const float share = 1.f / total_of(total);
    for (long i = 0; i < padded; i += 8) *(eight *)(scores + i) *= share;
}

INLINE void sum_of(const int vectors, const Query *query, const Source *source, long d, const float *weights, float *out) {
    eight sum[STRIP];
    for (int j = 0; j < vectors; j++) sum[j] = (eight){0};
    for (long i = 0; i < query->count; i++) {
        const float *value = value_of(source, query->place[i]) + d;
#pragma GCC unroll 4
        for (int j = 0; j < vectors; j++) sum[j] += weights[i] * *(const eight *)(value + 8 * j);
    }
    for (int j = 0; j < vectors; j++) *(eight *)(out + d + 8 * j) = sum[j];
}

/* Attend one query of all heads that share keys; `scores` holds heads * (count rounded up to 8) numbers. */
MACHINE static void attend_listed(const Query *query, const Source *source, float *scores) {
    const long padded = (query->count + 7) / 8 * 8;
    score(query, source, padded, scores); /* nothing for an empty list */
    for (long h = 0; h < query->heads; h++) {
        float *out = query->out + h * query->out_step, *weights = scores + h * padded;
        long d = 0;
        if (!query->count) {
            for (; d < query->width; d++) out[d] = 0.f;
            continue;
        }
        weigh(weights, padded);
        for (; d + 8 * STRIP <= query->width; d += 8 * STRIP) sum_of(STRIP, query, source, d, weights, out);
        for (; d < query->width; d += 8) sum_of(1, query, source, d, weights, out);
    }
}

#endif
