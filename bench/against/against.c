/* SPDX-License-Identifier: Apache-2.0 */
/* against OLD.so NEW.so [rounds [name ...]]: the same work by two versions of the library, in turn in one process. The ratio is
 * the median of the rounds' own ratios, so that what disturbs both sides of a round does not count. */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROUNDS = 99 };

static const char *const names[] = {"w1",          "w2",       "predict", "one_image", "w1_dropout", "w1_l2", "w1_activation",
                                    "two_outputs", "w1_noise", "w3"};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

typedef double (*seconds_of)(int32_t what, int32_t threads);

static seconds_of open_side(const char *path)
{
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *found = module == NULL ? NULL : dlsym(module, "denoise_against_seconds");
    seconds_of function = NULL;
    if (found == NULL) fprintf(stderr, "%s\n", dlerror());
    memcpy(&function, &found, sizeof(function)); /* C has no conversion from void * to a function */
    return function;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double at(double *sorted, int64_t count, double share)
{
    return sorted[(int64_t)((double)(count - 1) * share + 0.5)];
}

static void measure(int32_t what, int32_t threads, seconds_of sides[2], int64_t rounds, double plain[2])
{
    double seconds[2][MOST_ROUNDS], ratio[MOST_ROUNDS];
    for (int64_t i = -1; i < rounds; i++) { /* round -1 warms up */
        double taken[2];
        for (int32_t j = 0; j < 2; j++) {
            int32_t side = (int32_t)((i + 1 + j) % 2);
            taken[side] = sides[side](what, threads);
        }
        if (i < 0) continue;
        seconds[0][i] = taken[0];
        seconds[1][i] = taken[1];
        ratio[i] = taken[1] / taken[0];
    }
    qsort(seconds[0], (size_t)rounds, sizeof(double), compare);
    qsort(seconds[1], (size_t)rounds, sizeof(double), compare);
    qsort(ratio, (size_t)rounds, sizeof(double), compare);
    double old = at(seconds[0], rounds, 0.5), new = at(seconds[1], rounds, 0.5);
    if (what == 0) plain[0] = old, plain[1] = new;
    printf("%-14s %d %10.3f ms %10.3f ms   %.3f (%.3f to %.3f)", names[what], threads, old * 1e3, new * 1e3,
           at(ratio, rounds, 0.5), at(ratio, rounds, 0.25), at(ratio, rounds, 0.75));
    bool is_variant = what >= 4 && what <= 8;
    if (is_variant && plain[0] > 0) printf("   %.2f, %.2f", old / plain[0], new / plain[1]);
    printf("\n");
    fflush(stdout);
}

static bool is_wanted(int argc, char **argv, const char *name)
{
    for (int i = 4; i < argc; i++) {
        if (strcmp(argv[i], name) == 0) return true;
    }
    return argc <= 4;
}

int main(int argc, char **argv)
{
    if (argc < 3) return fprintf(stderr, "usage: against OLD.so NEW.so [rounds [name ...]]\n"), 2;
    seconds_of sides[2] = {open_side(argv[1]), open_side(argv[2])};
    if (sides[0] == NULL || sides[1] == NULL) return EXIT_FAILURE;
    int64_t rounds = argc > 3 ? strtoll(argv[3], NULL, 10) : 9;
    if (rounds < 1 || rounds > MOST_ROUNDS) return fprintf(stderr, "against: 1 to %d rounds\n", MOST_ROUNDS), 2;
    printf("work     threads        old           new   new / old (quarters)     times w1: old, new\n");
    for (int32_t threads = 1; threads <= 2; threads++) {
        double plain[2] = {0, 0};
        for (int32_t what = 0; what < NAMES; what++)
            if (is_wanted(argc, argv, names[what])) measure(what, threads, sides, rounds, plain);
    }
    return fflush(stdout) != 0 || ferror(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
