/* SPDX-License-Identifier: Apache-2.0 */
/* The skeletons, designed by hand: how people write 0..9. A row is a skeleton: the pen goes DOWN, TO points on a smooth curve,
 * and may TURN at a corner. Rows of a style are blended point by point. */
#include "data/synthetic_digits.h"

#define DOWN(x, y)                                                                                                             \
    {                                                                                                                          \
        x, y, DENOISE__PEN_DOWN                                                                                                \
    }
#define TO(x, y)                                                                                                               \
    {                                                                                                                          \
        x, y, DENOISE__PEN_SMOOTH                                                                                              \
    }
#define TURN(x, y)                                                                                                             \
    {                                                                                                                          \
        x, y, DENOISE__PEN_CORNER                                                                                              \
    }

typedef denoise__digit_point point;

/* 0: anticlockwise from the top; closed, with the ends crossing, and with a gap */
static const point zero_round[3][10] = {
    {DOWN(42, 1), TO(20, 10), TO(5, 48), TO(16, 88), TO(38, 99), TO(60, 88), TO(72, 50), TO(61, 12), TO(44, 1), TO(34, 4)},
    {DOWN(58, 6), TO(26, 6), TO(4, 46), TO(14, 86), TO(36, 99), TO(62, 86), TO(74, 46), TO(66, 14), TO(44, 3), TO(30, 12)},
    {DOWN(46, 10), TO(22, 14), TO(4, 50), TO(12, 90), TO(36, 99), TO(58, 92), TO(72, 54), TO(68, 18), TO(52, 2), TO(40, 2)},
};
/* 0: clockwise from the upper left, a little pointed */
static const point zero_oval[2][9] = {
    {DOWN(30, 8), TO(52, 0), TO(68, 20), TO(66, 56), TO(46, 92), TO(22, 99), TO(4, 76), TO(10, 36), TO(36, 4)},
    {DOWN(22, 16), TO(46, 2), TO(70, 14), TO(74, 52), TO(52, 92), TO(24, 98), TO(2, 74), TO(8, 38), TO(30, 10)},
};

static const point one_plain[2][4] = {
    {DOWN(50, 0), TO(50, 33), TO(50, 67), TO(50, 100)},
    {DOWN(47, 0), TO(51, 30), TO(52, 65), TO(48, 100)},
};
static const point one_flag[3][5] = {
    {DOWN(34, 18), TO(44, 10), TURN(52, 0), TO(51, 50), TO(50, 100)},
    {DOWN(20, 26), TO(38, 14), TURN(54, 0), TO(52, 50), TO(50, 100)},
    {DOWN(42, 8), TO(48, 4), TURN(52, 0), TO(51, 50), TO(50, 100)},
};
static const point one_base[3][8] = {
    {DOWN(30, 20), TO(42, 12), TURN(52, 0), TO(51, 50), TO(50, 98), DOWN(22, 98), TO(50, 97), TO(80, 97)},
    {DOWN(18, 28), TO(38, 16), TURN(54, 0), TO(52, 50), TO(50, 97), DOWN(10, 98), TO(50, 98), TO(90, 95)},
    {DOWN(36, 14), TO(46, 8), TURN(54, 0), TO(50, 50), TO(46, 97), DOWN(6, 99), TO(44, 98), TO(82, 98)},
};

/* 2: sharp corner at the lower left; round head, flat head as in Z, tall and narrow */
static const point two_corner[6][9] = {
    {DOWN(6, 24), TO(16, 7), TO(40, 0), TO(64, 10), TO(65, 34), TO(42, 66), TURN(6, 98), TO(40, 96), TO(82, 95)},
    {DOWN(0, 14), TO(20, 8), TO(50, 4), TO(76, 8), TO(68, 30), TO(40, 62), TURN(4, 94), TO(44, 93), TO(92, 96)},
    {DOWN(10, 20), TO(16, 6), TO(32, 0), TO(50, 12), TO(48, 40), TO(30, 74), TURN(6, 99), TO(28, 95), TO(56, 94)},
    {DOWN(6, 30), TO(14, 10), TO(42, 0), TO(70, 16), TO(62, 46), TO(36, 72), TURN(0, 92), TO(44, 94), TO(94, 84)},
    {DOWN(4, 16), TO(14, 4), TO(30, 2), TO(42, 18), TO(38, 48), TO(24, 76), TURN(4, 98), TO(24, 94), TO(46, 86)},
    {DOWN(12, 30), TO(8, 12), TO(34, 0), TO(62, 12), TO(62, 42), TO(44, 72), TURN(8, 92), TO(40, 92), TO(74, 99)},
};
/* 2: a loop at the lower left, tail flat or rising */
static const point two_loop[5][12] = {
    {DOWN(8, 22), TO(20, 6), TO(44, 0), TO(66, 14), TO(62, 44), TO(40, 76), TO(18, 96), TO(2, 92), TO(8, 76), TO(30, 78),
     TO(56, 92), TO(88, 92)},
    {DOWN(2, 30), TO(18, 10), TO(46, 0), TO(70, 18), TO(58, 52), TO(38, 78), TO(20, 92), TO(6, 86), TO(14, 74), TO(36, 80),
     TO(60, 90), TO(94, 78)},
    {DOWN(14, 16), TO(24, 4), TO(42, 2), TO(56, 18), TO(52, 48), TO(40, 76), TO(24, 98), TO(4, 96), TO(4, 80), TO(24, 78),
     TO(46, 92), TO(70, 98)},
    {DOWN(14, 32), TO(10, 12), TO(38, 0), TO(66, 12), TO(66, 44), TO(46, 80), TO(20, 99), TO(0, 90), TO(10, 70), TO(36, 74),
     TO(66, 90), TO(96, 98)},
    {DOWN(4, 26), TO(16, 6), TO(38, 2), TO(58, 16), TO(60, 46), TO(50, 76), TO(30, 99), TO(4, 96), TO(2, 66), TO(26, 60),
     TO(56, 78), TO(84, 96)},
};

/* 3: cusp in the middle, round or flat head */
static const point three_cusp[7][9] = {
    {DOWN(8, 14), TO(28, 1), TO(54, 6), TO(56, 28), TURN(28, 46), TO(60, 58), TO(64, 82), TO(38, 99), TO(4, 90)},
    {DOWN(4, 8), TO(30, 2), TO(62, 4), TO(60, 20), TURN(32, 40), TO(62, 50), TO(68, 76), TO(40, 97), TO(0, 96)},
    {DOWN(16, 18), TO(30, 3), TO(52, 4), TO(58, 24), TURN(40, 50), TO(54, 58), TO(54, 80), TO(34, 98), TO(8, 94)},
    {DOWN(2, 10), TO(28, 0), TO(58, 10), TO(52, 32), TURN(22, 44), TO(54, 46), TO(74, 66), TO(54, 92), TO(10, 99)},
    {DOWN(12, 10), TO(32, 0), TO(54, 6), TO(54, 22), TURN(34, 36), TO(60, 46), TO(70, 74), TO(44, 99), TO(4, 92)},
    {DOWN(4, 22), TO(24, 2), TO(56, 4), TO(66, 28), TURN(36, 52), TO(60, 58), TO(60, 82), TO(36, 98), TO(8, 86)},
    {DOWN(6, 6), TO(34, 4), TO(64, 2), TO(54, 20), TURN(36, 42), TO(58, 52), TO(60, 80), TO(34, 99), TO(6, 96)},
};
/* 3: a small loop or none in the middle */
static const point three_loop[3][11] = {
    {DOWN(8, 16), TO(26, 2), TO(54, 4), TO(58, 24), TO(36, 46), TO(24, 48), TO(30, 42), TO(58, 56), TO(66, 80), TO(40, 99),
     TO(4, 90)},
    {DOWN(2, 20), TO(24, 2), TO(58, 2), TO(62, 26), TO(42, 48), TO(26, 54), TO(30, 46), TO(56, 50), TO(62, 74), TO(36, 98),
     TO(2, 96)},
    {DOWN(10, 8), TO(30, 0), TO(50, 8), TO(50, 28), TO(34, 44), TO(26, 46), TO(34, 44), TO(58, 56), TO(62, 84), TO(36, 99),
     TO(6, 92)},
};

/* 4: open top, two strokes; the corner may be round */
static const point four_open[4][8] = {
    {DOWN(12, 4), TO(8, 28), TURN(4, 54), TO(34, 54), TO(70, 50), DOWN(62, 0), TO(57, 50), TO(53, 100)},
    {DOWN(22, 2), TO(12, 26), TURN(2, 50), TO(30, 54), TO(58, 52), DOWN(66, 6), TO(58, 52), TO(50, 100)},
    {DOWN(8, 10), TO(6, 34), TURN(10, 58), TO(36, 60), TO(60, 54), DOWN(62, 8), TO(60, 52), TO(60, 100)},
    {DOWN(28, 0), TO(16, 28), TURN(0, 58), TO(40, 60), TO(82, 56), DOWN(58, 20), TO(50, 58), TO(42, 100)},
};
/* 4: closed top */
static const point four_closed[3][8] = {
    {DOWN(50, 0), TO(26, 30), TURN(2, 62), TO(38, 63), TO(78, 62), DOWN(52, 0), TO(51, 50), TO(50, 100)},
    {DOWN(54, 4), TO(30, 22), TURN(6, 48), TO(34, 54), TO(64, 54), DOWN(58, 2), TO(54, 50), TO(48, 100)},
    {DOWN(44, 2), TO(24, 26), TURN(4, 56), TO(34, 58), TO(70, 54), DOWN(60, 8), TO(56, 52), TO(52, 100)},
};
/* 4: one stroke, up to the right and back down */
static const point four_single[3][7] = {
    {DOWN(14, 6), TO(4, 36), TO(10, 52), TO(38, 46), TURN(66, 8), TO(56, 54), TO(48, 100)},
    {DOWN(22, 2), TO(6, 30), TO(12, 48), TO(40, 44), TURN(62, 20), TO(56, 56), TO(54, 100)},
    {DOWN(6, 12), TO(2, 40), TO(20, 54), TO(46, 50), TURN(68, 14), TO(60, 56), TO(50, 100)},
};

/* 5: body and a bar of its own */
static const point five_bar[6][10] = {
    {DOWN(16, 4), TO(13, 22), TURN(10, 42), TO(38, 38), TO(62, 58), TO(56, 86), TO(30, 99), TO(0, 90), DOWN(16, 4), TO(70, 1)},
    {DOWN(26, 8), TO(20, 26), TURN(14, 42), TO(40, 44), TO(58, 62), TO(46, 86), TO(22, 96), TO(0, 96), DOWN(26, 8), TO(92, 0)},
    {DOWN(10, 4), TO(10, 24), TURN(12, 48), TO(34, 42), TO(56, 56), TO(58, 82), TO(36, 99), TO(4, 94), DOWN(8, 4), TO(58, 4)},
    {DOWN(24, 14), TO(16, 28), TURN(10, 42), TO(40, 40), TO(70, 54), TO(66, 84), TO(34, 98), TO(2, 84), DOWN(22, 14),
     TO(84, 4)},
    {DOWN(14, 8), TO(12, 24), TURN(12, 40), TO(36, 40), TO(60, 56), TO(60, 82), TO(36, 99), TO(4, 94), DOWN(20, 0), TO(66, -4)},
    {DOWN(18, 2), TO(16, 24), TURN(16, 46), TO(32, 44), TO(46, 60), TO(42, 86), TO(24, 99), TO(4, 96), DOWN(18, 2), TO(54, 0)},
};
/* 5: one stroke like an S */
static const point five_single[4][11] = {
    {DOWN(72, 2), TO(44, 3), TURN(18, 6), TO(14, 24), TURN(12, 42), TO(36, 44), TO(60, 60), TO(58, 84), TO(34, 99), TO(14, 97),
     TO(0, 86)},
    {DOWN(66, 8), TO(44, 0), TO(20, 8), TO(10, 26), TO(22, 42), TO(42, 54), TO(54, 70), TO(50, 90), TO(28, 99), TO(12, 95),
     TO(2, 84)},
    {DOWN(92, 0), TO(60, 6), TURN(30, 12), TO(24, 26), TURN(22, 42), TO(46, 48), TO(60, 62), TO(50, 84), TO(26, 96), TO(10, 96),
     TO(0, 90)},
    {DOWN(60, 2), TO(40, 2), TURN(18, 2), TO(14, 20), TURN(14, 38), TO(34, 42), TO(50, 62), TO(44, 88), TO(24, 99), TO(10, 97),
     TO(0, 92)},
};

/* 6: stem and loop in one stroke */
static const point six_plain[7][9] = {
    {DOWN(54, 2), TO(28, 22), TO(8, 56), TO(12, 88), TO(34, 99), TO(56, 86), TO(54, 64), TO(34, 56), TO(12, 76)},
    {DOWN(34, 0), TO(18, 26), TO(6, 58), TO(12, 90), TO(34, 99), TO(52, 84), TO(48, 64), TO(28, 60), TO(8, 74)},
    {DOWN(66, 10), TO(36, 4), TO(8, 40), TO(8, 82), TO(36, 99), TO(62, 82), TO(56, 54), TO(34, 50), TO(10, 68)},
    {DOWN(22, 0), TO(10, 30), TO(4, 62), TO(18, 92), TO(50, 98), TO(72, 82), TO(64, 62), TO(38, 64), TO(16, 84)},
    {DOWN(62, 0), TO(36, 28), TO(12, 64), TO(10, 90), TO(28, 99), TO(48, 84), TO(50, 66), TO(36, 64), TO(18, 86)},
    {DOWN(16, 0), TO(6, 34), TO(0, 68), TO(18, 94), TO(54, 98), TO(78, 78), TO(66, 54), TO(36, 58), TO(14, 82)},
    {DOWN(40, 0), TO(16, 24), TO(2, 54), TO(6, 88), TO(36, 99), TO(66, 90), TO(72, 66), TO(44, 52), TO(12, 66)},
};
/* 6: the loop ends inside or crosses the stem */
static const point six_curl[3][10] = {
    {DOWN(50, 2), TO(24, 26), TO(6, 60), TO(14, 92), TO(38, 98), TO(58, 80), TO(50, 60), TO(30, 62), TO(22, 80), TO(30, 92)},
    {DOWN(40, 0), TO(20, 26), TO(10, 60), TO(16, 92), TO(36, 98), TO(54, 82), TO(50, 64), TO(30, 62), TO(8, 76), TO(-4, 88)},
    {DOWN(30, 0), TO(12, 32), TO(2, 66), TO(14, 94), TO(46, 98), TO(72, 80), TO(66, 58), TO(40, 56), TO(24, 74), TO(26, 94)},
};

/* 7: bar and leg; straight, with a bent leg, with a hook at the left, with a round shoulder */
static const point seven_plain[8][8] = {
    {DOWN(2, 10), TO(4, 8), TO(34, 5), TURN(66, 3), TO(54, 30), TO(44, 54), TO(36, 78), TO(30, 100)},
    {DOWN(6, 20), TO(8, 6), TO(36, 4), TURN(66, 4), TO(62, 28), TO(54, 52), TO(48, 76), TO(46, 100)},
    {DOWN(0, 12), TO(12, 12), TO(44, 10), TURN(78, 0), TO(58, 28), TO(40, 54), TO(26, 78), TO(16, 100)},
    {DOWN(0, 6), TO(12, 4), TO(34, 0), TO(58, 6), TO(60, 28), TO(50, 54), TO(42, 78), TO(36, 100)},
    {DOWN(4, 26), TO(12, 10), TO(34, 12), TURN(62, 8), TO(54, 30), TO(42, 56), TO(36, 78), TO(34, 100)},
    {DOWN(2, 38), TO(4, 14), TO(32, 14), TURN(68, 8), TO(62, 32), TO(52, 56), TO(44, 78), TO(40, 100)},
    {DOWN(0, 4), TO(24, 4), TO(58, 4), TURN(92, 4), TO(80, 28), TO(70, 52), TO(62, 74), TO(56, 96)},
    {DOWN(4, 22), TO(10, 4), TO(30, 10), TURN(52, 6), TO(46, 30), TO(38, 54), TO(32, 78), TO(26, 100)},
};
/* 7: with a bar through the leg */
static const point seven_bar[4][8] = {
    {DOWN(2, 8), TO(34, 5), TURN(66, 3), TO(54, 34), TO(42, 66), TO(34, 100), DOWN(20, 52), TO(74, 46)},
    {DOWN(8, 18), TO(32, 6), TURN(68, 6), TO(56, 34), TO(38, 66), TO(22, 100), DOWN(14, 54), TO(66, 50)},
    {DOWN(6, 4), TO(34, 4), TURN(64, 2), TO(58, 32), TO(50, 66), TO(46, 100), DOWN(26, 50), TO(84, 50)},
    {DOWN(0, 26), TO(20, 10), TURN(64, 8), TO(52, 34), TO(42, 66), TO(40, 100), DOWN(10, 58), TO(76, 44)},
};

/* 8: an S from the upper right, then up again; closed, with open ends, slim, with a big head */
static const point eight_cross[7][13] = {
    {DOWN(58, 14), TO(38, 1), TO(12, 10), TO(12, 30), TO(34, 48), TO(58, 66), TO(58, 90), TO(34, 99), TO(8, 88), TO(10, 66),
     TO(32, 48), TO(54, 30), TO(57, 12)},
    {DOWN(70, 16), TO(42, 4), TO(16, 14), TO(16, 32), TO(36, 48), TO(50, 66), TO(48, 88), TO(26, 99), TO(4, 88), TO(8, 68),
     TO(32, 50), TO(56, 30), TO(80, 4)},
    {DOWN(48, 18), TO(38, 2), TO(20, 6), TO(14, 26), TO(28, 48), TO(44, 68), TO(44, 92), TO(26, 99), TO(10, 90), TO(12, 68),
     TO(28, 50), TO(42, 32), TO(48, 10)},
    {DOWN(64, 12), TO(40, 0), TO(8, 8), TO(6, 36), TO(32, 54), TO(56, 70), TO(54, 92), TO(34, 99), TO(14, 90), TO(18, 70),
     TO(40, 52), TO(64, 34), TO(66, 14)},
    {DOWN(54, 22), TO(40, 10), TO(22, 14), TO(20, 28), TO(38, 42), TO(64, 62), TO(64, 90), TO(34, 99), TO(4, 86), TO(6, 62),
     TO(30, 44), TO(50, 28), TO(60, 0)},
    {DOWN(54, 8), TO(36, 2), TO(16, 14), TO(20, 34), TO(36, 50), TO(48, 66), TO(44, 90), TO(28, 99), TO(12, 90), TO(16, 68),
     TO(34, 50), TO(52, 32), TO(66, 16)},
    {DOWN(66, 26), TO(54, 6), TO(26, 4), TO(8, 22), TO(28, 44), TO(54, 64), TO(56, 90), TO(34, 99), TO(12, 88), TO(16, 70),
     TO(36, 52), TO(60, 40), TO(72, 24)},
};
/* 8: two rings */
static const point eight_rings[2][14] = {
    {DOWN(34, 46), TO(12, 34), TO(14, 8), TO(34, 0), TO(54, 10), TO(54, 34), TO(36, 46), DOWN(34, 46), TO(8, 62), TO(8, 88),
     TO(34, 99), TO(60, 86), TO(58, 60), TO(34, 47)},
    {DOWN(40, 44), TO(14, 40), TO(10, 14), TO(36, 1), TO(60, 10), TO(58, 32), TO(34, 46), DOWN(36, 48), TO(12, 64), TO(14, 92),
     TO(34, 99), TO(54, 90), TO(52, 64), TO(38, 46)},
};

/* 9: ring, then the leg from a corner; straight, leaning, curled to the left */
static const point nine_leg[7][10] = {
    {DOWN(54, 14), TO(32, 2), TO(8, 18), TO(6, 38), TO(26, 48), TO(48, 34), TURN(56, 10), TO(54, 40), TO(52, 70), TO(50, 100)},
    {DOWN(58, 10), TO(34, 2), TO(10, 22), TO(14, 42), TO(36, 42), TO(54, 28), TURN(62, 8), TO(52, 42), TO(40, 72), TO(28, 100)},
    {DOWN(50, 12), TO(30, 0), TO(6, 14), TO(4, 40), TO(24, 54), TO(46, 40), TURN(54, 14), TO(58, 46), TO(52, 84), TO(18, 98)},
    {DOWN(56, 6), TO(30, 8), TO(6, 28), TO(14, 44), TO(36, 38), TO(56, 20), TURN(62, 6), TO(56, 40), TO(48, 70), TO(42, 100)},
    {DOWN(52, 16), TO(34, 4), TO(10, 14), TO(0, 36), TO(14, 54), TO(42, 48), TURN(56, 14), TO(54, 44), TO(53, 72), TO(52, 100)},
    {DOWN(54, 20), TO(40, 4), TO(18, 4), TO(6, 24), TO(20, 44), TO(46, 36), TURN(56, 16), TO(56, 44), TO(55, 72), TO(56, 100)},
    {DOWN(46, 6), TO(28, 4), TO(16, 18), TO(14, 40), TO(28, 46), TO(40, 30), TURN(46, 8), TO(46, 40), TO(44, 70), TO(42, 100)},
};
/* 9: ring that runs on smoothly into the leg */
static const point nine_round[5][10] = {
    {DOWN(50, 36), TO(28, 48), TO(8, 38), TO(12, 14), TO(34, 1), TO(54, 12), TO(54, 36), TO(48, 60), TO(40, 82), TO(32, 100)},
    {DOWN(56, 30), TO(32, 46), TO(8, 40), TO(14, 14), TO(38, 0), TO(60, 14), TO(60, 44), TO(56, 70), TO(40, 94), TO(12, 94)},
    {DOWN(54, 24), TO(34, 40), TO(16, 36), TO(18, 16), TO(40, 2), TO(54, 10), TO(52, 34), TO(42, 58), TO(28, 80), TO(14, 100)},
    {DOWN(56, 44), TO(30, 58), TO(4, 46), TO(2, 20), TO(26, 2), TO(56, 10), TO(62, 38), TO(60, 60), TO(58, 80), TO(56, 100)},
    {DOWN(48, 34), TO(34, 42), TO(20, 34), TO(22, 12), TO(36, 2), TO(48, 12), TO(50, 36), TO(48, 60), TO(46, 80), TO(44, 100)},
};

#define STYLE(weight, skeletons)                                                                                               \
    {                                                                                                                          \
        weight, (int32_t)(sizeof(skeletons) / sizeof(skeletons[0])),                                                           \
            (int32_t)(sizeof(skeletons[0]) / sizeof(skeletons[0][0])), skeletons[0]                                            \
    }

static const denoise__digit_style zero[] = {STYLE(70, zero_round), STYLE(30, zero_oval)};
static const denoise__digit_style one[] = {STYLE(80, one_plain), STYLE(11, one_flag), STYLE(9, one_base)};
static const denoise__digit_style two[] = {STYLE(55, two_corner), STYLE(45, two_loop)};
static const denoise__digit_style three[] = {STYLE(75, three_cusp), STYLE(25, three_loop)};
static const denoise__digit_style four[] = {STYLE(66, four_open), STYLE(18, four_closed), STYLE(16, four_single)};
static const denoise__digit_style five[] = {STYLE(50, five_bar), STYLE(50, five_single)};
static const denoise__digit_style six[] = {STYLE(75, six_plain), STYLE(25, six_curl)};
static const denoise__digit_style seven[] = {STYLE(85, seven_plain), STYLE(15, seven_bar)};
static const denoise__digit_style eight[] = {STYLE(80, eight_cross), STYLE(20, eight_rings)};
static const denoise__digit_style nine[] = {STYLE(60, nine_leg), STYLE(40, nine_round)};

#define STYLES(list, slant, slant_spread, width, width_spread, pen, wobble, rings)                                             \
    {                                                                                                                          \
        (int32_t)(sizeof(list) / sizeof(list[0])), list, slant, slant_spread, width, width_spread, pen, wobble, rings          \
    }

const denoise__digit_styles denoise__digit_table[DENOISE__DIGIT_KINDS] = {
    STYLES(zero, 0.20, 0.24, 1.10, 0.24, 1.12, 0.8, 1),  STYLES(one, 0.23, 0.26, 1.00, 0.15, 1.06, 0.5, 0),
    STYLES(two, 0.13, 0.26, 1.12, 0.19, 1.03, 1.0, 0),   STYLES(three, 0.06, 0.24, 1.05, 0.18, 1.03, 1.0, 0),
    STYLES(four, 0.20, 0.26, 1.02, 0.20, 0.95, 1.0, 1),  STYLES(five, 0.12, 0.26, 1.10, 0.17, 1.00, 0.9, 0),
    STYLES(six, 0.10, 0.20, 1.05, 0.19, 0.94, 0.9, 1),   STYLES(seven, 0.06, 0.23, 1.02, 0.20, 1.02, 1.0, 0),
    STYLES(eight, 0.14, 0.24, 0.96, 0.20, 0.96, 1.0, 1), STYLES(nine, 0.10, 0.22, 1.03, 0.21, 0.93, 0.9, 1),
};
