/* SPDX-License-Identifier: Apache-2.0 */
/* DENOISE__HAVE_DLFCN: the build has found <dlfcn.h>, and wants libraries to be loaded. */
#include "core/platform/library.h"
#include <errno.h>
#include <string.h>
#if defined(DENOISE__HAVE_DLFCN)
#include <dlfcn.h>

/* The loader's text begins with the name. */
static void take_text(denoise__library_failure *failure, const char *text, const char *name)
{
    size_t length = strlen(name);
    *failure = (denoise__library_failure){0};
    if (text == NULL) return;
    failure->is_missing = strstr(text, "No such file") != NULL || strstr(text, "no such file") != NULL;
    if (strncmp(text, name, length) == 0 && strncmp(text + length, ": ", 2) == 0) text += length + 2;
    length = strlen(text);
    if (length >= sizeof failure->text) length = sizeof failure->text - 1;
    memcpy(failure->text, text, length);
}

void *denoise__library_open(const char *name, denoise__library_failure *failure)
{
    int kept = errno;
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) take_text(failure, dlerror(), name);
    errno = kept;
    return library;
}

void denoise__library_close(void *library)
{
    int kept = errno;
    (void)dlclose(library);
    errno = kept;
}

void *denoise__library_symbol(void *library, const char *name)
{
    int kept = errno;
    void *symbol = dlsym(library != NULL ? library : RTLD_DEFAULT, name);
    errno = kept;
    return symbol;
}
#else
void *denoise__library_open(const char *name, denoise__library_failure *failure)
{
    (void)name;
    *failure = (denoise__library_failure){.text = "this build cannot load libraries"};
    return NULL;
}

void denoise__library_close(void *library)
{
    (void)library; /* there is none */
}

void *denoise__library_symbol(void *library, const char *name)
{
    (void)library, (void)name;
    return NULL;
}
#endif

const char *const *denoise__library_names_of_blas(void)
{
#if defined(__APPLE__)
    static const char *const names[] = {"libblas.dylib", "libopenblas.dylib",
                                        "/System/Library/Frameworks/Accelerate.framework/Accelerate", NULL};
#else
    static const char *const names[] = {
        "libblas.so.3", "libflexiblas.so.3", "libopenblas.so.0", "libblis.so.4", "libcblas.so.3", "libopenblas.so", NULL};
#endif
    return names;
}
