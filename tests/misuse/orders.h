/* SPDX-License-Identifier: Apache-2.0 */
/* Calls in the wrong order, and objects of one owner given to another: small stories, each call with the answer that is
 * documented for it. */
#ifndef DENOISE_TESTS_MISUSE_ORDERS_H
#define DENOISE_TESTS_MISUSE_ORDERS_H

#include "support/campaign.h"
#include <denoise/denoise.h>

typedef struct story {
    const char *name;
    void (*tell)(void);
} story;

/* The files of stories; each ends with a row without a name. */
extern const story stories_of_building[], stories_of_training[], stories_of_data[];

void story_ok(denoise_status status, const char *call, int line);
void story_fails(denoise_status status, denoise_status code, const char *piece, const char *call, int line);
void story_true(bool condition, const char *text, int line);

/* The call succeeds. */
#define OK(call) story_ok((call), #call, __LINE__)
/* The call answers this code, and its message has this piece. */
#define FAILS(call, code, piece) story_fails((call), DENOISE_ERR_##code, (piece), #call, __LINE__)
#define TRUE(condition)          story_true((condition), #condition, __LINE__)

#endif
