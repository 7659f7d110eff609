"""Which hosts, domains and addresses are accepted."""

from email import policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syntax import address_of, is_address, is_domain, is_global_address, is_host

LONG_LABEL = "a" * 63


@pytest.mark.parametrize(
    "host",
    [
        "smtp.example.com",
        "smtp",
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
        "smtp.example.com.",
        "0.0.0.0",  # noqa: S104  # nothing binds to it
        "::",
        "224.0.0.1",
        "0x7f.1",
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


GLOBAL = ["a@example.com", "first.last+tag@example.com", "o'neill%x=y/z@example.com", "jörg@exämple.com"]
GLOBAL.extend(("a@mail.example", "a@xn--exmple-cua.com"))
LOCAL = ["root@localhost", "alerts@corp.local", "a@b", "a@b.invalid", "a@b.test", "a@b.onion", "a@home.arpa"]
LOCAL.extend(("a@[192.0.2.1]", "a@[IPv6:2001:db8::1]", '"a b:c@d%e"@example.com', r'"quote \" and \\"@example.com'))


@pytest.mark.parametrize("address", [*GLOBAL, *LOCAL])
def test_an_address_is_an_address_and_consumers_take_those_of_the_world(address: str):
    assert is_address(address)
    assert is_global_address(address) == (address in GLOBAL)


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
        "\ufeffa@example.com",
        "a\u202e@example.com",
        "a\ud800@example.com",
        '"a\n"@example.com',
        '"a"b"@example.com',
        "a@[example",
        "a@[not an address]",
        "a" * 65 + "@example.com",
        "a@" + "b." * 130 + "com",
        "a" * 2_000_000 + "@example.com",
        "Ops <ops@example.com>",
    ],
)
def test_anything_else_is_no_address(address: str):
    assert not is_address(address)
    assert not is_global_address(address)


NAMED = ["Ops <a@b.com>", "Ops  at  night <a@b.com>", "Jörg <a@b.com>", "<a@b.com>", "Ops<a@b.com>", "'Ops' <a@b.com>"]
NAMED.extend(('"Jörg: 100 % @ home" <a@b.com>', r'"say \"hi\", <x@y.z>" <a@b.com>', '"🔔" <a@b.com>'))
# As RFC 5322 reads them: a comment, a comment that never ends, text after the address, a list, a group, nothing.
UNNAMED = ["Ops (prod) <a@b.com>", "Ops (prod <a@b.com>", "<a@b.com> Ops", "A, B <a@b.com>", "A: <a@b.com>;"]
UNNAMED.extend(
    ("Ops a@b.com", '"A <a@b.com>', "A\n<a@b.com>", '"A\n" <a@b.com>', "Ops <>", "<<a@b.com>>", '"" <a@b.com>')
)


@pytest.mark.parametrize("sender", NAMED)
def test_a_display_name_is_read_the_way_that_mail_libraries_read_it(sender: str):
    assert address_of(sender) == "a@b.com"
    [read] = policy.default.header_factory("From", sender).addresses
    assert read.addr_spec == "a@b.com"


@pytest.mark.parametrize("sender", UNNAMED)
def test_what_is_no_display_name_to_rfc_5322_is_no_address_either(sender: str):
    assert not is_address(address_of(sender))


_senders = st.one_of(
    st.text(st.sampled_from('ab .@<>()"\\,é🔔-_%'), max_size=12).map("{} <a@b.com>".format),
    st.text(st.sampled_from('ab .@<>()"\\,é🔔-_%[]1'), max_size=12).map("{}@b.com".format),
    st.text(st.sampled_from("ab.-é1[]:☕ß"), max_size=12).map("a@{}".format),
)


@given(sender=_senders | st.sampled_from([*NAMED, *UNNAMED, *GLOBAL, *LOCAL]))
def test_whatever_is_accepted_pydantic_accepts(sender: str):
    pydantic = pytest.importorskip("pydantic", reason="pydantic is not installed: consumers bring it")
    if is_global_address(address := address_of(sender)):
        taken = pydantic.TypeAdapter(pydantic.EmailStr).validate_python(sender)
        assert taken == pydantic.TypeAdapter(pydantic.EmailStr).validate_python(address)
