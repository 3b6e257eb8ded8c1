/* Eight numbers at once, by the vector extensions of GCC and Clang. */
#ifndef AITIA_EIGHT_H
#define AITIA_EIGHT_H

#include <math.h>

#define LOG2E 1.4426950408889634f
#define LN2 0.6931471805599453f

#if defined(__x86_64__) && defined(__GNUC__)
#define MACHINE __attribute__((target("avx2,fma")))
#else
#define MACHINE
#endif
#define INLINE static inline __attribute__((always_inline)) MACHINE

typedef float eight __attribute__((vector_size(32), aligned(4), may_alias));
typedef int whole __attribute__((vector_size(32), aligned(4), may_alias));

/* 2 to the power of x up to 127; exactly 0 below the smallest normal number. */
INLINE eight power(eight x) {
    const whole small = x < -126.f;
    x = (eight)((whole)x & ~small);
    const eight shifted = x + 12582912.f; /* 1.5 * 2^23: the last bits are those of the nearest whole number */
    const eight part = x - (shifted - 12582912.f);
    eight y = 1.535336188319500e-4f * part + 1.339887440266574e-3f;
    y = y * part + 9.618437357674640e-3f;
    y = y * part + 5.550332471162809e-2f;
    y = y * part + 2.402264791363012e-1f;
    y = y * part + 6.931472028550421e-1f;
    y = y * part + 1.f;
    y *= (eight)(((whole)shifted - 0x4B400000 + 127) << 23);
    return (eight)((whole)y & ~small);
}

INLINE eight greater(eight x, eight y) {
    const whole larger = x > y;
    return (eight)(((whole)x & larger) | ((whole)y & ~larger));
}

INLINE float total_of(eight x) {
    float sum = 0.f;
    for (int i = 0; i < 8; i++) sum += x[i];
    return sum;
}

INLINE float greatest_of(eight x) {
    float top = x[0];
    for (int i = 1; i < 8; i++) top = x[i] > top ? x[i] : top;
    return top;
}

#endif
