/* SPDX-License-Identifier: Apache-2.0 */
/* Products of dense layers in panels: their weights and the optimizer's state, forward, backward and the gradient's tiles.
 *
 * While a plan trains, its panels are the weights; the layers' own arrays, and the optimizer's, are brought up to date when
 * somebody looks (core/variable.h, "home"). */
#ifndef DENOISE_MODELS_PRODUCT_H
#define DENOISE_MODELS_PRODUCT_H

#include "kernels/tile.h"
#include "models/plan.h"

enum {
    DENOISE__ITEM_TILES = 16,
    DENOISE__TILE_SCRATCH = 2 * DENOISE__ITEM_TILES * DENOISE__PANEL * DENOISE__PANEL /* floats: of one use, and of all */
};

extern const denoise__step_ops denoise__product_ops;

extern const float denoise__no_bias[DENOISE__PANEL]; /* -0: what added changes nothing, z = -0 included */

/* Bytes that the panels of all products take behind `offset` of the arena; with a base they are put there. */
denoise_status denoise__products_place(denoise__plan *plan, unsigned char *base, int64_t *bytes);
/* Pieces of all trained kernels, for the update. */
denoise_status denoise__products_cut(denoise__plan *plan);

/* Takes over weights that were written since. */
void denoise__products_refresh(denoise__plan *plan);
/* Writes the weights back to the layers and lets go of them. */
void denoise__products_settle(denoise__plan *plan);
/* The optimizer's state, one way and the other. */
void denoise__products_fetch_slots(denoise__plan *plan);
void denoise__products_bring_slots_home(denoise__plan *plan);
/* The panels are newer than the layers' arrays. */
void denoise__products_mark_ahead(denoise__plan *plan);

/* A matrix in panels as rows. */
void denoise__products_read(const denoise__panels *from, int64_t rows, float *to);

/* Where the column sums of a panel of dz go, of chunk `chunk` of 64 rows of the batch. */
float *denoise__product_sums(const denoise__plan *plan, const denoise__step *step, int64_t panel, int64_t chunk);

#endif
