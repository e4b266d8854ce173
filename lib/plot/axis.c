/* SPDX-License-Identifier: Apache-2.0 */
#include "plot/axis.h"
#include "core/text.h"
#include <math.h>

/* Steps below this would leave the normal numbers; values of this size count as 0. */
static const double tiny = 1e-280;

static const double ln10 = 2.302585092994045684;

enum { LOWEST = -307, HIGHEST = 308 }; /* powers of ten that are normal numbers */

void denoise__axis_range(denoise__axis *axis, double low, double high, bool is_log, double pad_low, double pad_high)
{
    axis->is_log = is_log;
    axis->tick_count = 0;
    if (is_log) {
        low = log10(low);
        high = log10(high);
    }
    double size = fmax(fabs(low), fabs(high)), least = is_log ? 0.02 : fmax(size * 1e-9, tiny);
    if (high - low <= least) {
        /* as matplotlib does for equal values, to a twentieth of the value on both sides; 0 gets -0.05 .. 0.05 */
        double half = is_log ? 0.3 : size > tiny ? size * 0.05 : 0.05;
        axis->low = pad_low > 0 || pad_high <= 0 ? low - half : low;
        axis->high = pad_high > 0 || pad_low <= 0 ? high + half : high;
        return;
    }
    double distance = high - low;
    axis->low = low - pad_low * distance;
    axis->high = high + pad_high * distance;
    /* no further than to numbers that there are, unless the values go there */
    if (is_log && axis->low < LOWEST) axis->low = fmin(low, LOWEST);
    if (is_log && axis->high > HIGHEST) axis->high = fmax(high, HIGHEST);
}

double denoise__axis_place(const denoise__axis *axis, double value)
{
    double place = ((axis->is_log ? log10(value) : value) - axis->low) / (axis->high - axis->low);
    return place < -1000 ? -1000 : place > 1000 ? 1000 : place;
}

/* The nearest double, which not every C library's pow() gives. */
static double power_of_ten(double exponent)
{
    char text[16];
    double power = 0;
    int32_t length = (int32_t)denoise__format(text, sizeof text, "1e%d", (int)exponent);
    (void)denoise__parse_double(text, (size_t)length, &power);
    return power;
}

/* The smallest of 1, 2, 5 times a power of ten that is not below `least`. */
static double nice_step(double least)
{
    double power = power_of_ten(floor(log10(least)));
    double digits = least / power;
    return power * (digits <= 1.0000001 ? 1 : digits <= 2.0000001 ? 2 : digits <= 5.0000001 ? 5 : 10);
}

/* Just the decimals that tell neighbours apart; powers of ten for very large and small numbers. */
static void write_label(char *label, double value, double step, double size)
{
    int32_t order = (int32_t)floor(log10(step) + 1e-6);
    if (value == 0 && (size >= 1e6 || size < 1e-4)) {
        denoise__format(label, DENOISE__AXIS_LABEL, "0");
        return;
    }
    if (size >= 1e6 || size < 1e-4) {
        int32_t digits = (int32_t)floor(log10(size) + 1e-6) - order;
        denoise__format(label, DENOISE__AXIS_LABEL, "%.*e", (int)(digits < 0 ? 0 : digits > 15 ? 15 : digits), value);
        return;
    }
    denoise__format(label, DENOISE__AXIS_LABEL, "%.*f", (int)(order < 0 ? -order : 0), value);
}

static void linear_ticks(denoise__axis *axis, double low, double high, int32_t wanted, bool is_whole)
{
    double step = nice_step((high - low) / wanted);
    if (is_whole && step < 1) step = 1;
    double first = ceil(low / step - 1e-9), last = floor(high / step + 1e-9);
    double size = fmax(fabs(first), fabs(last)) * step;
    for (double k = first; k <= last && axis->tick_count < DENOISE__AXIS_TICKS; k++) {
        int32_t i = axis->tick_count++;
        axis->ticks[i] = k == 0 ? 0 : k * step;
        write_label(axis->labels[i], axis->ticks[i], step, size > 0 ? size : step);
    }
}

static void add_log_tick(denoise__axis *axis, double factor, double exponent)
{
    double value = factor * power_of_ten(exponent), place = log10(factor) + exponent;
    if (!isnormal(value)) return;
    if (place < axis->low - 1e-9 || place > axis->high + 1e-9 || axis->tick_count == DENOISE__AXIS_TICKS) return;
    int32_t i = axis->tick_count++;
    axis->ticks[i] = value;
    denoise__format(axis->labels[i], DENOISE__AXIS_LABEL, "%.10g", value);
}

/* Powers of ten over two decades and more, else 1, 2, 5 times them, else even steps. */
static void log_ticks(denoise__axis *axis, int32_t wanted)
{
    double first = floor(axis->low), last = ceil(axis->high);
    double every = ceil((last - first) / wanted);
    bool decades = axis->high - axis->low >= 2;
    if (axis->high - axis->low < 0.7 && axis->low > -280 && axis->high < 308) {
        linear_ticks(axis, exp(axis->low * ln10), exp(axis->high * ln10), wanted, false); /* to 1e-9, see there */
        return;
    }
    for (double exponent = first; exponent <= last; exponent += decades ? every : 1) {
        add_log_tick(axis, 1, exponent);
        if (decades) continue;
        add_log_tick(axis, 2, exponent);
        add_log_tick(axis, 5, exponent);
    }
}

void denoise__axis_ticks(denoise__axis *axis, int32_t wanted, bool is_whole)
{
    if (wanted < 2) wanted = 2;
    axis->tick_count = 0;
    if (axis->is_log)
        log_ticks(axis, wanted);
    else
        linear_ticks(axis, axis->low, axis->high, wanted, is_whole);
}
