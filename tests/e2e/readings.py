"""Independent readings of exports: Python alone, none of our code.

Each reading gives, in file order, what `trasloco convert --to jsonl` must say of each comment, by the vocabulary's names.
Bodies are given by their visible words without white space.  Written from the format pages, so that a mistake made
once in C is not made again here.
"""

import gzip
import html
import json
import os
import re
import subprocess
import zipfile
from datetime import datetime, timezone
from urllib.parse import unquote

import disqus_oracle
from disqus_oracle import visible_text


def convert(path, to="jsonl", *options):
    program = os.path.join(os.environ["TRASLOCO_BUILD"], "trasloco")
    return subprocess.run([program, "convert", "--to", to, *options, str(path)], capture_output=True, timeout=120)


def contents(path):
    """The documents of a file: itself, or what is in the gzip or zip file."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        return [gzip.decompress(data)]
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(path) as z:
            return [z.read(name) for name in z.namelist() if not name.endswith("/")]
    return [data]


def utc(value):
    """"2020-01-02 03:04:05" or RFC 3339, as JSON Lines says it."""
    when = datetime.fromisoformat(re.sub(r"(\.\d{3})\d+", r"\1", re.sub(r"\.(\d{1,2})(?=\D|$)", lambda m: "." + m[1].ljust(3, "0"),
                                  value.strip().replace("Z", "+00:00"))))
    if when.tzinfo is None:
        when = when.replace(tzinfo=timezone.utc)
    return when.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


# --- WordPress: by regular expressions, so that files which no XML parser takes can be read, too ------------------

CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.S)


def xml_value(raw):
    """The character data of an element without children."""
    parts, end = [], 0
    for m in CDATA.finditer(raw):
        parts += [xml_unescape(raw[end:m.start()]), m[1]]
        end = m.end()
    return "".join([*parts, xml_unescape(raw[end:])]).strip()


def xml_unescape(s):
    s = re.sub(r"<!--.*?-->", "", s, flags=re.S)
    s = re.sub(r"&#(\d+);", lambda m: chr(int(m[1])), re.sub(r"&#x([0-9a-fA-F]+);", lambda m: chr(int(m[1], 16)), s))
    for name, char in (("lt", "<"), ("gt", ">"), ("quot", '"'), ("apos", "'"), ("amp", "&")):
        s = s.replace(f"&{name};", char)
    return s


def element(block, name):
    """The value of the first element of this name; None without one."""
    m = re.search(rf"<(?:{name})(?:\s[^>]*)?(?:/>|>(.*?)</(?:{name})>)", block, re.S)
    return None if m is None else xml_value(m[1] or "")


def blocks(text, name):
    return re.findall(rf"<{name}>(.*?)</{name}>", text, re.S)


def site(address):
    address = re.sub(r"^https?://", "", address.strip(), flags=re.I)
    host, _, path = address.partition("/")
    return (re.sub(r"^www\.", "", host.lower()) + "/" + path).rstrip("/")


UNPUBLIC = {"draft", "pending", "private", "trash", "auto-draft"}


def wxr_comment(block, item, home):
    page_id = element(item, "wp:post_id") or element(item, "dsq:thread_identifier") or site(html.unescape(element(item, "link")))
    parent = element(block, "wp:comment_parent") or ""
    user = element(block, "wp:comment_user_id")
    approved = element(block, "wp:comment_approved")
    name = html.unescape(element(block, "wp:comment_author") or "")
    said = {
        "source": "wordpress", "source_site": home,
        "external_id": element(block, "wp:comment_id"),
        "parent_external_id": "" if parent == "0" else parent,
        "page_id": page_id,
        "page_url": html.unescape(element(item, "link") or ""),
        "page_title": " ".join(html.unescape(element(item, "title") or "").split()),
        "author_name": " ".join(name.split()) or "Anonymous",
        "author_email": element(block, "wp:comment_author_email"),
        "author_ip": element(block, "wp:comment_author_IP"),
        "author_external_id": user if user not in (None, "", "0") else None,
        "created_at": utc(element(block, "wp:comment_date_gmt")) if element(block, "wp:comment_date_gmt") else None,
        "body": visible_text(element(block, "wp:comment_content") or ""),
        "is_approved": approved == "1" if approved is not None else None,
        "is_spam": approved == "spam" if approved is not None else None,
    }
    # Without an identifier the page is known by its address.
    return said if page_id else {k: v for k, v in said.items() if k != "page_id"}


def read_wxr(path):
    """(comments, skipped by reason)."""
    comments, skipped = [], {}
    for data in contents(path):
        text = data.decode("utf-8").replace("\r\n", "\n")
        header = text.partition("<item>")[0]
        home = element(header, "wp:base_blog_url") or element(header.partition("<image>")[0], "link")
        for item in blocks(text, "item"):
            if home is None and (m := re.match(r"https?://[^/]*", element(item, "link") or "")):
                home = m[0]
            inner = blocks(item, "wp:comment")
            outer = re.sub(r"<wp:comment>.*?</wp:comment>", "", item, flags=re.S)
            for block in inner:
                kind = element(block, "wp:comment_type") or "comment"
                if kind in ("pingback", "trackback"):
                    reason = "pingback"
                elif element(outer, "wp:status") in UNPUBLIC:
                    reason = "page_not_public"
                else:
                    comments.append(wxr_comment(block, outer, site(home) if home else "~unknown"))
                    continue
                skipped[reason] = skipped.get(reason, 0) + 1
    return comments, skipped


# --- IntenseDebate ---------------------------------------------------------------------------------------------

def read_intensedebate(path):
    comments = []
    for data in contents(path):
        for post in blocks(data.decode("utf-8"), "blogpost"):
            head = post.partition("<comments>")[0]
            for m in re.finditer(r"<comment id='(\d+)' parentid='(\d+)'>(.*?)</comment>", post, re.S):
                score = int(element(m[3], "score"))
                ip = element(m[3], "ip")
                comments.append({
                    "source": "intensedebate", "source_site": "",
                    "external_id": m[1], "parent_external_id": "" if m[2] == "0" else m[2],
                    "page_id": element(head, "guid"), "page_url": unquote(element(head, "url")),
                    "page_title": html.unescape(element(head, "title")).strip(),
                    "author_name": html.unescape(html.unescape(element(m[3], "name"))).strip(),
                    "author_email": element(m[3], "email"),
                    "author_ip": ip if ip != "0.0.0.0" else None,
                    "created_at": utc(element(m[3], "gmt")),
                    "body": visible_text(element(m[3], "text")),
                    "is_approved": True, "is_spam": False, "is_deleted": False,
                    "votes_up": max(score, 0), "votes_down": max(-score, 0),
                })
    return comments, {}


# --- Commento ----------------------------------------------------------------------------------------------------

def read_commento(path):
    comments = []
    for data in contents(path):
        root = json.loads(data)
        people = {}
        for person in root.get("commenters") or []:
            people.setdefault(person["commenterHex"], person)
        for c in root.get("comments") or []:
            person = people.get(c["commenterHex"], {})
            page = c.get("path") or c.get("url") or "/"
            comments.append({
                "source": "commento", "source_site": "",
                "external_id": c["commentHex"],
                "parent_external_id": "" if c["parentHex"] == "root" else c["parentHex"],
                "page_url": "https://" + (c.get("host") or c.get("domain")) + page,
                "author_name": person.get("name", "Anonymous"),
                "author_email": person.get("email"),
                "author_url": person.get("websiteUrl") or person.get("link"),
                "author_avatar": person.get("avatarUrl") or person.get("photo"),
                "created_at": utc(c["creationDate"]),
                "body": visible_text(c["markdown"]),
                "is_approved": c.get("state") == "approved", "is_spam": False,
                "votes_up": max(c["score"], 0), "votes_down": max(-c["score"], 0),
            })
    return comments, {}


# --- Disqus ----------------------------------------------------------------------------------------------------------

def read_disqus(path):
    return [{
        "source": "disqus", "source_site": "",
        "external_id": c["external_id"], "parent_external_id": c["parent_external_id"] or "",
        "author_name": c["author_name"] or None,
        "created_at": c["created_at"].replace(" ", "T") + "Z",
        "body": c["body"], "is_spam": bool(c["is_spam"]), "is_deleted": bool(c["is_deleted"]),
    } for c in disqus_oracle.read(path)], {}
