/* SPDX-License-Identifier: Apache-2.0 */
/* Every public function, called rightly and wrongly, under each setting of a host: rounding mode, flush-to-zero, exception
 * masks and flags, x87 control word, locale, errno, signal mask and handlers are the same after the call as before, and what
 * the call answers is what it answers under the usual setting. The calls are those of the table that tests/misuse reads from
 * the headers. The budget is how many wrong calls of a function are tried under the settings, one of them each; with --full
 * all are, under all. */
#include "determinism/surroundings.h"
#include "misuse/spoil.h"
#include "support/campaign.h"
#include "support/nets.h"
#include "support/temp_dir.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    int64_t right, wrong, settings, inexact;
} counts;

static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 1099511628211u;
    return hash;
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
    return text == NULL ? hash * 3 + 1 : mix(hash, text, strlen(text));
}

/* A wrong call may say that there is more memory than there is. */
static bool lies(const call_row *row)
{
    return strcmp(row->name, "denoise_tensor_borrow") == 0;
}

/* What goes out, in numbers; it is freed. */
static uint64_t take_outs(const trial *t, uint64_t hash)
{
    for (int i = 0; i < t->row->count; i++) {
        const slot *s = &t->row->slots[i];
        void **outs = t->a[i].pointer;
        if (outs == NULL) continue;
        if (s->kind == SLOT_ROOM) hash = mix(hash, outs, WORLD_ROOM);
        if (s->kind < SLOT_OUT || s->kind > SLOT_BORROWED) continue;
        for (int k = 0; k < (s->kind == SLOT_OUTS ? 16 : 1); k++) {
            hash = hash * 5 + (outs[k] == NULL) + 2 * (outs[k] == world_nowhere());
            if (outs[k] == NULL || outs[k] == world_nowhere()) continue;
            if (s->kind == SLOT_OUT_TEXT || (s->kind == SLOT_BORROWED && strcmp(s->type, "char") == 0))
                hash = mix_text(hash, outs[k]);
            bool is_tensor = s->free != NULL && strcmp(s->type, "denoise_tensor") == 0;
            if (is_tensor && !lies(t->row)) hash = hash * 31 + hash_of(outs[k]);
            if (s->free != NULL) s->free(outs[k]);
            if (s->kind == SLOT_OUT_TEXT) denoise_free(outs[k]);
        }
    }
    return hash;
}

/* Numbers of the process that grow from call to call. */
static bool is_counter(const call_row *row)
{
    return strcmp(row->header, "memory.h") == 0;
}

/* Calls and frees; the answer in one number. */
static uint64_t call_under(campaign *c, trial *t, host_setting setting)
{
    surroundings before, after;
    answer r = {0};
    uint64_t hash = 0;
    trial_forget_adopted(t);
    if (!host_apply(setting)) {
        host_restore();
        (void)host_apply(HOST_PLAIN);
    }
    surroundings_read(&before);
    t->row->call(t->a, &r);
    surroundings_read(&after);
    host_restore();
    const char *difference = surroundings_difference(&before, &after), *flags = surroundings_flags_difference(&before, &after);
    campaign_check(c, difference[0] == '\0', "%s(%s), %s: %s differs after it (errno %d, was %d)", t->row->name, t->label,
                   host_setting_names[setting], difference, after.error, before.error);
    bool is_serious = strncmp(flags, "invalid", 7) == 0;
    campaign_check(c, !is_serious, "%s(%s), %s: flags are raised: %s", t->row->name, t->label, host_setting_names[setting],
                   flags);
    counts.inexact += flags[0] != '\0' && !is_serious;
    if (!is_counter(t->row)) {
        hash = mix(hash, &r.real, sizeof r.real);
        if (t->row->answers == ANSWERS_STATUS || t->row->answers == ANSWERS_WHOLE) hash = mix(hash, &r.whole, sizeof r.whole);
        if (t->row->answers == ANSWERS_TEXT) hash = mix_text(hash, r.text);
        if (t->row->answers == ANSWERS_STATUS && r.whole != DENOISE_OK) hash = mix_text(hash, denoise_last_error());
    }
    hash = take_outs(t, hash);
    if (t->row->free != NULL && r.pointer != NULL) t->row->free(r.pointer);
    trial_free_kept(t);
    return hash;
}

/* argument -1: the right call. False when there is no such way to spoil it. */
static bool one_call(campaign *c, const call_row *row, int argument_index, int way, host_setting setting, uint64_t *hash)
{
    trial t;
    trial_begin(&t, row);
    bool is_there = argument_index < 0 || trial_spoil(&t, argument_index, way);
    if (is_there) *hash = call_under(c, &t, setting);
    world_free(t.w);
    world_settle();
    counts.settings += is_there;
    return is_there;
}

static void compare(campaign *c, const call_row *row, int argument_index, int way, host_setting setting)
{
    uint64_t usual = 0, other = 0;
    if (!one_call(c, row, argument_index, way, HOST_PLAIN, &usual)) return;
    (void)one_call(c, row, argument_index, way, setting, &other);
    campaign_check(c, usual == other, "%s(argument %d, way %d), %s: another answer", row->name, argument_index, way,
                   host_setting_names[setting]);
}

static int ways_of(const call_row *row, int argument_index)
{
    for (int n = 0;; n++) {
        trial t;
        trial_begin(&t, row);
        bool is_there = trial_spoil(&t, argument_index, n);
        world_free(t.w);
        if (!is_there) return n;
    }
}

static void try_function(campaign *c, int index)
{
    const call_row *row = &call_rows[index];
    for (int s = 1; s < HOST_SETTINGS; s++) {
        counts.right++;
        compare(c, row, -1, 0, (host_setting)s);
    }
    int64_t tried = 0;
    for (int i = 0; i < row->count; i++) {
        int ways = ways_of(row, i);
        for (int n = 0; n < ways && (c->full || tried < c->budget * (i + 1)); n++, tried++) {
            int first = c->full ? 1 : 1 + (int)campaign_below(c, HOST_SETTINGS - 1), last = c->full ? HOST_SETTINGS - 1 : first;
            for (int s = first; s <= last; s++) {
                counts.wrong++;
                compare(c, row, i, n, (host_setting)s);
            }
        }
    }
}

int main(int argc, char **argv)
{
    campaign c;
    temp_dir dir;
    if (!campaign_begin(&c, "environment_calls", argc, argv, 3, 1000000)) return campaign_end(&c);
    temp_dir_make(&dir);
    if (!host_find_comma(dir.path)) campaign_note(&c, "no locale with a decimal comma here");
    world_begin();
    for (int i = 0; i < call_row_count; i++)
        if (campaign_case(&c, i)) try_function(&c, i);
    world_end();
    temp_dir_remove(&dir);
    campaign_count(&c, "public functions", call_row_count);
    campaign_count(&c, "right calls under settings", counts.right);
    campaign_count(&c, "wrong calls under settings", counts.wrong);
    campaign_count(&c, "calls with surroundings compared", counts.settings);
    campaign_count(&c, "of them that raised inexact, underflow or denormal", counts.inexact);
    return campaign_end(&c);
}
