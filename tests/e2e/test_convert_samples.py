"""Real exports through `trasloco convert`, against independent readings of the same files.

The exports are read in place from ../shared/samples and never copied; without that folder these tests say that
they were skipped.
"""

import json
import os
from pathlib import Path

import pytest

import readings
from readings import convert

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = Path(os.environ.get("TRASLOCO_SAMPLES", ROOT.parent / "shared" / "samples"))

READINGS = {
    "commento": (readings.read_commento, "commento"),
    "disqus": (readings.read_disqus, "disqus"),
    "intensedebate": (readings.read_intensedebate, "intensedebate"),
    "wordpress-wxr": (readings.read_wxr, "wxr"),
}

# What is broken on purpose, or says nothing but a version, and what is said of it.
BROKEN = {
    "comentario-bad-format.xml.gz": "line",
    "comentario-bad-version.json.gz": "JSON",
    "comentario-ok-empty-v1.json.gz": "JSON",
    "wpi-malformed.xml": "line",
}

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared/samples is not here: real exports not tested")


def files():
    if not SAMPLES.is_dir():
        return []
    return [(folder, path.name) for folder in READINGS for path in sorted((SAMPLES / folder).iterdir())
            if path.suffix != ".md"]


def totals(run):
    """The last line: read=N written=N skipped=N."""
    return {k: int(v) for k, v in (pair.split("=") for pair in run.stderr.decode().splitlines()[-1].split())}


def records(output):
    header, *lines = output.decode().splitlines()
    assert json.loads(header)["trasloco"] == 1
    return [json.loads(line) for line in lines]


def parents_first(comments):
    """What convert promises of the order: file order, but for replies whose parents come later."""
    known = {c["external_id"] for c in comments}
    seen = set()
    for c in comments:
        parent = c.get("parent_external_id")
        if parent in known and parent not in seen:
            return False
        seen.add(c["external_id"])
    return True


def differs(want, got):
    for name, value in want.items():
        if name == "body":
            found = readings.visible_text(got.get("body_html", ""))
        else:
            found = got.get(name)
            if found in ("", None):
                found = None
            value = None if value == "" else value
        if found != value:
            return f"{name}: {found!r}, not {value!r}"
    return None


@pytest.mark.parametrize("folder,name", files())
def test_a_real_export_is_converted_as_an_independent_reading_says(folder, name):
    path = SAMPLES / folder / name
    run = convert(path)
    if name in BROKEN:
        assert run.returncode == 1
        assert BROKEN[name] in run.stderr.decode()
        return
    assert run.returncode == 0, run.stderr.decode()
    expected, skipped = READINGS[folder][0](path)
    got = records(run.stdout)
    # The first of an id counts.
    unique = {}
    for want in expected:
        unique.setdefault(want["external_id"], want)
    duplicates = len(expected) - len(unique)
    assert totals(run) == {"read": len(expected) + sum(skipped.values()), "written": len(unique),
                           "skipped": duplicates + sum(skipped.values())}
    assert sorted(c["external_id"] for c in got) == sorted(unique)
    assert parents_first(got)
    wrong = [f"{c['external_id']}: {d}" for c in got if (d := differs(unique[c["external_id"]], c))]
    assert wrong == []


@pytest.mark.parametrize("folder,name", files())
def test_json_lines_of_a_real_export_are_stable(folder, name, tmp_path):
    if name in BROKEN:
        pytest.skip("broken on purpose")
    once = tmp_path / "once.jsonl"
    once.write_bytes(convert(SAMPLES / folder / name).stdout)
    again = convert(once)
    assert again.returncode == 0, again.stderr.decode()
    assert again.stdout == once.read_bytes()
