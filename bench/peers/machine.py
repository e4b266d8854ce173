# SPDX-License-Identifier: Apache-2.0
"""The machine: what it is, and how undisturbed it was during a sample."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds() -> tuple[float, float]:
    """Seconds that the processors worked, and that the host took from them (steal), since the start."""
    user, nice, system, _, _, irq, softirq, steal = (int(v) for v in Path("/proc/stat").read_text().split("\n")[0].split()[1:9])
    return (user + nice + system + irq + softirq) / TICK, steal / TICK


def process_seconds(pid: int) -> float:
    """Processor seconds of all threads of a process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICK


def describe(cpus: list[int]) -> dict[str, Any]:
    info = Path("/proc/cpuinfo").read_text().splitlines()
    field = lambda name: next((line.partition(":")[2].strip() for line in info if line.startswith(name)), "")
    flags = field("flags").split()
    huge = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    return {
        "cpu": field("model name"),
        "family_model": f"{field('cpu family')}/{field('model')}".replace("\t", ""),
        "isa": [f for f in ("avx2", "fma", "avx512f", "asimd") if f in flags],
        "cpus": cpus,
        "cpus_of_machine": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "huge_pages": huge.read_text().strip() if huge.exists() else "",
        "load": os.getloadavg(),
        "steal_seconds": cpu_seconds()[1],
    }
