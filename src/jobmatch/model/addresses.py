"""Addresses that are called: one spelling each, which everybody reads alike."""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jobmatch.errors import InvalidInput
from jobmatch.model.fields import named

if TYPE_CHECKING:
    from attrs import Attribute

#: The longest address that is taken, in characters.
MAX_ADDRESS = 2_000
_NO_ADDRESS = re.compile(r"[^!-~]|[\\\"<>`{}|^]")
#: A host's name as the DNS takes it, and what browsers take for a number at its end: then all of it is an IPv4 address.
_NAME = re.compile(r"(?=.{1,253}\Z)(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*", re.IGNORECASE)
_NUMBER = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)", re.IGNORECASE)


def web_address(instance: Any, attribute: "Attribute[Any]", value: str | None) -> None:
    """Refuse what is not an absolute ``http`` or ``https`` URL. It may hold a secret, so it is not repeated."""
    if value is not None and not (len(value) <= MAX_ADDRESS and _is_web_address(value)):
        raise InvalidInput(
            named(instance, attribute),
            f"must be a URL such as https://example.org/hook, of at most {MAX_ADDRESS:,} characters, without user,"
            " password and fragment; its host a name in ASCII (xn--… for others) without a dot at its end, or an"
            " address such as 192.0.2.1 or [2001:db8::1]",
        )


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    plain = parts.scheme in {"http", "https"} and not _NO_ADDRESS.search(value) and "@" not in parts.netloc
    return plain and _is_host(parts.netloc) and port != 0 and not parts.fragment


def _is_host(netloc: str) -> bool:
    """Tell whether everybody understands the same by the host of a URL.

    An address has one spelling: what reads others, such as 127.1 or 0x7f000001, does not agree on what they mean.
    """
    bracketed = re.fullmatch(r"\[([0-9a-f:.]+)\](:[0-9]*)?", netloc, re.IGNORECASE)
    host = bracketed[1] if bracketed else re.sub(r":[0-9]*\Z", "", netloc)
    if not bracketed and not _NUMBER.fullmatch(host):
        return _NAME.fullmatch(host) is not None
    try:
        (IPv6Address if bracketed else IPv4Address)(host)
    except ValueError:
        return False
    return True
