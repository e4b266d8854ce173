/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/misuse.h"
#include <string.h>

/* Makes another failure the last one, so that the next one has to speak for itself. */
static void speak_of_else(void)
{
    (void)denoise_set_num_threads(-77);
}

void refused(denoise_status status, denoise_status code, const char *piece, const char *call, const char *file, int line)
{
    const char *error = denoise_last_error();
    bool spoken = denoise_last_status() == status && error[0] != '\0' && strstr(error, "-77") == NULL;
    if (status != code || !spoken || strstr(error, piece) == NULL) {
        print_error("%s: %s, \"%s\"\n  expected %s\n", call, denoise_status_name(status), error, denoise_status_name(code));
        _fail(file, line);
    }
    speak_of_else();
}
