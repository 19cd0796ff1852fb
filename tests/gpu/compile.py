#!/usr/bin/env python3
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compiles the GPU family for real GPUs, none of which is needed, and fails where one would run it badly.

    compile.py PROGRAMS [--verbose]

PROGRAMS is a command that prints the programs the engine builds, a file and its options each, separated by a tab;
kernels are read from the folder kernels/. Targets are NVIDIA's sm_75, sm_86 and sm_90 (clang and libclc make PTX,
ptxas says what becomes of it) and AMD's gfx1030 and gfx1100 (clang and ROCm's device libraries). A kernel is bad
when it spills registers, when it keeps arrays in memory that every thread has for itself, when fewer than 512
threads are resident on a multiprocessor (4 waves on a SIMD), or when its work-groups have more than 256 items.

What is missing is said, and what could be checked is checked; the exit status is 77 when that is nothing.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

KERNELS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "kernels")
CLANG = "clang-15"
LIBCLC = "/usr/lib/clc/nvptx64--nvidiacl.bc"
DEVICE_LIBS = "/usr/lib/x86_64-linux-gnu/amdgcn/bitcode"
MAX_GROUP = 256
MIN_THREADS = 512
MIN_WAVES = 4


@dataclass
class Multiprocessor:
    """Registers, local memory and threads of one, by the CUDA C++ Programming Guide's table of compute capabilities."""
    threads: int
    groups: int
    local_bytes: int
    registers: int = 65536


NVIDIA = {"sm_75": Multiprocessor(1024, 16, 64 << 10), "sm_86": Multiprocessor(1536, 16, 100 << 10),
          "sm_90": Multiprocessor(2048, 32, 228 << 10)}
AMD = ("gfx1030", "gfx1100")
# clang 15 knows no newer PTX target with a libclc; the code is the same, ptxas takes it for any later one
PTX_TARGET = "sm_75"
# of local memory, which CUDA keeps for itself, a group
RESERVED = 1024


@dataclass
class Kernel:
    arch: str
    name: str
    group: int
    registers: int
    spilled: int
    stack: int
    local_bytes: int
    resident: int               # threads on a multiprocessor, or waves on a SIMD,
    least: int                  # which are to be so many

    def faults(self):
        if self.spilled:
            yield f"{self.spilled} bytes or registers spilled"
        if self.stack:
            yield f"{self.stack} bytes of private memory"
        if self.resident < self.least:
            yield f"{self.resident} resident, less than {self.least}"
        if self.group > MAX_GROUP:
            yield f"work-groups of {self.group}"


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def source_of(file):
    """As engine/program.c puts it together."""
    parts = ["common.h"]
    if os.path.dirname(file):
        parts.append(os.path.join(os.path.dirname(file), "common.h"))
    return "\n".join(open(os.path.join(KERNELS, part)).read() for part in parts + [file])


def clang(source, options, *more):
    return run([CLANG, "-x", "cl", "-O3", "-Xclang", "-finclude-default-header", "-Wno-linker-warnings", *options,
                *more, source])


def group_sizes(text):
    """Kernel → items of its work-group."""
    pattern = r"(?:__kernel\s+)?__attribute__\(\(reqd_work_group_size\((.*?), 1, 1\)\)\)\s+(?:__kernel\s+)?void\s+(\w+)"
    return {name: eval(size.replace("/", "//"), {}) for size, name in re.findall(pattern, text)}


def total(pattern, text):
    return sum(int(n) for n in re.findall(pattern, text))


def resident_threads(sm, group, registers, local_bytes):
    warps = (group + 31) // 32
    by_registers = sm.registers // ((registers + 7) // 8 * 8 * 32) // warps
    by_local = sm.local_bytes // (local_bytes + RESERVED)
    return min(by_registers, by_local, sm.threads // (32 * warps), sm.groups) * group


def compile_nvidia(source, options, sizes, folder):
    ptx = os.path.join(folder, "a.ptx")
    clang(source, options, "-target", "nvptx64-nvidia-cuda", "-Xclang", "-target-cpu", "-Xclang", PTX_TARGET, "-Xclang",
          "-mlink-builtin-bitcode", "-Xclang", LIBCLC, "-S", "-o", ptx)
    with open(ptx) as file:
        text = file.read()
    for name, size in sizes.items():
        # NVIDIA's own compiler passes reqd_work_group_size on; clang does not
        text = re.sub(rf"(\.entry {name}\([^)]*\))", rf"\1 .reqntid {size}", text)
    with open(ptx, "w") as file:
        file.write(text)
    for arch, sm in NVIDIA.items():
        log = run(["ptxas", f"-arch={arch}", "-v", "-o", os.devnull, ptx])
        for part in log.split("Compiling entry function '")[1:]:
            name = part.split("'")[0]
            registers, local_bytes = total(r"Used (\d+) registers", part), total(r"(\d+) bytes smem", part)
            yield Kernel(arch, name, sizes[name], registers, total(r"(\d+) bytes spill", part),
                         total(r"(\d+) bytes stack", part), local_bytes,
                         resident_threads(sm, sizes[name], registers, local_bytes), MIN_THREADS)


def device_libs_for(arch, libs):
    """`libs`, a new folder, with the libraries in it. Those of Debian 12 do not know gfx1100, for which those of
    gfx1030 stand in: all that differs is the number of the architecture."""
    os.mkdir(libs)
    for file in os.listdir(DEVICE_LIBS):
        os.symlink(os.path.join(DEVICE_LIBS, file), os.path.join(libs, file))
    own = os.path.join(libs, f"oclc_isa_version_{arch[3:]}.bc")
    if not os.path.exists(own):
        os.symlink(os.path.join(DEVICE_LIBS, "oclc_isa_version_1030.bc"), own)
    return libs


def compile_amd(source, options, sizes, folder):
    for arch in AMD:
        libs = device_libs_for(arch, os.path.join(folder, arch))
        log = clang(source, options, "-target", "amdgcn-amd-amdhsa", f"-mcpu={arch}", f"--rocm-device-lib-path={libs}",
                    "-Rpass-analysis=kernel-resource-usage", "-S", "-o", os.path.join(folder, f"{arch}.s"))
        for part in log.split("remark: Function Name: ")[1:]:
            name = part.split()[0]
            number = lambda what: int(re.search(rf"{what}[^:\n]*: (\d+)", part).group(1))
            yield Kernel(arch, name, sizes[name], number("VGPRs"), number("VGPRs Spill"),
                         number("ScratchSize"), number("LDS Size"), number("Occupancy"), MIN_WAVES)


def compilers():
    """What can be checked here; says what cannot."""
    found = []
    if not shutil.which(CLANG):
        print(f"skipped, there is no {CLANG}: everything")
        return found
    if not os.path.exists(LIBCLC):
        print(f"skipped, there is no {LIBCLC}: NVIDIA")
    elif not shutil.which("ptxas"):
        print("skipped, there is no ptxas (it comes with CUDA): NVIDIA")
    else:
        found.append(compile_nvidia)
    if not os.path.isdir(DEVICE_LIBS):
        print(f"skipped, there is no {DEVICE_LIBS}: AMD")
    else:
        found.append(compile_amd)
    return found


def preprocessed(program):
    """What the compilers get to see: programs that differ in options alone are often the same."""
    file, options = program
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, os.path.basename(file))
        with open(source, "w") as out:
            out.write(source_of(file))
        return run([CLANG, "-x", "cl", "-E", "-P", *options.split(), source])


def check(job):
    """The kernels of a program, by one compiler."""
    text, options, compile_for = job
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "program.cl")
        with open(source, "w") as out:
            out.write(text)
        return list(compile_for(source, [o for o in options.split() if not o.startswith("-D")], group_sizes(text),
                                folder))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs")
    parser.add_argument("--verbose", action="store_true", help="print every kernel")
    args = parser.parse_args()
    by = compilers()
    if not by:
        return 77
    # what a driver says while it compiles is on the other stream
    listed = subprocess.run([args.programs], stdout=subprocess.PIPE, text=True, check=True).stdout
    programs = [line.split("\t") for line in listed.splitlines()]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        distinct = dict(zip(pool.map(preprocessed, programs), programs))
        jobs = [(text, options, compile_for) for compile_for in by for text, (_, options) in distinct.items()]
        found = list(pool.map(check, jobs))
    bad = 0
    for (text, _, _), kernels in zip(jobs, found):
        what = " ".join(distinct[text])
        for k in kernels:
            faults = list(k.faults())
            bad += bool(faults)
            if faults or args.verbose:
                print(f"{'bad' if faults else 'ok '} {k.arch} {what}: {k.name}: {k.group} items, "
                      f"{k.registers} registers, "
                      f"{k.local_bytes} bytes of local memory, {k.resident} resident{': ' if faults else ''}"
                      + "; ".join(faults))
    count = sum(map(len, found))
    archs = sorted({k.arch for kernels in found for k in kernels})
    print(f"{len(programs)} programs, {len(distinct)} of them distinct, for {', '.join(archs)}: {count} kernels, "
          f"{bad} bad")
    return 1 if bad or not count else 0


if __name__ == "__main__":
    sys.exit(main())
