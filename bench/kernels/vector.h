/* The batch lies in the lanes of vectors: VECTORS vectors of VECTOR floats for BATCH strings; lanes past the batch stay zero. */
#ifndef VECTOR_H
#define VECTOR_H

#ifndef VECTOR
#if defined(__AVX512F__)
#define VECTOR 16
#elif defined(__AVX2__)
#define VECTOR 8
#else
#define VECTOR 4
#endif
#endif
#define VECTORS ((BATCH + VECTOR - 1) / VECTOR)
#define LANES (VECTORS * VECTOR)

#define INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif
#define EACH(index, count) UNROLL for (int index = 0; index < (count); index++)

typedef float vec __attribute__((vector_size(4 * VECTOR)));
typedef int ivec __attribute__((vector_size(4 * VECTOR)));

INLINE vec splat(float value) { return value - (vec){0}; }

/** a * b + c */
INLINE vec fma_(vec a, vec b, vec c)
{
#ifdef __wasm_relaxed_simd__
    return __builtin_wasm_relaxed_madd_f32x4(a, b, c);
#else
    return a * b + c;
#endif
}

INLINE vec select_(ivec condition, vec yes, vec no) { return (vec)((condition & (ivec)yes) | (~condition & (ivec)no)); }
INLINE vec max_(vec a, vec b) { return select_(a > b, a, b); }
INLINE vec min_(vec a, vec b) { return select_(a < b, a, b); }

INLINE float sum_(vec value)
{
    float sum = 0;
    EACH(lane, VECTOR) sum += value[lane];
    return sum;
}

/** 2^x, x within ±126 (clamped). The polynomial is minimax on [-1/2, 1/2], relative error 8e-8. */
INLINE vec exp2_(vec x)
{
    x = min_(max_(x, splat(-126)), splat(126));
    const vec shift = splat(0x1.8p23f); /* adding it rounds to a whole number, which then lies in the low bits */
    vec shifted = x + shift, fraction = x - (shifted - shift);
    vec value = splat(0.0013276472f);
    value = fma_(value, fraction, splat(0.0096755413f));
    value = fma_(value, fraction, splat(0.055507133f));
    value = fma_(value, fraction, splat(0.24022120f));
    value = fma_(value, fraction, splat(0.69314697f));
    value = fma_(value, fraction, splat(1.0000001f));
    return (vec)((ivec)value + ((ivec)shifted << 23));
}

#define LOG2_E 1.442695041f

INLINE vec exp_(vec x) { return exp2_(x * splat(LOG2_E)); }
INLINE vec sigmoid_(vec x) { return splat(1) / (splat(1) + exp2_(x * splat(-LOG2_E))); }
INLINE vec tanh_(vec x) { return splat(2) / (splat(1) + exp2_(x * splat(-2 * LOG2_E))) - splat(1); }

/** Natural logarithm of x in [1, 4], by the series of atanh around 2. */
INLINE vec log_(vec x)
{
    ivec high = x > splat(1.41421356f), higher = x > splat(2.82842712f);
    vec scale = select_(higher, splat(0.25f), select_(high, splat(0.5f), splat(1)));
    vec twos = select_(higher, splat(2), select_(high, splat(1), splat(0)));
    vec scaled = x * scale, s = (scaled - splat(1)) / (scaled + splat(1)), s2 = s * s;
    vec series = splat(2.0f / 9);
    series = fma_(series, s2, splat(2.0f / 7));
    series = fma_(series, s2, splat(2.0f / 5));
    series = fma_(series, s2, splat(2.0f / 3));
    series = fma_(series, s2, splat(2));
    return fma_(series, s, twos * splat(0.693147181f));
}

#endif
