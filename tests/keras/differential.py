# SPDX-License-Identifier: Apache-2.0
"""Runs cases by both and compares; see run and README.md."""
import argparse
import collections
import json
import pathlib
import sys
import tempfile
import time

import compare
import draw
import on_keras
import on_library
import rules
from library import Library


def unknown_kinds(library):
    """Kinds of the library that no case is drawn from."""
    return ["%s %s" % (noun, kind) for noun, kinds in draw.KINDS.items() for kind in library.kinds(noun)
            if kind not in kinds + draw.NOT_DRAWN.get(noun, [])]


class Session:
    def __init__(self, library, folder):
        self.library, self.folder = library, folder
        self.extras = {kind: library.kind_params("optimizer", kind) for kind in draw.KINDS["optimizer"]}
        self.counts = collections.Counter()

    def keras(self, case, **how):
        return on_keras.Run(case, self.folder, **how).all()

    def case(self, seed, number):
        """What is left of the differences of one case, with what was compared."""
        case = draw.draw_case(seed, number, self.extras)
        seen, found = self.keras(case), on_library.Run(case, self.folder, self.library).all()
        left = compare.differences(seen, found)
        if dict(seen).get("refused") is not None:
            self.counts["refused by both" if not left else "refused by one"] += 1
        if left:
            left = rules.explain(case, seen, found, left, lambda **how: self.keras(case, **how), self.counts)
        return case, seen, found, left


def show(case, seen, found, left):
    print("== seed %d case %d ==  (tests/keras/run --seed %d --case %d)" % (case["seed"], case["case"], case["seed"], case["case"]))
    print(json.dumps(case))
    for name, pair in (("keras", seen), ("library", found)):
        for what, value in pair:
            if "history" in what or what == "refused":
                print("  %-8s%s: %s" % (name, what, value))
    for difference in left[:12]:
        print("  " + str(difference))
    if len(left) > 12:
        print("  ... and %d more" % (len(left) - 12))
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--compiler", default="cc")
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", type=int)
    arguments = parser.parse_args()
    library = Library(arguments.build, arguments.compiler)
    unknown = unknown_kinds(library)
    if unknown:
        print("kinds that no case is drawn from (tests/keras/draw.py):", ", ".join(unknown))
    numbers = range(arguments.first, arguments.first + arguments.cases)
    if arguments.case is not None:
        numbers = [arguments.case]
    start, failed = time.time(), []
    with tempfile.TemporaryDirectory() as folder:
        session = Session(library, folder)
        for count, number in enumerate(numbers, 1):
            case, seen, found, left = session.case(arguments.seed, number)
            if left or arguments.case is not None:
                show(case, seen, found, left)
            if left:
                failed.append(number)
            if count % 50 == 0:
                print("%d cases, %d differ, %.0f s" % (count, len(failed), time.time() - start), flush=True)
    print("seed %d, cases %d to %d: %d cases, %d differ%s; %.0f s" % (
        arguments.seed, numbers[0], numbers[-1], len(numbers), len(failed), " " + str(failed) if failed else "",
        time.time() - start))
    for rule, count in sorted(session.counts.items()):
        print("  %-40s %d" % (rule, count))
    return 1 if failed or unknown else 0


if __name__ == "__main__":
    sys.exit(main())
