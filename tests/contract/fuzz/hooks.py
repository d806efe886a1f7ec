"""Lets more requests come past the door: what no generator can guess is filled in before they are sent."""

import itertools
import os
import uuid

import schemathesis

USER = os.environ["FUZZ_USER"]
# Of most writes. The others have the generator's, which it uses again and again.
KEYS = (str(uuid.uuid5(uuid.NAMESPACE_OID, str(number))) for number in itertools.count())
COUNT = itertools.count()


def is_uuid(text):
    try:
        return isinstance(text, str) and str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


@schemathesis.hook
def before_call(ctx, case, kwargs):
    body = case.body
    # Only the token's user may be named; every other name is refused before anything else is looked at.
    if isinstance(body, dict) and isinstance(body.get("user"), str) and body["user"]:
        body["user"] = USER
    headers = case.headers or {}
    # A case without the token must go without it: the one of the command line is in every request.
    phase = case.meta.phase.data if case.meta else None
    left_out = (getattr(phase, "parameter", None) or "").lower() == "authorization"
    if left_out and getattr(getattr(phase, "scenario", None), "name", "") == "MISSING_PARAMETER":
        for sent in (headers, kwargs.get("headers") or {}):
            for name in [name for name in sent if name.lower() == "authorization"]:
                del sent[name]
    # A known key with another body is refused before anything else is looked at.
    if is_uuid(headers.get("Idempotency-Key")) and next(COUNT) % 4:
        headers["Idempotency-Key"] = next(KEYS)
    # The generator packs nothing, so that this would only ever be broken gzip.
    if headers.get("Content-Encoding") == "gzip":
        del headers["Content-Encoding"]
