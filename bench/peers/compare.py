# SPDX-License-Identifier: Apache-2.0
"""Runs libdenoise and its peers side by side and prints one table; bench/peers/run makes the environment and calls this."""

from __future__ import annotations

import argparse
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import convolutions
import machine
from prepare import prepare
from ratios import interval

HERE = Path(__file__).resolve().parent
FAULTS_ALLOWED = 0.02  # change of the clock across a sample
OTHERS_ALLOWED = (0.03, 0.05)  # processor seconds of other processes: so many, and so many for each second of the sample
BENDS = ("OPENBLAS_", "OMP_", "GOMP_", "KMP_", "MKL_", "XLA_", "TF_", "KERAS_", "JAX_", "TORCH", "DENOISE_", "LD_PRELOAD")
PAUSE = 0.06  # before a sample: spinning pools go to sleep
START_LIMIT, ANSWER_LIMIT = 60.0, 240.0
LOSS_RANGES = {"w1": 0.25, "w2": 0.08} | {key: n.loss_range for key, n in convolutions.TRAININGS.items()}  # relative
CHECK_RANGE = 1e-4  # absolute, of W3's and W4's fingerprint
MEMORY = "dncnn_train_memory"
SHAPES = "conv_shapes"
CONVOLUTIONAL = (*convolutions.NETWORKS, SHAPES)


@dataclass
class Peer:
    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()  # workloads that it cannot do
    note: str = ""


def peers(python: str) -> list[Peer]:
    def script(name: str) -> list[str]:
        return [python, str(HERE / f"peer_{name}.py")]

    torch = script("torch")
    return [
        Peer("Keras on TensorFlow", script("keras"), {"KERAS_BACKEND": "tensorflow"}, without=(SHAPES,)),
        Peer("Keras on JAX", script("keras"), {"KERAS_BACKEND": "jax"}, without=(SHAPES,)),
        Peer("PyTorch eager", torch),
        Peer(
            "PyTorch compiled",
            torch,
            {"PEER_TORCH_COMPILE": "1"},
            without=("w4", SHAPES),
            note="W4: starts slower than eager; single convolutions: the same kernels",
        ),
        Peer("JAX", script("jax"), without=CONVOLUTIONAL),
        Peer("ONNX Runtime", script("onnxruntime"), without=("w1", "w2", *convolutions.TRAININGS, SHAPES)),
        Peer(
            "scikit-learn",
            script("sklearn"),
            without=CONVOLUTIONAL,
            note="W1 without accuracy; W2 without sigmoid, squared error: less work",
        ),
    ]


@dataclass(frozen=True)
class Workload:
    key: str
    command: str
    threads: int
    title: str
    unit: str
    show: str  # key of the sample that the table shows
    factor: float = 1.0


def convolution_workloads(threads: int) -> list[Workload]:
    def workload(key: str, title: str, unit: str = "s", show: str = "seconds", factor: float = 1.0) -> Workload:
        return Workload(key, key, threads, title, unit, show, factor)

    return [
        workload("conv_autoencoder", "C1 autoencoder, 60,000 images"),
        workload("dncnn_predict", "C2 DnCNN, picture of 256x256"),
        workload("dncnn_train", "C3 DnCNN, step of training"),
        workload("unet_train", "U-Net, 60,000 images"),
        workload("lenet_train", "LeNet-5, 60,000 images"),
        workload("conv_one_image", "C1 one image", "us", "p50_us"),
        workload("conv_shapes", "single convolutions, sum", "ms", "seconds", 1e3),
    ]


WORKLOADS = [
    Workload("w1", "w1", 2, "W1 classifier epoch", "s", "seconds"),
    Workload("w2", "w2", 2, "W2 autoencoder epoch", "s", "seconds"),
    Workload("w3_batch", "w3_batch", 2, "W3 10,000 images", "1000 images/s", "images_per_second", 1e-3),
    Workload("w3_one", "w3_one", 2, "W3 one image", "us", "p50_us"),
    *convolution_workloads(2),
    Workload("w3_batch", "w3_batch", 1, "W3 10,000 images", "1000 images/s", "images_per_second", 1e-3),
    Workload("w3_one", "w3_one", 1, "W3 one image", "us", "p50_us"),
    *convolution_workloads(1),
    Workload("w4", "", 2, "W4 start to first prediction", "s", "seconds"),
]


class PeerFailed(Exception):
    pass


class Unsupported(Exception):
    pass


def environment_of(peer: Peer, threads: int, folder: Path) -> dict[str, str]:
    """The caller's environment, less what would bend a peer, plus the number of threads in each library's own words."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(BENDS)}
    count = str(threads)
    words = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "DENOISE_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
    return {
        **kept,
        **dict.fromkeys(words, count),
        "CUDA_VISIBLE_DEVICES": "",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "JAX_PLATFORMS": "cpu",
        "KERAS_HOME": str(folder / "keras"),
        "TORCHINDUCTOR_CACHE_DIR": str(folder / "inductor"),
        "PYTHONDONTWRITEBYTECODE": "1",
        **peer.environment,
    }


def spawn(peer: Peer, threads: int, cpus: list[int], folder: Path, *extra: str) -> subprocess.Popen[str]:
    """A driver on the first `threads` of the processors. taskset instead of a function in the child: a process made by
    vfork() starts faster."""
    pin = ["taskset", "-c", ",".join(str(cpu) for cpu in cpus[:threads])]
    log = open(folder / f"{peer.name.replace(' ', '_')}.log", "a")
    with log:
        return subprocess.Popen(
            [*pin, *peer.command, str(folder), "--threads", str(threads), *extra],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            bufsize=1,
            close_fds=False,
            env=environment_of(peer, threads, folder),
        )


def read_answer(process: subprocess.Popen[str], limit: float) -> dict[str, Any]:
    if not select.select([process.stdout], [], [], limit)[0]:
        process.kill()
        raise PeerFailed(f"no answer within {limit:.0f} s")
    line = process.stdout.readline()
    if not line:
        raise PeerFailed(f"ended with status {process.wait()}, see its log")
    result = json.loads(line)
    if result.get("unsupported"):
        raise Unsupported
    if "error" in result:
        raise PeerFailed(result["error"])
    return result


class Live:
    """A driver that runs and waits."""

    def __init__(self, peer: Peer, threads: int, cpus: list[int], folder: Path) -> None:
        self.peer = peer
        self.process = spawn(peer, threads, cpus, folder)

    def ask(self, command: str, limit: float = ANSWER_LIMIT) -> dict[str, Any]:
        try:
            self.process.stdin.write(command + "\n")
        except (BrokenPipeError, ValueError):
            raise PeerFailed("driver is gone, see its log") from None
        return read_answer(self.process, limit)

    def close(self) -> None:
        try:
            self.process.stdin.write("quit\n")
            self.process.wait(10)
        except (BrokenPipeError, ValueError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()


@dataclass
class Cell:
    """A workload of a peer: the samples of both sides, pair by pair."""

    workload: Workload
    peer: Peer
    ours: list[dict[str, Any]] = field(default_factory=list)
    theirs: list[dict[str, Any]] = field(default_factory=list)
    disturbed: int = 0
    retried: int = 0
    failure: str = ""
    check: str = ""

    def ratios(self) -> list[float]:
        """Times that ours is faster."""
        return [theirs["seconds"] / ours["seconds"] for ours, theirs in zip(self.ours, self.theirs)]


class Comparison:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.folder: Path = options.folder
        self.cpus: list[int] = options.cpus
        self.ours = Peer("libdenoise", [str(options.ours)])
        self.peers = [p for p in peers(sys.executable) if not options.only or any(o in p.name.lower() for o in options.only)]
        self.end = time.monotonic() + options.minutes * 60
        self.cells: list[Cell] = []
        self.failures: dict[str, str] = {}
        self.versions: dict[str, Any] = {}
        self.memory: dict[str, float] = {}
        self.conv_memory: dict[str, float] = {}
        self.clock: Live | None = None
        self.saved = False

    def say(self, text: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)

    def late(self) -> bool:
        return time.monotonic() > self.end

    # ---- One sample ----

    def measured(self, sample: Callable[[], dict[str, Any]], pid: int) -> dict[str, Any]:
        """A sample with the machine's state around it."""
        time.sleep(PAUSE)
        before = self.clock.ask("speed")["nanoseconds"]
        busy, steal = machine.cpu_seconds()
        own, start = machine.process_seconds(pid), time.monotonic()
        result = sample()
        wall = time.monotonic() - start
        own = machine.process_seconds(pid) - own if "cpu" not in result else result["cpu"]
        busy_after, steal_after = machine.cpu_seconds()
        after = self.clock.ask("speed")["nanoseconds"]
        others = busy_after - busy - own
        disturbed = steal_after > steal or abs(after / before - 1) > FAULTS_ALLOWED
        disturbed = disturbed or others > OTHERS_ALLOWED[0] + OTHERS_ALLOWED[1] * wall
        state = {"clock_ns": [before, after], "steal": steal_after - steal, "others": max(0.0, others)}
        return {**result, "state": state, "disturbed": disturbed}

    def pair(self, cell: Cell, ours: Any, theirs: Any, flip: bool) -> tuple[dict[str, Any], dict[str, Any]]:
        """One sample of each side, next to each other; every second pair begins with the other side: A B B A."""
        if flip:
            second = theirs()
            return ours(), second
        return ours(), theirs()

    def measure(self, cell: Cell, ours: Any, theirs: Any, index: int) -> None:
        """A pair; a disturbed one of predictions is taken again, once. Epochs are not: both networks would be a step ahead."""
        a, b = self.pair(cell, ours, theirs, index % 2 == 1)
        again = cell.workload.key not in LOSS_RANGES and cell.retried < self.options.pairs
        if again and (a["disturbed"] or b["disturbed"]) and not self.late():
            cell.retried += 1
            a, b = self.pair(cell, ours, theirs, index % 2 == 1)
        cell.disturbed += a["disturbed"] or b["disturbed"]
        cell.ours.append(a)
        cell.theirs.append(b)

    # ---- Rounds ----

    def start_all(self, threads: int) -> dict[str, Live]:
        live = {}
        for peer in self.peers:
            if peer.name in self.failures:
                continue
            driver = Live(peer, threads, self.cpus, self.folder)
            try:
                self.versions.setdefault(peer.name, driver.ask("versions", START_LIMIT))
                live[peer.name] = driver
            except (PeerFailed, Unsupported, json.JSONDecodeError) as error:
                self.failures[peer.name] = str(error)
                driver.close()
        return live

    def rounds(self, cells: list[Cell], one_pair: Any) -> None:
        """Pair by pair, all peers in turn, so that the machine's drift falls on all alike."""
        for index in range(self.options.pairs):
            for cell in cells:
                if cell.failure:
                    continue
                if self.late():
                    cell.failure = "" if cell.ours else "no time was left"
                    continue
                try:
                    one_pair(cell, index)
                except (PeerFailed, json.JSONDecodeError, KeyError) as error:
                    cell.failure = str(error)

    def live_workload(self, workload: Workload, live: dict[str, Live], ours: Live) -> None:
        cells = []
        slots = {peer.name: i for i, peer in enumerate(self.peers)}
        command = lambda cell: f"{workload.command} {slots[cell.peer.name]}"
        for peer in self.peers:
            if workload.key in peer.without:
                continue
            cell = Cell(workload, peer, failure=self.failures.get(peer.name, ""))
            self.cells.append(cell)
            if cell.failure or self.late():
                cell.failure = cell.failure or "no time was left"
                continue
            try:  # memory, compilers, caches: the first epochs are not counted
                for _ in range(self.options.warm):
                    live[peer.name].ask(command(cell))
                    ours.ask(command(cell))
                    if workload.key == "w1":
                        self.memory.setdefault(peer.name, live[peer.name].ask("memory")["mb"])
                        self.memory.setdefault(self.ours.name, ours.ask("memory")["mb"])
                cells.append(cell)
            except Unsupported:
                self.cells.remove(cell)
            except (PeerFailed, json.JSONDecodeError) as error:
                cell.failure = str(error)

        def one_pair(cell: Cell, index: int) -> None:
            def sample(driver: Live) -> Any:
                return lambda: self.measured(lambda: driver.ask(command(cell)), driver.process.pid)

            self.measure(cell, sample(ours), sample(live[cell.peer.name]), index)

        self.say(f"{workload.title}, {workload.threads} threads: {len(cells)} peers, {self.options.pairs} pairs")
        self.rounds(cells, one_pair)

    def live_workloads(self, threads: int) -> None:
        workloads = [w for w in WORKLOADS if w.threads == threads and w.command and self.wanted(w)]
        if not workloads or threads not in self.options.threads:
            return
        self.say(f"starting the drivers with {threads} threads")
        ours = Live(self.ours, threads, self.cpus, self.folder)
        self.clock = ours
        live: dict[str, Live] = {}
        try:
            self.versions.setdefault(self.ours.name, ours.ask("versions", START_LIMIT))
            live = self.start_all(threads)
            self.save_models(live)
            for workload in workloads:
                self.live_workload(workload, live, ours)
        finally:
            for driver in [ours, *live.values()]:
                driver.close()

    def save_models(self, live: dict[str, Live]) -> None:
        if self.saved:
            return
        self.saved = True
        for name, driver in live.items():
            try:
                driver.ask("save")
            except (PeerFailed, Unsupported, json.JSONDecodeError) as error:
                self.failures[name] = f"save: {error}"

    def first_sample(self, peer: Peer) -> dict[str, Any]:
        start = time.perf_counter()
        process = spawn(peer, 2, self.cpus, self.folder, "--first")
        try:
            result = read_answer(process, START_LIMIT)
            seconds = time.perf_counter() - start
            result |= read_answer(process, START_LIMIT)
            cpu = machine.process_seconds(process.pid)
        finally:
            process.stdin.close()
            process.wait()
        return {"seconds": seconds, "cpu": cpu, **result}

    def first_predictions(self) -> None:
        workload = next(w for w in WORKLOADS if w.key == "w4")
        if not self.wanted(workload):
            return
        if not self.saved:  # W4 alone
            live = self.start_all(2)
            self.save_models(live)
            for driver in live.values():
                driver.close()
        self.clock = Live(self.ours, 2, self.cpus, self.folder)
        cells = []
        for peer in self.peers:
            if "w4" not in peer.without:
                cells.append(Cell(workload, peer, failure=self.failures.get(peer.name, "")))
        self.cells += cells
        for peer in [self.ours, *(c.peer for c in cells if not c.failure)]:
            try:  # files into the page cache
                self.first_sample(peer)
            except (PeerFailed, json.JSONDecodeError):
                pass  # seen again below

        def one_pair(cell: Cell, index: int) -> None:
            sample = lambda peer: lambda: self.measured(lambda: self.first_sample(peer), 0)
            self.measure(cell, sample(self.ours), sample(cell.peer), index)

        self.say(f"{workload.title}: {len(cells)} peers, {self.options.pairs} pairs")
        self.rounds(cells, one_pair)
        self.clock.close()

    def training_memory(self) -> None:
        """Peak memory of a process that trains DnCNN for two steps."""
        if self.options.workloads and MEMORY not in self.options.workloads:
            return
        self.say("memory of DnCNN's training")
        for peer in [self.ours, *self.peers]:
            process = spawn(peer, 2, self.cpus, self.folder, "--memory")
            try:
                self.conv_memory[peer.name] = read_answer(process, ANSWER_LIMIT)["mb"]
            except Unsupported:
                pass
            except (PeerFailed, json.JSONDecodeError) as error:
                self.failures[f"{peer.name}, memory"] = str(error)
            finally:
                process.stdin.close()
                process.wait()

    def wanted(self, workload: Workload) -> bool:
        return not self.options.workloads or workload.key in self.options.workloads

    # ---- Equal work ----

    def check(self, cell: Cell) -> None:
        """The last loss of both sides after the same number of epochs; the fingerprint of both sides' predictions."""
        if not cell.theirs:
            return
        ours, theirs = cell.ours[-1], cell.theirs[-1]
        key = cell.workload.key
        if key in LOSS_RANGES:
            name = "val_loss" if key == "w2" else "loss"
            if name not in theirs:
                cell.check = "another loss"
                return
            right = abs(theirs[name] / ours[name] - 1) <= LOSS_RANGES[key]
            cell.check = f"{name} {ours[name]:.4f} / {theirs[name]:.4f}"
        elif key == SHAPES:
            right = ours["microseconds"].keys() == theirs["microseconds"].keys()
            cell.check = f"{len(ours['microseconds'])} convolutions, see below"
        elif key in convolutions.PREDICTIONS:
            right = abs(theirs["check"] / ours["check"] - 1) <= convolutions.PREDICTION_RANGE
            cell.check = f"output {ours['check']:.5g} / {theirs['check']:.5g}"
        else:
            right = abs(theirs["check"] - ours["check"]) <= CHECK_RANGE
            cell.check = f"output {ours['check']:.4f} / {theirs['check']:.4f}"
        if not right:
            cell.check += " WRONG"

    def run(self) -> int:
        described = machine.describe(self.cpus)
        self.live_workloads(2)
        self.live_workloads(1)
        self.first_predictions()
        self.training_memory()
        for cell in self.cells:
            self.check(cell)
        described["steal_seconds"] = machine.cpu_seconds()[1] - described["steal_seconds"]
        described["load_after"] = os.getloadavg()
        report(self, described)
        return int(any("WRONG" in cell.check or cell.failure for cell in self.cells))


# ---- The table ----


def row_of(cell: Cell) -> list[str]:
    w = cell.workload
    head = [w.title, str(w.threads) if w.key != "w4" else "", cell.peer.name]
    if not cell.ours:
        return [*head, "", "", "", "", "", f"FAILED: {cell.failure}"]
    shown = lambda samples: f"{median(s[w.show] * w.factor for s in samples):.4g}"
    ratio = interval(cell.ratios())
    check = cell.check + (f"; FAILED later: {cell.failure}" if cell.failure else "")
    if w.key in ("w3_one", "conv_one_image"):
        check += f"; p99 {median(s['p99_us'] for s in cell.ours):.3g} / {median(s['p99_us'] for s in cell.theirs):.3g} us"
    if w.key == "w3_batch":
        check += f"; batch {cell.ours[0]['batch']} / {cell.theirs[0]['batch']}"
    if w.key == "w4":
        check += f"; peak {median(s['mb'] for s in cell.ours):.0f} / {median(s['mb'] for s in cell.theirs):.0f} MB"
    pairs = f"{len(cell.ours)}" + (f" ({cell.disturbed} disturbed)" if cell.disturbed else "")
    span = f"{ratio.low:.2f}-{ratio.high:.2f}"
    return [*head, f"{shown(cell.ours)} {w.unit}", shown(cell.theirs), f"{ratio.middle:.2f}", span, pairs, check]


def print_table(rows: list[list[str]]) -> None:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for number, row in enumerate(rows):
        print("| " + " | ".join(text.ljust(width) for text, width in zip(row, widths)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def print_shapes(cell: Cell) -> None:
    """Each convolution's medians, and the median of the pairs' ratios."""
    flops = {s.name: s.flops() for s in convolutions.read_shapes()}
    rows = [["convolution", "ours us", "peer's us", "ratio", "interval", "GFLOP/s ours", "peer's"]]
    for name in cell.ours[0]["microseconds"]:
        ours, theirs = ([sample["microseconds"][name] for sample in samples] for samples in (cell.ours, cell.theirs))
        ratio = interval([b / a for a, b in zip(ours, theirs)])
        mine, other = median(ours), median(theirs)
        count = flops[name.removesuffix(".training")] * (3 if name.endswith(".training") else 1) * 1e-3
        row = [name, f"{mine:.1f}", f"{other:.1f}", f"{ratio.middle:.2f}", f"{ratio.low:.2f}-{ratio.high:.2f}"]
        rows.append([*row, f"{count / mine:.0f}", f"{count / other:.0f}"])
    print(f"\nSingle convolutions, {cell.workload.threads} threads, {cell.peer.name}:\n")
    print_table(rows)


def report(run: Comparison, described: dict[str, Any]) -> None:
    print(
        f"{described['cpu']} ({', '.join(described['isa'])}), processors {run.cpus} of {described['cpus_of_machine']}, "
        f"load {described['load'][0]:.1f} -> {described['load_after'][0]:.1f}, steal {described['steal_seconds']:.2f} s"
    )
    for name, versions in run.versions.items():
        print(f"{name}: " + ", ".join(f"{k} {v}" for k, v in versions.items()))
    print("\nratio: times that libdenoise is faster, median of the pairs' ratios; interval: 95 % or more from 6 pairs on\n")
    head = ["workload", "threads", "peer", "libdenoise", "peer's", "ratio", "interval", "pairs", "ours / theirs"]
    print_table([head, *(row_of(cell) for cell in run.cells)])
    if run.memory:
        print("\nPeak memory after the first epochs of W1, MB: " + ", ".join(f"{k} {v:.0f}" for k, v in run.memory.items()))
    if run.conv_memory:
        print(
            f"\n{MEMORY}: two steps of batch {convolutions.PATCHES}, peak MB: "
            + ", ".join(f"{k} {v:.0f}" for k, v in run.conv_memory.items())
        )
    for cell in run.cells:
        if cell.workload.key == SHAPES and cell.ours:
            print_shapes(cell)
    for peer in run.peers:
        if peer.note:
            print(f"{peer.name}: {peer.note}")
    wrong = [f"{c.workload.title}, {c.peer.name}: {c.check}" for c in run.cells if "WRONG" in c.check]
    for text in wrong:
        print(f"NOT EQUAL WORK: {text}")
    cells = [
        {
            "workload": c.workload.key,
            "threads": c.workload.threads,
            "peer": c.peer.name,
            "failure": c.failure,
            "check": c.check,
            "disturbed": c.disturbed,
            "ratio": interval(c.ratios())._asdict() if c.ours else None,
            "ours": c.ours,
            "theirs": c.theirs,
        }
        for c in run.cells
    ]
    result = {"machine": described, "versions": run.versions, "train_memory_mb": run.memory}
    result |= {MEMORY: run.conv_memory, "cells": cells}
    run.options.json.write_text(json.dumps(result, indent=1) + "\n")
    print(f"all samples: {run.options.json}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="run", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="for the data, models and logs")
    parser.add_argument("--ours", type=Path, required=True, help="the program peer_ours")
    parser.add_argument("--json", type=Path, help="result (default: result.json in the folder)")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--warm", type=int, default=2, help="rounds before the pairs that are not counted (default 2)")
    parser.add_argument("--minutes", type=float, default=60, help="after so many no further pair begins (default 60)")
    numbers = lambda text: [int(value) for value in text.split(",")]
    parser.add_argument("--cpus", type=numbers, help="two processors, as 0,1")
    parser.add_argument("--threads", type=numbers, default=[1, 2], help="of 1,2 (both); W4 is measured with 2")
    parser.add_argument("--only", type=lambda t: t.lower().split(","), help="peers whose names hold one of these words")
    keys = ",".join(dict.fromkeys([*(w.key for w in WORKLOADS), MEMORY]))
    parser.add_argument("--workloads", type=lambda t: t.split(","), help=f"of {keys}")
    options = parser.parse_args()
    options.folder = options.folder.resolve()
    options.cpus = options.cpus or sorted(os.sched_getaffinity(0))[:2]
    options.json = options.json or options.folder / "result.json"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    data = os.environ.get("DENOISE_DATA_DIR") or cache / "denoise/mnist"
    if len(options.cpus) < 2:
        parser.error("two processors are needed")
    try:
        prepare(options.folder, Path(data))
    except FileNotFoundError as error:
        parser.error(str(error))
    for log in options.folder.glob("*.log"):
        log.unlink()
    return Comparison(options).run()


if __name__ == "__main__":
    sys.exit(main())
