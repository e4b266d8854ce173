#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# platform.sh root [objects]: lib/core/platform alone knows the operating system, the compiler's own language and, with
# lib/kernels, the CPU.
# - Every other file of lib includes nothing but ISO C11's headers, the project's own, and those of zlib, libpng and the BLAS.
#   Headers of CPUs' instructions belong into lib/kernels.
# - Nobody else asks by the preprocessor which system or CPU it is on, or shows what headers hide.
# - The folder stands alone: its files include each other only, and its headers name the system in one place, <system>/types.h.
# - Read are also the object files below `objects` (the build's folder lib), where no macro and no declaration of one's own hides a
#   call: outside the folder they may use what ISO C11 has, less what is the system's business: files, clocks, locale, signals.
set -eu
root=$1 objects=${2-}

find "$root/lib" -name '*.[ch]' | LC_ALL=C sort | awk -v root="$root" '
function complain(text) { printf "%s:%d: %s\n", short, line, text; bad++ }
function check_include(name) {
    if (name ~ /^denoise\/[a-z_]+\.h$/ && !is_platform) return
    if (name in iso || name in third && !is_platform) return
    if (name ~ /intrin\.h$|^arm_[a-z]+\.h$|^altivec\.h$|^riscv_/) {
        if (!knows_cpu) complain("<" name "> belongs into lib/kernels")
        return
    }
    if (!is_platform) complain("<" name "> is no header of ISO C11; what it is for belongs behind a header of lib/core/platform")
    else if (short ~ /^lib\/core\/platform\/[a-z_]*\.h$/) complain("<" name "> in a header that all systems share")
}
BEGIN {
    n = split("assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdatomic " \
              "stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar wctype", names, " ")
    for (i = 1; i <= n; i++) iso[names[i] ".h"] = 1
    third["zlib.h"] = third["png.h"] = third["cblas.h"] = 1
    systems = "_GNU_SOURCE|_DEFAULT_SOURCE|_BSD_SOURCE|_POSIX|_XOPEN|_DARWIN|__BSD|__linux|__gnu_linux|__APPLE__|__MACH__|_WIN(32|64)|" \
              "__WIN|__unix|__FreeBSD|__NetBSD|__OpenBSD|__DragonFly|__CYGWIN|__MINGW|__ANDROID|__EMSCRIPTEN|__wasi|__sun|__HAIKU|__GLIBC"
    cpus = "__x86_64|__amd64|__i386|_M_(IX86|X64|ARM)|__SSE|__AVX|__FMA__|__aarch64|__arm__|__ARM|__powerpc|__PPC|__riscv|__s390|__wasm"
}
{
    file = $0
    short = substr(file, length(root) + 2)
    is_platform = short ~ /^lib\/core\/platform\//
    knows_cpu = is_platform || short ~ /^lib\/kernels\//
    files++
    line = 0
    while ((getline text < file) > 0) {
        line++
        if (text ~ /^[ \t]*(\/\*|\*|\/\/)/) continue
        directive = text ~ /^[ \t]*(#|%:|\?\?=)/
        if (directive && text ~ /(include_next|import)/) complain("only plain #include")
        else if (directive && text ~ /^[ \t]*(#|%:|\?\?=)[ \t]*include/) {
            name = text
            sub(/^[^<"]*/, "", name)
            mark = substr(name, 1, 1)
            if (mark == "") { # the registries name their lists of kinds so
                if (short != "lib/registry.inc.h") complain("an include that a macro names")
                continue
            }
            name = substr(name, 2)
            sub(/[>"].*/, "", name)
            if (mark == "<") check_include(name)
            else if (is_platform && name !~ /^core\/platform\//) complain("lib/core/platform stands alone and may not include " name)
            else if (!is_platform && name ~ /^core\/platform\/[a-z]+\//) complain("\"" name "\" is one system'\''s; include a header of core/platform")
        } else if (directive) {
            if (!is_platform && match(text, "(^|[^A-Za-z0-9_])(" systems ")")) complain("asks which system it is, or shows what headers hide")
            if (!knows_cpu && match(text, "(^|[^A-Za-z0-9_])(" cpus ")")) complain("asks which CPU it is")
            if (text ~ /^[ \t]*#[ \t]*\\$/) complain("a directive whose name is on the next line")
        }
        if (!knows_cpu && text ~ /(^|[^A-Za-z0-9_])(asm|__asm|__asm__|__builtin_[a-z]+|__attribute__|__attribute|__declspec)([^A-Za-z0-9_]|$)/)
            complain("the compiler'\''s own language")
    }
    close(file)
}
END {
    if (files == 0) { print "no sources found under " root "/lib"; exit 1 }
    if (bad) exit 1
    print files " files: lib/core/platform alone includes headers of the system"
}'

[ -n "$objects" ] || { echo "left out: the symbols of objects, which are instrumented or not given"; exit 0; }
find "$objects" -name '*.c.o' | LC_ALL=C sort | xargs nm -A -P | awk -v root="$root" -v objects="$objects" '
# path: name type ... -> the source below lib; empty for an object that is older than the removal of its source.
function source_of(object,    file, line) {
    if (object in sources) return sources[object]
    file = substr(object, length(objects) + 2)
    sub(/\.o$/, "", file)
    sub(/CMakeFiles\/[^\/]*\.dir\//, "", file)
    if ((getline line < (root "/lib/" file)) <= 0) file = ""
    return sources[object] = file
}
BEGIN {
    n = split("memchr memcmp memcpy memmove memset strcat strchr strcmp strcpy strcspn strlen strncat strncmp strncpy strpbrk strrchr " \
              "strspn strstr strtok bcmp " \
              "abs labs llabs div ldiv lldiv atof atoi atol atoll strtod strtof strtold strtol strtoll strtoul strtoull qsort bsearch " \
              "malloc calloc realloc free aligned_alloc getenv " \
              "isalnum isalpha isblank iscntrl isdigit isgraph islower isprint ispunct isspace isupper isxdigit tolower toupper " \
              "snprintf vsnprintf sscanf vsscanf " \
              "feclearexcept fegetenv fegetexceptflag fegetround feholdexcept feraiseexcept fesetenv fesetexceptflag fesetround " \
              "fetestexcept feupdateenv setjmp longjmp errno_location errno error", names, " ")
    for (i = 1; i <= n; i++) iso[names[i]] = 1
    n = split("acos asin atan atan2 cos sin tan acosh asinh atanh cosh sinh tanh exp exp2 expm1 frexp ilogb ldexp log log10 log1p log2 " \
              "logb modf scalbn scalbln cbrt fabs hypot pow sqrt erf erfc lgamma tgamma ceil floor nearbyint rint lrint llrint round " \
              "lround llround trunc fmod remainder remquo copysign nan nextafter nexttoward fdim fmax fmin fma", names, " ")
    for (i = 1; i <= n; i++) iso[names[i]] = iso[names[i] "f"] = iso[names[i] "l"] = 1
}
{
    object = $1
    sub(/:$/, "", object)
    source = source_of(object)
    if (source == "") next
    seen[source] = 1
    if ($3 != "U" || $2 ~ /^denoise_/ || source ~ /^core\/platform\//) next
    name = $2
    sub(/@.*/, "", name)
    used++
    # What compilers call on their own, and what the libraries of others are called.
    if (name ~ /^(_GLOBAL_OFFSET_TABLE_|__stack_chk_(fail|guard|fail_local)|__+tls_get_addr|__emutls_.*|\.TOC\.)$/) next
    if (name ~ /^__(u?(div|mod|divmod|mul|ashl|ashr|lshr|neg|cmp|float|fix)[a-z]*[sdtx][ifc][a-z0-9]*|aeabi_.*|atomic_.*|aarch64_.*|gnu_.*|x86\..*)$/) next
    if (name ~ /^_(save|rest)[a-z]*_?[0-9]+/ || name ~ /^__(asan|ubsan|tsan|msan|sanitizer|gcov|llvm|cyg)_/) next
    if (name ~ /^(inflate|deflate|crc32|adler32)[A-Za-z0-9_]*$/ || name ~ /^png_/ || name ~ /^cblas_/) next
    sub(/^__isoc(99|23)_/, "", name)
    sub(/^_+/, "", name)
    sub(/(_chk|_2)$/, "", name)
    if (!(name in iso)) { printf "lib/%s: uses %s, which ISO C11 does not have or which is the system'\''s; see lib/core/platform\n", source, $2; bad++ }
}
END {
    for (source in seen) count++
    if (count == 0 || used == 0) { print "no objects found"; exit 1 }
    if (bad) exit 1
    print count " sources use ISO C11 alone, except those of lib/core/platform"
}'
