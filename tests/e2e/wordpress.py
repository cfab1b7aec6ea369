"""A WordPress with the plugin, scripted: it does what the protocol page says that the plugin does, and nothing else.

Written from that page alone, and not from our programs, so that it is a second reading.  Bodies are what PHP's
json_encode would write, requests what WordPress's HTTP client would send, byte for byte.
"""

import gzip
import http.client
import json
import random
import re
import time
from datetime import datetime
from urllib.parse import quote, urlsplit

BATCH = 100
MAPPINGS = 500
TRIES = 5  # of a batch whose answer is neither 200 nor 413
API = "/integrations/v1"

# --- PHP --------------------------------------------------------------------------------------

SHORT = {'"': '\\"', "\\": "\\\\", "/": "\\/", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def php_string(text):
    out = []
    for c in text:
        if c in SHORT:
            out.append(SHORT[c])
        elif " " <= c <= "\x7f":
            out.append(c)
        else:
            units = c.encode("utf-16-be")
            out += [f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2)]
    return '"' + "".join(out) + '"'


def php_json(value):
    """json_encode() without flags.  A dict is an associative array, and an empty one is not told from a list."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return php_string(value)
    if not value:
        return "[]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{php_string(k)}:{php_json(v)}" for k, v in value.items()) + "}"
    return "[" + ",".join(map(php_json, value)) + "]"


def php_int(value):
    """intval(): the digits that a text begins with."""
    found = re.match(r"\s*[+-]?\d+", str(value if value is not None else ""))
    return int(found.group()) if found else 0


def is_numeric(value):
    return isinstance(value, int) and not isinstance(value, bool) or isinstance(value, str) and value.isdecimal()


def uniqid():
    """uniqid("", true): time in microseconds, then a fraction of chance."""
    now = time.time_ns() // 1000
    return f"{now // 10**6:08x}{now % 10**6:05x}.{random.SystemRandom().randrange(10**8):08d}"


# --- the plugin -------------------------------------------------------------------------------


class Answer:
    def __init__(self, status, content, body):
        self.status = status
        self.text = body.decode()
        self.is_json = content.startswith("application/json")
        self.said = json.loads(self.text) if self.is_json else {}

    @property
    def is_success(self):
        return self.status == 200 and self.said.get("status") == "success"


class ScriptedWordPress:
    """blog: its tables, see blog.py.  Everything that the plugin keeps in options and meta is an attribute here."""

    def __init__(self, origin, blog, skip_initial=False):
        self.origin = urlsplit(origin)
        self.blog = blog
        self.skip_initial = skip_initial
        self.token = uniqid()
        self.tenant_id = None  # once it is validated
        self.is_synced = False  # SetSyncDone was heard
        self.last_sent = 0
        self.fc_ids = {}  # comment meta: our number -> their id
        self.events_from = 0  # ms, of whole seconds
        self.event_ids = set()
        self.unmapped = []  # mappings that are to be sent again
        self.answers = []  # statuses of batches, in order

    # --- HTTP ---

    def call(self, method, path, query="", body=None, timeout=20, length=None):
        """As WordPress sends it: of the query only what is not ASCII is encoded, each request has a connection of its own.
        length: of a body that will break off.  Without an answer the status is 0."""
        connection = http.client.HTTPConnection(self.origin.hostname, self.origin.port, timeout=timeout)
        try:
            query = quote(query, safe="".join(map(chr, range(128))))
            connection.putrequest(method, f"{API}{path}?token={self.token}{query}", skip_accept_encoding=True)
            connection.putheader("User-Agent", f"WordPress/6.1; {self.blog.home}")
            connection.putheader("Accept", "*/*")
            connection.putheader("Accept-Encoding", "deflate, gzip, br")
            if body is not None:
                connection.putheader("Content-Type", "application/json; charset=utf-8")
            if method != "GET":
                connection.putheader("Content-Length", str(length or len(body or b"")))
            connection.putheader("Connection", "close")
            connection.endheaders()
            try:
                connection.send(body or b"")
            except OSError:
                pass  # refused before all of it was read: the answer says why
            answer = connection.getresponse()
            content = answer.read()
            if answer.getheader("Content-Encoding") == "gzip":
                content = gzip.decompress(content)
            return Answer(answer.status, answer.getheader("Content-Type", ""), content)
        except (OSError, http.client.HTTPException):
            return Answer(0, "", b"")
        finally:
            connection.close()

    # --- connecting ---

    def put_token(self):
        skip = "&skipInitialSync=true" if self.skip_initial else ""
        answer = self.call("PUT", "/token", f"&integrationType=wordpress&domain={self.blog.home}{skip}")
        if answer.is_success and answer.said["isTokenValidated"] is True:
            self.tenant_id = answer.said["tenantId"]
        return answer

    def setup_path(self, older=False):
        """Where the plugin's button leads."""
        return f"/auth/my-account/integrations/v1/{'setup' if older else 'confirm'}?token={self.token}" + \
            ("" if older else "&hasAccount=true")

    # --- the cron job ---

    def tick(self):
        """The commands that it was given, or None while it is not connected."""
        if self.tenant_id is None:
            self.put_token()
            return None
        return self.poll()

    def poll(self):
        answer = self.call("GET", "/commands", f"&fromDateTime={self.events_from}")
        if not answer.is_success:
            return []
        commands = [c["command"] for c in answer.said["commands"]]
        known = {"SendComments": self.send_next, "FetchEvents": self.fetch_events, "SetSyncDone": self.set_sync_done}
        for command in commands:
            known[command]()
        return commands

    def set_sync_done(self):
        self.is_synced = True

    def run(self, limit=10000):
        """Ticks until nothing is asked any more; how many there were."""
        for ticks in range(limit):
            if self.tick() == []:
                return ticks
        raise AssertionError(f"after {limit} ticks it is still asked for something")

    # --- sending ---

    def left(self):
        return [n for n in self.blog.sent() if n > self.last_sent]

    def send_next(self):
        """One batch of those above the last sent one; an empty one says that there is nothing."""
        numbers = self.left()
        return self.send(numbers[:BATCH], len(numbers[BATCH:]))

    def manual_sync(self, reset=False):
        """The button: posts whether or not it is asked.  True unless a batch was stopped."""
        if reset:
            self.last_sent = 0
        while self.left():
            if not self.send_next():
                return False
        return True

    def comment(self, number):
        c = self.blog.comments[number]
        post = self.blog.posts.get(int(c["comment_post_ID"]))
        karma = int(c["comment_karma"])
        known = {"_id": self.fc_ids[number]} if number in self.fc_ids else {}
        return {**known, "tenantId": self.tenant_id, "urlId": c["comment_post_ID"],
                **({"url": post["permalink"]} if post else {}), "pageTitle": post["title"] if post else "",
                "userId": None, "commenterName": c["comment_author"], "commenterEmail": c["comment_author_email"],
                "comment": c["comment_content"], "externalId": c["comment_ID"],
                "externalParentId": None if c["comment_parent"] == "0" else c["comment_parent"],
                "date": c["comment_date_gmt"], "votes": c["comment_karma"], "votesUp": max(karma, 0),
                "votesDown": max(-karma, 0), "verified": c["comment_approved"] == "1",
                "approved": c["comment_approved"] == "1", "isSpam": c["comment_approved"] == "spam"}

    def body(self, numbers, remaining):
        return php_json({"countRemaining": remaining, "comments": [self.comment(n) for n in numbers]}).encode()

    def post(self, numbers, remaining):
        """One request; nothing is remembered of it."""
        answer = self.call("POST", "/comments", body=self.body(numbers, remaining), timeout=60)
        self.answers.append(answer.status)
        return answer

    def send(self, numbers, remaining):
        """False: it stopped quietly.  Whatever was sent in vain counts as sent."""
        for _ in range(TRIES):
            answer = self.post(numbers, remaining)
            if answer.status in (200, 413):
                break
        if answer.status == 413 and len(numbers) > 1:
            return self.split(numbers, remaining)
        if answer.status == 200 and not answer.is_success:
            return False
        if answer.is_success:
            self.remember(answer.said["commentIds"])
        if numbers:
            self.last_sent = max(self.last_sent, numbers[-1])
        return True

    def split(self, numbers, remaining):
        size = -(-len(numbers) // 10)
        for at in range(0, len(numbers), size):
            rest = numbers[at + size:]
            if not self.send(numbers[at:at + size], remaining + len(rest)):
                return False
        return True

    def remember(self, comment_ids):
        assert isinstance(comment_ids, dict), "an object, also when it is empty"
        for number, fc_id in comment_ids.items():
            assert isinstance(fc_id, str)
            self.fc_ids[int(number)] = fc_id

    # --- what it is told ---

    def fetch_events(self):
        while True:
            answer = self.call("GET", "/events", f"&fromDateTime={self.events_from}")
            if not answer.is_success or not answer.said["events"]:
                return
            events = answer.said["events"]
            before = len(self.event_ids), self.events_from
            for event in events:
                self.handle_event(event)
            self.events_from = epoch_seconds(events[-1]["createdAt"]) * 1000
            if not answer.said["hasMore"]:
                return
            assert (len(self.event_ids), self.events_from) != before, "the same events again: it would never end"

    def handle_event(self, event):
        if event["_id"] in self.event_ids:
            return
        self.event_ids.add(event["_id"])
        data = json.loads(event["data"])
        if data["type"] in ("new-comment", "updated-comment"):
            if php_int((data["comment"].get("meta") or {}).get("wpPostId")):
                self.take(data["comment"])
        elif data["type"] == "deleted-comment":
            number = self.number_of(data["comment"])
            if number in self.blog.comments:
                self.blog.comments[number]["comment_approved"] = "trash"

    def number_of(self, theirs):
        """Which of its own comments the plugin takes it for: a number counts, whoever meant what by it."""
        for number in (theirs.get("externalId"), (theirs.get("meta") or {}).get("wpId")):
            if is_numeric(number):
                return int(number)
        return next((n for n, fc_id in self.fc_ids.items() if fc_id == theirs["_id"]), None)

    def take(self, theirs):
        """Overwrites or inserts; True if it is new."""
        number, post = self.number_of(theirs), (theirs.get("meta") or {}).get("wpPostId") or theirs["urlId"]
        is_new = number not in self.blog.comments
        if is_new:
            number = max(self.blog.comments, default=0) + 1
            self.blog.add_comment(number, comment_karma="0")
        parent = next((n for n, fc_id in self.fc_ids.items() if fc_id == theirs.get("parentId")), 0)
        self.fc_ids[number] = theirs["_id"]
        self.blog.comments[number].update(
            comment_post_ID=str(php_int(post)), comment_author=theirs["commenterName"] or "",
            comment_author_email=theirs["commenterEmail"] or "", comment_content=theirs["comment"],
            comment_date_gmt=theirs["date"][:19].replace("T", " "), comment_parent=str(parent),
            comment_approved="spam" if theirs["isSpam"] else "1" if theirs["approved"] else "0")
        return is_new

    def download(self):
        """"Sync to WordPress": all pages, then the numbers that the new ones were given.  How many were new."""
        new, skip, more = [], 0, True
        while more:
            answer = self.call("GET", "/comments", f"&includeCount=true&skip={skip}")
            assert answer.is_success, answer.text
            page = answer.said["comments"]
            assert page or not answer.said["hasMore"], "an empty page with more behind it: it would never end"
            new += [theirs["_id"] for theirs in page if self.take(theirs)]
            skip += len(page)
            more = answer.said["hasMore"]
        of_fc_id = {fc_id: number for number, fc_id in self.fc_ids.items()}
        self.unmapped += [{"fcId": fc_id, "wpId": of_fc_id[fc_id]} for fc_id in new]
        self.map_ids()
        return len(new)

    def map_ids(self):
        """What is not answered with 200 is tried again the next time."""
        while self.unmapped:
            body = php_json({"mappings": self.unmapped[:MAPPINGS]}).encode()
            if self.call("PATCH", "/comment-ids", body=body).status != 200:
                return
            del self.unmapped[:MAPPINGS]


def epoch_seconds(iso):
    """strtotime(): whole seconds."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", iso), iso
    return int(datetime.fromisoformat(iso[:19] + "+00:00").timestamp())
