/* SPDX-License-Identifier: Apache-2.0 */
/* The host's floating-point control, locale, errno, signal mask and handlers: the library leaves them as they are, and its
 * results do not depend on them. A sequence of everything runs under each setting of a host, with several numbers of threads;
 * the budget is how often. Then the shared library is loaded under each setting. */
#include "determinism/sequence.h"
#include "determinism/surroundings.h"
#include "support/campaign.h"
#include "support/temp_dir.h"
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static sequence usual, other;

static void compare(campaign *c, host_setting setting, int32_t threads, const sequence_options *o)
{
    surroundings before, after;
    other.count = 0;
    ASSERT_OK(denoise_set_num_threads(threads));
    denoise_shutdown();
    if (!host_apply(setting)) {
        host_restore();
        campaign_note(c, "cannot have: %s", host_setting_names[setting]);
        return;
    }
    surroundings_read(&before);
    sequence_run(&other, o);
    surroundings_read(&after);
    host_restore();
    const char *difference = surroundings_difference(&before, &after), *part = sequence_difference(&usual, &other);
    campaign_check(c, difference[0] == '\0' || strcmp(difference, "errno") == 0,
                   "%s, %d threads: %s differs after the sequence", host_setting_names[setting], (int)threads, difference);
    campaign_check(c, part == NULL, "%s, %d threads: %s differs", host_setting_names[setting], (int)threads,
                   part == NULL ? "" : part);
}

static void load_library(campaign *c, host_setting setting)
{
#if defined(DENOISE_TEST_SHARED)
    surroundings before, loaded, closed;
    if (!host_apply(setting)) {
        host_restore();
        return;
    }
    surroundings_read(&before);
    void *library = dlopen(DENOISE_TEST_SHARED, RTLD_NOW | RTLD_LOCAL);
    surroundings_read(&loaded);
    int failed = library == NULL ? -1 : dlclose(library);
    surroundings_read(&closed);
    host_restore();
    loaded.error = closed.error = before.error; /* dlopen's own */
    campaign_check(c, failed == 0, "%s: the library does not load: %s", host_setting_names[setting], dlerror());
    campaign_check(c, surroundings_difference(&before, &loaded)[0] == '\0', "%s: loading changes %s",
                   host_setting_names[setting], surroundings_difference(&before, &loaded));
    campaign_check(c, surroundings_difference(&before, &closed)[0] == '\0', "%s: unloading changes %s",
                   host_setting_names[setting], surroundings_difference(&before, &closed));
#else
    (void)setting;
    campaign_note(c, "the shared library is not built");
#endif
}

int main(int argc, char **argv)
{
    static const int32_t threads[] = {2, 1, 4, 8, 3};
    campaign c;
    temp_dir dir;
    if (!campaign_begin(&c, "environment", argc, argv, 1, 5)) return campaign_end(&c);
    temp_dir_make(&dir);
    if (!host_find_comma(dir.path)) campaign_note(&c, "no locale with a decimal comma here");
    ASSERT_OK(denoise_set_engine("native"));
    sequence_options o = {.folder = dir.path};
    sequence_run(&usual, &o);
    int64_t runs = 0;
    for (int64_t i = 0; i < c.budget * HOST_SETTINGS; i++) {
        if (!campaign_case(&c, i)) continue;
        compare(&c, (host_setting)(i % HOST_SETTINGS), threads[(i / HOST_SETTINGS) % 5], &o);
        load_library(&c, (host_setting)(i % HOST_SETTINGS));
        runs++;
    }
    campaign_count(&c, "parts of the sequence", usual.count);
    campaign_count(&c, "sequences under settings of a host", runs);
    denoise_shutdown();
    temp_dir_remove(&dir);
    return campaign_end(&c);
}
