/* SPDX-License-Identifier: Apache-2.0 */
/* The campaign of malformed files. The budget means nothing here: all files are tried in both tiers. */
#include "malformed/malformed.h"
#include "support/cmocka_test.h"
#include <stdio.h>

typedef struct part {
    const char *name;
    void (*run)(malformed_run *run);
} part;

static const part parts[] = {
    {"IDX", idx_files},
    {"MNIST folders", mnist_folders},
    {"gzip", gzip_files},
    {"PNG", png_files},
    {"CSV", csv_files},
    {"safetensors", safetensors_files},
    {"JSON headers", json_headers},
    {"other formats", foreign_formats},
    {"faults of other libraries", foreign_faults},
};

int main(int argc, char **argv)
{
    campaign c;
    if (!campaign_begin(&c, "malformed_files", argc, argv, 1, 1)) return campaign_end(&c);
    malformed_run run = {.campaign = &c, .worst = INT64_MIN, .worst_name = "", .slowest_name = ""};
    temp_dir_make(&run.dir);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        int64_t before = run.files;
        char what[64];
        parts[i].run(&run);
        snprintf(what, sizeof what, "malformed files: %s", parts[i].name);
        campaign_count(&c, what, run.files - before);
    }
    campaign_count(&c, "malformed files", run.files);
    campaign_count(&c, "of them again in gzip", run.packed);
    campaign_count(&c, "odd but good files", run.accepted);
    campaign_note(&c, "most memory: \"%s\", twice the file %+.0f KB; longest: \"%s\", %.1f ms", run.worst_name,
                  (double)run.worst / 1024, run.slowest_name, 1000 * run.slowest);
    if (c.only < 0) campaign_check(&c, run.files >= 300, "fewer than 300 malformed files");
    temp_dir_remove(&run.dir);
    return campaign_end(&c);
}
