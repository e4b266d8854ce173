/* SPDX-License-Identifier: Apache-2.0 */
/* Small mistakes, put into C sources on purpose.
 *
 *     mutate pick SEED COUNT file ...      prints COUNT mutants, drawn at random: a quarter of each class
 *     mutate apply file OFFSET LENGTH new  replaces LENGTH bytes at OFFSET in the file
 *     mutate find < mutants                the same mutants in files that have changed since, where their lines still exist
 *
 * A mutant is a line of fields between tabs: class, file, line, offset, length, new text, old text, column in the line, the
 * line. Classes: bound (< <= > >=), operator
 * (the other binary operators, ! ++ --), constant (a number one greater or one less), call (a call that is a statement of its
 * own left out). Comments, strings and the preprocessor's lines stay as they are. That an operator is binary is seen from the
 * blanks around it, which clang-format puts there. */
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BOUND, OPERATOR, CONSTANT, CALL, CLASSES };
static const char *const class_names[CLASSES] = {"bound", "operator", "constant", "call"};

typedef struct site {
    const char *file;
    long line, offset, length;
    char text[24]; /* the replacement */
} site;

typedef struct sites {
    site *items;
    size_t count, capacity;
} sites;

typedef struct source {
    const char *name;
    char *text;
    char *plain; /* text with comments, strings and preprocessor lines blanked out */
    long size;
} source;

static sites found[CLASSES];

static void die(const char *what, const char *name)
{
    (void)fprintf(stderr, "mutate: %s %s\n", what, name);
    exit(EXIT_FAILURE);
}

static void add(int kind, const source *s, long offset, long length, const char *text)
{
    sites *list = &found[kind];
    if (list->count == list->capacity) {
        list->capacity = 2 * list->capacity + 256;
        list->items = realloc(list->items, list->capacity * sizeof *list->items);
        if (list->items == NULL) die("no memory for", s->name);
    }
    site *new = &list->items[list->count++];
    *new = (site){.file = s->name, .line = 1, .offset = offset, .length = length};
    for (long i = 0; i < offset; i++)
        new->line += s->text[i] == '\n';
    (void)snprintf(new->text, sizeof new->text, "%s", text);
}

static char *read_text(const char *name, long *size)
{
    FILE *file = fopen(name, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (*size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET) != 0)
        die("cannot read", name);
    char *text = calloc(1, (size_t)*size + 1);
    if (text == NULL || fread(text, 1, (size_t)*size, file) != (size_t)*size) die("cannot read", name);
    (void)fclose(file);
    return text;
}

/* ---- Blanking. ---- */

static void blank(char *plain, long from, long to)
{
    for (long i = from; i < to; i++) {
        if (plain[i] != '\n') plain[i] = ' ';
    }
}

static long end_of_quoted(const char *text, long i)
{
    char quote = text[i++];
    while (text[i] != '\0' && text[i] != quote)
        i += text[i] == '\\' && text[i + 1] != '\0' ? 2 : 1;
    return text[i] == '\0' ? i : i + 1;
}

static long end_of_directive(const char *text, long i)
{
    while (text[i] != '\0' && text[i] != '\n')
        i += text[i] == '\\' && text[i + 1] == '\n' ? 2 : 1;
    return i;
}

static void blank_what_is_no_code(char *plain)
{
    bool line_start = true;
    for (long i = 0; plain[i] != '\0';) {
        long end = i;
        if (strncmp(plain + i, "/*", 2) == 0) {
            const char *close = strstr(plain + i + 2, "*/");
            end = close == NULL ? i + (long)strlen(plain + i) : close - plain + 2;
        } else if (strncmp(plain + i, "//", 2) == 0 || (line_start && plain[i] == '#')) {
            end = end_of_directive(plain, i);
        } else if (plain[i] == '"' || plain[i] == '\'') {
            end = end_of_quoted(plain, i);
        }
        if (end > i) {
            /* A literal stays something that is no operator. */
            char first = plain[i];
            blank(plain, i, end);
            if (first == '"' || first == '\'') plain[i] = '_';
            i = end;
            continue;
        }
        if (plain[i] == '\n')
            line_start = true;
        else if (!isspace((unsigned char)plain[i]))
            line_start = false;
        i++;
    }
}

/* ---- Sites. ---- */

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

typedef struct exchange {
    const char *from, *to;
    int kind;
} exchange;

/* Between blanks, longest first. */
static const exchange exchanges[] = {
    {"<=", "<", BOUND},     {">=", ">", BOUND},     {"<<", ">>", OPERATOR}, {">>", "<<", OPERATOR}, {"==", "!=", OPERATOR},
    {"!=", "==", OPERATOR}, {"&&", "||", OPERATOR}, {"||", "&&", OPERATOR}, {"+=", "-=", OPERATOR}, {"-=", "+=", OPERATOR},
    {"*=", "/=", OPERATOR}, {"|=", "&=", OPERATOR}, {"&=", "|=", OPERATOR}, {"<", "<=", BOUND},     {">", ">=", BOUND},
    {"+", "-", OPERATOR},   {"-", "+", OPERATOR},   {"*", "/", OPERATOR},   {"/", "*", OPERATOR},   {"%", "*", OPERATOR},
    {"&", "|", OPERATOR},   {"|", "&", OPERATOR},   {"^", "&", OPERATOR},
};

static void find_operator(const source *s, long i)
{
    const char *p = s->plain + i;
    for (size_t k = 0; i > 0 && p[-1] == ' ' && k < sizeof exchanges / sizeof *exchanges; k++) {
        long length = (long)strlen(exchanges[k].from);
        if (strncmp(p, exchanges[k].from, (size_t)length) == 0 && (p[length] == ' ' || p[length] == '\n')) {
            add(exchanges[k].kind, s, i, length, exchanges[k].to);
            return;
        }
    }
    if (strncmp(p, "++", 2) == 0) add(OPERATOR, s, i, 2, "--");
    if (strncmp(p, "--", 2) == 0) add(OPERATOR, s, i, 2, "++");
    if (p[0] == '!' && p[1] != '=') add(OPERATOR, s, i, 1, " "); /* no field is empty */
}

static void find_constant(const source *s, long i)
{
    const char *p = s->plain + i;
    long length = 0;
    /* A decimal number, whole or not: digits, point, exponent with its sign, suffix. */
    while (is_word(p[length]) || p[length] == '.' || ((p[length] == '+' || p[length] == '-') && strchr("eEpP", p[length - 1])))
        length++;
    char new[24];
    static bool less;
    int size = snprintf(new, sizeof new, "(%.*s %c 1)", (int)(length < 14 ? length : 14), p, less && p[0] != '0' ? '-' : '+');
    less = !less;
    if (length <= 14 && size < (int)sizeof new) add(CONSTANT, s, i, length, new);
}

static bool begins_statement(const source *s, long i)
{
    long before = i - 1;
    while (before >= 0 && isspace((unsigned char)s->plain[before]))
        before--;
    if (before >= 5 && strncmp(s->plain + before - 5, "(void)", 6) == 0) return begins_statement(s, before - 5);
    return before >= 0 && strchr(";{})", s->plain[before]) != NULL;
}

static bool is_keyword(const char *word, long length)
{
    static const char *const keywords[] = {"if", "for", "while", "switch", "return", "sizeof", "do", "else", "case"};
    for (size_t k = 0; k < sizeof keywords / sizeof *keywords; k++) {
        if ((long)strlen(keywords[k]) == length && strncmp(word, keywords[k], (size_t)length) == 0) return true;
    }
    return false;
}

static void find_call(const source *s, long i)
{
    const char *p = s->plain + i;
    long length = 0;
    while (is_word(p[length]))
        length++;
    if (p[length] != '(' || is_keyword(p, length) || !begins_statement(s, i)) return;
    int depth = 0;
    for (; p[length] != '\0'; length++) {
        if (p[length] == '(') depth++;
        if (p[length] == ')' && --depth == 0) break;
    }
    if (p[length] == ')' && p[length + 1] == ';') add(CALL, s, i, length + 1, "(void)0");
}

static void find_sites(const source *s)
{
    int depth = 0;
    for (long i = 0; i < s->size; i++) {
        char c = s->plain[i];
        bool word_start = is_word(c) && (i == 0 || (!is_word(s->plain[i - 1]) && s->plain[i - 1] != '.'));
        if (c == '{') depth++;
        if (c == '}') depth--;
        if (depth == 0) continue;
        if (word_start && isdigit((unsigned char)c))
            find_constant(s, i);
        else if (word_start)
            find_call(s, i);
        else if (strchr("<>=!&|+-*/%^", c) != NULL)
            find_operator(s, i);
        /* ++ and -- are one operator */
        if (c != '\0' && strchr("+-", c) != NULL && s->plain[i + 1] == c) i++;
    }
}

static void load(const char *name)
{
    source s = {.name = name};
    s.text = read_text(name, &s.size);
    s.plain = malloc((size_t)s.size + 1);
    if (s.plain == NULL) die("no memory for", name);
    memcpy(s.plain, s.text, (size_t)s.size + 1);
    blank_what_is_no_code(s.plain);
    find_sites(&s);
    free(s.text);
    free(s.plain);
}

/* ---- Commands. ---- */

static uint64_t random_state;

/* SplitMix64 */
static uint64_t draw(void)
{
    uint64_t z = random_state += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

static void print_text(const char *text, long length)
{
    for (long i = 0; i < length; i++)
        (void)putchar(text[i] == '\n' || text[i] == '\t' ? ' ' : text[i]);
}

static void print_site(const char *kind, const site *item)
{
    long size;
    char *text = read_text(item->file, &size);
    long start = item->offset;
    while (start > 0 && text[start - 1] != '\n')
        start--;
    (void)printf("%s\t%s\t%ld\t%ld\t%ld\t%s\t", kind, item->file, item->line, item->offset, item->length, item->text);
    print_text(text + item->offset, item->length);
    (void)printf("\t%ld\t", item->offset - start);
    print_text(text + start, (long)strcspn(text + start, "\n"));
    (void)putchar('\n');
    free(text);
}

static void pick(long count)
{
    for (long i = 0; i < count; i++) {
        int kind = (int)(i % CLASSES);
        sites *list = &found[kind];
        if (list->count == 0) continue;
        size_t at = (size_t)(draw() % list->count);
        print_site(class_names[kind], &list->items[at]);
        list->items[at] = list->items[--list->count]; /* none twice */
    }
}

static void apply(const char *name, long offset, long length, const char *text)
{
    long size;
    char *old = read_text(name, &size);
    if (offset < 0 || length < 0 || offset + length > size) die("wrong place in", name);
    FILE *file = fopen(name, "wb");
    if (file == NULL) die("cannot write", name);
    (void)fwrite(old, 1, (size_t)offset, file);
    (void)fputs(text, file);
    (void)fwrite(old + offset + length, 1, (size_t)(size - offset - length), file);
    if (fclose(file) != 0) die("cannot write", name);
    free(old);
}

/* The start of the line of this text that is nearest to where it was; -1 = none. */
static long find_line(const char *text, const char *wanted, long was, long *line)
{
    long best = -1, number = 1;
    for (const char *p = text; *p != '\0'; number++) {
        size_t length = strcspn(p, "\n");
        if (length == strlen(wanted) && strncmp(p, wanted, length) == 0 &&
            (best < 0 || labs(number - was) < labs(*line - was))) {
            best = p - text;
            *line = number;
        }
        p += length + (p[length] != '\0');
    }
    return best;
}

static void find_again(char *mutant)
{
    enum { FIELDS = 9 };
    char *field[FIELDS];
    for (int i = 0; i < FIELDS; i++) {
        field[i] = mutant;
        mutant += strcspn(mutant, "\t\n");
        if (*mutant == '\0') return;
        *mutant++ = '\0';
    }
    long size, line = 0;
    char *text = read_text(field[1], &size);
    long start = find_line(text, field[8], strtol(field[2], NULL, 10), &line);
    free(text);
    if (start < 0) {
        (void)fprintf(stderr, "mutate: the line of %s:%s is no longer there\n", field[1], field[2]);
        return;
    }
    site again = {
        .file = field[1], .line = line, .offset = start + strtol(field[7], NULL, 10), .length = strtol(field[4], NULL, 10)};
    (void)snprintf(again.text, sizeof again.text, "%s", field[5]);
    print_site(field[0], &again);
}

static void find_all_again(void)
{
    static char mutant[4096];
    while (fgets(mutant, sizeof mutant, stdin) != NULL)
        find_again(mutant);
}

int main(int argc, char **argv)
{
    if (argc >= 5 && strcmp(argv[1], "pick") == 0) {
        random_state = strtoull(argv[2], NULL, 10);
        for (int i = 4; i < argc; i++)
            load(argv[i]);
        pick(strtol(argv[3], NULL, 10));
        for (int kind = 0; kind < CLASSES; kind++)
            free(found[kind].items);
        return EXIT_SUCCESS;
    }
    if (argc == 6 && strcmp(argv[1], "apply") == 0) {
        apply(argv[2], strtol(argv[3], NULL, 10), strtol(argv[4], NULL, 10), argv[5]);
        return EXIT_SUCCESS;
    }
    if (argc == 2 && strcmp(argv[1], "find") == 0) {
        find_all_again();
        return EXIT_SUCCESS;
    }
    (void)fputs("usage: mutate pick SEED COUNT file ... | mutate apply file OFFSET LENGTH new | mutate find\n", stderr);
    return EXIT_FAILURE;
}
