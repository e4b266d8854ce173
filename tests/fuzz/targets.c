/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/fuzz.h"
#include <string.h>

#define FUZZ_TARGET(name) extern const fuzz_target fuzz_target_##name;
#include "fuzz/targets.def"
#undef FUZZ_TARGET

#define FUZZ_TARGET(name) &fuzz_target_##name,
const fuzz_target *const fuzz_targets[] = {
#include "fuzz/targets.def"
    NULL};
#undef FUZZ_TARGET

const fuzz_target *fuzz_target_find(const char *name)
{
    for (size_t i = 0; fuzz_targets[i] != NULL; i++) {
        if (strcmp(fuzz_targets[i]->name, name) == 0) return fuzz_targets[i];
    }
    return NULL;
}
