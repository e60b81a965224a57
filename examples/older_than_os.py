#!/usr/bin/env python3
r"""Is iisutil.dll older than the operating system? A rule of patchstate that is a program.

    patchstate verify --command "python3 -I -S examples/older_than_os.py {folder}" \
        --reads system32/ntoskrnl.exe,system32/inetsrv/iisutil.dll
    patchstate verify examples/older-than-os.external.toml
    patchstate verify examples/older-than-os-lines.external.toml

The argument is a folder that holds WINDOWS. Exit code 0: all is well, 1: a mismatch. With an object
on standard output, the program can say more: {"status": "not-applicable", "reason": "..."}.

With --lines it stays: it reads a folder a line and writes such an object a line, with the folder in
it, which saves the start of Python for each of thousands of folders.
"""

import json
import mmap
import struct
import sys
from pathlib import Path


def revision(path):
    """The last number of the fixed version of a file, or None where there is no such file."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return None
    # The kernel has megabytes, and resources are at the end: what stands before is not read.
    with file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = data.rfind(struct.pack("<II", 0xFEEF04BD, 0x10000))
        if at < 0:
            raise ValueError(f"{path} has no version")
        return struct.unpack_from("<I", data, at + 12)[0] & 0xFFFF


def lineage(number):
    """The service pack that a revision belongs to."""
    return 0 if number < 1830 else 1 if number < 3959 else 2


def judge(folder):
    """What is to be said of a folder."""
    system = Path(folder) / "WINDOWS" / "system32"
    kernel = revision(system / "ntoskrnl.exe")
    found = revision(system / "inetsrv" / "iisutil.dll")
    if found is None:
        return {"status": "not-applicable", "reason": "there is no iisutil.dll"}
    if lineage(found) < lineage(kernel):
        return {"status": "mismatch", "reason": f"iisutil.dll {found}, system {kernel}"}
    return {"status": "consistent"}


if sys.argv[1] == "--lines":
    for line in sys.stdin:
        folder = line.rstrip("\n")
        # The folder says which question it is the answer to.
        print(json.dumps({"folder": folder, **judge(folder)}), flush=True)
else:
    answer = judge(sys.argv[1])
    print(json.dumps(answer))
    sys.exit(1 if answer["status"] == "mismatch" else 0)
