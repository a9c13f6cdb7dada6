"""What is sent, and the signature over it: https://www.standardwebhooks.com."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256

import msgspec

from jobmatch.callbacks import Delivery


def body(delivery: Delivery) -> bytes:
    """Return the message: thin, so that whoever reads it on the way learns nothing."""
    message = {
        "type": f"match.{delivery.state}",
        "timestamp": delivery.ended_at,
        "data": {"task_id": delivery.task_id, "status": delivery.state},
    }
    return msgspec.json.encode(message)


def headers(delivery: Delivery, content: bytes, *, secrets: Sequence[str], now: int) -> Mapping[str, str]:
    """Return the headers that identify and sign a message.

    Arguments:
        delivery: its id stays the same over all attempts, so that a receiver can tell a repetition.
        content: the body.
        secrets: ``whsec_…``; one signature for each, so that a secret can be changed without a gap.
        now: seconds since 1970, of this attempt.
    """
    message_id = f"msg_{delivery.task_id}_{delivery.ended_at.timestamp() * 1_000:.0f}"
    signed = b".".join([message_id.encode(), str(now).encode(), content])
    signatures = (f"v1,{b64encode(hmac.digest(_key(secret), signed, sha256)).decode()}" for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(now),
        "webhook-signature": " ".join(signatures),
    }


def _key(secret: str) -> bytes:
    return b64decode(secret.removeprefix("whsec_"))
