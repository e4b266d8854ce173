# SPDX-License-Identifier: Apache-2.0
"""parse_with_cffi.py compiler include ...: cffi accepts the preprocessed umbrella header. Exit 77: no cffi here."""
import re
import subprocess
import sys

try:
    import cffi
except ImportError:
    print("cffi is not installed")
    sys.exit(77)

command = [sys.argv[1], "-std=c11", "-E", "-x", "c", "-"] + ["-I" + folder for folder in sys.argv[2:]]
text = subprocess.run(command, input="#include <denoise/denoise.h>\n", capture_output=True, text=True, check=True).stdout
own, lines = False, []
for line in text.splitlines():
    marker = re.match(r'# \d+ "([^"]*)"', line)
    if marker:
        own = "/denoise/" in marker.group(1)
    elif own:
        lines.append(line)
declarations = re.sub(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)", "", "\n".join(lines))
cffi.FFI().cdef(declarations)
functions = len(re.findall(r"\bdenoise_\w+\s*\(", declarations))
print(functions, "functions")
sys.exit(0 if functions else 1)
