"""What independent readers say about registry hives.

Reads a JSON object from standard input: `hives` (a list of {`path`, `asked`: [[key, value name]]})
and `readers` (any of `regipy`, `hivexml`, `hivexget`). Prints one JSON object a line, in the same
order: `path`, and for each reader `keys`, the number of keys that it walked (null for hivexget,
which looks up one value at a time), and `values`, as {key: {name: content}}. Strings are strings
and numbers are numbers. A reader that fails gives `error` alone.

regipy and hivexml walk every key of the hive; hivexget is asked for each value of `asked`.
"""

import json
import multiprocessing
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

from regipy.registry import RegistryHive


def read_regipy(path, _asked):
    hive = RegistryHive(path)
    values, count = {}, 0

    def walk(key, name):
        nonlocal count
        count += 1
        found = {value.name: content_of(value) for value in key.iter_values()}
        if len(found) != key.values_count:
            raise ValueError(f"{name}: {key.values_count} values announced, {len(found)} read")
        if found:
            values[name] = found
        below = list(key.iter_subkeys()) if key.subkey_count else []
        if len(below) != key.subkey_count:
            raise ValueError(f"{name}: {key.subkey_count} keys announced, {len(below)} read")
        for child in below:
            walk(child, f"{name}\\{child.name}" if name else child.name)

    walk(hive.root, "")
    return {"keys": count, "values": values}


def content_of(value):
    if value.is_corrupted:
        raise ValueError(f"{value.name} is corrupted")
    if value.value_type not in ("REG_SZ", "REG_EXPAND_SZ", "REG_DWORD"):
        raise ValueError(f"{value.name} has the type {value.value_type}")
    return value.value


def read_hivexml(path, _asked):
    done = subprocess.run(["hivexml", path], capture_output=True, check=False)
    if done.returncode:
        raise ValueError(done.stderr.decode(errors="replace").strip())
    values, count = {}, 0

    def walk(node, name):
        nonlocal count
        count += 1
        found = {}
        for value in node.findall("value"):
            content = value.get("value")
            if value.get("encoding"):
                raise ValueError(f"{name}: a value that is no plain text")
            kind = value.get("type")
            if kind not in ("string", "expand", "int32"):
                raise ValueError(f"{name}: a value of the type {kind}")
            found[value.get("key")] = int(content) if kind == "int32" else content
        if found:
            values[name] = found
        for child in node.findall("node"):
            walk(child, f"{name}\\{child.get('name')}" if name else child.get("name"))

    walk(ElementTree.fromstring(done.stdout).find("node"), "")
    return {"keys": count, "values": values}


def read_hivexget(path, asked):
    values = {}
    for key, name in asked:
        done = subprocess.run(
            ["hivexget", path, key, name], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise ValueError(f"{key}\\{name}: {done.stderr.strip()}")
        content = done.stdout.rstrip("\n")
        values.setdefault(key, {})[name] = content
    return {"keys": None, "values": values}


READERS = {"regipy": read_regipy, "hivexml": read_hivexml, "hivexget": read_hivexget}


def read(task):
    hive, readers = task
    answer = {"path": hive["path"]}
    for reader in readers:
        try:
            answer[reader] = READERS[reader](hive["path"], hive["asked"])
        except Exception as error:  # Whatever a reader trips over is its answer.
            answer[reader] = {"error": f"{type(error).__name__}: {error}"}
    return answer


def main():
    request = json.load(sys.stdin)
    tasks = [(hive, request["readers"]) for hive in request["hives"]]
    with multiprocessing.Pool() as pool:
        for answer in pool.imap(read, tasks):
            print(json.dumps(answer))


if __name__ == "__main__":
    main()
