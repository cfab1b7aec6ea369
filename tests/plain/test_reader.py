"""The process that reads hostile files owns nothing (sanitizers need more, so this wants a plain build)."""

import gzip
import os
import signal
import subprocess
from pathlib import Path

from inputs import disqus, many, post
from stack import Person, wait_until
from test_reliability import busy_reader

LARGE = 150_000  # comments: long enough to be caught at work


def test_the_reader_has_two_pipes_and_no_rights(stack):
    person = Person(stack, stack.new_account())
    answer = person.upload(gzip.compress(many(LARGE), 1), name="many.xml.gz")
    reader = Path(f"/proc/{wait_until(lambda: busy_reader(stack), 'the reader is at work')}")
    os.kill(int(reader.name), signal.SIGSTOP)
    try:
        descriptors = {fd.name: os.readlink(fd) for fd in (reader / "fd").iterdir()}
        status = dict(line.split(":\t", 1) for line in (reader / "status").read_text().splitlines() if ":\t" in line)
        environment = (reader / "environ").read_bytes()
        directory = os.readlink(reader / "cwd")
    finally:
        os.kill(int(reader.name), signal.SIGCONT)
    assert sorted(descriptors) == ["0", "1"] and all(d.startswith("pipe:") for d in descriptors.values())
    assert environment == b"" and directory == "/"
    assert status["NoNewPrivs"] == "1" and int(status["CapEff"], 16) == 0
    if os.geteuid() == 0:
        assert status["Uid"].split() == ["65534"] * 4 and status["Groups"].strip() == ""
    assert person.finished(answer.json()["job"]["id"])["created"] == LARGE


CODECS = {"ibm866": "cp866", "macintosh": "mac-roman", "x-mac-cyrillic": "mac-cyrillic", "tis-620": "cp874", "gbk": "gb18030",
          "big5": "big5hkscs", "euc-jp": "euc-jp", "iso-2022-jp": "iso2022-jp", "shift_jis": "cp932", "euc-kr": "cp949",
          "koi8-r": "koi8-r", "koi8-u": "koi8-u",
          **{f"iso-8859-{n}": f"iso8859-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
          **{f"windows-{n}": f"cp{n}" for n in range(1250, 1259)}}


def test_every_converter_is_there_when_no_file_can_be_opened():
    words = "é ł ž ö ψ я ש س ท 你 こ 안"
    for label, codec in CODECS.items():
        xml = disqus([post(1, message=f"<p>{words.encode(codec, 'ignore').decode(codec)}.</p>")]).decode()
        want, got = (subprocess.run([os.path.join(os.environ["TRASLOCO_BUILD"], "trasloco"), "convert", "--to", "jsonl"],
                                    input=content, capture_output=True, check=False)
                     for content in (xml.encode(), xml.replace("utf-8", label).encode(codec)))
        assert want.returncode == got.returncode == 0, (label, got.stderr)
        assert want.stdout == got.stdout and b"read=1 written=1" in got.stderr, label
