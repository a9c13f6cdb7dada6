"""Where a callback may lead."""

from ipaddress import ip_address
from typing import Any

import pytest

from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryDeliveries, MemoryJobIndex, MemoryTaskStore
from jobmatch.backends.webhook import WebhookNotifier
from jobmatch.backends.webhook.addresses import Inside, is_public, resolve
from jobmatch.engine import MatchEngine
from jobmatch.errors import InvalidInput
from jobmatch.model import MatchRequest
from jobmatch.testing import HashingEmbedder

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
INSIDE = [
    "0.0.0.0",  # noqa: S104
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.168.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::10.0.0.1",
    "2002:7f00:1::",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
PUBLIC = ["1.1.1.1", "93.184.216.34", "172.32.0.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"]


def notifier(**options: Any) -> WebhookNotifier:
    return WebhookNotifier(deliveries=MemoryDeliveries(), secrets=[SECRET], **options)


@pytest.mark.parametrize("address", INSIDE)
def test_inside(address: str) -> None:
    assert not is_public(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(InvalidInput, match="public address"):
        notifier().check(f"https://{host}/hook")
    notifier(allow_private=True).check(f"https://{host}/hook")


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str) -> None:
    assert is_public(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    notifier().check(f"https://{host}/hook")


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "127.0.0.1.",
        "0x7f.1",
        "2130706433",
        "017700000001",
        "127.1",
    ],
)
def test_other_spellings_of_this_machine(host: str) -> None:
    with pytest.raises(InvalidInput, match="public address"):
        notifier().check(f"https://{host}/hook")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "0x7f.1", "2130706433", "::ffff:127.0.0.1"])
async def test_what_a_name_leads_to_is_checked(host: str) -> None:
    with pytest.raises(Inside):
        await resolve(host, 443, allow_private=False)
    assert await resolve("127.0.0.1", 443, allow_private=True) == ["127.0.0.1"]


def test_http_only_where_it_is_allowed() -> None:
    with pytest.raises(InvalidInput, match="https://"):
        notifier().check("http://example.org/hook")
    notifier(allow_http=True).check("http://example.org/hook")


@pytest.mark.parametrize(
    "url",
    [
        "example.org/hook",
        "ftp://example.org/",
        "https:///hook",
        "https://user:secret@example.org/",
        "https://example.org/#part",
        "https://example.org:99999/",
        "https://example.org:0/",
        "https://exam ple.org/",
        "https://example.org/\r\nHost:x",
        "https://exämple.org/",
        "https://１２７.0.0.1/",
        "https://%31%32%37.0.0.1/",
        "https://[v1.x]/",
        "https://[fe80::1%25eth0]/",
        "https://[2606:4700::1111%25eth0]/",
        "https://[::1]x/",
        "https://[127.0.0.1]/",
        "https://localhost./",
        "https://example.org./",
        "https://.example.org/",
        "https://a..b/",
        "https://-a.example.org/",
        "https://" + "a" * 64 + ".org/",
        "https://" + "a." * 127 + "org/",
        "https://127.1/",
        "https://127.0.0.1./",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://017700000001/",
        "https://0177.0.0.1/",
        "https://1.1.1.0x1/",
        "https://256.1.1.1/",
        "https://1.2.3.4.5/",
        "https://@example.org/",
        "https://example.org:8:9/",
        "https://example.org;@127.0.0.1/",
        "https://[::1/",
        "https://example.org/" + "x" * 2_000,
    ],
)
def test_what_is_no_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"^request.callback_url: must be a URL") as caught:
        MatchRequest(keywords="x", callback_url=url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "https://EXAMPLE.org:8443/hook?key=1",
        "https://example.org:/",
        "https://xn--exmple-cua.org/",
        "https://a_b.example.org/",
        "https://1a.example.org/",
        "https://1.1.1.1/",
        "https://[2606:4700::1111]:8443/",
        "https://[::ffff:1.1.1.1]/",
    ],
)
def test_what_is_taken_would_be_called(url: str) -> None:
    request = MatchRequest(keywords="x", callback_url=url)
    notifier().check(str(request.callback_url))


@pytest.mark.parametrize(
    "host",
    ["localhost", "some.localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "169.254.169.254"],
)
async def test_a_url_that_leads_inside_is_refused_by_submit(host: str) -> None:
    engine = MatchEngine(
        jobs=MemoryJobIndex(),
        tasks=MemoryTaskStore(),
        runner=LocalTaskRunner(),
        embedder=HashingEmbedder(),
        notifiers=[notifier()],
    )
    async with engine:
        with pytest.raises(InvalidInput, match="callback_url: must lead to a public address"):
            await engine.submit(MatchRequest(keywords="x", callback_url=f"https://{host}/"), owner="ada")
        assert await engine.list(owner="ada") == ([], None)


def test_an_empty_url_is_none() -> None:
    assert MatchRequest(keywords="x", callback_url=" ").callback_url is None


def test_a_url_is_not_shown() -> None:
    assert "example" not in repr(MatchRequest(keywords="x", callback_url="https://example.org/key"))
