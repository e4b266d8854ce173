/* SPDX-License-Identifier: Apache-2.0 */
#include "layers/weight_lock.h"

/* An address that no other living thread has. */
static uintptr_t thread_token(void)
{
    static _Thread_local char token;
    return (uintptr_t)&token;
}

bool denoise__weight_lock_is_mine(denoise__weight_lock *lock)
{
    return atomic_load(&lock->users) == -1 && atomic_load(&lock->owner) == thread_token();
}

bool denoise__weight_lock_share(denoise__weight_lock *lock)
{
    int users = atomic_load(&lock->users);
    while (users >= 0) {
        if (atomic_compare_exchange_weak(&lock->users, &users, users + 1)) return true;
    }
    return denoise__weight_lock_is_mine(lock);
}

void denoise__weight_lock_unshare(denoise__weight_lock *lock)
{
    if (!denoise__weight_lock_is_mine(lock)) atomic_fetch_sub(&lock->users, 1);
}

bool denoise__weight_lock_claim(denoise__weight_lock *lock)
{
    int unused = 0;
    if (!atomic_compare_exchange_strong(&lock->users, &unused, -1)) return false;
    atomic_store(&lock->owner, thread_token());
    return true;
}

void denoise__weight_lock_unclaim(denoise__weight_lock *lock)
{
    atomic_store(&lock->owner, 0);
    atomic_store(&lock->users, 0);
}
