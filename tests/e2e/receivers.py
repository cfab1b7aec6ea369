"""The two ends of notifications as the world has them: a mail server and a receiver of webhooks."""

import ctypes
import ctypes.util
import email
import email.policy
import http.server
import ssl
import subprocess
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from stack import free_port, wait_until


class MailServer:
    """An SMTP server that can be stopped and started again at the same port; it keeps what it was given."""

    def __init__(self, certificate=None, login=None):
        self.port = free_port()
        self.mails = []
        self.encrypted = []
        self.refuse = False
        self.options = {}
        if certificate:
            self.options["tls_context"] = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self.options["tls_context"].load_cert_chain(*certificate)
        if login:
            self.options.update(auth_required=True, auth_require_tls=False, authenticator=lambda server, session,
                                envelope, mechanism, data: AuthResult(success=(data.login, data.password) == login))
        self.start()

    async def handle_DATA(self, server, session, envelope):
        if self.refuse:
            return "451 later, please"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        mail.envelope = (envelope.mail_from, envelope.rcpt_tos)
        self.encrypted.append(session.ssl is not None)
        self.mails.append(mail)
        return "250 taken"

    def start(self):
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, **self.options)
        self.controller.start()

    def stop(self):
        self.controller.stop()

    def to(self, address):
        return [m for m in self.mails if m.envelope[1] == [address]]

    def wait(self, address, n=1):
        wait_until(lambda: len(self.to(address)) >= n, f"{n} mails have come for {address}")
        return self.to(address)


class Receiver:
    """An HTTP server that answers as it is told and keeps what it was sent."""

    def __init__(self):
        self.requests = []
        self.answers = []  # statuses of the next answers; then 204
        self.location = None
        self.body = b""
        self.hold = threading.Event()  # answers wait until it is set
        self.hold.set()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append((self.path, self.headers, body))
                receiver.hold.wait()
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", str(len(receiver.body)))
                self.end_headers()
                try:
                    self.wfile.write(receiver.body)
                except OSError:
                    pass

            do_GET = do_POST

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.hold.set()
        self.server.shutdown()
        self.server.server_close()

    def wait(self, n=1):
        wait_until(lambda: len(self.requests) >= n, f"{n} webhooks have come")
        return self.requests


def seal(public_hex, secret):
    """What only the jobs role opens: libsodium's sealed box, from libsodium itself."""
    sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
    sealed = ctypes.create_string_buffer(len(secret) + 48)
    assert sodium.crypto_box_seal(sealed, secret, ctypes.c_ulonglong(len(secret)), bytes.fromhex(public_hex)) == 0
    return sealed.raw


def self_signed(directory):
    key, certificate = str(directory / "key.pem"), str(directory / "cert.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
                    "-days", "2", "-subj", "/CN=127.0.0.1"], check=True, capture_output=True)
    return certificate, key
