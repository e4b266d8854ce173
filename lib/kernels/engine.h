/* SPDX-License-Identifier: Apache-2.0 */
/* Which engine computes the products of matrices, and in which form convolutions are; see denoise/runtime.h. */
#ifndef DENOISE_KERNELS_ENGINE_H
#define DENOISE_KERNELS_ENGINE_H

#include <denoise/runtime.h>
#include <stdbool.h>

enum { DENOISE__ENGINE_NONE = 0, DENOISE__ENGINE_NATIVE = 1, DENOISE__ENGINE_CBLAS = 2 };

/* Chooses the engine if none is yet. DENOISE_ERR_ENGINE when DENOISE_ENGINE asks for one that cannot be had, or another
 * variable of the environment has no value that it may have: a run that computes checks it before it begins. */
denoise_status denoise__engine_check(void);
denoise_status denoise__environment_check(void); /* of the other variables alone */

/* The engine in use; chooses if need be, NONE where there is none. */
int32_t denoise__engine(void);
bool denoise__engine_is_native(void); /* whether plans may lay values out in panels */

/* Between enter and leave the engine stays: denoise_set_engine() answers DENOISE_ERR_BUSY. May be nested. Enter answers the
 * engine to use; native for a caller that did not check. */
int32_t denoise__engine_enter(void);
void denoise__engine_leave(void);

enum { DENOISE__CONVOLUTION_DEFAULT = 0, DENOISE__CONVOLUTION_AUTO = 1, DENOISE__CONVOLUTION_DIRECT = 2 };

/* The form for whoever has no wish of his own: AUTO or DIRECT. */
int32_t denoise__convolution(void);
/* By its name; NULL: DEFAULT. DENOISE_ERR_NAME: `what` has another one. */
denoise_status denoise__convolution_find(const char *name, const char *what, int32_t *form);

#endif
