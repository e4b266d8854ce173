/* SPDX-License-Identifier: Apache-2.0 */
/* The entry points of libFuzzer for one target, named by FUZZ_TARGET. */
#include "fuzz/fuzz.h"
#include <stdio.h>
#include <stdlib.h>

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
extern const fuzz_target JOIN(fuzz_target_, FUZZ_TARGET);
static const fuzz_target *const target = &JOIN(fuzz_target_, FUZZ_TARGET);

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *failure = fuzz_try(target, data, size, false);
    if (failure == NULL) return 0;
    (void)fprintf(stderr, "fuzz_%s: broken rule: %s\n", target->name, failure);
    abort();
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    size = LLVMFuzzerMutate(data, size, max_size);
    return target->mend != NULL && (seed & 1U) != 0 ? target->mend(data, size, max_size) : size;
}
