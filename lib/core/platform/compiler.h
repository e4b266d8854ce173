/* SPDX-License-Identifier: Apache-2.0 */
/* What compilers check if they are told so in a language of their own. */
#ifndef DENOISE_CORE_PLATFORM_COMPILER_H
#define DENOISE_CORE_PLATFORM_COMPILER_H

/* The parameter number `text` is a format as C99 has it, the arguments from `first` on are printed by it (0: they are in a
 * va_list). Formats are read by the library itself (core/format.h): %zu is known, whatever Windows' printf() takes. */
#if defined(__MINGW32__) && !defined(__clang__)
#define DENOISE__FORMAT(text, first) __attribute__((format(gnu_printf, text, first)))
#elif defined(__GNUC__)
#define DENOISE__FORMAT(text, first) __attribute__((format(printf, text, first)))
#else
#define DENOISE__FORMAT(text, first)
#endif

#endif
