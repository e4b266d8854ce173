/* SPDX-License-Identifier: Apache-2.0 */
#include "misuse/spoil.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const spoil_class_names[SPOIL_CLASSES] = {
    "valid calls",
    "calls with a NULL",
    "calls with a wrong choice (int32)",
    "calls with a wrong size (int64)",
    "calls with a wrong number (double)",
    "calls with a wrong text",
    "calls with a wrong struct_size",
    "calls with another object",
    "calls with a wrong array",
    "calls with two wrong arguments",
};

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const int64_t sizes[] = {
    0, -1, 1, -2, 2, 9, INT32_MAX, (int64_t)INT32_MAX + 1, UINT32_MAX, INT64_C(1) << 40, INT64_MAX / 8, INT64_MAX, INT64_MIN};
static const int64_t choices[] = {0, -1, 1, -2, 2, 3, 4, 5, 6, 7, 8, 9, -9, 257, INT32_MAX, INT32_MIN};
static const double numbers[] = {NAN,     INFINITY, -INFINITY, -1.0, 0.0, -0.0,  0.5,     1.0,   2.0,
                                 DBL_MAX, -DBL_MAX, 5e-324,    1e39, 1e9, 1e-40, -1e-300, 1e300, 0.9999999999999999};

static const char *bad_text(int i)
{
    static char long_text[100001], limit_text[65], nested[65];
    static const char *const texts[] = {"",    "planet", "\xff\xfe\x80", "\xc3",        "a\x01\x7f\n", "l2(", ")",
                                        "a/b", ".",      "l2(x=)",       "constant(1)", "Dense"};
    if (long_text[0] == '\0') {
        memset(long_text, 'a', sizeof long_text - 1);
        memset(limit_text, 'b', sizeof limit_text - 1);
        memset(nested, '(', sizeof nested - 1);
        nested[0] = 'a';
    }
    if (i < COUNT(texts)) return texts[i];
    if (i == COUNT(texts)) return long_text;
    if (i == COUNT(texts) + 1) return limit_text;
    return i == COUNT(texts) + 2 ? nested : NULL;
}

/* Counts the ways down; true at the one that was asked for. */
static bool is_turn(int *n)
{
    return (*n)-- == 0;
}

/* Where an argument or a field lies. */
typedef struct place {
    const slot *slot;
    void *at;
    bool is_field;
    char name[96];
} place;

static void *pointer_at(const place *p)
{
    void *pointer;
    memcpy(&pointer, p->at, sizeof pointer);
    return pointer;
}

static void put_pointer(const place *p, const void *pointer)
{
    memcpy(p->at, &pointer, sizeof pointer);
}

static int64_t whole_at(const place *p)
{
    int64_t whole = 0;
    int32_t half;
    if (p->is_field && p->slot->kind == SLOT_INT32) {
        memcpy(&half, p->at, sizeof half);
        return half;
    }
    memcpy(&whole, p->at, sizeof whole);
    return whole;
}

static void put_whole(const place *p, int64_t whole)
{
    int32_t half = (int32_t)whole;
    if (p->is_field && p->slot->kind == SLOT_INT32) {
        memcpy(p->at, &half, sizeof half);
    } else {
        memcpy(p->at, &whole, sizeof whole);
    }
}

static void say(trial *t, const place *p, spoil_class class, const char *value)
{
    size_t length = strlen(t->label);
    (void)snprintf(t->label + length, sizeof t->label - length, "%s%s=%.24s", length > 0 ? ", " : "", p->name, value);
    t->class = t->spoilt > 0 ? SPOIL_PAIR : class;
    t->places[t->spoilt++ > 0] = p->is_field ? p->at : NULL;
}

static void say_whole(trial *t, const place *p, spoil_class class, int64_t value)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%lld", (long long)value);
    say(t, p, class, text);
}

/* Whether the comment's range forbids a number. */
static bool is_excluded(const range *r, double value)
{
    if (isnan(value)) return !r->has_nan && (r->is_finite || r->has_low || r->has_high);
    if (r->is_finite && isinf(value)) return true;
    if (r->has_minus_one && value == -1.0) return false;
    if (r->has_low && (r->is_low_open ? value <= r->low : value < r->low)) return true;
    return r->has_high && (r->is_high_open ? value >= r->high : value > r->high);
}

static bool spoil_null(trial *t, const place *p, int *n)
{
    if (pointer_at(p) == NULL || !is_turn(n)) return false;
    put_pointer(p, NULL);
    say(t, p, SPOIL_NULL, "NULL");
    t->has_null = true;
    if (p->slot->null == NULL_ALLOWED) return true;
    bool is_certain = p->slot->null == NULL_REFUSED && !p->is_field;
    *(is_certain ? &t->must_fail : &t->must_fail_alone) = true;
    if (!p->is_field) t->refused_null = p->slot;
    return true;
}

static bool spoil_whole(trial *t, const place *p, int *n)
{
    const int64_t *values = p->slot->kind == SLOT_INT32 ? choices : sizes;
    int count = p->slot->kind == SLOT_INT32 ? COUNT(choices) : COUNT(sizes);
    int64_t before = whole_at(p);
    for (int i = 0; i < count; i++) {
        bool is_outside = is_excluded(&p->slot->allowed, (double)values[i]);
        bool is_lie = p->slot->is_length && values[i] > before && !is_outside && (p->is_field || values[i] != INT64_MAX);
        if (values[i] == before || is_lie || !is_turn(n)) continue;
        put_whole(p, values[i]);
        say_whole(t, p, p->slot->kind == SLOT_INT32 ? SPOIL_CHOICE : SPOIL_SIZE, values[i]);
        t->must_fail = t->must_fail || is_outside;
        bool is_index = strcmp(p->slot->name, "index") == 0;
        t->is_out_of_range = t->is_out_of_range || (is_index && (values[i] < 0 || values[i] >= INT32_MAX));
        return true;
    }
    return false;
}

static bool spoil_real(trial *t, const place *p, int *n)
{
    double before;
    memcpy(&before, p->at, sizeof before);
    for (int i = 0; i < COUNT(numbers); i++) {
        if (memcmp(&before, &numbers[i], sizeof before) == 0 || !is_turn(n)) continue;
        char text[32];
        (void)snprintf(text, sizeof text, "%g", numbers[i]);
        memcpy(p->at, &numbers[i], sizeof before);
        say(t, p, SPOIL_NUMBER, text);
        t->must_fail = t->must_fail || is_excluded(&p->slot->allowed, numbers[i]);
        return true;
    }
    return false;
}

static bool spoil_text(trial *t, const place *p, void *at, int *n)
{
    const char *text;
    for (int i = 0; (text = bad_text(i)) != NULL; i++) {
        if (!is_turn(n)) continue;
        memcpy(at, &text, sizeof text);
        say(t, p, SPOIL_TEXT, text);
        return true;
    }
    return false;
}

/* Another object of the same type in place of the one at `at`. */
static bool spoil_object(trial *t, const place *p, void *at, int *n)
{
    void *object;
    memcpy(&object, at, sizeof object);
    const maker *own = world_maker_of(t->w, object);
    for (int i = 0; i < maker_count; i++) {
        if (&makers[i] == own || strcmp(makers[i].type, p->slot->type) != 0 || !is_turn(n)) continue;
        object = world_get(t->w, makers[i].name);
        memcpy(at, &object, sizeof object);
        say(t, p, SPOIL_OBJECT, makers[i].name);
        t->more_codes[t->more_codes[0] != 0] = makers[i].status;
        return true;
    }
    return false;
}

/* An array of pointers: an entry is NULL, or the first one is another object or text. */
static bool spoil_list(trial *t, const place *p, int *n)
{
    void **list = pointer_at(p);
    for (int i = 0; list != NULL && list[i] != NULL; i++) {
        if (!is_turn(n)) continue;
        list[i] = NULL;
        say(t, p, SPOIL_NULL, "[NULL]");
        t->has_null = true;
        t->must_fail_alone = !p->slot->may_have_null_entries;
        return true;
    }
    if (list == NULL || list[0] == NULL) return false;
    return p->slot->kind == SLOT_TEXTS ? spoil_text(t, p, list, n) : spoil_object(t, p, list, n);
}

/* The first number of an array; of a shape, which has two lengths at least, then the first two. */
static bool spoil_array(trial *t, const place *p, int *n)
{
    char *array = pointer_at(p), text[32];
    bool is_whole = strcmp(p->slot->type, "int64_t") == 0, is_real = strcmp(p->slot->type, "double") == 0;
    int count = array == NULL ? 0 : is_whole ? COUNT(sizes) : is_real ? COUNT(numbers) : 0;
    int lengths = is_whole && strcmp(p->slot->name, "shape") == 0 ? 2 : 1;
    for (int i = 0; i < lengths * count; i++) {
        if (!is_turn(n)) continue;
        if (is_whole) {
            const int64_t *size = &sizes[i % count];
            memcpy(array, size, sizeof *size);
            if (i >= count) memcpy(array + sizeof *size, size, sizeof *size);
            (void)snprintf(text, sizeof text, i >= count ? "[%lld twice]" : "[%lld]", (long long)*size);
        } else {
            memcpy(array, &numbers[i], sizeof numbers[i]);
            (void)snprintf(text, sizeof text, "[%g]", numbers[i]);
        }
        say(t, p, SPOIL_ARRAY, text);
        return true;
    }
    return false;
}

static bool spoil_struct_size(trial *t, const place *p, int64_t size, int *n)
{
    const int64_t values[] = {0, -1, 1, 8, size - 1, INT64_MIN, size + 8, INT64_MAX};
    for (int i = 0; i < COUNT(values); i++) {
        if (!is_turn(n)) continue;
        put_whole(p, values[i]);
        say_whole(t, p, SPOIL_STRUCT, values[i]);
        t->is_struct_short = values[i] < size || values[i] == INT64_MAX; /* of no version */
        t->must_fail = t->must_fail || t->is_struct_short;
        return true;
    }
    return false;
}

static bool spoil_place(trial *t, const place *p, int *n);

static bool spoil_fields(trial *t, const place *p, int *n)
{
    char *base = pointer_at(p);
    const structure *s = p->slot->fields;
    for (int i = 0; base != NULL && i < s->count; i++) {
        place field = {&s->fields[i], base + s->fields[i].offset, true, ""};
        (void)snprintf(field.name, sizeof field.name, "%.40s.%.40s", p->name, s->fields[i].name);
        bool is_size = strcmp(s->fields[i].name, "struct_size") == 0;
        if (is_size ? spoil_struct_size(t, &field, (int64_t)s->size, n) : spoil_place(t, &field, n)) return true;
    }
    return false;
}

static bool spoil_place(trial *t, const place *p, int *n)
{
    switch (p->slot->kind) {
    case SLOT_INT32:
    case SLOT_INT64:
        return spoil_whole(t, p, n);
    case SLOT_DOUBLE:
        return spoil_real(t, p, n);
    case SLOT_UINT64:
        return false;
    case SLOT_OBJECT:
        return spoil_null(t, p, n) || spoil_object(t, p, p->at, n);
    case SLOT_OBJECTS:
    case SLOT_TEXTS:
        return spoil_null(t, p, n) || spoil_list(t, p, n);
    case SLOT_TEXT:
        return spoil_null(t, p, n) || spoil_text(t, p, p->at, n);
    case SLOT_STRUCT:
        return spoil_null(t, p, n) || spoil_fields(t, p, n);
    case SLOT_ARRAY:
        return spoil_null(t, p, n) || spoil_array(t, p, n);
    default:
        return spoil_null(t, p, n);
    }
}

void trial_begin(trial *t, const call_row *row)
{
    *t = (trial){.row = row, .w = world_new(), .blocks = denoise_memory_blocks()};
    row->base(t->w, t->a);
}

bool trial_spoil(trial *t, int index, int n)
{
    place p = {&t->row->slots[index], &t->a[index], false, ""};
    (void)snprintf(p.name, sizeof p.name, "%s", p.slot->name);
    return spoil_place(t, &p, &n);
}

/* The field that says how long a list is: loss_count of losses; what it says. */
static int64_t length_of(const structure *s, const char *base, const char *list)
{
    int64_t length = 0;
    for (int i = 0; i < s->count; i++) {
        const char *end = strstr(s->fields[i].name, "_count");
        if (end == NULL || strncmp(list, s->fields[i].name, (size_t)(end - s->fields[i].name)) != 0) continue;
        memcpy(&length, base + s->fields[i].offset, sizeof length);
    }
    return length;
}

static void forget_list(world *w, void *const *list, int64_t length)
{
    for (int64_t i = 0; list != NULL && i < length && length < INT32_MAX; i++)
        world_forget(w, list[i]);
}

void trial_free_kept(const trial *t)
{
    void *object = t->row->free_kept != NULL ? t->a[0].pointer : NULL;
    const maker *m = object != NULL ? world_maker_of(t->w, object) : NULL;
    if (m != NULL && m->free == NULL) t->row->free_kept(object);
}

/* What the call will adopt or free is not the world's any more. */
void trial_forget_adopted(const trial *t)
{
    for (int i = 0; i < t->row->count; i++) {
        const slot *s = &t->row->slots[i];
        if (s->is_adopted || t->row->frees) world_forget(t->w, t->a[i].pointer);
        if (s->kind != SLOT_STRUCT || !s->is_const || t->is_struct_short || t->a[i].pointer == NULL) continue;
        for (int k = 0; k < s->fields->count; k++) {
            const slot *field = &s->fields->fields[k];
            void **list;
            if (!field->is_adopted) continue;
            memcpy(&list, (char *)t->a[i].pointer + field->offset, sizeof list);
            if (field->kind == SLOT_OBJECT) world_forget(t->w, list);
            if (field->kind == SLOT_OBJECTS) forget_list(t->w, list, length_of(s->fields, t->a[i].pointer, field->name));
        }
    }
}
