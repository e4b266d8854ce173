/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DENOISE_API_H
#define DENOISE_API_H
#define DENOISE_API
#endif
