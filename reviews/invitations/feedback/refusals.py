"""Say whose fault it is that a mail server refused a mail: the address's, ours, or neither's (pure).

One rule for the same words wherever they come: at RCPT, at the final dot, in a report, or in an event of a mail service. Only the fault of the
address may ever stop mail to a person; a list that names our server would otherwise take every customer behind it from us, for good.

1. The enhanced status code comes first (RFC 3463, RFC 7372, RFC 7505): 5.1.x and 5.2.1 speak of the mailbox, 5.1.7 and 5.1.8 of our sender, 5.7.x
   of what the server thinks of us, 5.4.x of the way there.
2. Any other code, and x.0.0 or 5.1.0 or none, is read by the words: a list, a policy or a check of the sender is ours, also with 4.x.x; an
   unknown mailbox is the address's, only with 5.x.x. Who is asked to come back later (greylisting) is turned away by nobody.
3. What says neither is neither's: a mail too big, a bare "550", and a full mailbox, which may be emptied by tomorrow (`MAILBOX_FULL`).
"""

import re
from enum import StrEnum
from typing import Final

import msgspec

from reviews.invitations.feedback.delivery_events import status_in
from reviews.reasons import DeliveryKind, OutcomeCode


class Blame(StrEnum):
    """Whose fault a refusal is."""

    ADDRESS = "address"
    OURS = "ours"
    NEITHER = "neither"


class Refusal(msgspec.Struct, frozen=True):
    """Whose fault a refusal is; when waiting may help also why, and the name of the list that names us if the server told it."""

    blame: Blame
    code: OutcomeCode | None = None
    blocked_by: str | None = None

    @property
    def kind(self) -> DeliveryKind:
        """Return the kind of event that it is in a report."""
        return _KINDS[self.blame]


_KINDS: Final = {Blame.ADDRESS: DeliveryKind.BOUNCE, Blame.OURS: DeliveryKind.BLOCKED, Blame.NEITHER: DeliveryKind.SOFT_BOUNCE}


_REPLY: Final = re.compile(r"(?<![\d.])([45])\d\d(?![\d.])")
# The names of mailboxes say nothing about the refusal: spam@, policy@.
_ADDRESS: Final = re.compile(r"[^\s<>@]{0,64}@[^\s<>@]{0,190}")
_MAILBOX_STATUS: Final = re.compile(r"5\.1\.(?:1|2|3|4|5|6|9|10)|5\.2\.1")
_SENDER_STATUS: Final = re.compile(r"5\.1\.[78]")
_SAYS_LITTLE: Final = re.compile(r"\d\.0\.0|5\.1\.0")
# RFC 7372 and 7505 (20 to 27), and Microsoft's own.
_CHECK_STATUS: Final = re.compile(r"5\.7\.(?:2[0-9]|509|515)")
_LIST_STATUS: Final = re.compile(r"5\.7\.(?:51[12]|6[0-4]\d)")

# Everybody who writes for the first time, or often, is told so.
_LATER: Final = re.compile(r"gr[ea]y[ -]?list|too many|rate.?limit|throttl|try again", re.IGNORECASE)
_LIST: Final = re.compile(
    r"(?:block|black|deny)[ -]?list|\b(?:rbl|dnsbl|dnsrbl|rhsbl|sbl|xbl|pbl|css)\b|\blisted (?:in|on|at|by)\b|blocked using"
    r"|spamhaus|spamcop|barracuda|sorbs|uceprotect|abusix|spamrats|mailspike|invaluement|cloudmark|senderscore|nixspam|backscatterer",
    re.IGNORECASE,
)
_CHECK: Final = re.compile(
    r"\b(?:spf|dkim|dmarc|ptr|rdns|helo|ehlo)\b|authenticat|sender (?:address )?verif|reverse[ -](?:dns|lookup|hostname)|cannot find your"
    r"|\brelay",
    re.IGNORECASE,
)
_POLICY: Final = re.compile(
    r"polic(?:y|ies)|spam|unsolicited|\bbulk\b|\bjunk\b|access (?:was |is )?denied|not allowed|not permitted|prohibit|forbidden|reputation|complain"
    r"|suspicious|phish|virus|malware|\bcontent\b|rate.?limit|too many|throttl|\bblocked\b|\bbanned\b"
    r"|sender (?:address )?(?:rejected|denied|refused)",
    re.IGNORECASE,
)
_FULL_STATUS: Final = re.compile(r"5\.2\.2")
_FULL: Final = re.compile(
    r"(?:mailbox|inbox|postvak|account|storage|disk)[^.;]{0,40}?\b(?:full|vol|exceeded|too large)\b|quota|out of (?:disk |storage )?space"
    r"|out of storage|insufficient (?:system )?storage",
    re.IGNORECASE,
)
_THING: Final = r"(?:user|mailbox|recipient|account|address|addressee|person|domain|alias|customer)"
_MAILBOX: Final = re.compile(
    rf"no such (?:\w+ )?{_THING}|\b(?:unknown|invalid|bad|non-?existent) (?:\w+ )?{_THING}|\b{_THING}\b[^.;]{{0,60}}?"
    rf"(?:unknown|not (?:be )?found|unavailable|invalid|disabled|deactivated|inactive|closed|suspended|no longer"
    rf"|(?:does|do)(?: not|n't) exist|is(?: not|n't) (?:valid|known|active|local))"
    rf"|no mailbox|(?:not|n't) have an? .{{0,60}}account|onbekend|bestaat niet|unroute?able",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(
    r"(?:using|listed (?:in|on|at|by)|blocked by|list(?:ed)?:?(?: (?:at|in|by|on))?|rbl:?|dnsbl:?|https?://(?:www\.)?)\s*"
    r"((?:[a-z0-9_-]{1,63}\.){1,6}[a-z]{2,24})(?![\w.]*@)",
    re.IGNORECASE,
)
_KNOWN: Final = re.compile(r"spamhaus|spamcop|barracuda|sorbs|uceprotect|abusix|spamrats|mailspike|invaluement|cloudmark|senderscore", re.IGNORECASE)


def read(status: str | None, words: str = "") -> Refusal:
    """Return whose fault a refusal is, by its status code and the server's words."""
    best = status_in(status, words) or ""
    said = _ADDRESS.sub(" ", words)
    if best and not _SAYS_LITTLE.fullmatch(best):
        if _MAILBOX_STATUS.fullmatch(best):
            return Refusal(Blame.ADDRESS)
        if _SENDER_STATUS.fullmatch(best):
            return Refusal(Blame.OURS, OutcomeCode.SENDER_REFUSED)
        if best.startswith(("5.7.", "5.4.")):
            return _ours(_by_code(best) or _by_words(said) or _otherwise(best), said)
    final = _is_final(best, said)
    ours = _by_words(said)
    if ours and (final or not _LATER.search(said)):
        return _ours(ours, said)
    says_little = not best or _SAYS_LITTLE.fullmatch(best)
    if _FULL_STATUS.fullmatch(best) or (final and says_little and _FULL.search(said)):
        return Refusal(Blame.NEITHER, OutcomeCode.MAILBOX_FULL)
    return Refusal(Blame.ADDRESS if final and says_little and _MAILBOX.search(said) else Blame.NEITHER)


def has_reply(words: str) -> bool:
    """Whether a server's own reply code stands in these words."""
    return _REPLY.search(words) is not None


def _ours(code: OutcomeCode, said: str) -> Refusal:
    return Refusal(Blame.OURS, code, _name(said) if code is OutcomeCode.BLOCK_LISTED else None)


def _by_code(status: str) -> OutcomeCode | None:
    if _CHECK_STATUS.fullmatch(status):
        return OutcomeCode.NOT_AUTHENTICATED
    return OutcomeCode.BLOCK_LISTED if _LIST_STATUS.fullmatch(status) else None


def _by_words(said: str) -> OutcomeCode | None:
    """Return which fault of ours the words speak of, the most telling first: a list is often told together with a policy."""
    if _LIST.search(said):
        return OutcomeCode.BLOCK_LISTED
    if _CHECK.search(said):
        return OutcomeCode.NOT_AUTHENTICATED
    return OutcomeCode.POLICY_REFUSED if _POLICY.search(said) else None


def _otherwise(status: str) -> OutcomeCode:
    return OutcomeCode.NOT_ROUTED if status.startswith("5.4.") else OutcomeCode.POLICY_REFUSED


def _is_final(best: str, said: str) -> bool:
    """Whether the server will not change its mind by itself; the status code counts before the reply."""
    reply = _REPLY.search(said)
    return (best or (reply[1] if reply else "")).startswith("5")


def _name(said: str) -> str | None:
    """Return the name of the list: its host, else the name of one that is known."""
    found = _NAMED.search(said)
    if found:
        return found[1].casefold()
    known = _KNOWN.search(said)
    return known[0].casefold() if known else None
