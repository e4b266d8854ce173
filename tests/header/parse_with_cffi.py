# SPDX-License-Identifier: Apache-2.0
"""parse_with_cffi.py compiler include ...: cffi accepts the preprocessed umbrella header. Exit 77: no cffi here."""
import re
import subprocess
import sys


def declarations(compiler, folders):
    """The public headers' own text, preprocessed, without attributes: what cffi's cdef() takes."""
    command = [compiler, "-std=c11", "-E", "-x", "c", "-"] + ["-I" + folder for folder in folders]
    text = subprocess.run(command, input="#include <denoise/denoise.h>\n", capture_output=True, text=True, check=True).stdout
    own, lines = False, []
    for line in text.splitlines():
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            own = "/denoise/" in marker.group(1)
        elif own:
            lines.append(line)
    return re.sub(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)", "", "\n".join(lines))


def main():
    try:
        import cffi
    except ImportError:
        print("cffi is not installed")
        return 77
    text = declarations(sys.argv[1], sys.argv[2:])
    cffi.FFI().cdef(text)
    functions = len(re.findall(r"\bdenoise_\w+\s*\(", text))
    print(functions, "functions")
    return 0 if functions else 1


if __name__ == "__main__":
    sys.exit(main())
