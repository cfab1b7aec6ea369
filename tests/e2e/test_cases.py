"""Small files that went wrong once, through `trasloco convert` and through a real import.

They are read in place from ../shared/cases and never copied; without that folder these tests say that they were
skipped.  OUTCOMES names what must become of each, and a file that has no row there fails the test: the folder grows.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

import readings
from readings import convert
from stack import ROOT, Person, sentence

SHARED = ROOT.parent / "shared"
CASES = SHARED / "cases"
SAMPLES = SHARED / "samples"

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is not here: its files not tested")


class Read(NamedTuple):
    """All comments of the file are read; these texts stand in what is stored, these not; so many pages."""
    comments: int
    has: tuple = ()
    lacks: tuple = ()
    pages: int = 1


class Refused(NamedTuple):
    """Nothing is read, and the sentence has this word."""
    says: str


LOST = "\ufffd"

OUTCOMES = {
    "A01-utf16": {
        "commento-utf16.json": Read(3, ("Grüße", "“x”"), (LOST,)),
        "fc-utf16-tab.txt": Read(2, ("Grüße",), (LOST,)),
        "utf16le-bom.xml": Read(3, ("Grüße", "“typographic”"), (LOST,)),
    },
    "A02-two-exports": {
        "concat-two.xml": Read(6, pages=2),
        "concat-two-gz.xml.gz": Read(6, pages=2),
    },
    "A03-packed": {
        "double-gz.xml.gz": Read(3),
        "export.rar": Refused("unpack"),
        "export.xml.bz2": Read(3),
        "export.xml.xz": Read(3),
        "zip-in-zip.zip": Read(3),
    },
    "A05-ref-no-semicolon": {"no-semicolon.xml": Read(1, ("It's me", "It's &amp; fine"), ("&#039", "#039"))},
    "A06-csv-sep": {"fc-sep-line.csv": Read(2, ("Grüße, \"x\"",))},
    "A09-other-address": {"live.xml": Read(4), "staging.xml": Read(4)},
    "F01-foreign-json": {
        "package.json": Refused("JSON"),
        "remark42-backup.json": Refused("Remark42"),
        "version-only.json": Refused("JSON"),
        "waline.json": Refused("Waline"),
        "wp-rest.json": Refused("WordPress"),
    },
    "F02-cdata-end-in-post": {"adsense-cdata.xml": Read(2, ("Hi",), pages=2)},
    "F03-second-document-lost": {
        "second-behind-text.xml": Read(6, pages=2),
        "tar-two.tar.gz": Read(6, pages=2),
    },
    "F04-page-split-percent": {
        # One of them with a decomposed accent, which is another page.
        "disqus-eight-spellings.xml": Read(8, pages=4),
        # Two posts, which WordPress tells apart by their numbers, at one address.
        "emoji-link.xml": Read(2, pages=2),
    },
    "F05-cp1252-undeclared": {
        "commento-cp1252.json": Read(3, ("Grüße", "“x”"), (LOST,)),
        "cp1252-declared-utf8.xml": Read(3, ("Grüße aus Köln — “typographic” quotes, café", "Lúcia 1"), (LOST,)),
        "id-latin1.xml": Read(2, ("Grüße",), (LOST,)),
    },
    "F06-declared-encoding": {
        "cp1251-declared.xml": Read(3, ("Привет, мир", "Юля 1"), (LOST,)),
        "latin2-declared.xml": Read(3, ("Łódź, Grüße", "Łucja 1"), (LOST,)),
        "sjis-declared.xml": Read(3, ("こんにちは", "はな 1"), (LOST,)),
        "utf8-but-declared-latin2.xml": Read(3, ("Kraków — “typographic” quotes, café ☕", "Łucja 1"), (LOST,)),
    },
    "F07-c1-controls": {
        "c1-controls.xml": Read(3, ("O’Hara", "resonated—I", "“quoted” it’s … done", "num — ’ … refs"),
                                (LOST, "\x97", "\x85")),
    },
    "F09-commento-rows-zero": {"commento-lower-rows.json": Read(3, ("Grüße", "fett"))},
    "F10-embeds-vanish": {
        "smiley-img.xml": Read(1, ("Great :)", "post 🙂"), ("icon_smile.gif", "1f642.svg")),
        "video-only.xml": Read(5, ("http://www.youtube.com/v/abc123", "https://www.youtube.com/embed/abc123",
                                   "https://x.example/v.mp4", "https://x.example/a.mp3", "watch?v=abc123")),
    },
    "foreign": {
        "artrans.json": Refused("Artalk"),
        "blogger.atom": Refused("Blogger"),
        "isso.json": Refused("Isso"),
        "leancloud.jsonl": Refused("LeanCloud"),
        "mt.txt": Refused("Movable Type"),
        "remark42.jsonl": Refused("Remark42"),
        "twikoo.json": Refused("Twikoo"),
        "waline.json": Refused("Waline"),
    },
    "hyvor-2025": {
        "hyvor-2025-cut.json": Refused("ends in the middle"),
        "hyvor-2025-deep.json": Read(1),
        "hyvor-2025-shape.json": Read(8, pages=2),
    },
}


def all_files():
    if not CASES.is_dir():
        return []
    return sorted((path.parent.name, path.name) for path in CASES.glob("*/*") if path.suffix != ".md")


def totals(run):
    return {k: int(v) for k, v in (pair.split("=") for pair in run.stderr.decode().splitlines()[-1].split())}


def check_texts(want, records):
    said = "\n".join(json.dumps(r, ensure_ascii=False).replace("\\\"", "\"") for r in records)
    for text in want.has:
        assert text in said, said
    for text in want.lacks:
        assert text not in said, said
    assert [r["external_id"] for r in records if not r.get("body_html") and not r.get("is_deleted")] == []


@pytest.mark.parametrize("folder,name", all_files())
def test_convert_gives_the_outcome(folder, name):
    want = OUTCOMES[folder][name]
    run = convert(CASES / folder / name)
    if isinstance(want, Refused):
        assert run.returncode == 1
        assert want.says in run.stderr.decode()
        return
    assert run.returncode == 0, run.stderr.decode()
    assert totals(run) == {"read": want.comments, "written": want.comments, "skipped": 0}
    check_texts(want, [json.loads(line) for line in run.stdout.decode().split("\n")[1:-1]])


@pytest.mark.parametrize("folder,name", all_files())
def test_an_import_gives_the_outcome_and_the_file_again_changes_nothing(stack, account, admin, folder, name):
    want = OUTCOMES[folder][name]
    content = (CASES / folder / name).read_bytes()
    mine = f"account_id = (SELECT account_id FROM admin WHERE email = '{account[0]}')"
    answer = admin.upload(content, name=name)
    if isinstance(want, Refused):
        said = sentence(answer) if answer.status_code != 201 else None
        if said is None:
            job = admin.finished(answer.json()["job"]["id"])
            assert job["state"] == "failed"
            said = job["message"]
        assert want.says in said
        assert stack.number(f"SELECT COUNT(*) FROM comment WHERE {mine}") == 0
        return
    assert answer.status_code == 201, answer.text
    job = admin.finished(answer.json()["job"]["id"])
    assert job["state"] == "completed", job["message"]
    assert (job["comments_read"], job["created"], job["skipped"]) == (want.comments, want.comments, 0)
    assert stack.number(f"SELECT COUNT(DISTINCT page_key) FROM comment WHERE {mine}") == want.pages
    again = admin.do_import(content, name=name)
    assert (again["state"], again["created"], again["updated"], again["unchanged"]) == ("completed", 0, 0, want.comments)


# --- the same files, cut ---------------------------------------------------------------------------------------------


def cuts(content):
    """Ten places of the file, none of them the middle: there the first of two documents of one size is whole."""
    return sorted({len(content) * i // 11 for i in range(1, 11)})


def convert_part(task):
    path, part, place = task
    part.write_bytes(path.read_bytes()[:place])
    return path, place, convert(part)


def outcome_of_a_cut(path, place, run):
    """None, or what is wrong: a crash, a hang (the time-out of convert), or success that hides a loss."""
    said = run.stderr.decode()
    if run.returncode not in (0, 1) or "Sanitizer" in said or "runtime error" in said:
        return f"{path.name} cut at {place}: status {run.returncode}: {said}"
    if run.returncode == 1:
        # Refused, or told to be incomplete: in a sentence.
        return None if said.strip().count("\n") >= 1 else f"{path.name} cut at {place}: no reason: {said}"
    want = OUTCOMES[path.parent.name][path.name]
    whole = isinstance(want, Read) and totals(run)["read"] == want.comments
    named = "last_line_cut" in said or "trailing_junk" in said
    return None if whole or named else f"{path.name} cut at {place}: success with a loss: {said}"


def test_no_cut_file_crashes_or_is_called_whole(tmp_path):
    tasks = [(path, tmp_path / f"{path.parent.name}-{place}-{path.name}", place)
             for path in (CASES / folder / name for folder, name in all_files()) for place in cuts(path.read_bytes())]
    with ThreadPoolExecutor(2) as pool:
        wrong = [w for w in (outcome_of_a_cut(*done) for done in pool.map(convert_part, tasks)) if w]
    assert len(tasks) == 10 * len(all_files())
    assert wrong == []


# --- every sample, twice ----------------------------------------------------------------------------------------------

READ_FOLDERS = {"commento": readings.read_commento, "disqus": readings.read_disqus,
                "intensedebate": readings.read_intensedebate, "wordpress-wxr": readings.read_wxr}
BROKEN = {"comentario-bad-format.xml.gz", "comentario-bad-version.json.gz", "comentario-ok-empty-v1.json.gz", "wpi-malformed.xml"}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared/samples is not here: real exports not tested")
@pytest.mark.parametrize("folder", READ_FOLDERS)
def test_what_a_person_sees_in_a_sample_is_counted_and_again_changes_nothing(stack, folder):
    for path in sorted(p for p in (SAMPLES / folder).iterdir() if p.suffix != ".md" and p.name not in BROKEN):
        admin = Person(stack, stack.new_account())
        comments, skipped = READ_FOLDERS[folder](path)
        seen = len(comments) + sum(skipped.values())
        unique = len({c["external_id"] for c in comments})
        first = admin.do_import(path.read_bytes(), name=path.name)
        assert first["state"] == "completed", (path.name, first["message"])
        assert first["created"] + first["updated"] + first["unchanged"] + first["skipped"] == seen, path.name
        assert first["created"] == unique, path.name
        again = admin.do_import(path.read_bytes(), name=path.name)
        assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, unique), path.name
