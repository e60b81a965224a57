"""The fixpoint with CUDD, by the package `dd` of PyPI; `src/main.rs` starts this.

The model comes from standard input, in the form that `start_cudd` writes. As in `src/binary.rs`:
values in binary, a second variable for what comes next beside each bit, one relation for each
event, events chained from the deepest, and from there again whenever one brings something new.
"""

import sys
import time

try:
    from dd import cudd
except ImportError:
    print("no `dd.cudd` in this Python")
    sys.exit()


def numbers():
    return [int(word) for word in sys.stdin.readline().split()]


def resident(name):
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith(name):
                return int(line.split()[1])
    return 0


def read_events():
    events = []
    while count := numbers():
        parts = []
        for _ in range(count[0]):
            variables = numbers()
            cases = [numbers() for _ in range(numbers()[0])]
            width = len(variables)
            parts.append((variables, [(case[:width], case[width:]) for case in cases]))
        events.append(parts)
    return events


def main():
    sizes, initial, events = numbers(), numbers(), read_events()
    before = resident("VmRSS:")
    begin = time.monotonic()
    bdd = cudd.BDD()
    bdd.configure(reordering=False)
    starts = [0]
    for size in sizes:
        starts.append(starts[-1] + (size - 1).bit_length())
    for bit in range(starts[-1]):
        bdd.add_var(f"n{bit}")
        bdd.add_var(f"x{bit}")

    def bits(variable):
        return range(starts[variable], starts[variable + 1])

    def cube(variables, values, kind):
        chosen = {}
        for variable, value in zip(variables, values):
            for place, bit in enumerate(reversed(bits(variable))):
                chosen[f"{kind}{bit}"] = bool(value >> place & 1)
        return bdd.cube(chosen)

    relations = []
    for parts in events:
        relation, touched = bdd.true, []
        for variables, cases in parts:
            either = bdd.false
            for old, new in cases:
                either |= cube(variables, old, "n") & cube(variables, new, "x")
            relation &= either
            touched += [bit for variable in variables for bit in bits(variable)]
        now = [f"n{bit}" for bit in touched]
        back = {f"x{bit}": f"n{bit}" for bit in touched}
        relations.append((min(touched), relation, now, back))
    relations.sort(key=lambda event: -event[0])

    found = cube(range(len(sizes)), initial, "n")
    at = unchanged = 0
    while unchanged < len(relations):
        _, relation, now, back = relations[at]
        following = found | bdd.let(back, cudd.and_exists(found, relation, now))
        if following == found:
            unchanged += 1
            at = (at + 1) % len(relations)
        else:
            found, unchanged, at = following, 0, 0
    # `count` is a float beyond 2**53: counted here, exactly, over the bits of what is now.
    known = {}

    def level(node):
        return 2 * starts[-1] if node.var is None else node.level

    def count(node):
        """Over the bits from the node's own on; every second level is for what comes next."""
        if node == bdd.true:
            return 1
        if node == bdd.false:
            return 0
        if int(node) not in known:
            total = 0
            for child in (node.low, node.high):
                child = ~child if node.negated else child
                total += count(child) << (level(child) - level(node) - 2) // 2
            known[int(node)] = total
        return known[int(node)]

    total = count(found) << level(found) // 2
    seconds = time.monotonic() - begin
    print(total, len(found), f"{seconds:.3f}", resident("VmHWM:") - before)


main()
