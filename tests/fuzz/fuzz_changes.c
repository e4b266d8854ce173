/* SPDX-License-Identifier: Apache-2.0 */
/* Every small change of every small input of the fuzz targets: each byte changed to each other one, each byte left out, each
 * byte put in at each place, each truncation; and the same with lengths and checksums made right where a target can do that.
 * The quick tier draws some of them; the budget is how many are tried, all of them at the most. */
#include "fuzz/corpus.h"
#include "fuzz/fuzz.h"
#include "support/campaign.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of sequences of calls a few are enough: each byte of them means as much as that of another. */
enum { LONGEST = 1024, SEQUENCES = 10, QUICK = 150000, FULL = 2000000000, ROOM = LONGEST + 64 };

typedef struct input {
    const fuzz_target *target;
    uint8_t *data;
    size_t size;
    int64_t first; /* number of its first case */
} input;

typedef struct inputs {
    input *list;
    int64_t count, capacity, cases;
    const fuzz_target *target;
    int64_t sequences;
} inputs;

/* Changed bytes, truncations, deletions, insertions; all of it twice where a target mends. */
static int64_t changes_of(const fuzz_target *target, int64_t size)
{
    int64_t count = 255 * size + size + size + 256 * (size + 1);
    return target->mend != NULL ? 2 * count : count;
}

static void keep(void *user_data, const char *name, const uint8_t *data, size_t size)
{
    inputs *all = user_data;
    (void)name;
    if (size > LONGEST) return;
    if (strcmp(all->target->name, "api") == 0 && ++all->sequences > SEQUENCES) return;
    if (all->count == all->capacity) {
        all->capacity = all->capacity == 0 ? 256 : 2 * all->capacity;
        all->list = realloc(all->list, (size_t)all->capacity * sizeof *all->list);
        if (all->list == NULL) abort();
    }
    input *it = &all->list[all->count++];
    *it = (input){all->target, malloc(size + 1), size, all->cases};
    if (it->data == NULL) abort();
    if (size > 0) memcpy(it->data, data, size);
    all->cases += changes_of(all->target, (int64_t)size);
}

static size_t replace(uint8_t *out, const input *it, size_t at, unsigned value)
{
    memcpy(out, it->data, it->size);
    out[at] = (uint8_t)(out[at] + 1 + value);
    return it->size;
}

static size_t leave_out(uint8_t *out, const input *it, size_t at)
{
    memcpy(out, it->data, at);
    memcpy(out + at, it->data + at + 1, it->size - at - 1);
    return it->size - 1;
}

static size_t put_in(uint8_t *out, const input *it, size_t at, unsigned value)
{
    memcpy(out, it->data, at);
    out[at] = (uint8_t)value;
    memcpy(out + at + 1, it->data + at, it->size - at);
    return it->size + 1;
}

/* The input of a change; its size. */
static size_t changed(uint8_t *out, const input *it, int64_t change)
{
    int64_t size = (int64_t)it->size;
    int64_t all = 255 * size + size + size + 256 * (size + 1);
    bool mended = change >= all;
    size_t length = 0;
    change %= all;
    if (change < 255 * size) {
        length = replace(out, it, (size_t)(change / 255), (unsigned)(change % 255));
    } else if ((change -= 255 * size) < size) {
        length = (size_t)change;
        memcpy(out, it->data, length);
    } else if ((change -= size) < size) {
        length = leave_out(out, it, (size_t)change);
    } else {
        change -= size;
        length = put_in(out, it, (size_t)(change / 256), (unsigned)(change % 256));
    }
    return mended ? it->target->mend(out, length, ROOM) : length;
}

static void try_change(campaign *c, const input *it, int64_t change)
{
    uint8_t buffer[ROOM];
    size_t size = changed(buffer, it, change);
    uint8_t *exact = malloc(size > 0 ? size : 1); /* the address sanitizer sees its end */
    if (exact == NULL) abort();
    memcpy(exact, buffer, size);
    const char *failure = fuzz_try(it->target, exact, size, false);
    campaign_check(c, failure == NULL, "%s: %s", it->target->name, failure != NULL ? failure : "");
    free(exact);
}

static const input *input_of(const inputs *all, int64_t number)
{
    int64_t low = 0, high = all->count - 1;
    while (low < high) {
        int64_t middle = (low + high + 1) / 2;
        if (all->list[middle].first <= number) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return &all->list[low];
}

static void run_case(campaign *c, const inputs *all, int64_t *tried, int64_t number)
{
    if (!campaign_case(c, number)) return;
    const input *it = input_of(all, number);
    try_change(c, it, number - it->first);
    for (size_t t = 0; fuzz_targets[t] != NULL; t++) {
        tried[t] += fuzz_targets[t] == it->target;
    }
}

int main(int argc, char **argv)
{
    campaign c;
    if (!campaign_begin(&c, "fuzz_changes", argc, argv, QUICK, FULL)) return campaign_end(&c);
    inputs all = {.list = NULL};
    const fuzz_sink sink = {keep, &all};
    int64_t tried[64] = {0};
    for (size_t t = 0; fuzz_targets[t] != NULL; t++) {
        all.target = fuzz_targets[t];
        (void)corpus_each(fuzz_targets[t], &sink);
    }
    if (c.only >= 0) {
        run_case(&c, &all, tried, c.only % all.cases);
    } else if (c.budget >= all.cases) {
        for (int64_t i = 0; i < all.cases; i++) {
            run_case(&c, &all, tried, i);
        }
    } else {
        for (int64_t i = 0; i < c.budget; i++) {
            run_case(&c, &all, tried, campaign_below(&c, all.cases));
        }
    }
    campaign_count(&c, "inputs of at most 1024 bytes", all.count);
    campaign_count(&c, "small changes of them exist", all.cases);
    for (size_t t = 0; fuzz_targets[t] != NULL; t++) {
        char what[64];
        (void)snprintf(what, sizeof what, "changes tried on %s", fuzz_targets[t]->name);
        campaign_count(&c, what, tried[t]);
    }
    for (int64_t i = 0; i < all.count; i++) {
        free(all.list[i].data);
    }
    free(all.list);
    return campaign_end(&c);
}
