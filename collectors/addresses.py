"""Which addresses are never connected to: link-local ones and the metadata services of clouds.

Targets come from files that many may write; a metadata service hands out credentials to whoever asks from inside.
The address is judged where the socket is made, after the name was resolved: what is judged is what is connected to.
"""

import socket
from ipaddress import IPv6Address, ip_address

from aiohttp import AddrInfoType

_METADATA = frozenset({ip_address("fd00:ec2::254"), ip_address("100.100.100.200")})
"""Amazon's over IPv6, Alibaba's; the others live at 169.254.169.254, which is link-local."""


class ForbiddenAddressError(OSError):
    """The name leads to an address that is never connected to."""


def is_forbidden(host: str) -> bool:
    """Tell whether an IP address, as text, is never connected to; an IPv6 form of an IPv4 address is judged as that.

    Example input: ::ffff:169.254.169.254
    Example output: True
    """
    address = ip_address(host)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_link_local or address in _METADATA


def open_socket(info: AddrInfoType) -> socket.socket:
    """Make the socket for a resolved address; raise ForbiddenAddressError where none may be made."""
    family, kind, protocol, _, address = info
    if is_forbidden(str(address[0])):
        raise ForbiddenAddressError(f"{address[0]} is link-local or a metadata service")
    return socket.socket(family, kind, protocol)
