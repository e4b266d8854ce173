/* SPDX-License-Identifier: Apache-2.0 */
/* What the table of all public functions, made by generate.awk, consists of. */
#ifndef DENOISE_TESTS_MISUSE_CALL_H
#define DENOISE_TESTS_MISUSE_CALL_H

#include "misuse/world.h"
#include <stddef.h>

typedef union argument {
    void *pointer;
    void (*function)(void);
    int64_t whole;
    uint64_t natural;
    double real;
} argument;

typedef struct answer {
    int64_t whole; /* also a status */
    double real;
    const char *text;
    void *pointer;
} answer;

typedef enum slot_kind {
    SLOT_OBJECT,   /* denoise_tensor * */
    SLOT_OBJECTS,  /* denoise_tensor *const * */
    SLOT_OUT,      /* denoise_tensor **, for one */
    SLOT_OUTS,     /* denoise_tensor **, room for several */
    SLOT_OUT_TEXT, /* char **, for denoise_free() */
    SLOT_BORROWED, /* const char ** */
    SLOT_TEXT,
    SLOT_TEXTS,
    SLOT_STRUCT,
    SLOT_ARRAY, /* numbers to read */
    SLOT_ROOM,  /* memory to write to */
    SLOT_INT32,
    SLOT_INT64,
    SLOT_UINT64,
    SLOT_DOUBLE,
    SLOT_FUNCTION,
    SLOT_ANY, /* user data */
} slot_kind;

typedef enum null_rule { NULL_REFUSED, NULL_ALLOWED, NULL_DEPENDS } null_rule;

/* The values of a number that the comment allows. */
typedef struct range {
    bool has_low;
    double low;
    bool has_high;
    double high;
    bool is_low_open, is_high_open, is_finite, has_minus_one, has_nan;
} range;

typedef struct structure structure;

/* A parameter of a function, or a field of a struct. */
typedef struct slot {
    const char *name, *type;
    slot_kind kind;
    bool is_const;
    null_rule null;
    bool may_have_null_entries;
    bool is_adopted;
    bool is_length;        /* of memory that the caller gives: more than there is cannot be tried */
    bool stays_on_failure; /* what it points to */
    range allowed;
    size_t offset; /* of a field */
    const structure *fields;
    void (*free)(void *object); /* of what goes out */
} slot;

struct structure {
    const char *name;
    size_t size;
    const slot *fields;
    int count;
};

typedef enum answer_kind {
    ANSWERS_NOTHING,
    ANSWERS_STATUS,
    ANSWERS_WHOLE,
    ANSWERS_REAL,
    ANSWERS_TEXT,
    ANSWERS_PART, /* never NULL, possibly inert */
    ANSWERS_POINTER,
} answer_kind;

enum { MOST_ARGUMENTS = 8 };

typedef struct call_row {
    const char *name, *header;
    answer_kind answers;
    const slot *slots;
    int count;
    void (*base)(world *w, argument *a);
    void (*call)(const argument *a, answer *r);
    const int32_t *codes; /* that the comment lists, to -1 */
    const char *for_null; /* what a getter answers for NULL, "" = the comment does not say */
    const char *out_of_range;
    void (*free)(void *object);                    /* of what it returns; NULL = borrowed */
    denoise_status (*status_of)(const void *part); /* of the part that it returns */
    bool frees;                                    /* its one argument */
    void (*free_kept)(void *object);               /* of the reference that it keeps; NULL = it keeps none */
} call_row;

extern const call_row call_rows[];
extern const int call_row_count;

#endif
