"""What independent readers say about PE files.

Reads a JSON object from standard input: `files` (paths) and `readers` (any of `pefile`, `lief`,
`yara-x`, `llvm-readobj`, `objdump`). Prints one JSON object a line, in the order of the files:
`path`, and for each reader the facts that it gives, in the shape of `patchstate inspect --json`. A
fact that a reader does not give is left out; a reader that fails gives `error` alone. `complaints`
is what a reader finds wrong with the file.

Nothing here knows how patchstate reads a file. Where two readers mean different things by the
same word, the difference is levelled here, each with its reason.
"""

import array
import json
import multiprocessing
import re
import subprocess
import sys

import lief
import pefile
import yara_x

MACHINES = {0x14C: "i386", 0x8664: "amd64", 0x200: "ia64"}
ORDINAL_COUNT_MAX = 65536
RT_VERSION = 16
# A file may carry its version in many languages. patchstate documents which one it takes: the
# neutral one, else English, else the first. That is a choice and not a reading, so it is made
# here, too.
PREFERRED_LANGUAGES = (0, 0x409)


def text_of(name):
    """Names as patchstate prints them: what is not UTF-8 as \\xNN, a backslash as two."""
    if isinstance(name, str):
        return name
    try:
        return name.decode("utf-8").replace("\\", "\\\\")
    except UnicodeDecodeError:
        escaped = name.replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")
        return escaped


def version_of(high, low):
    return f"{high >> 16}.{high & 0xFFFF}.{low >> 16}.{low & 0xFFFF}"


def preferred(languages):
    """Index of the version resource that counts."""
    for language in PREFERRED_LANGUAGES:
        if language in languages:
            return languages.index(language)
    return 0


def imports_of(entries):
    """Imports as (dll, delayed, [names and ordinals]), merged by DLL."""
    merged = {}
    for dll, delayed, symbols in entries:
        names, ordinals = merged.setdefault((dll.lower(), delayed), (set(), set()))
        for symbol in symbols:
            (ordinals if isinstance(symbol, int) else names).add(symbol)
    return [
        {"dll": dll, "delayed": delayed, "names": sorted(names), "ordinals": sorted(ordinals)}
        for (dll, delayed), (names, ordinals) in sorted(merged.items())
    ]


def exports_of(symbols):
    """Exports from (ordinal, name or None, forwarder or None)."""
    symbols = list(symbols)
    named = {ordinal for ordinal, name, _ in symbols if name is not None}
    forwarded = {}
    for ordinal, name, target in symbols:
        if target is not None and (name is not None or ordinal not in named):
            forwarded[f"#{ordinal}" if name is None else name] = target
    return {
        "count": len({ordinal for ordinal, _, _ in symbols}),
        "names": sorted({name for _, name, _ in symbols if name is not None}),
        "forwarded": forwarded,
    }


# --- pefile ---------------------------------------------------------------------------------------


def read_pefile(path):
    # Not raised, pefile stops at 8192 exports without a word, and leaves out the last DLLs of a
    # file with thousands of imports, whose two tables it counts together (QtWidgets.pyd of PyQt5;
    # lief reads all of them, as patchstate does).
    pefile.MAX_SYMBOL_EXPORT_COUNT = ORDINAL_COUNT_MAX
    pefile.MAX_IMPORT_SYMBOLS = ORDINAL_COUNT_MAX
    image = pefile.PE(
        path, fast_load=True, max_symbol_exports=ORDINAL_COUNT_MAX, max_repeated_symbol=65536
    )
    folders = ["EXPORT", "IMPORT", "DELAY_IMPORT", "RESOURCE", "BASERELOC"]
    numbers = [pefile.DIRECTORY_ENTRY[f"IMAGE_DIRECTORY_ENTRY_{name}"] for name in folders]
    image.parse_data_directories(directories=numbers)
    facts = {"machine": machine_of(image.FILE_HEADER.Machine)}
    facts.update(pefile_versions(image))
    facts["exports"] = exports_of(pefile_exports(image))
    facts["imports"] = imports_of(pefile_imports(image))
    facts["checksum_ok"] = image.OPTIONAL_HEADER.CheckSum == checksum(path, image)
    facts["complaints"] = image.get_warnings()
    image.close()
    return facts


def machine_of(number):
    return MACHINES.get(number, f"{number:#06x}")


def pefile_versions(image):
    fixed = getattr(image, "VS_FIXEDFILEINFO", None)
    if not fixed:
        return {"file_version": None, "product_version": None, "version_string": None}
    at = preferred(pefile_languages(image))
    fixed = fixed[at] if at < len(fixed) else fixed[0]
    tables = [
        table
        for block in image.FileInfo[at]
        if block.Key.rstrip(b"\0") == b"StringFileInfo"
        for table in block.StringTable
    ]
    strings = tables[0].entries if tables else {}
    string = strings.get(b"FileVersion")
    return {
        "file_version": version_of(fixed.FileVersionMS, fixed.FileVersionLS),
        "product_version": version_of(fixed.ProductVersionMS, fixed.ProductVersionLS),
        "version_string": None if string is None else string.decode("utf-8"),
    }


def pefile_languages(image):
    languages = []
    for kind in image.DIRECTORY_ENTRY_RESOURCE.entries:
        if kind.id == RT_VERSION:
            for name in kind.directory.entries:
                languages += [entry.id for entry in name.directory.entries]
                break
    return languages


def pefile_exports(image):
    table = getattr(image, "DIRECTORY_ENTRY_EXPORT", None)
    symbols = table.symbols if table else []
    return [
        (
            symbol.ordinal,
            None if symbol.name is None else text_of(symbol.name),
            None if symbol.forwarder is None else text_of(symbol.forwarder),
        )
        for symbol in symbols
    ]


def pefile_imports(image):
    for delayed in (False, True):
        folder = "DIRECTORY_ENTRY_DELAY_IMPORT" if delayed else "DIRECTORY_ENTRY_IMPORT"
        for entry in getattr(image, folder, []):
            symbols = [
                symbol.ordinal if symbol.import_by_ordinal else text_of(symbol.name)
                for symbol in entry.imports
                if symbol.import_by_ordinal or symbol.name is not None
            ]
            yield text_of(entry.dll), delayed, symbols


def checksum(path, image):
    """The checksum of a PE file. pefile's own loop takes minutes for large files; it is asked for
    small ones, and must then say the same."""
    with open(path, "rb") as file:
        content = file.read()
    offset = image.OPTIONAL_HEADER.get_field_absolute_offset("CheckSum")
    blank = bytearray(content)
    blank[offset : offset + 4] = bytes(4)
    if len(blank) % 2:
        blank.append(0)
    words = array.array("H", bytes(blank))
    if sys.byteorder == "big":
        words.byteswap()
    total = sum(words)
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    total += len(content)
    if len(content) < 1 << 17 and image.generate_checksum() != total:
        raise ValueError("two ways to compute the checksum differ")
    return total


# --- lief -----------------------------------------------------------------------------------------


def read_lief(path):
    image = lief.PE.parse(path)
    if image is None:
        raise ValueError("lief does not parse it")
    sound, why = lief.PE.check_layout(image)
    facts = {"machine": machine_of(image.header.machine.value & 0xFFFF)}
    facts.update(lief_versions(image))
    facts["exports"] = exports_of(lief_exports(image))
    facts["imports"] = imports_of(lief_imports(image))
    facts["checksum_ok"] = image.optional_header.checksum == image.compute_checksum()
    facts["complaints"] = [] if sound else [why]
    return facts


def lief_versions(image):
    none = {"file_version": None, "product_version": None, "version_string": None}
    manager = image.resources_manager
    if isinstance(manager, lief.lief_errors):
        return none
    versions = list(manager.version)
    if not versions:
        return none
    chosen = preferred(lief_languages(image))
    version = versions[chosen if chosen < len(versions) else 0]
    fixed, strings = version.file_info, version.string_file_info
    if fixed is None:
        return none
    entries = strings.children[0].entries if strings and strings.children else []
    found = [entry.value for entry in entries if entry.key == "FileVersion"]
    return {
        "file_version": version_of(fixed.file_version_ms, fixed.file_version_ls),
        "product_version": version_of(fixed.product_version_ms, fixed.product_version_ls),
        "version_string": found[0] if found else None,
    }


def lief_languages(image):
    for kind in image.resources.childs:
        if kind.id == RT_VERSION:
            for name in kind.childs:
                return [leaf.id for leaf in name.childs]
    return []


def lief_exports(image):
    table = image.get_export()
    if not table:
        return []
    folder = image.data_directory(lief.PE.DataDirectory.TYPES.EXPORT_TABLE)
    symbols = []
    for entry in table.entries:
        inside = folder.rva <= entry.function_rva < folder.rva + folder.size
        if entry.is_forwarded:
            to = entry.forward_information
            symbols.append((entry.ordinal, entry.name, f"{to.library}.{to.function}"))
        elif inside:
            # lief gives a nameless forwarder the name of its target.
            symbols.append((entry.ordinal, None, entry.name))
        elif entry.function_rva:
            symbols.append((entry.ordinal, entry.name or None, None))
    return symbols


def lief_imports(image):
    for delayed, entries in ((False, image.imports), (True, image.delay_imports)):
        for entry in entries:
            symbols = [
                symbol.ordinal if symbol.is_ordinal else symbol.name for symbol in entry.entries
            ]
            yield entry.name, delayed, symbols


# --- yara-x ---------------------------------------------------------------------------------------

CHECKSUM_RULE = 'import "pe" rule sound { condition: pe.calculate_checksum() == pe.checksum }'


def read_yara(path):
    """yara-x gives the string of the version and not the fixed one."""
    with open(path, "rb") as file:
        content = file.read()
    facts = yara_x.Module("pe").invoke(content)
    if not facts or not facts.get("is_pe"):
        raise ValueError("yara-x says that it is no PE file")
    strings = {entry["key"]: entry["value"] for entry in facts.get("version_info_list", [])}
    return {
        "machine": machine_of(YARA_MACHINES[facts["machine"]]),
        "version_string": strings.get("FileVersion"),
        "exports": exports_of(yara_exports(facts)),
        "imports": imports_of(yara_imports(facts)),
        "checksum_ok": bool(yara_x.compile(CHECKSUM_RULE).scan(content).matching_rules),
        "complaints": [],
    }


YARA_MACHINES = {"MACHINE_I386": 0x14C, "MACHINE_AMD64": 0x8664, "MACHINE_IA64": 0x200}


def yara_exports(facts):
    for export in facts.get("export_details", []):
        target = export.get("forward_name")
        # An address of zero is a gap in the numbering, not an export; yara-x lists it.
        if export.get("rva") or target:
            yield export["ordinal"], export.get("name"), target


def yara_imports(facts):
    for field, delayed in (("import_details", False), ("delayed_import_details", True)):
        for entry in facts.get(field, []):
            # An import by ordinal has a made-up name as well.
            symbols = [one.get("ordinal", one.get("name")) for one in entry.get("functions", [])]
            yield entry["library_name"], delayed, symbols


# --- binutils and LLVM ----------------------------------------------------------------------------


def printed(*command):
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise ValueError(done.stderr.strip() or f"ends with {done.returncode}")
    return done.stdout, [line for line in done.stderr.splitlines() if line.strip()]


def read_llvm_readobj(path):
    """llvm-readobj 14 does not print where a forwarder leads: only names are asked for."""
    output, complaints = printed(
        "llvm-readobj", "--file-headers", "--coff-exports", "--coff-imports", path
    )
    names, imports, machine = set(), [], None
    ordinal = name = None
    used = False
    for line in output.splitlines():
        field, _, value = (part.strip() for part in line.partition(":"))
        if line == "Export {":
            ordinal, name, used = None, None, False
        elif line in ("Import {", "DelayImport {"):
            imports.append(["", line.startswith("Delay"), []])
        elif line == "}" and ordinal is not None:
            # An address of zero is a gap in the numbering, not an export; llvm-readobj lists it.
            if used and name is not None:
                names.add(name)
            ordinal = None
        elif line == "  Ordinal: " + value and field == "Ordinal":
            ordinal = int(value)
        elif field == "Machine":
            machine = machine_of(int(value[value.index("(") + 1 : -1], 16))
        elif field == "Name" and line.startswith("  "):
            if ordinal is not None:
                name = value or None
            elif imports:
                imports[-1][0] = value
        elif field == "ForwardedTo":
            used = True
        elif field == "RVA":
            used = int(value, 16) != 0
        elif field == "Symbol":
            symbol, _, number = value.rpartition("(")
            imports[-1][2].append(symbol.strip() or int(number.rstrip(")")))
    facts = {"machine": machine, "imports": imports_of(imports), "complaints": complaints}
    facts["export_names"] = sorted(names)
    return facts


def read_objdump(path):
    """objdump prints no delayed imports, and `<none>` in the place of the name for an import by
    ordinal; the names are asked for."""
    output, complaints = printed("objdump", "-p", path)
    tables = output.partition("The Import Tables")[2]
    tables = tables.partition("The Export Tables")[0].partition("The Function Table")[0]
    imports = []
    for line in tables.splitlines():
        dll = re.match(r"\s*DLL Name: (.*)", line)
        member = re.match(r"\s+[0-9a-f]+\s+(?:<none>\s+)?([0-9a-f]+)\s+(\S+)$", line)
        if member and member.group(2) == "<none>":
            continue
        if dll:
            imports.append((dll.group(1), False, []))
        elif member and imports:
            imports[-1][2].append(member.group(2))
    names = re.findall(r"^\t\[ *\d+\](?: \+base\[ *\d+\])?\s+(?:[0-9a-f]{4} )?(\S+)$",
                       output.partition("[Ordinal/Name Pointer] Table")[2], re.M)
    names_of = {entry["dll"]: entry["names"] for entry in imports_of(imports)}
    return {"import_names": names_of, "export_names": sorted(names), "complaints": complaints}


READERS = {
    "pefile": read_pefile,
    "lief": read_lief,
    "yara-x": read_yara,
    "llvm-readobj": read_llvm_readobj,
    "objdump": read_objdump,
}


def read(task):
    path, readers = task
    answer = {"path": path}
    for reader in readers:
        try:
            answer[reader] = READERS[reader](path)
        except Exception as error:  # Whatever a reader trips over is its answer.
            answer[reader] = {"error": f"{type(error).__name__}: {error}"}
    return answer


def main():
    lief.logging.disable()
    request = json.load(sys.stdin)
    tasks = [(path, request["readers"]) for path in request["files"]]
    with multiprocessing.Pool() as pool:
        for answer in pool.imap(read, tasks, chunksize=4):
            print(json.dumps(answer))


if __name__ == "__main__":
    main()
