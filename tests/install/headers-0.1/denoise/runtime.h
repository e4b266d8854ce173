/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The process-wide runtime: threads, the engine that computes products of matrices, facts about the build.
 *
 * One pool of threads serves the whole process. It is made on first use with as many threads as
 * denoise_set_num_threads() or the environment variable DENOISE_NUM_THREADS say, else as the CPU affinity mask allows.
 * No result depends on the number of threads. While one thread of the caller computes on the pool, another one computes
 * alone. The pool's threads take no signals. A child process after fork() makes a pool of its own when it first computes.
 */
#ifndef DENOISE_RUNTIME_H
#define DENOISE_RUNTIME_H

#include <denoise/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Sets the number of threads, the calling one included. More threads than CPUs are allowed, but wait less eagerly.
 * @param count 0 .. 256; 0 = choose as at the start
 * @return DENOISE_OK, DENOISE_ERR_RANGE, DENOISE_ERR_BUSY while the pool works. Since 0.1.
 */
DENOISE_API denoise_status denoise_set_num_threads(int32_t count);

/**
 * The number of threads that work is spread over.
 * @return >= 1; fewer than were asked for where the system gave no more. Since 0.1.
 */
DENOISE_API int32_t denoise_num_threads(void);

/**
 * Joins the pool's threads and frees what the library keeps for itself, so that it can be unloaded; the next computing
 * call starts anew. While another thread computes on the pool nothing happens. Unloading the shared library (dlclose) does the
 * same by itself. Since 0.1.
 */
DENOISE_API void denoise_shutdown(void);

/**
 * Chooses the engine that computes products of matrices, for the whole process.
 *
 * "native" is the library's own: the same bits on any CPU, with any number of threads. "cblas" calls the BLAS of the system,
 * which is loaded now if it is not yet: the one that the process has already, else the one that the environment variable
 * DENOISE_BLAS names, else the usual ones. "auto" is native where it has kernels for the vector instructions of this CPU, else
 * cblas where a BLAS can be loaded. Without this call the environment variable DENOISE_ENGINE chooses by the same names, when
 * the first product is computed; else it is "auto".
 * @param name "auto", "native", "cblas"; NULL = choose as at the start
 * @return DENOISE_OK; DENOISE_ERR_NAME for another name; DENOISE_ERR_ENGINE when there is no BLAS or a broken one, with what
 * was tried, or when DENOISE_ENGINE is wrong; DENOISE_ERR_BUSY while products are computed. After a failure the engine is what
 * it was. Since 0.1.
 */
DENOISE_API denoise_status denoise_set_engine(const char *name);

/**
 * The engine that computes products of matrices. Loads a BLAS only if the choice depends on it.
 * @return "native" or "cblas"; "none" when DENOISE_ENGINE asks for what cannot be had, as a computing call will then say;
 *         static. Since 0.1.
 */
DENOISE_API const char *denoise_engine_name(void);

/**
 * Writes facts about the build and the machine as one JSON object of texts and a number: version, engine, isa, threads,
 * blas (its name, "not loaded" while no call needed one), blas_config (what it says of itself), note (for people: that the BLAS
 * misjudges this CPU, or why there is no engine; mostly empty).
 * @param buffer room for size bytes, always zero-terminated when size > 0; may be NULL
 * @param size >= 0
 * @return the length of the whole text without its end, as snprintf; negative never. Since 0.1.
 */
DENOISE_API int64_t denoise_build_info(char *buffer, int64_t size);

#ifdef __cplusplus
}
#endif
#endif
