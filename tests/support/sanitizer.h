/* SPDX-License-Identifier: Apache-2.0 */
/* DENOISE_TEST_TSAN: 1 under ThreadSanitizer, where a child of a threaded process can neither start threads nor end well. */
#ifndef DENOISE_TESTS_SANITIZER_H
#define DENOISE_TESTS_SANITIZER_H

#if defined(__SANITIZE_THREAD__)
#define DENOISE_TEST_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define DENOISE_TEST_TSAN 1
#endif
#endif
#ifndef DENOISE_TEST_TSAN
#define DENOISE_TEST_TSAN 0
#endif

#endif
