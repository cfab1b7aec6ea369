"""Who is told: a real mail server and a real HTTP server within the test process, which can be away for a while."""

import hashlib
import hmac
import re
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller

from stack import free_port


class MailServer:
    """Counts how often each message, by its Message-ID, reached each recipient."""

    def __init__(self):
        self.port = free_port()
        self.got = Counter()
        self.controller = None
        self.start()

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  (the name that aiosmtpd wants)
        found = re.search(rb"(?im)^Message-ID: <([0-9a-f]+)@", envelope.content)
        for recipient in envelope.rcpt_tos:
            self.got[found.group(1).decode() if found else "none", recipient] += 1
        return "250 Taken"

    def start(self):
        if self.controller is None:
            self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
            self.controller.start()

    def stop(self):
        if self.controller is not None:
            self.controller.stop()
            self.controller = None


class HookServer:
    """Counts how often each call came, and keeps those whose signature is wrong."""

    def __init__(self):
        self.port = free_port()
        self.got = Counter()
        self.wrong = []
        self.secrets = {}  # by path
        self.server = None
        self.start()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def take(self, path, headers, body):
        stamp = headers.get("Trasloco-Timestamp", "")
        signature = hmac.new(self.secrets.get(path, "").encode(), stamp.encode() + b"." + body, hashlib.sha256)
        if headers.get("Trasloco-Signature") != "v1=" + signature.hexdigest():
            self.wrong.append((path, dict(headers), body))
        self.got[headers.get("Trasloco-Id"), path] += 1

    def start(self):
        if self.server is not None:
            return
        hooks = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802  (the name that http.server wants)
                hooks.take(self.path, self.headers, self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self):
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None
