"""What independent readers say about registry hives.

Reads a JSON object from standard input: `hives` (a list of {`path`, `asked`: [[key, value name]],
`log`}) and `readers` (any of `regipy`, `hivexml`, `hivexget`). Prints one JSON object a line, in
the same order: `path`, and for each reader `keys`, the number of keys that it walked (null for
hivexget, which looks up one value at a time), and `values`, as {key: {name: content}}. Strings are
strings and numbers are numbers, lists of strings are lists, and bytes are {type: hexadecimal
digits}; null is what a reader does not say. A reader that fails gives `error` alone.

regipy and hivexml walk every key of the hive; hivexget is asked for each value of `asked`. Where
`log` is a path, regipy applies it first; the others know nothing of logs.
"""

import base64
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

from regipy.recovery import apply_transaction_logs
from regipy.registry import RegistryHive

HIVEX_TYPES = {
    "binary": "REG_BINARY",
    "none": "REG_NONE",
    "resource-list": "REG_RESOURCE_LIST",
}


def read_regipy(path, asked, log):
    if log is not None:
        with tempfile.TemporaryDirectory() as folder:
            whole = os.path.join(folder, "hive")
            apply_transaction_logs(path, log, restored_hive_path=whole)
            return read_regipy(whole, asked, None)
    hive = RegistryHive(path)
    values, count = {}, 0

    def walk(key, name):
        nonlocal count
        count += 1
        # Without `trim_values`, contents would end after 256 characters.
        read = key.iter_values(trim_values=False)
        found = {name_of(value): content_of(value) for value in read}
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


def name_of(value):
    return "" if value.name == "(default)" else value.name


def content_of(value):
    if value.is_corrupted:
        raise ValueError(f"{value.name} is corrupted")
    if value.value_type in ("REG_SZ", "REG_EXPAND_SZ", "REG_DWORD", "REG_QWORD", "REG_MULTI_SZ"):
        return value.value
    if value.value_type == "REG_DWORD_BIG_ENDIAN":
        return None  # It gives an empty text.
    content = value.value
    return {value.value_type: content.hex() if isinstance(content, bytes) else content}


def read_hivexml(path, _asked, _log):
    done = subprocess.run(["hivexml", path], capture_output=True, check=False)
    if done.returncode:
        raise ValueError(done.stderr.decode(errors="replace").strip())
    values, count = {}, 0

    def walk(node, name):
        nonlocal count
        count += 1
        found = {}
        for value in node.findall("value"):
            found[value.get("key", "")] = content_of_element(value, name)
        if found:
            values[name] = found
        for child in node.findall("node"):
            walk(child, f"{name}\\{child.get('name')}" if name else child.get("name"))

    walk(ElementTree.fromstring(done.stdout).find("node"), "")
    return {"keys": count, "values": values}


def content_of_element(value, name):
    kind, content = value.get("type"), value.get("value")
    if kind == "string-list":
        texts = [text.text or "" for text in value.findall("string")]
        # The empty text that ends the list.
        return texts[:-1] if texts[-1:] == [""] else texts
    if kind in HIVEX_TYPES and value.get("encoding") == "base64":
        return {HIVEX_TYPES[kind]: base64.b64decode(content or "").hex()}
    if value.get("encoding"):
        raise ValueError(f"{name}: a value that is no plain text")
    if kind == "int32":
        return int(content) % 2**32  # It prints signed numbers.
    if kind == "int64":
        return int(content) % 2**64
    if kind not in ("string", "expand"):
        raise ValueError(f"{name}: a value of the type {kind}")
    return content


def read_hivexget(path, asked, _log):
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
            answer[reader] = READERS[reader](hive["path"], hive["asked"], hive.get("log"))
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
