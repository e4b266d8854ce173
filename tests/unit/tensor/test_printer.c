/* SPDX-License-Identifier: Apache-2.0 */
#include "arrays.h"
#include "support/failing_alloc.h"
#include <locale.h>
#include <stdlib.h>
#include <string.h>

/* The text, of any length, in memory that the caller frees. */
static char *text_of(const denoise_tensor *tensor)
{
    const int64_t length = denoise_tensor_format(tensor, NULL, 0);
    char *text = malloc((size_t)length + 1);
    assert_non_null(text);
    assert_int_equal(denoise_tensor_format(tensor, text, length + 1), length);
    assert_int_equal(strlen(text), length);
    return text;
}

static void check_text(const denoise_tensor *tensor, const char *wanted)
{
    char *text = text_of(tensor);
    assert_string_equal(text, wanted);
    free(text);
}

/* str() of NumPy 2.4 */
static const struct {
    array from;
    const char *text;
} arrays[] = {
    {{DENOISE_FLOAT32, 1, {3}, {0.10000000149011612, 0.25, 3}},
     "float32 (3,)\n"
     "[0.1  0.25 3.  ]"},
    {{DENOISE_FLOAT32, 2, {2, 2}, {1, 2.5, -10.25, 100}},
     "float32 (2, 2)\n"
     "[[  1.     2.5 ]\n"
     " [-10.25 100.  ]]"},
    {{DENOISE_FLOAT32, 1, {3}, {0, 0, 0}},
     "float32 (3,)\n"
     "[0. 0. 0.]"},
    {{DENOISE_FLOAT64, 1, {2}, {0.3333333333333333, 0.6666666666666666}},
     "float64 (2,)\n"
     "[0.33333333 0.66666667]"},
    {{DENOISE_FLOAT32, 1, {2}, {0.3333333432674408, 0.6666666865348816}},
     "float32 (2,)\n"
     "[0.33333334 0.6666667 ]"},
    {{DENOISE_FLOAT32, 1, {3}, {9.999999747378752e-06, 1, 100}},
     "float32 (3,)\n"
     "[1.e-05 1.e+00 1.e+02]"},
    {{DENOISE_FLOAT64, 1, {3}, {1e-05, 1, 100}},
     "float64 (3,)\n"
     "[1.e-05 1.e+00 1.e+02]"},
    {{DENOISE_FLOAT64, 1, {3}, {1e+100, 1e-100, 0}},
     "float64 (3,)\n"
     "[1.e+100 1.e-100 0.e+000]"},
    {{DENOISE_FLOAT32, 1, {2}, {1000000, 2500000}},
     "float32 (2,)\n"
     "[1.0e+06 2.5e+06]"},
    {{DENOISE_FLOAT32, 1, {2}, {999999, 1000}},
     "float32 (2,)\n"
     "[999999.   1000.]"},
    {{DENOISE_FLOAT64, 1, {2}, {12345678, 500000}},
     "float64 (2,)\n"
     "[12345678.   500000.]"},
    {{DENOISE_FLOAT64, 1, {3}, {NAN, 1, -INFINITY}},
     "float64 (3,)\n"
     "[ nan   1. -inf]"},
    {{DENOISE_FLOAT32, 1, {2}, {NAN, NAN}},
     "float32 (2,)\n"
     "[nan nan]"},
    {{DENOISE_FLOAT32, 1, {3}, {INFINITY, 0.5, -0.5}},
     "float32 (3,)\n"
     "[ inf  0.5 -0.5]"},
    {{DENOISE_FLOAT64, 1, {3}, {NAN, 1e+300, 1}},
     "float64 (3,)\n"
     "[    nan 1.e+300 1.e+000]"},
    {{DENOISE_FLOAT32, 1, {1}, {INFINITY}},
     "float32 (1,)\n"
     "[inf]"},
    {{DENOISE_FLOAT32, 1, {2}, {-0.0, 1}},
     "float32 (2,)\n"
     "[-0.  1.]"},
    {{DENOISE_INT32, 1, {3}, {1, -20, 300}},
     "int32 (3,)\n"
     "[  1 -20 300]"},
    {{DENOISE_UINT8, 2, {2, 2}, {0, 255, 7, 80}},
     "uint8 (2, 2)\n"
     "[[  0 255]\n"
     " [  7  80]]"},
    {{DENOISE_INT64, 1, {2}, {-1099511627776, 5}},
     "int64 (2,)\n"
     "[-1099511627776              5]"},
    {{DENOISE_INT32, 3, {2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}},
     "int32 (2, 2, 2)\n"
     "[[[1 2]\n"
     "  [3 4]]\n"
     "\n"
     " [[5 6]\n"
     "  [7 8]]]"},
    {{DENOISE_FLOAT32, 2, {2, 0}, {0}},
     "float32 (2, 0)\n"
     "[]"},
    {{DENOISE_INT32, 1, {0}, {0}},
     "int32 (0,)\n"
     "[]"},
    {{DENOISE_FLOAT32, 4, {2, 1, 2, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
     "float32 (2, 1, 2, 3)\n"
     "[[[[ 0.  1.  2.]\n"
     "   [ 3.  4.  5.]]]\n"
     "\n"
     "\n"
     " [[[ 6.  7.  8.]\n"
     "   [ 9. 10. 11.]]]]"},
    {{DENOISE_FLOAT32, 1, {16}, {1.5, 2.25, 0.0010000000474974513, 3, 4.125, 5, 6, 7, 8, 9.5, 10, 11.875, 12, 13.0625, 14, 15}},
     "float32 (16,)\n"
     "[1.50000e+00 2.25000e+00 1.00000e-03 3.00000e+00 4.12500e+00 5.00000e+00\n"
     " 6.00000e+00 7.00000e+00 8.00000e+00 9.50000e+00 1.00000e+01 1.18750e+01\n"
     " 1.20000e+01 1.30625e+01 1.40000e+01 1.50000e+01]"},
    {{DENOISE_INT64,
      1,
      {16},
      {0, 100000000, 200000000, 300000000, 400000000, 500000000, 600000000, 700000000, 800000000, 900000000, 1000000000,
       1100000000, 1200000000, 1300000000, 1400000000, 1500000000}},
     "int64 (16,)\n"
     "[         0  100000000  200000000  300000000  400000000  500000000\n"
     "  600000000  700000000  800000000  900000000 1000000000 1100000000\n"
     " 1200000000 1300000000 1400000000 1500000000]"},
    {{DENOISE_FLOAT32, 1, {2}, {16777216, 0.10000000149011612}},
     "float32 (2,)\n"
     "[1.6777216e+07 1.0000000e-01]"},
    {{DENOISE_FLOAT64, 1, {1}, {1e-300}},
     "float64 (1,)\n"
     "[1.e-300]"},
    {{DENOISE_FLOAT64, 1, {2}, {0.30000000000000004, 1e-09}},
     "float64 (2,)\n"
     "[3.e-01 1.e-09]"},
    {{DENOISE_FLOAT64, 1, {2}, {1.5, 0.00012345678901}},
     "float64 (2,)\n"
     "[1.50000000e+00 1.23456789e-04]"},
};

static void test_arrays_are_numpys(void **state)
{
    (void)state;
    for (int i = 0; i < LENGTH(arrays); i++) {
        denoise_tensor *tensor = array_tensor(&arrays[i].from);
        check_text(tensor, arrays[i].text);
        denoise_tensor_free(tensor);
    }
}

static void test_single_numbers(void **state)
{
    (void)state;
    static const struct {
        array from;
        const char *text;
    } rows[] = {
        {{DENOISE_FLOAT32, 0, {0}, {0.10000000149011612}}, "float32 ()\n0.1"},
        {{DENOISE_FLOAT32, 0, {0}, {3}}, "float32 ()\n3.0"},
        {{DENOISE_FLOAT64, 0, {0}, {0.1}}, "float64 ()\n0.1"},
        {{DENOISE_FLOAT64, 0, {0}, {1e+16}}, "float64 ()\n1e+16"},
        {{DENOISE_FLOAT64, 0, {0}, {1e-05}}, "float64 ()\n1e-05"},
        {{DENOISE_INT32, 0, {0}, {-7}}, "int32 ()\n-7"},
        {{DENOISE_UINT8, 0, {0}, {255}}, "uint8 ()\n255"},
        {{DENOISE_INT64, 0, {0}, {1099511627776}}, "int64 ()\n1099511627776"},
        {{DENOISE_FLOAT32, 0, {0}, {NAN}}, "float32 ()\nnan"},
        {{DENOISE_FLOAT64, 0, {0}, {-INFINITY}}, "float64 ()\n-inf"},
        {{DENOISE_FLOAT32, 0, {0}, {9.999999747378752e-06}}, "float32 ()\n1e-05"},
        {{DENOISE_FLOAT32, 0, {0}, {123456}}, "float32 ()\n123456.0"},
        {{DENOISE_FLOAT64, 0, {0}, {123456789}}, "float64 ()\n123456789.0"},
    };
    for (int i = 0; i < LENGTH(rows); i++) {
        denoise_tensor *tensor = array_tensor(&rows[i].from);
        check_text(tensor, rows[i].text);
        denoise_tensor_free(tensor);
    }
}

/* numpy.arange(size).reshape(shape) */
static const struct {
    int32_t dtype, rank;
    int64_t shape[3];
    const char *text;
} long_arrays[] = {
    {DENOISE_FLOAT32,
     2,
     {40, 30},
     "float32 (40, 30)\n"
     "[[0.000e+00 1.000e+00 2.000e+00 ... 2.700e+01 2.800e+01 2.900e+01]\n"
     " [3.000e+01 3.100e+01 3.200e+01 ... 5.700e+01 5.800e+01 5.900e+01]\n"
     " [6.000e+01 6.100e+01 6.200e+01 ... 8.700e+01 8.800e+01 8.900e+01]\n"
     " ...\n"
     " [1.110e+03 1.111e+03 1.112e+03 ... 1.137e+03 1.138e+03 1.139e+03]\n"
     " [1.140e+03 1.141e+03 1.142e+03 ... 1.167e+03 1.168e+03 1.169e+03]\n"
     " [1.170e+03 1.171e+03 1.172e+03 ... 1.197e+03 1.198e+03 1.199e+03]]"},
    {DENOISE_INT64,
     2,
     {60000, 4},
     "int64 (60000, 4)\n"
     "[[     0      1      2      3]\n"
     " [     4      5      6      7]\n"
     " [     8      9     10     11]\n"
     " ...\n"
     " [239988 239989 239990 239991]\n"
     " [239992 239993 239994 239995]\n"
     " [239996 239997 239998 239999]]"},
    {DENOISE_INT32,
     3,
     {7, 7, 30},
     "int32 (7, 7, 30)\n"
     "[[[   0    1    2 ...   27   28   29]\n"
     "  [  30   31   32 ...   57   58   59]\n"
     "  [  60   61   62 ...   87   88   89]\n"
     "  ...\n"
     "  [ 120  121  122 ...  147  148  149]\n"
     "  [ 150  151  152 ...  177  178  179]\n"
     "  [ 180  181  182 ...  207  208  209]]\n"
     "\n"
     " [[ 210  211  212 ...  237  238  239]\n"
     "  [ 240  241  242 ...  267  268  269]\n"
     "  [ 270  271  272 ...  297  298  299]\n"
     "  ...\n"
     "  [ 330  331  332 ...  357  358  359]\n"
     "  [ 360  361  362 ...  387  388  389]\n"
     "  [ 390  391  392 ...  417  418  419]]\n"
     "\n"
     " [[ 420  421  422 ...  447  448  449]\n"
     "  [ 450  451  452 ...  477  478  479]\n"
     "  [ 480  481  482 ...  507  508  509]\n"
     "  ...\n"
     "  [ 540  541  542 ...  567  568  569]\n"
     "  [ 570  571  572 ...  597  598  599]\n"
     "  [ 600  601  602 ...  627  628  629]]\n"
     "\n"
     " ...\n"
     "\n"
     " [[ 840  841  842 ...  867  868  869]\n"
     "  [ 870  871  872 ...  897  898  899]\n"
     "  [ 900  901  902 ...  927  928  929]\n"
     "  ...\n"
     "  [ 960  961  962 ...  987  988  989]\n"
     "  [ 990  991  992 ... 1017 1018 1019]\n"
     "  [1020 1021 1022 ... 1047 1048 1049]]\n"
     "\n"
     " [[1050 1051 1052 ... 1077 1078 1079]\n"
     "  [1080 1081 1082 ... 1107 1108 1109]\n"
     "  [1110 1111 1112 ... 1137 1138 1139]\n"
     "  ...\n"
     "  [1170 1171 1172 ... 1197 1198 1199]\n"
     "  [1200 1201 1202 ... 1227 1228 1229]\n"
     "  [1230 1231 1232 ... 1257 1258 1259]]\n"
     "\n"
     " [[1260 1261 1262 ... 1287 1288 1289]\n"
     "  [1290 1291 1292 ... 1317 1318 1319]\n"
     "  [1320 1321 1322 ... 1347 1348 1349]\n"
     "  ...\n"
     "  [1380 1381 1382 ... 1407 1408 1409]\n"
     "  [1410 1411 1412 ... 1437 1438 1439]\n"
     "  [1440 1441 1442 ... 1467 1468 1469]]]"},
    {DENOISE_FLOAT64,
     1,
     {1001},
     "float64 (1001,)\n"
     "[   0.    1.    2. ...  998.  999. 1000.]"},
};

static void test_long_arrays_are_cut_as_numpys(void **state)
{
    (void)state;
    for (int i = 0; i < LENGTH(long_arrays); i++) {
        int64_t size = 1;
        for (int32_t k = 0; k < long_arrays[i].rank; k++)
            size *= long_arrays[i].shape[k];
        denoise_tensor *row = NULL, *tensor = NULL;
        assert_int_equal(denoise_tensor_arange(&row, long_arrays[i].dtype, 0, (double)size, 1), DENOISE_OK);
        assert_int_equal(denoise_tensor_reshape(&tensor, row, long_arrays[i].shape, long_arrays[i].rank), DENOISE_OK);
        check_text(tensor, long_arrays[i].text);
        denoise_tensor_free(row);
        denoise_tensor_free(tensor);
    }
}

static void test_1000_elements_are_not_cut(void **state)
{
    (void)state;
    denoise_tensor *tensor = NULL;
    assert_int_equal(denoise_tensor_arange(&tensor, DENOISE_INT32, 0, 1000, 1), DENOISE_OK);
    char *text = text_of(tensor);
    assert_null(strstr(text, "..."));
    assert_non_null(strstr(text, " 500 "));
    free(text);
    denoise_tensor_free(tensor);
}

static void test_every_size_of_buffer(void **state)
{
    (void)state;
    const array source = {DENOISE_FLOAT32, 2, {2, 2}, {1, 2.5, -10.25, 100}};
    denoise_tensor *tensor = array_tensor(&source);
    char *text = text_of(tensor), buffer[128];
    const int64_t length = (int64_t)strlen(text);
    assert_true(length < 100);
    for (int64_t size = 0; size <= length + 2; size++) {
        memset(buffer, '#', sizeof buffer);
        assert_int_equal(denoise_tensor_format(tensor, buffer, size), length);
        const int64_t kept = size == 0 ? 0 : size - 1 < length ? size - 1 : length;
        assert_memory_equal(buffer, text, (size_t)kept);
        if (size > 0) assert_int_equal(buffer[kept], '\0');
        assert_int_equal(buffer[size > 0 ? kept + 1 : 0], '#');
    }
    assert_int_equal(denoise_tensor_format(tensor, buffer, -1), length);
    assert_int_equal(denoise_tensor_format(tensor, NULL, 100), length);
    free(text);
    denoise_tensor_free(tensor);
}

static void test_null_is_empty(void **state)
{
    (void)state;
    char buffer[4] = "abc";
    assert_int_equal(denoise_tensor_format(NULL, buffer, sizeof buffer), 0);
    assert_string_equal(buffer, "");
    assert_int_equal(denoise_tensor_format(NULL, NULL, 0), 0);
}

static void test_the_locale_plays_no_part(void **state)
{
    (void)state;
    const array source = {DENOISE_FLOAT64, 1, {2}, {0.5, 1234.25}};
    denoise_tensor *tensor = array_tensor(&source);
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8", "C"};
    for (int i = 0; i < LENGTH(names); i++) {
        if (setlocale(LC_ALL, names[i]) == NULL) continue;
        check_text(tensor, "float64 (2,)\n[5.00000e-01 1.23425e+03]");
    }
    denoise_tensor_free(tensor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arrays_are_numpys),
        cmocka_unit_test(test_single_numbers),
        cmocka_unit_test(test_long_arrays_are_cut_as_numpys),
        cmocka_unit_test(test_1000_elements_are_not_cut),
        cmocka_unit_test(test_every_size_of_buffer),
        cmocka_unit_test(test_null_is_empty),
        cmocka_unit_test(test_the_locale_plays_no_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
