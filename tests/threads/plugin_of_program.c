/* SPDX-License-Identifier: Apache-2.0 */
#include "threads/plugin.h"

plugin plugin_of_program(void)
{
    return (plugin){
#define PLUGIN_OWN(name) .name = denoise_##name,
        PLUGIN_FUNCTIONS(PLUGIN_OWN)
#undef PLUGIN_OWN
    };
}
