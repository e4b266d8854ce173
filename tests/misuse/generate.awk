# SPDX-License-Identifier: Apache-2.0
# generate.awk: reads values.txt, then the public headers, and writes the C table of all public functions that misuse_calls.c
# walks: what each parameter and each field of an options struct is, what its comment promises, and a valid base call.
#     awk -f generate.awk values.txt include/denoise/*.h > calls.c
# A function that cannot be called for want of a base value, or whose comment does not say what a failure looks like, is an
# error: a new function is tested from the day on which it is declared. POSIX awk.

function fault(text) {
    print "misuse: " text > "/dev/stderr"
    faults++
}

function quoted(text) {
    gsub(/\\/, "\\\\", text)
    gsub(/"/, "\\\"", text)
    return "\"" text "\""
}

function trimmed(text) {
    gsub(/[ \t\n]+/, " ", text)
    sub(/^ /, "", text)
    sub(/ $/, "", text)
    return text
}

# ---- the table of values: "key expression"; keys are globs of function.parameter, struct.field, or ":type"

FILENAME ~ /values\.txt$/ {
    if ($0 ~ /^[ \t]*(#|$)/) next
    key = $1
    sub(/^[^ \t]+[ \t]+/, "")
    rules++
    rule_value[rules] = $0
    gsub(/\./, "[.]", key)
    gsub(/\*/, ".*", key)
    rule_key[rules] = "^" key "$"
    rule_text[rules] = $0
    next
}

# The expression for function.parameter, else for the type; "" when there is none. @name is an object of the world.
function value_of(key, type,    i, text) {
    gsub(/[ ]/, "", type)
    for (i = 1; i <= rules; i++) {
        if (key ~ rule_key[i] || (type != "" && ":" type ~ rule_key[i])) {
            rule_used[i] = 1
            text = rule_value[i]
            while (match(text, /@[a-z_0-9]+/)) {
                text = substr(text, 1, RSTART - 1) "world_get(w, \"" substr(text, RSTART + 1, RLENGTH - 1) "\")" \
                       substr(text, RSTART + RLENGTH)
            }
            return text
        }
    }
    return ""
}

# ---- reading the headers: comments, functions, structs

FNR == 1 {
    doc = ""
    header = FILENAME
    sub(/.*\//, "", header)
    in_struct = in_doc = in_function = 0
    head_codes[header] = ""
    in_head = 1
}

/^\/\*\*/ && !in_struct && !in_function {
    doc = ""
    in_doc = 1
}
in_doc {
    line = $0
    ended = line ~ /\*\//
    sub(/^[ \t]*\/?\*+\/?/, "", line)
    sub(/\*\/.*/, "", line)
    doc = doc " " line
    if (ended) {
        in_doc = 0
        if (in_head) {
            head_codes[header] = rule_codes(doc)
            in_head = 0
        }
    }
    next
}

/^typedef struct [a-z_]+ [a-z_]+;/ {
    name = $3
    sub(/;/, "", name)
    is_object[name] = 1
    doc = ""
    next
}
/^typedef struct [a-z_]+ \{/ {
    in_struct = 1
    struct_name = $3
    struct_doc[struct_name] = doc
    structs++
    struct_order[structs] = struct_name
    is_struct[struct_name] = 1
    body = ""
    doc = ""
    next
}
in_struct {
    if ($0 ~ /^}/) {
        in_struct = 0
        parse_struct(struct_name, body)
    } else {
        body = body " " $0
    }
    next
}
/^enum \{/ {
    in_enum = 1
    body = ""
}
in_enum {
    body = body " " $0
    if ($0 ~ /}/) {
        in_enum = 0
        doc = ""
        read_enum(body)
    }
    next
}
/^DENOISE_API/ {
    in_function = 1
    declaration = ""
}
in_function {
    declaration = declaration " " $0
    if ($0 ~ /;[ \t]*$/) {
        in_function = 0
        functions++
        function_text[functions] = trimmed(declaration)
        function_doc[functions] = trimmed(doc)
        function_header[functions] = header
        doc = ""
    }
    next
}

# The constants of an enum: each stands for the least and the greatest of them all.
function read_enum(text,    list, n, i, name, value, low, high) {
    while (match(text, /DENOISE_[A-Z0-9_]+ *= *-?[0-9]+/)) {
        name = value = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        sub(/ *=.*/, "", name)
        sub(/.*= */, "", value)
        list[++n] = name
        if (n == 1 || value + 0 < low) low = value + 0
        if (n == 1 || value + 0 > high) high = value + 0
    }
    for (i = 1; i <= n; i++) {
        enum_low[list[i]] = low
        enum_high[list[i]] = high
    }
}

# The codes of the sentences of a header's essay that begin with "Every function".
function rule_codes(text,    sentence, codes) {
    text = trimmed(text)
    while (match(text, /Every (status|function)[^.]*[.]/)) {
        sentence = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        codes = codes " " codes_in(sentence)
    }
    return codes
}

function codes_in(text,    list) {
    while (match(text, /DENOISE_(OK|ERR_[A-Z_]+)/)) {
        list = list " " substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
    }
    return list
}

# Splits a struct's body into fields: declaration, then its comment (behind it, or above it).
function parse_struct(name, text,    n, before, rest, comment, first, declaration) {
    n = 0
    while (match(text, /;/)) {
        # a comment in front of the declaration
        before = ""
        first = trimmed(text)
        while (first ~ /^\/\*/) {
            match(first, /\*\//)
            before = before " " substr(first, 1, RSTART - 1)
            first = trimmed(substr(first, RSTART + 2))
        }
        if (first == "") break
        match(first, /;/)
        declaration = substr(first, 1, RSTART - 1)
        rest = trimmed(substr(first, RSTART + 1))
        comment = ""
        if (rest ~ /^\/\*\*</) {
            match(rest, /\*\//)
            comment = substr(rest, 5, RSTART - 5)
            rest = substr(rest, RSTART + 2)
        }
        n++
        sub(/^ *\/\*+</, "", before)
        sub(/^ *\/\*+/, "", before)
        field_declaration[name, n] = trimmed(declaration)
        field_doc[name, n] = trimmed(before comment)
        text = rest
    }
    field_count[name] = n
}

# ---- one parameter or field: its name, type and kind

function split_declaration(text,    at) {
    text = trimmed(text)
    if (match(text, /\(\*[a-z_]+\)/)) {
        slot_name = substr(text, RSTART + 2, RLENGTH - 3)
        slot_type = substr(text, 1, RSTART - 1) "(*)" substr(text, RSTART + RLENGTH)
        return
    }
    match(text, /[a-z_0-9]+$/)
    slot_name = substr(text, RSTART)
    slot_type = trimmed(substr(text, 1, RSTART - 1))
}

function base_type(type) {
    gsub(/const|\*/, "", type)
    return trimmed(type)
}

function stars(type) {
    return gsub(/\*/, "", type)
}

function kind_of(type, comment, owner,    base, depth, is_const) {
    base = base_type(type)
    depth = stars(type)
    is_const = type ~ /^const/
    if (type ~ /\(\*\)/) return "SLOT_FUNCTION"
    if (depth == 0) {
        if (base == "int32_t" || base == "denoise_status") return "SLOT_INT32"
        if (base == "int64_t") return "SLOT_INT64"
        if (base == "uint64_t") return "SLOT_UINT64"
        if (base == "double") return "SLOT_DOUBLE"
    }
    if (depth == 1) {
        if (base in is_object) return "SLOT_OBJECT"
        if (base in is_struct) return "SLOT_STRUCT"
        if (base == "char" && is_const) return "SLOT_TEXT"
        if (base == "void" && slot_name ~ /^(user_data|memory)$/) return "SLOT_ANY"
        return is_const ? "SLOT_ARRAY" : "SLOT_ROOM"
    }
    if (depth == 2) {
        if (type ~ /\*const \*$/) return base == "char" ? "SLOT_TEXTS" : "SLOT_OBJECTS"
        if (is_const) return "SLOT_BORROWED"
        if (base == "char") return "SLOT_OUT_TEXT"
        return comment ~ /room for/ ? "SLOT_OUTS" : "SLOT_OUT"
    }
    fault(owner "." slot_name ": what is " type "?")
    return "SLOT_ANY"
}

# ---- what a comment promises

function null_rule(kind, comment) {
    if (kind == "SLOT_ANY") return "NULL_ALLOWED"
    if (comment ~ /NULL when |may be NULL (when|where)|NULL where |NULL until/) return "NULL_DEPENDS"
    if (comment ~ /may be NULL|NULL (is accepted|= |gives|brings|makes|does|puts|takes)/) return "NULL_ALLOWED"
    return "NULL_REFUSED"
}

function number(text) {
    gsub(/,/, "", text)
    if (text == "DENOISE_MAX_RANK") return "8"
    if (text ~ /^2\^[0-9]+$/) return sprintf("%.0f", 2 ^ substr(text, 3))
    return text
}

# Writes the documented range of a number: { has_low, low, has_high, high, low_open, high_open, finite, minus_one, nan }.
function range_of(comment, kind,    low, high, lo, ho, text, pair, name) {
    low = high = ""
    lo = ho = 0
    text = " " comment
    if (kind == "SLOT_INT32" && match(text, /DENOISE_[A-Z0-9_]+/)) {
        name = substr(text, RSTART, RLENGTH)
        if (name in enum_low) return "{1, " enum_low[name] ", 1, " enum_high[name] ", 0, 0, 0, 0, 0}"
    }
    if (match(text, /[ ;(]-?[0-9][0-9.e,-]* \.\. (2\^[0-9]+|[0-9][0-9.e,]*|DENOISE_MAX_RANK)/)) {
        pair = substr(text, RSTART, RLENGTH)
        low = number(substr(pair, 2, index(pair, " ..") - 2))
        high = number(substr(pair, index(pair, ".. ") + 3))
        sub(/[.,]$/, "", high)
        if (text ~ /\(exclusive\)/) ho = 1
    } else if (match(text, /[ ;(]-?[0-9]+ \.\. /)) {
        low = substr(text, RSTART + 1, RLENGTH - 5)
    }
    if (match(text, />=? -?[0-9][0-9.]*/)) {
        pair = substr(text, RSTART, RLENGTH)
        lo = pair !~ /=/
        sub(/>=? /, "", pair)
        sub(/[.]$/, "", pair)
        low = pair
    }
    if (match(text, /<=? [0-9][0-9.]*/)) {
        pair = substr(text, RSTART, RLENGTH)
        ho = pair !~ /=/
        sub(/<=? /, "", pair)
        sub(/[.]$/, "", pair)
        high = pair
    }
    return "{" (low != "") ", " (low == "" ? 0 : low) ", " (high != "") ", " (high == "" ? 0 : high) ", " lo ", " ho ", " \
           (text ~ /[ ;(]finite/) ", " (text ~ /-1 = /) ", " (text ~ /NAN = /) "}"
}

# Whether a number says how much memory of the caller's there is: then more than there is would be the caller's lie.
function is_length(name, comment, all_docs) {
    return comment ~ /^length of|[;(] *length of/ || (" " all_docs " ") ~ ("[^a-z_0-9]" name "[^a-z_0-9]")
}

# The @param text of a function's comment; "@param a, b text" serves both.
function param_doc(text, name,    rest, names, body) {
    rest = text
    while (match(rest, /@param /)) {
        rest = substr(rest, RSTART + 7)
        match(rest, /^[a-z_0-9]+(, [a-z_0-9]+)*/)
        names = ", " substr(rest, 1, RLENGTH) ","
        body = substr(rest, RLENGTH + 1)
        if (index(names, ", " name ",") == 0) continue
        sub(/@(param|return).*/, "", body)
        sub(/Since 0\.1.*/, "", body)
        return trimmed(body)
    }
    return ""
}

# The value "V" of the phrase "V for NULL" (or "V out of range") in a comment.
function neutral(text, phrase,    found) {
    if (!match(text, "(-?[0-9]+|NULL|NAN|\"\"|a text|DENOISE_[A-Z_]+) " phrase)) return ""
    found = substr(text, RSTART, RLENGTH - length(phrase) - 1)
    return found
}

# ---- codes that a function may answer: those of its comment, of functions that it names, of its kind's create()

function codes_of(index_, depth,    text, codes, name, i) {
    text = function_doc[index_]
    sub(/.*@return/, "", text)
    codes = codes_in(text)
    if (function_doc[index_] ~ /head of this file/ || function_text[index_] ~ /denoise_status /) {
        codes = codes head_codes[function_header[index_]]
    }
    for (i = 1; i <= parameter_count[index_]; i++) {
        split_declaration(parameter[index_, i])
        if (base_type(slot_type) in is_struct) codes = codes codes_in(struct_doc[base_type(slot_type)])
    }
    if (text ~ /inert/ && function_return[index_] ~ /\*$/) {
        name = base_type(function_return[index_]) "_create"
        if (name in function_index && depth < 4) codes = codes codes_of(function_index[name], depth + 1)
    }
    while (match(text, /denoise_[a-z_0-9]+\(\)/)) {
        name = substr(text, RSTART, RLENGTH - 2)
        text = substr(text, RSTART + RLENGTH)
        if (name in function_index && name != function_name[index_] && depth < 4) {
            codes = codes codes_of(function_index[name], depth + 1)
        }
    }
    return codes
}

function code_list(codes,    n, parts, i, seen, text) {
    n = split(codes, parts, " ")
    for (i = 1; i <= n; i++) {
        if (parts[i] in seen) continue
        seen[parts[i]] = 1
        text = text parts[i] ", "
    }
    return "{" text "-1}"
}

# ---- writing

function write_slot(owner, comment, kind, extra, offset, structure, all_docs, value,    entries, lengthy) {
    entries = comment ~ /NULL entries = / ? "true" : "false"
    lengthy = kind ~ /INT/ && is_length(slot_name, comment, all_docs) ? "true" : "false"
    printf "    {%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s},\n", quoted(slot_name), quoted(base_type(slot_type)), kind, \
        (slot_type ~ /^const/ ? "true" : "false"), null_rule(kind, comment), entries, \
        (comment ~ /adopted[,;]|adopted\. Since|adopted$/ ? "true" : "false"), lengthy, \
        (comment ~ /un(changed|touched) (on|after) (a )?failure/ ? "true" : "false"), \
        range_of(comment, kind), offset, structure, extra
}

function struct_docs(name,    i, text) {
    for (i = 1; i <= field_count[name]; i++) {
        split_declaration(field_declaration[name, i])
        if (kind_of(slot_type, field_doc[name, i], name) ~ /ARRAY|TEXTS|OBJECTS/) text = text " " field_doc[name, i]
    }
    return text
}

function write_struct(name,    i, kind, docs, comment, value, setters) {
    docs = struct_docs(name)
    setters = ""
    printf "static const slot fields_of_%s[] = {\n", name
    for (i = 1; i <= field_count[name]; i++) {
        split_declaration(field_declaration[name, i])
        comment = field_doc[name, i]
        if (struct_doc[name] ~ /each may be NULL/ && slot_type ~ /\(\*\)/) comment = comment " may be NULL"
        kind = kind_of(slot_type, comment, name)
        write_slot(name, comment, kind, "NULL", "offsetof(" name ", " slot_name ")", "NULL", docs)
        value = value_of(name "." slot_name, "")
        if (value != "") setters = setters "    options->" slot_name " = " value ";\n"
    }
    print "};"
    printf "static const structure structure_%s = {%s, sizeof(%s), fields_of_%s, %d};\n", name, quoted(name), name, name, \
        field_count[name]
    value = value_of("struct:" name, "")
    if (value == "" && !(name in init_of)) fault(name ": no init function and no line struct:" name " in values.txt")
    printf "static void *base_%s(world *w)\n{\n    %s *options = world_memory(w, 2 * sizeof *options); /* for a larger struct_size */\n", name, name
    if (value != "") {
        print "    " value ";"
    } else {
        print "    " init_of[name] "(options, (int64_t)sizeof *options);"
    }
    printf "%s    (void)w;\n    return options;\n}\n\n", setters
}

function parse_function(index_,    text, at, list, depth, i, c, piece, n) {
    text = function_text[index_]
    sub(/^DENOISE_API /, "", text)
    at = index(text, "(")
    match(substr(text, 1, at - 1), /[a-z_0-9]+$/)
    function_name[index_] = substr(text, RSTART, RLENGTH)
    function_return[index_] = trimmed(substr(text, 1, RSTART - 1))
    function_index[function_name[index_]] = index_
    list = substr(text, at + 1)
    sub(/\);$/, "", list)
    n = depth = 0
    piece = ""
    for (i = 1; i <= length(list); i++) {
        c = substr(list, i, 1)
        if (c == "(") depth++
        if (c == ")") depth--
        if (c == "," && depth == 0) {
            parameter[index_, ++n] = trimmed(piece)
            piece = ""
        } else {
            piece = piece c
        }
    }
    if (trimmed(piece) != "void") parameter[index_, ++n] = trimmed(piece)
    parameter_count[index_] = n
    if (function_name[index_] ~ /_init_sized$/) {
        split_declaration(parameter[index_, 1])
        if (!(base_type(slot_type) in init_of)) init_of[base_type(slot_type)] = function_name[index_]
    }
}

function answer_kind(name, type, text) {
    if (type == "void") return "ANSWERS_NOTHING"
    if (type == "denoise_status") return name ~ /_status$/ ? "ANSWERS_WHOLE" : "ANSWERS_STATUS"
    if (type == "double") return "ANSWERS_REAL"
    if (type == "const char *") return "ANSWERS_TEXT"
    if (type ~ /\*$/) return text ~ /never NULL/ && type !~ /^const/ ? "ANSWERS_PART" : "ANSWERS_POINTER"
    return "ANSWERS_WHOLE"
}

function member_of(kind) {
    if (kind ~ /INT32|INT64/) return "whole"
    if (kind == "SLOT_UINT64") return "natural"
    if (kind == "SLOT_DOUBLE") return "real"
    if (kind == "SLOT_FUNCTION") return "function"
    return "pointer"
}

function write_function(i,    name, p, comment, kind, docs, value, call, base, structure, answers, type) {
    name = function_name[i]
    answers = answer_kind(name, function_return[i], function_doc[i])
    docs = call = base = ""
    for (p = 1; p <= parameter_count[i]; p++) {
        split_declaration(parameter[i, p])
        kind = kind_of(slot_type, whole_doc(i, slot_name), name)
        if (kind ~ /ARRAY|ROOM|TEXTS|OBJECTS|OUTS|STRUCT/) docs = docs " " whole_doc(i, slot_name)
    }
    if (parameter_count[i] > 0) printf "static const slot slots_of_%s[] = {\n", name
    for (p = 1; p <= parameter_count[i]; p++) {
        split_declaration(parameter[i, p])
        comment = whole_doc(i, slot_name)
        if (comment == "") fault(name "." slot_name ": the comment has no @param for it")
        kind = kind_of(slot_type, comment, name)
        type = base_type(slot_type)
        structure = kind == "SLOT_STRUCT" ? "&structure_" type : "NULL"
        write_slot(name, comment, kind, (kind ~ /SLOT_OUT$|SLOT_OUTS/ && ((type "_free") in function_index)) ? \
                   "free_" type : "NULL", 0, structure, docs)
        value = value_of(name "." slot_name, kind ~ /OUT|OBJECTS|BORROWED|ROOM|TEXT|STRUCT|ANY|FUNCTION/ ? "" : slot_type)
        if (value == "" && kind == "SLOT_STRUCT") value = "base_" type "(w)"
        if (value == "" && kind ~ /SLOT_(OUT|OUTS|OUT_TEXT|BORROWED)$/) value = "world_outs(w)"
        if (value == "" && kind == "SLOT_ROOM") value = "world_room(w)"
        if (value == "" && kind == "SLOT_ANY") value = "NULL"
        if (value == "") fault(name "." slot_name ": no value for " slot_type " in values.txt")
        if (kind ~ /SLOT_(OBJECT|OBJECTS|TEXT|TEXTS|ARRAY|STRUCT|ROOM|ANY)$/) value = "(void *)(uintptr_t)(" value ")"
        base = base "    a[" p - 1 "]." member_of(kind) " = " (value == "" ? "0" : value) ";\n"
        call = call (p > 1 ? ", " : "") "(" slot_type ")a[" p - 1 "]." member_of(kind)
    }
    if (parameter_count[i] > 0) print "};"
    if (answers == "ANSWERS_STATUS" && codes_of(i, 0) !~ /ERR_/) fault(name ": the comment lists no DENOISE_ERR_...")
    if (answers !~ /STATUS|NOTHING|PART/) check_neutral(i, name)
    printf "static void base_of_%s(world *w, argument *a)\n{\n%s    (void)w;\n    (void)a;\n}\n", name, base
    printf "static void call_%s(const argument *a, answer *r)\n{\n    (void)a;\n    (void)r;\n    %s%s(%s);\n}\n", name, \
        assignment(answers, function_return[i]), name, call
    printf "static const int32_t codes_of_%s[] = %s;\n\n", name, answers ~ /STATUS|PART/ ? code_list(codes_of(i, 0)) : "{-1}"
}

# The @param text, with that of the function that it refers to ("as for denoise_tensor_new()").
function whole_doc(i, name,    text, other) {
    text = param_doc(function_doc[i], name)
    if (text !~ /^as (for )?denoise_/) return text
    match(text, /denoise_[a-z_0-9]+/)
    other = substr(text, RSTART, RLENGTH)
    return other in function_index ? text " " param_doc(function_doc[function_index[other]], name) : text
}

function check_neutral(i, name,    p) {
    for (p = 1; p <= parameter_count[i]; p++) {
        split_declaration(parameter[i, p])
        if (kind_of(slot_type, "", name) == "SLOT_OBJECT" && neutral(function_doc[i], "for NULL") == "" && \
            null_rule("SLOT_OBJECT", param_doc(function_doc[i], slot_name)) != "NULL_ALLOWED") {
            fault(name ": the comment does not say \"... for NULL\"")
        }
    }
}

function assignment(answers, type) {
    if (answers ~ /STATUS|WHOLE/) return "r->whole = "
    if (answers == "ANSWERS_REAL") return "r->real = "
    if (answers == "ANSWERS_NOTHING") return ""
    if (answers == "ANSWERS_TEXT") return "r->text = "
    return type ~ /^const/ ? "r->pointer = (void *)(uintptr_t)" : "r->pointer = "
}

function write_row(i,    name, type, kind, part) {
    name = function_name[i]
    type = base_type(function_return[i])
    kind = answer_kind(name, function_return[i], function_doc[i])
    part = kind ~ /PART|POINTER/ && function_doc[i] !~ /borrowed/ && ((type "_free") in function_index)
    printf "    {%s, %s, %s, %s, %d, base_of_%s, call_%s, codes_of_%s, %s, %s, %s, %s, %s, %s},\n", quoted(name), \
        quoted(function_header[i]), kind, (parameter_count[i] > 0 ? "slots_of_" name : "NULL"), parameter_count[i], name, name, name, \
        quoted(neutral(function_doc[i], "for NULL")), quoted(neutral(function_doc[i], "out of range")), \
        part ? "free_" type : "NULL", \
        kind == "ANSWERS_PART" && ((type "_status") in function_index) ? "status_of_" type : "NULL", \
        (name ~ /_free$/ ? "true" : "false"), \
        (name ~ /_keep$/ ? "free_" substr(name, 1, length(name) - 5) : "NULL")
}

function write_frees(    name, type) {
    for (name in function_index) {
        if (name !~ /^denoise_[a-z_]+_free$/) continue
        type = substr(name, 1, length(name) - 5)
        printf "static void free_%s(void *object)\n{\n    %s(object);\n}\n", type, name
        if (!((type "_status") in function_index)) continue
        printf "static denoise_status status_of_%s(const void *object)\n{\n    return %s_status(object);\n}\n", type, type
    }
    print ""
}

END {
    if (rules == 0 || functions < 100) fault("only " functions + 0 " functions and " rules + 0 " rules were read")
    for (i = 1; i <= functions; i++) parse_function(i)
    print "/* Made by generate.awk from the public headers; not to be edited. */"
    print "#include \"misuse/call.h\"\n"
    write_frees()
    for (i = 1; i <= functions; i++) {
        for (j = 1; j <= parameter_count[i]; j++) {
            split_declaration(parameter[i, j])
            is_taken[base_type(slot_type)] = 1
        }
    }
    # What no function takes is made by the library, for functions of the caller's.
    for (i = 1; i <= structs; i++) if (struct_order[i] in is_taken) write_struct(struct_order[i])
    for (i = 1; i <= functions; i++) write_function(i)
    print "const call_row call_rows[] = {"
    for (i = 1; i <= functions; i++) write_row(i)
    printf "};\nconst int call_row_count = %d;\n", functions
    for (i = 1; i <= rules; i++) {
        if (!(i in rule_used)) fault("values.txt: nothing needs " rule_key[i])
    }
    exit faults > 0
}
