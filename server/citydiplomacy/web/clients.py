"""Who asks: the name under which the engine keeps a client's budget."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from flask import Request

_IPV6_PREFIX = 64
"""Bits of an IPv6 address that one customer usually has all of."""


def client_of(request: Request) -> str:
    """Return who sends a request, as `client_at` names it."""
    return client_at(request.remote_addr or "")


@lru_cache(maxsize=1000)
def client_at(place: str) -> str:
    """Return the address a request comes from, or nothing for this machine itself.

    Neighbours in an IPv6 network count as one. What proxies say is believed as far as the setting
    `proxies` goes: it has replaced the address before a request comes here.
    """
    try:
        address = ip_address(place)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback:
        return ""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _IPV6_PREFIX), strict=False).network_address)
    return str(address)
