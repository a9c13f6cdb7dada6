"""Which addresses may be called. Whoever submits a task chooses the URL, so it must not lead inside."""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import anyio

#: Beside what is not public anyway: the metadata service of Azure, and ranges that older Pythons take for public.
_INSIDE = (ip_network("168.63.129.16/32"), ip_network("192.0.0.0/24"), ip_network("192.88.99.0/24"))
_GLOBAL_UNICAST = ip_network("2000::/3")
#: Prefixes that carry an IPv4 address: where a translator stands it is the one that is reached.
_TRANSLATED = ip_network("64:ff9b::/96")
Address = IPv4Address | IPv6Address


class Inside(Exception):
    """A name or address leads to where strangers have no business."""


def is_public(address: Address) -> bool:
    """Tell whether everybody on the internet could reach *address*: nothing private, local or reserved."""
    if isinstance(address, IPv6Address):
        return _is_public_6(address)
    return address.is_global and not address.is_multicast and not any(address in network for network in _INSIDE)


def _is_public_6(address: IPv6Address) -> bool:
    if address in _TRANSLATED:
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    inner = address.ipv4_mapped or address.sixtofour
    if inner is not None:
        return is_public(inner)
    return address in _GLOBAL_UNICAST and address.is_global


def literal(host: str) -> Address | None:
    """Return the address that a host in a URL is written as, if it is one; of those that only C libraries read, too."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None


def leads_inside(host: str) -> bool:
    """Tell whether a host in a URL leads inside before it is looked up: an address, or a name of this machine."""
    name = host.lower().removesuffix(".")
    if (address := literal(name)) is not None:
        return not is_public(address)
    return name == "localhost" or name.endswith(".localhost")


async def resolve(host: str, port: int, *, allow_private: bool) -> Sequence[str]:
    """Return the addresses of a name, all of them checked: it is these that have to be connected to.

    Raises:
        Inside: one of them is not public.
        OSError: there is no such name.
    """
    found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(sockaddr[0]) for *_, sockaddr in found]
    if not allow_private and not all(is_public(ip_address(address)) for address in addresses):
        raise Inside("the address is not a public one")
    return addresses
