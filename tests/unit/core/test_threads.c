/* SPDX-License-Identifier: Apache-2.0 */
#include "core/threads.h"
#include "support/cmocka_test.h"
#include <string.h>

enum { COUNT = 1000 };

static void mark(void *context, int64_t index)
{
    int *marks = context;
    marks[index]++;
}

static void every_index_runs_once(void **state)
{
    (void)state;
    static const int32_t threads[] = {1, 2, 3, 4, 8};
    for (size_t t = 0; t < 5; t++) {
        assert_int_equal(denoise_set_num_threads(threads[t]), DENOISE_OK);
        for (int64_t count = 0; count <= COUNT; count += count < 10 ? 1 : 99) {
            int marks[COUNT + 1] = {0};
            denoise__parallel_for(count, mark, marks);
            for (int64_t i = 0; i <= COUNT; i++) {
                assert_int_equal(marks[i], i < count);
            }
        }
        assert_int_equal(denoise_num_threads(), threads[t]);
    }
    denoise_shutdown();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_index_runs_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
