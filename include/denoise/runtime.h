/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The process-wide runtime: threads, the engine that computes products of matrices, the form of convolutions, facts about the
 * build.
 *
 * One pool of threads serves the whole process. It is made on first use with as many threads as
 * denoise_set_num_threads() or the environment variable DENOISE_NUM_THREADS say, else as there are CPUs for the process: those
 * in the affinity mask of any of its threads, and no more than its control group has time for (Linux' cpu.max). That the thread
 * which computes first is pinned to one CPU, as OpenMP and MPI do, is no matter: the pool's threads run on all of them.
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
 * @param count 0 .. 256; 0 = choose as at the start, by what the environment and the CPUs are now
 * @return DENOISE_OK, DENOISE_ERR_RANGE, DENOISE_ERR_BUSY while the pool works, DENOISE_ERR_ENGINE when count is 0 and
 * DENOISE_NUM_THREADS is no number from 1 to 256. After a failure all is as it was. Since 0.1.
 */
DENOISE_API denoise_status denoise_set_num_threads(int32_t count);

/**
 * The number of threads that work is spread over.
 * @return >= 1; fewer than were asked for where the system gave no more; the number of CPUs when DENOISE_NUM_THREADS is no
 *         number from 1 to 256, as a computing call will then say. Since 0.1.
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
 * Chooses the form in which convolutions are computed, for the whole process.
 *
 * "auto" takes Winograd's form, F(4 x 4, 3 x 3), where it is made for: Conv2D and Conv2DTranspose with a kernel of 3 x 3,
 * strides and dilation of 1, no groups, and 24 channels or more on both sides. It has a quarter of the multiplications and bits
 * of its own, which depend on neither threads nor the CPU, and errors of the same size; but the error of a number goes with
 * the largest one in reach of its tile of 4 x 4, and what is not finite spreads over the tile (docs/numerics.md). "direct" is
 * the sum that defines a convolution, for all of them. Without this call the environment variable DENOISE_CONVOLUTION chooses
 * by the same names; else it is "auto". The options of compile and predict can choose otherwise. A workspace keeps the form
 * that was chosen when it was made.
 * @param name "auto", "direct"; NULL = choose as at the start
 * @return DENOISE_OK; DENOISE_ERR_NAME for another name; DENOISE_ERR_BUSY while a call computes. After a failure the choice is
 *         what it was. Since 0.2.
 */
DENOISE_API denoise_status denoise_set_convolution(const char *name);

/**
 * The form in which convolutions are computed where no option says otherwise.
 * @return "auto" or "direct"; static. Since 0.2.
 */
DENOISE_API const char *denoise_convolution_name(void);

/**
 * Writes facts about the build and the machine as one JSON object of texts and a number: version, engine, isa, threads,
 * blas (its name, "not loaded" while no call needed one), blas_config (what it says of itself), note (for people: that the BLAS
 * misjudges this CPU, that it was taken for want of vector kernels, or why there is no engine or which variable of the
 * environment is wrong; mostly empty).
 * @param buffer room for size bytes, always zero-terminated when size > 0; may be NULL
 * @param size >= 0
 * @return the length of the whole text without its end, as snprintf; negative never. Since 0.1.
 */
DENOISE_API int64_t denoise_build_info(char *buffer, int64_t size);

#ifdef __cplusplus
}
#endif
#endif
