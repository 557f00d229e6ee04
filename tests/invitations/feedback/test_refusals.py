"""What mail servers really say when they refuse, and whose fault it is: only that of the address may ever stop mail to a person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.invitations.feedback import refusals
from reviews.invitations.feedback.refusals import Blame, Refusal
from reviews.reasons import OutcomeCode

ADDRESS, NEITHER = Refusal(Blame.ADDRESS), Refusal(Blame.NEITHER)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("5.1.1", ""),
        ("5.1.2", "550 5.1.2 Bad destination system address"),
        ("5.1.6", "551 5.1.6 Mailbox has moved"),
        ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound"),
        ("5.2.1", "550 5.2.1 The email account that you tried to reach is inactive"),
        ("5.0.0", "550 5.1.1 user unknown"),
        ("5.0.0", "550 No such user here"),
        ("5.1.0", "550 5.1.0 <jan@example.nl> recipient unknown"),
        ("", "550 no such user"),
        ("", "550 sorry, no mailbox here by that name (#5.1.1)"),
        ("", "553 Invalid recipient jan@example.nl"),
        ("", "550 Requested action not taken: mailbox unavailable"),
        ("", "554 delivery error: dd This user doesn't have a provider.example account"),
        ("", "550 Adres onbekend"),
        ("", "550 spam@example.nl: no such user"),
        ("", "550 User policy@spamhaus.example unknown"),
    ],
)
def test_an_address_that_is_not_there_is_the_addresss_fault(status: str, words: str) -> None:
    assert refusals.read(status, words) == ADDRESS


@pytest.mark.parametrize(
    ("status", "words", "code", "blocked_by"),
    [
        ("5.0.0", "550 Your IP is in an RBL", "block_listed", None),
        ("5.0.0", "550 5.0.0 Access denied", "policy_refused", None),
        ("5.0.0", "550 rejected as spam", "policy_refused", None),
        ("5.0.0", "554 rejected for policy reasons", "policy_refused", None),
        ("5.7.1", "554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org", "block_listed", "zen.spamhaus.org"),
        ("4.7.1", "450 4.7.1 Service unavailable; Client host [192.0.2.7] blocked using bl.spamcop.net", "block_listed", "bl.spamcop.net"),
        ("", "550 192.0.2.7 is listed at b.barracudacentral.org", "block_listed", "b.barracudacentral.org"),
        ("", "550-5.7.1 See https://www.abuseat.example/lookup blacklisted", "block_listed", "abuseat.example"),
        ("", "554 Blocked - see Spamhaus", "block_listed", "spamhaus"),
        ("5.7.606", "550 5.7.606 Access denied, banned sending IP", "block_listed", None),
        ("5.7.26", "550 5.7.26 This mail is unauthenticated", "not_authenticated", None),
        ("5.7.23", "", "not_authenticated", None),
        ("5.0.0", "550 SPF check failed", "not_authenticated", None),
        ("5.3.0", "553 5.3.0 rejected: see our policy", "policy_refused", None),
        ("", "550 Relaying denied", "not_authenticated", None),
        ("5.7.1", "", "policy_refused", None),
        ("5.7.1", "550 5.7.1 recipient unknown", "policy_refused", None),
        ("5.4.4", "host not found", "not_routed", None),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied", "policy_refused", None),
        ("5.1.8", "550 5.1.8 Sender address rejected: Domain not found", "sender_refused", None),
        ("5.1.0", "550 5.1.0 sender rejected, blacklisted", "block_listed", None),
        ("", "550 No such user, or you are on our blacklist", "block_listed", None),
        ("4.7.0", "421 4.7.0 messages deferred due to user complaints", "policy_refused", None),
    ],
)
def test_a_list_a_policy_and_a_check_of_the_sender_are_our_fault(status: str, words: str, code: str, blocked_by: str | None) -> None:
    found = refusals.read(status, words)

    assert (found.blame, found.code, found.blocked_by) == (Blame.OURS, code, blocked_by)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("5.2.2", "552 5.2.2 mailbox full"),
        ("5.2.2", ""),
        (None, "552 5.2.2 The email account that you tried to reach is over quota"),
        (None, "552 Requested mail action aborted: exceeded storage allocation, mailbox full"),
        (None, "550 Mailbox is full"),
        ("5.0.0", "550 user over quota"),
        (None, "552 Uw postvak is vol"),
    ],
)
def test_a_full_mailbox_may_be_emptied(status: str | None, words: str) -> None:
    assert refusals.read(status, words) == Refusal(Blame.NEITHER, OutcomeCode.MAILBOX_FULL)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("5.3.4", "552 5.3.4 message too big"),
        ("4.2.2", "452 4.2.2 The recipient's inbox is out of storage space"),
        ("4.7.1", "450 4.7.1 Greylisted, please try again"),
        ("", "451 greylisting in action, spam control"),
        ("4.7.0", "421 4.7.0 Too many connections, policy"),
        ("4.4.7", ""),
        ("4.1.1", "450 4.1.1 user unknown in virtual mailbox table"),
        ("", "450 no such user yet"),
        ("5.0.0", ""),
        ("", "550"),
        ("", ""),
        (None, "550 zoals gevraagd"),
    ],
)
def test_what_says_neither_is_neithers_fault(status: str | None, words: str) -> None:
    assert refusals.read(status, words) == NEITHER


@given(
    st.sampled_from(["spamhaus", "blocked using zen.example.org", "in an RBL", "policy", "DMARC", "blacklisted"]),
    st.sampled_from(["4.7.1", "5.7.1", "5.0.0", "5.4.1", "5.3.2", ""]),
    st.text(max_size=40),
    st.text(max_size=40),
)
def test_no_words_around_a_list_make_it_the_addresss_fault(list_words: str, status: str, before: str, after: str) -> None:
    # a code in the words around would be the better code, and counts first
    around = [text for text in (before, after) if not any(figure.isdigit() for figure in text)]

    assert refusals.read(status, f"550 {' '.join(around)} {list_words} no such user").blame is not Blame.ADDRESS
