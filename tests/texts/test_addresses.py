"""How an address leaves, and which common domain was probably meant by one that nobody has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.keys import normal_address
from reviews.texts import addresses


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("jan@exämple.de", "jan@xn--exmple-cua.de"),
        ("Jan@STRASSE.DE", "Jan@STRASSE.DE"),
        ("Jan@Straße.de", "Jan@xn--strae-oqa.de"),
        ("jan@exa\u0308mple.de", "jan@xn--exmple-cua.de"),
        ("jan@例え.テスト", "jan@xn--r8jz45g.xn--zckzah"),
        ("o'brien@post.zoë.nl", "o'brien@post.xn--zo-ija.nl"),
        ("jan@example.nl", "jan@example.nl"),
        ("jan@_x.nl", "jan@_x.nl"),
    ],
)
def test_a_domain_leaves_as_its_a_label_and_the_rest_as_it_is(address: str, sent: str) -> None:
    assert addresses.as_sent(address) == sent
    assert normal_address(sent) == normal_address(address)


@pytest.mark.parametrize(
    ("domain", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gamil.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.nl", "gmail.com"),
        ("gmailc.om", "gmail.com"),
        ("gm\u0430il.com", "gmail.com"),
        ("GMIAL.COM", "gmail.com"),
        ("hotmial.nl", "hotmail.nl"),
        ("hotmaill.con", "hotmail.com"),
        ("hotmial.be", "hotmail.be"),
        ("outlok.com", "outlook.com"),
        ("lvie.nl", "live.nl"),
        ("live.nk", "live.nl"),
        ("zigo.nl", "ziggo.nl"),
        ("kpnmial.nl", "kpnmail.nl"),
        ("iclould.com", "icloud.com"),
        ("telnet.be", "telenet.be"),
        ("telenet.nl", "telenet.be"),
        ("skynet.eb", "skynet.be"),
    ],
)
def test_a_slip_of_the_pen_is_known_by_the_domain_that_was_meant(domain: str, meant: str) -> None:
    assert addresses.near_miss(f"jan@{domain}") == meant


OTHERS = """
    gmail.com hotmail.nl hotmail.be hotmail.fr mail.com ymail.com email.com live.be live.fr five.nl love.nl home.nl gmx.com me.com planet.nl xs4all.nl
    upcmail.nl outlook.de hotmail.co.uk hotmail.fi GMAIL.com telecom.be sky.be ambiance-utrecht.nl gmailers.example exämple.de
"""


@pytest.mark.parametrize("domain", OTHERS.split())
def test_a_domain_of_somebody_else_is_left_alone(domain: str) -> None:
    assert addresses.near_miss(f"jan@{domain}") is None


@given(st.text(max_size=40))
def test_any_text_can_be_asked_about(text: str) -> None:
    assert addresses.near_miss(text) != text
    assert addresses.look_alike(text) != text
    assert addresses.as_sent(text) == addresses.as_sent(addresses.as_sent(text))
