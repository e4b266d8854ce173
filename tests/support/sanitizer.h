/* SPDX-License-Identifier: Apache-2.0 */
/* DENOISE_TEST_TSAN: 1 under ThreadSanitizer, where a child of a threaded process can neither start threads nor end well.
 * DENOISE_TEST_ASAN: 1 under AddressSanitizer, which keeps freed memory for a while and makes frames larger. */
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

#if defined(__SANITIZE_ADDRESS__)
#define DENOISE_TEST_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DENOISE_TEST_ASAN 1
#endif
#endif
#ifndef DENOISE_TEST_ASAN
#define DENOISE_TEST_ASAN 0
#endif

#endif
