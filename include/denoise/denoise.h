/* SPDX-License-Identifier: Apache-2.0 */
/**
 * libdenoise: build, train and run neural networks with Keras semantics from C.
 */
#ifndef DENOISE_DENOISE_H
#define DENOISE_DENOISE_H

#include <denoise/callback.h>
#include <denoise/dataset.h>
#include <denoise/graph.h>
#include <denoise/io.h>
#include <denoise/layer.h>
#include <denoise/limits.h>
#include <denoise/log.h>
#include <denoise/loss.h>
#include <denoise/memory.h>
#include <denoise/metric.h>
#include <denoise/model.h>
#include <denoise/optimizer.h>
#include <denoise/params.h>
#include <denoise/plot.h>
#include <denoise/random.h>
#include <denoise/runtime.h>
#include <denoise/sequential.h>
#include <denoise/status.h>
#include <denoise/tensor.h>
#include <denoise/trainer.h>
#include <denoise/version.h>

#endif
