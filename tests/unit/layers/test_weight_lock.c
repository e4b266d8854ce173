/* SPDX-License-Identifier: Apache-2.0 */
#include "layers/weight_lock.h"
#include "support/cmocka_test.h"
#include <pthread.h>

/* What another thread gets. */
typedef struct attempt {
    denoise__weight_lock *lock;
    bool shared, claimed, mine;
} attempt;

static void *try_all(void *context)
{
    attempt *a = context;
    a->mine = denoise__weight_lock_is_mine(a->lock);
    a->shared = denoise__weight_lock_share(a->lock);
    if (a->shared) denoise__weight_lock_unshare(a->lock);
    a->claimed = denoise__weight_lock_claim(a->lock);
    if (a->claimed) denoise__weight_lock_unclaim(a->lock);
    return NULL;
}

static attempt from_another_thread(denoise__weight_lock *lock)
{
    attempt a = {.lock = lock};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, try_all, &a), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    return a;
}

static void readers_share(void **state)
{
    (void)state;
    denoise__weight_lock lock = {0};
    assert_true(denoise__weight_lock_share(&lock));
    assert_true(denoise__weight_lock_share(&lock));
    attempt a = from_another_thread(&lock);
    assert_true(a.shared && !a.claimed && !a.mine);
    assert_false(denoise__weight_lock_claim(&lock));
    denoise__weight_lock_unshare(&lock);
    assert_false(denoise__weight_lock_claim(&lock));
    denoise__weight_lock_unshare(&lock);
    a = from_another_thread(&lock);
    assert_true(a.shared && a.claimed);
}

static void a_writer_excludes_other_threads_only(void **state)
{
    (void)state;
    denoise__weight_lock lock = {0};
    assert_true(denoise__weight_lock_claim(&lock));
    assert_true(denoise__weight_lock_is_mine(&lock));
    assert_false(denoise__weight_lock_claim(&lock));
    attempt a = from_another_thread(&lock);
    assert_true(!a.shared && !a.claimed && !a.mine);
    assert_true(denoise__weight_lock_share(&lock));
    denoise__weight_lock_unshare(&lock);
    assert_true(denoise__weight_lock_is_mine(&lock));
    denoise__weight_lock_unclaim(&lock);
    assert_false(denoise__weight_lock_is_mine(&lock));
    assert_true(from_another_thread(&lock).claimed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_share),
        cmocka_unit_test(a_writer_excludes_other_threads_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
