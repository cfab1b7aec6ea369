"""doc/openapi.json, and answers held against it.

OpenAPI 3.0 has a dialect of its own of JSON schema: "nullable" is translated here, all else is read by jsonschema.
"""

import json
import re

from jsonschema import Draft4Validator, FormatChecker, RefResolver

from stack import ROOT

DOCUMENT = json.loads((ROOT / "doc" / "openapi.json").read_text())
BASE = DOCUMENT["servers"][0]["url"]
METHODS = ("get", "post", "put", "patch", "delete")

FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time")
def is_time(value):
    return not isinstance(value, str) or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value) is not None


def plain(schema):
    """Without "nullable"."""
    if isinstance(schema, list):
        return [plain(x) for x in schema]
    if not isinstance(schema, dict):
        return schema
    out = {k: plain(v) for k, v in schema.items() if k != "nullable"}
    if schema.get("nullable") is True:
        out["type"] = [schema["type"], "null"]
    return out


PLAIN = plain(DOCUMENT)


def complaints(value, schema):
    resolver = RefResolver("", PLAIN)
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message}"
            for e in Draft4Validator(plain(schema), resolver=resolver, format_checker=FORMATS).iter_errors(value)]


def resolved(part):
    while "$ref" in part:
        target = DOCUMENT
        for step in part["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        part = target
    return part


def operations():
    """(method, address, operation) of each."""
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def find(method, address):
    """The operation of an address as it was sent, without query; None if there is none."""
    for known, path, operation in operations():
        if known == method and re.fullmatch(BASE + re.sub(r"\{\w+\}", r"[^/]+", path), address):
            return path, operation
    return None


def check_answer(method, address, answer):
    """Fails unless the document says that this can be answered; what it is: operation and status."""
    path, operation = find(method, address)
    status = str(answer.status_code)
    assert status in operation["responses"], f"{method} {path}: {status} is not documented: {answer.text}"
    said = resolved(operation["responses"][status])
    kind = answer.headers["Content-Type"].split(";")[0]
    content = said["content"]
    assert kind in content or "*/*" in content, f"{method} {path}, {status}: is {kind}"
    if kind == "application/json" and kind in content:
        found = complaints(answer.json(), content[kind]["schema"])
        assert not found, f"{method} {path}, {status}: {found}\n{answer.text}"
    for header in said.get("headers", {}):
        assert header in answer.headers, f"{method} {path}, {status}: lacks {header}"
    return operation["operationId"], status


def check_body(method, address, body):
    """What is sent and taken must be documented too."""
    _, operation = find(method, address)
    found = complaints(body, operation["requestBody"]["content"]["application/json"]["schema"])
    assert not found, found
