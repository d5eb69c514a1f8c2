"""Which addresses are never connected to."""

import socket

import pytest

from collectors.addresses import ForbiddenAddressError, is_forbidden, open_socket


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.0.1",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "100.100.100.200",
        "::ffff:169.254.169.254",
    ],
)
def test_link_local_and_metadata_are_forbidden(host: str) -> None:
    """Also where an IPv4 address hides in an IPv6 one."""
    assert is_forbidden(host)
    with pytest.raises(ForbiddenAddressError, match="is link-local or a metadata service"):
        open_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", (host, 80)))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "10.0.0.7", "192.168.1.1", "8.8.8.8", "fd00::1"])
def test_hosts_of_services_are_allowed(host: str) -> None:
    """Loopback and private networks are where services live."""
    assert not is_forbidden(host)
