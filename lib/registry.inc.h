/* SPDX-License-Identifier: Apache-2.0 */
/* One noun's registry, as denoise__<NOUN>_registry. Included by registries.c once for each noun, with NOUN its name and KINDS
 * its file of rows DENOISE_KIND(kind, file). */
#define REGISTRY_JOIN(noun, rest) denoise__##noun##_##rest
#define REGISTRY_NAME(noun, rest) REGISTRY_JOIN(noun, rest)
#define REGISTRY_TEXT(noun)       #noun
#define REGISTRY_WORD(noun)       REGISTRY_TEXT(noun)
#define REGISTRY_TYPE             REGISTRY_NAME(NOUN, kind)

#define DENOISE_KIND(name, file) extern const REGISTRY_TYPE REGISTRY_NAME(NOUN, name);
#include KINDS
#undef DENOISE_KIND

#define DENOISE_KIND(name, file) &REGISTRY_NAME(NOUN, name).base,
static const denoise__kind *const REGISTRY_NAME(NOUN, kinds)[] = {
#include KINDS
};
#undef DENOISE_KIND

static denoise__registry_tail REGISTRY_NAME(NOUN, tail);
const denoise__registry REGISTRY_NAME(NOUN, registry) = {
    .noun = REGISTRY_WORD(NOUN),
    .kinds = REGISTRY_NAME(NOUN, kinds),
    .count = (int32_t)(sizeof REGISTRY_NAME(NOUN, kinds) / sizeof(denoise__kind *)),
    .tail = &REGISTRY_NAME(NOUN, tail),
};

#undef REGISTRY_JOIN
#undef REGISTRY_NAME
#undef REGISTRY_TEXT
#undef REGISTRY_WORD
#undef REGISTRY_TYPE
#undef NOUN
#undef KINDS
