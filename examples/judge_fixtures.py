"""Judges the trees of `patchstate fixtures iis-fits-os --out DIR` without patchstate.

Usage: python3 examples/judge_fixtures.py DIR (needs pefile and regipy). Prints what is expected of
each tree and what was found, and ends with exit code 1 where these differ.
"""

import bisect
import json
import pathlib
import sys

import pefile
from regipy.registry import RegistryHive

LEVELS = ["RTM", "Service Pack 1", "Service Pack 2"]
FIRST = [0, 1830, 3959]  # the last number of the first version of each


def version(image):
    info = image.VS_FIXEDFILEINFO[0]
    words = (info.FileVersionMS >> 16, info.FileVersionMS, info.FileVersionLS >> 16)
    return tuple(word & 0xFFFF for word in (*words, info.FileVersionLS))


def judge(windows):
    images = {path.name: pefile.PE(path) for path in windows.glob("system32/inetsrv/*")}
    if not images:
        return "not-applicable"
    exports = {name: {symbol.name for symbol in image.DIRECTORY_ENTRY_EXPORT.symbols}
               for name, image in images.items() if hasattr(image, "DIRECTORY_ENTRY_EXPORT")}
    imports = [(dll.dll.decode().lower(), symbol.name) for image in images.values()
               for dll in getattr(image, "DIRECTORY_ENTRY_IMPORT", []) for symbol in dll.imports]
    if any(dll in exports and name not in exports[dll] for dll, name in imports):
        return "broken"
    hive = RegistryHive(windows / "system32/config/software")
    keys = [{value["name"]: value["value"] for value in key.values}
            for key in hive.recurse_subkeys(as_json=True)]
    level = LEVELS.index(next((key["CSDVersion"] for key in keys if "CSDVersion" in key), "RTM"))
    if any(bisect.bisect(FIRST, version(image)[3]) - 1 != level for image in images.values()):
        return "mismatch"
    recorded = [(images[key["FileName"]], key["Version"]) for key in keys
                if key.get("FileName") in images]
    if any(version(image) < tuple(map(int, text.split("."))) for image, text in recorded):
        return "drift"
    return "consistent"


def main(folder):
    told = json.loads((folder / "fixtures.json").read_text())
    found = [(tree, judge(folder / tree["folder"] / "WINDOWS")) for tree in told["fixtures"]]
    for tree, status in found:
        print(f"{tree['folder']}: expected {tree['status']}, found {status}")
    return any(tree["status"] != status for tree, status in found) or not found


sys.exit(main(pathlib.Path(sys.argv[1])))
