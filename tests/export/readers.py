# SPDX-License-Identifier: GPL-2.0
"""Reads every export with its own reader, and compares with the report.

readers.py DIR: x.json (report --json --top 0) and x.FORMAT in DIR. Prints ok, not
ok or skip a check, as the topics of guests do.
"""
import csv
import json
import re
import shutil
import subprocess
import sys

folder = sys.argv[1]


def path(format):
    return f"{folder}/x.{format}"


def check(name, got, wanted):
    if got == wanted:
        print(f"ok {name}")
    else:
        print(f"not ok {name} - got {got}, wanted {wanted}")


report = json.load(open(path("json")))
totals, sites = report["totals"], report["sites"]


def folded():
    lines = open(path("folded")).read().splitlines()
    check("folded: live bytes", sum(int(line.rsplit(" ", 1)[1]) for line in lines),
          totals["live_bytes"])
    check("folded: outermost frame first, then the callee",
          all(re.match(r"\S.*;site_\d+ \d+$|site_\d+ \d+$", line) for line in lines), True)


def speedscope():
    document = json.load(open(path("speedscope")))
    keys = {"live": "live_bytes", "allocs": "allocs", "waste": "waste_bytes",
            "bytes": "alloc_bytes"}
    for profile in document["profiles"]:
        sums = sum(profile["weights"])
        check(f"speedscope: {profile['name']}: end value", profile["endValue"], sums)
        check(f"speedscope: {profile['name']}: a weight a sample",
              len(profile["weights"]), len(profile["samples"]))
        if profile["name"] in keys:
            check(f"speedscope: {profile['name']}: value", sums, totals[keys[profile["name"]]])
    frames = len(document["shared"]["frames"])
    check("speedscope: frames are there",
          all(0 <= frame < frames for profile in document["profiles"]
              for sample in profile["samples"] for frame in sample), True)


def chrome():
    events = json.load(open(path("chrome")))["traceEvents"]
    live = [event["args"]["bytes"] for event in events if event["name"] == "live bytes"]
    check("chrome: live bytes at the end", live[-1], totals["live_bytes"])
    check("chrome: phases", {event["ph"] for event in events} <= {"C", "X", "M"}, True)
    slices = [event for event in events if event["ph"] == "X"]
    check("chrome: a slice a site shown", len(slices), min(20, len(sites)))


def dhat():
    document = json.load(open(path("dhat")))
    points = document["pps"]
    check("dhat: bytes", sum(p["tb"] for p in points), totals["alloc_bytes"])
    check("dhat: blocks", sum(p["tbk"] for p in points), totals["allocs"])
    check("dhat: bytes at the peak", sum(p["gb"] for p in points), totals["peak_live_bytes"])
    check("dhat: bytes at the end", sum(p["eb"] for p in points), totals["live_bytes"])
    frames = len(document["ftbl"])
    check("dhat: frames are there",
          all(0 < frame < frames for p in points for frame in p["fs"]), True)


def table():
    rows = list(csv.DictReader(open(path("csv"), newline="")))
    check("csv: live bytes", sum(int(row["live_bytes"]) for row in rows), totals["live_bytes"])
    check("csv: rows", len(rows), len(sites))


def heaptrack():
    if not shutil.which("heaptrack_print"):
        print("skip heaptrack - heaptrack_print is not installed")
        return
    text = subprocess.run(["heaptrack_print", "-f", path("heaptrack")], capture_output=True,
                          text=True, check=True).stdout
    calls = re.search(r"calls to allocation functions: (\d+)", text)
    check("heaptrack_print: allocations", int(calls[1]), totals["allocs"])

    def near(label, wanted):
        value, unit = re.search(label + r": ([\d.]+)([BKMG])", text).groups()
        got = float(value) * {"B": 1, "K": 1e3, "M": 1e6, "G": 1e9}[unit]
        check(f"heaptrack_print: {label}", abs(got - wanted) <= 0.006 * wanted + 1, True)

    near("peak heap memory consumption", totals["peak_live_bytes"])
    near("total memory leaked", totals["live_bytes"])


def pprof():
    if not shutil.which("protoc"):
        print("skip pprof - protoc is not installed")
        return
    raw = subprocess.run(["sh", "-c", f"zcat < {path('pprof')} | protoc --decode_raw"],
                         capture_output=True, text=True, check=True).stdout
    check("pprof: samples", len(re.findall(r"^2 \{$", raw, re.M)), len(sites))
    check("pprof: four values", len(re.findall(r"^1 \{$", raw, re.M)), 4)
    names = re.findall(r'^6: "(.*)"$', raw, re.M)
    check("pprof: string 0 is empty", names[0], "")
    check("pprof: functions are there",
          {f"site_{i}" for i in range(12)} <= set(names), True)
    if shutil.which("go"):
        for kind, wanted in (("inuse_space", totals["live_bytes"]),
                             ("alloc_objects", totals["allocs"])):
            text = subprocess.run(["go", "tool", "pprof", "-raw", path("pprof")],
                                  capture_output=True, text=True, check=True).stdout
            header = re.search(r"Samples:\n(.*)\n", text)[1].split()
            column = [name.split("/")[0] for name in header].index(kind)
            rows = re.findall(r"^ +((?:\d+ +){3}\d+):", text, re.M)
            check(f"go tool pprof: {kind}",
                  sum(int(row.split()[column]) for row in rows), wanted)
    else:
        print("skip go tool pprof - go is not installed")


for reader in (folded, speedscope, chrome, dhat, table, heaptrack, pprof):
    reader()
