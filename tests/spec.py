# SPDX-License-Identifier: GPL-2.0
"""Compares docs/netlink/memscope.yaml with kmod/uapi/memscope.h.

Prints where names or their order differ, and nothing where they agree. Reads the
lists of both by their form alone, so that no YAML library is needed.
"""
import re

header = open("kmod/uapi/memscope.h").read()
spec = open("docs/netlink/memscope.yaml").read()


def names(enum, prefix, skip=()):
    body = re.search(rf"enum {enum} {{(.*?)\n}};", header, re.S)[1]
    found = re.findall(rf"^\t{prefix}(\w+)", body, re.M)
    return [name.lower().replace("_", "-") for name in found if name not in skip]


def entries(name):
    part = re.search(rf"name: {name}\n.*?entries:\n((?: {{6}}- [^\n]*\n)+)", spec, re.S)[1]
    return re.findall(r"- (\S+)", part)


def compare(what, wanted, got):
    if wanted != got:
        print(f"{what}: the header has {wanted}, the specification {got}")


compare("probe", names("memscope_probe", "MEMSCOPE_PROBE_"), entries("probe"))
compare("attached", names("memscope_attached", "MEMSCOPE_ATTACHED_"), entries("attached"))
compare("path", names("memscope_path", "MEMSCOPE_PATH_"), entries("path"))
compare("event type", names("memscope_event_type", "MEMSCOPE_EVENT_", ("TYPES",)),
        entries("event-type"))
compare("counter", names("memscope_counter", "MEMSCOPE_COUNTER_"), entries("counter"))
attributes = spec[spec.index("attribute-sets:"):spec.index("\noperations:")]
compare("attributes", names("memscope_attr", "MEMSCOPE_A_", ("UNSPEC", "MAX")),
        re.findall(r"^ {8}name: (\S+)", attributes, re.M))
operations = spec[spec.index("\noperations:"):]
compare("operations", names("memscope_cmd", "MEMSCOPE_CMD_", ("UNSPEC", "MAX")),
        re.findall(r"^ {6}name: (\S+)", operations, re.M))
