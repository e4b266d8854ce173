/* SPDX-License-Identifier: Apache-2.0 */
#include "misuse/orders.h"
#include "support/nets.h"
#include "support/temp_dir.h"
#include <string.h>
#include <unistd.h>

static campaign c;
static const char *telling;
static int64_t calls, refused;

void story_ok(denoise_status status, const char *call, int line)
{
    calls++;
    campaign_check(&c, status == DENOISE_OK, "%s, line %d: %s: %s, \"%s\"", telling, line, call, denoise_status_name(status),
                   denoise_last_error());
}

void story_fails(denoise_status status, denoise_status code, const char *piece, const char *call, int line)
{
    calls++;
    refused++;
    campaign_check(&c, status == code && strstr(denoise_last_error(), piece) != NULL, "%s, line %d: %s: %s, \"%s\"", telling,
                   line, call, denoise_status_name(status), denoise_last_error());
}

void story_true(bool condition, const char *text, int line)
{
    campaign_check(&c, condition, "%s, line %d: not %s", telling, line, text);
}

static int64_t tell(const story *stories, int64_t number)
{
    for (; stories->name != NULL; stories++, number++) {
        if (!campaign_case(&c, number)) continue;
        int64_t blocks = denoise_memory_blocks();
        telling = stories->name;
        stories->tell();
        campaign_check(&c, denoise_memory_blocks() == blocks, "%s: %lld blocks are left", telling,
                       (long long)(denoise_memory_blocks() - blocks));
    }
    return number;
}

int main(int argc, char **argv)
{
    temp_dir dir;
    if (!campaign_begin(&c, "misuse_orders", argc, argv, 1, 1)) return campaign_end(&c);
    temp_dir_make(&dir);
    assert_int_equal(chdir(dir.path), 0);
    ASSERT_OK(denoise_set_num_threads(1));
    int64_t stories = tell(stories_of_building, 0);
    stories = tell(stories_of_training, stories);
    stories = tell(stories_of_data, stories);
    campaign_count(&c, "stories of calls in the wrong order", stories);
    campaign_count(&c, "calls in them", calls);
    campaign_count(&c, "calls that were refused", refused);
    assert_int_equal(chdir("/"), 0);
    temp_dir_remove(&dir);
    return campaign_end(&c);
}
