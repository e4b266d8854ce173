/* SPDX-License-Identifier: Apache-2.0 */
#include "misuse/objects_datasets.h"
#include "misuse/frees.h"
#include "support/nets.h"

void *make_dataset(world *w)
{
    denoise_dataset *dataset;
    ASSERT_OK(denoise_dataset_from_tensors(&dataset, world_get(w, "x"), world_get(w, "y")));
    return dataset;
}

void *make_blind_dataset(world *w)
{
    denoise_dataset *dataset;
    ASSERT_OK(denoise_dataset_from_tensors(&dataset, world_get(w, "x"), NULL));
    return dataset;
}

void *make_batched_dataset(world *w)
{
    denoise_dataset *dataset = make_dataset(w);
    ASSERT_OK(denoise_dataset_batch(dataset, 3, 0));
    return dataset;
}

void *make_endless_dataset(world *w)
{
    denoise_dataset *dataset = make_dataset(w);
    ASSERT_OK(denoise_dataset_repeat(dataset, -1));
    return dataset;
}

void *make_generated(world *w)
{
    denoise_tensor *x = world_get(w, "x"), *y = world_get(w, "y");
    denoise_dataset_generator table = DENOISE_DATASET_GENERATOR_INIT;
    denoise_dataset *dataset;
    table.x = (const denoise_tensor *const *)&x;
    table.y = (const denoise_tensor *const *)&y;
    table.input_count = table.target_count = 1;
    table.next = world_next;
    ASSERT_OK(denoise_dataset_from_generator(&dataset, &table, NULL, NULL));
    ASSERT_OK(denoise_dataset_map(dataset, world_map, NULL, NULL));
    ASSERT_OK(denoise_dataset_prefetch(dataset, 1));
    return dataset;
}

uint64_t hash_dataset(const void *object)
{
    return (uint64_t)denoise_dataset_rows(object);
}
