#!/usr/bin/env python3
"""Is iisutil.dll older than the operating system? A rule of patchstate that is a program.

    patchstate verify --command "python3 -I -S examples/older_than_os.py {folder}"
    patchstate verify examples/older-than-os.external.toml

The argument is a folder that holds WINDOWS. Exit code 0: all is well, 1: a mismatch. With an object
on standard output, the program can say more: {"status": "not-applicable", "reason": "..."}.
"""

import json
import struct
import sys
from pathlib import Path


def revision(path):
    """The last number of the fixed version of a file, or None where there is no such file."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    at = data.index(struct.pack("<II", 0xFEEF04BD, 0x10000))
    return struct.unpack_from("<I", data, at + 12)[0] & 0xFFFF


def lineage(number):
    """The service pack that a revision belongs to."""
    return 0 if number < 1830 else 1 if number < 3959 else 2


system = Path(sys.argv[1]) / "WINDOWS" / "system32"
kernel = revision(system / "ntoskrnl.exe")
found = revision(system / "inetsrv" / "iisutil.dll")
if found is None:
    print(json.dumps({"status": "not-applicable", "reason": "there is no iisutil.dll"}))
elif lineage(found) < lineage(kernel):
    print(json.dumps({"status": "mismatch", "reason": f"iisutil.dll {found}, system {kernel}"}))
    sys.exit(1)
