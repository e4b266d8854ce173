/* SPDX-License-Identifier: Apache-2.0 */
/* What kernels ask of a compiler: functions that must be inlined, loops that must disappear or stay, pointers in registers. */
#ifndef DENOISE_KERNELS_SIMD_COMPILER_H
#define DENOISE_KERNELS_SIMD_COMPILER_H

#if defined(__GNUC__)
#define DENOISE__INLINE static inline __attribute__((always_inline))
#else
#define DENOISE__INLINE static inline
#endif

/* Before a loop of constant length that has to disappear, since its index chooses registers; and before one that is to stay. */
#if defined(DENOISE__SIMD_PORTABLE)
#define DENOISE__UNROLL
#define DENOISE__NO_UNROLL
#elif defined(__clang__)
#define DENOISE__UNROLL    _Pragma("clang loop unroll(full)")
#define DENOISE__NO_UNROLL _Pragma("clang loop unroll(disable)")
#elif defined(__GNUC__)
#define DENOISE__UNROLL    _Pragma("GCC unroll 64")
#define DENOISE__NO_UNROLL _Pragma("GCC unroll 1")
#else
#define DENOISE__UNROLL
#define DENOISE__NO_UNROLL
#endif

/* What is in the variable stays in a register of its own: a compiler may not make it anew from what it was made of. */
#if defined(__GNUC__) && !defined(DENOISE__SIMD_PORTABLE)
#define DENOISE__KEEP(pointer) __asm__("" : "+r"(pointer))
#else
#define DENOISE__KEEP(pointer) (void)(pointer)
#endif

#endif
