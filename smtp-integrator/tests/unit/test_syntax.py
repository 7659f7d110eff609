"""Which hosts, domains and addresses are accepted."""

import pytest

from syntax import is_address, is_domain, is_host, is_sender

LONG_LABEL = "a" * 63


@pytest.mark.parametrize(
    "host",
    [
        "smtp.example.com",
        "smtp",
        "smtp.example.com.",
        "SMTP-1.Example.COM",
        "xn--exmple-cua.com",
        LONG_LABEL,
        "192.0.2.1",
        "::1",
        "2001:db8::25",
    ],
)
def test_a_dns_name_or_an_ip_address_is_a_host(host: str):
    assert is_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        ".",
        "smtp example",
        "smtp.example.com ",
        "smtp..example.com",
        "-smtp.example.com",
        "smtp-.example.com",
        "smtp_relay",
        "smtp.exämple.com",
        "smtp://smtp.example.com",
        "smtp.example.com:25",
        "smtp.example.com\n",
        "192.0.2.300",
        "192.0.2",
        "[::1]",
        "fe80::1%eth0",
        LONG_LABEL + "a",
        ".".join([LONG_LABEL] * 4),
    ],
)
def test_anything_else_is_no_host(host: str):
    assert not is_host(host)


def test_an_ip_address_is_no_domain():
    assert not is_domain("192.0.2.1")
    assert not is_domain("::1")
    assert is_domain("example.com")


ADDRESSES = [
    "a@example.com",
    "first.last+tag@example.com",
    "o'neill%x=y/z@example.com",
    "root@localhost",
    "jörg@exämple.com",
    '"a b:c@d%e"@example.com',
    r'"quote \" and \\"@example.com',
    "a@[192.0.2.1]",
    "a@[IPv6:2001:db8::1]",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_an_address_and_a_sender(address: str):
    assert is_address(address)
    assert is_sender(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "@example.com",
        "a@",
        "a@@example.com",
        "a b@example.com",
        ".a@example.com",
        "a..b@example.com",
        "a@example..com",
        "a@-example.com",
        "a@example.com.",
        "a@example.com\n",
        "a\r\nBcc: b@example.com",
        '"a\n"@example.com',
        '"a"b"@example.com',
        "a@[example",
        "a@[not an address]",
        "a" * 65 + "@example.com",
        "a@" + "b." * 130 + "com",
    ],
)
def test_anything_else_is_no_address(address: str):
    assert not is_address(address)
    assert not is_sender(address)


@pytest.mark.parametrize(
    "sender", ["Ops <ops@example.com>", '"Jörg: 100 % @ home" <ops@example.com>', "<ops@example.com>"]
)
def test_a_sender_may_have_a_display_name_but_a_recipient_may_not(sender: str):
    assert is_sender(sender)
    assert not is_address(sender)


@pytest.mark.parametrize("sender", ["Ops <nobody>", "Ops ops@example.com", "A, B <a@b.c>", '"A <a@b.c>', "A\n<a@b.c>"])
def test_a_display_name_does_not_make_a_bad_address_good(sender: str):
    assert not is_sender(sender)
