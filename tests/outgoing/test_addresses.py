"""Which addresses may be called."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.outgoing import is_public

PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001::1", "64:ff9b::808:808"]

INSIDE = {
    "this machine": "127.0.0.1 127.1.2.3 ::1",
    "private": "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 fc00::1 fd12:3456::1",
    "of a link": "169.254.1.1 169.254.169.254 fe80::1 fe80::1%eth0 2606:4700::1%eth0",
    "of a site, as it was": "fec0::1",
    "of carriers": "100.64.0.1 100.127.255.255",
    "nobody": "0.0.0.0 0.1.2.3 ::",
    "many": "224.0.0.1 239.255.255.255 233.252.0.1 ff02::1 ff0e::1",
    "all": "255.255.255.255",
    "reserved": "240.0.0.1 192.0.0.9 192.0.0.170 192.88.99.1 192.31.196.1 192.52.193.1 192.175.48.1 4000::1 100::1",
    "documentation": "192.0.2.1 198.51.100.1 203.0.113.1 2001:db8::1 3fff::1",
    "for benches": "198.18.0.1 198.19.255.255 2001:2::1",
    "IPv4 in IPv6": "::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 ::8.8.8.8 ::ffff:0:127.0.0.1",
    "behind a translator": "64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::a00:1 64:ff9b:1::808:808",
    "by tunnels": "2002:7f00:1:: 2002:a00:1:: 2002:808:808:: 2001::1 2001:0:7f00:1:: 5f00::1",
}


@pytest.mark.parametrize("address", PUBLIC)
def test_servers_on_the_internet_may_be_called(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("addresses", INSIDE.values(), ids=INSIDE)
def test_what_is_no_server_on_the_internet_may_not(addresses: str) -> None:
    assert [address for address in addresses.split() if is_public(ip_address(address))] == []


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_by_what_it_leads_to(inside: IPv4Address) -> None:
    assert is_public(IPv6Address(int(IPv6Address("64:ff9b::")) + int(inside))) == is_public(inside)
    assert not is_public(IPv6Address(f"::ffff:{inside}"))
    assert not is_public(IPv6Address((0x2002 << 112) + (int(inside) << 80) + 1))


@given(st.ip_addresses())
def test_nothing_may_be_called_that_python_does_not_take_for_global(address: IPv4Address | IPv6Address) -> None:
    assert not is_public(address) or (address.is_global and not address.is_multicast)
