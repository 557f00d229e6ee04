"""Read what came from outside into a struct, and list all that is wrong with it, not only the first error."""

import re
import types
import typing
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

import msgspec
from email_validator import EmailNotValidError, validate_email

from reviews.errors import FieldError, InvalidError
from reviews.texts import addresses, damaged, links

S = TypeVar("S", bound=msgspec.Struct)

MOST_STRANGERS = 20
"""So many fields of an object that are unknown, or that come twice, are named at most: whoever sends more has not read about any of them."""

_PLAIN = re.compile(r"[a-zA-Z0-9_+-]+(?:\.[a-zA-Z0-9_+-]+)*")
"""The left half of nearly all addresses (a part of the dot-atom of RFC 5322 3.2.3)."""

SENTENCES: dict[str, tuple[str, str]] = {
    "not_an_object": ("Hier hoort een JSON-object te staan.", "A JSON object belongs here."),
    "unknown_field": (
        "Dit veld is niet bekend; haal het weg of controleer de spelling.",
        "This field is not known; remove it or check its spelling.",
    ),
    "repeated_field": ("Dit veld staat er twee keer in; laat er één staan.", "This field is here twice; leave one."),
    "missing": ("Dit veld is verplicht.", "This field is required."),
    "wrong_value": ("Deze waarde past hier niet: {why}.", "This value does not fit here: {why}."),
    "not_text": ("Geef dit als tekst, tussen aanhalingstekens.", "Give this as text, between quotation marks."),
    "too_long": ("Dit is te lang: hooguit {why} tekens.", "This is too long: at most {why} characters."),
    "reserved_name": (
        "Een naam die met {why} begint, is van het systeem zelf; kies een andere.",
        "A name that begins with {why} is the service's own; choose another.",
    ),
    "not_a_choice": ("Kies één van: {why}.", "Choose one of: {why}."),
    "not_a_time": (
        "Dit is geen bestaand tijdstip; geef het zoals 2026-11-20T15:30:00+01:00.",
        "This is no existing moment; give it such as 2026-11-20T15:30:00+01:00.",
    ),
    "not_an_amount": (
        'Geef het bedrag als tekst in euro\'s met een punt, zoals "1234.56"; hooguit negen cijfers ervoor en twee erachter.',
        'Give the amount as text in euros with a point, such as "1234.56"; at most nine digits before it and two after.',
    ),
    "control_characters": (
        "Hier staan regeleinden of onzichtbare tekens in; haal ze weg.",
        "This holds line breaks or invisible characters; remove them.",
    ),
    "encoded_word": (
        "Hier staat gecodeerde mailtekst (=?…?=) in; geef de gewone tekst.",
        "This holds an encoded mail word (=?…?=); give the plain text.",
    ),
    "holds_address": (
        "Hier staat een webadres of e-mailadres in; geef alleen de naam.",
        "This holds a web or e-mail address; give the name only.",
    ),
    "not_an_address": (
        "Dit is geen e-mailadres; geef er precies één, zoals jan@voorbeeld.nl.",
        "This is no e-mail address; give exactly one, such as jan@example.nl.",
    ),
    "misspelt_address": ("Dit is geen e-mailadres. Bedoelt u {why}?", "This is no e-mail address. Do you mean {why}?"),
    "look_alike_address": (
        "In dit e-mailadres staan tekens die veel mailservers niet aannemen, zoals ë of ’. Bedoelt u {why}?",
        "This e-mail address holds characters that many mail servers refuse, such as ë or ’. Do you mean {why}?",
    ),
    "address_not_ascii": (
        "In dit e-mailadres staan tekens die veel mailservers niet aannemen. Geef een adres met gewone letters voor de @.",
        "This e-mail address holds characters that many mail servers refuse. Give an address with plain letters before the @.",
    ),
    "not_a_day": ("Geef een dag, zoals 2026-11-20.", "Give a day, such as 2026-11-20."),
    "not_an_id": ("Dit is geen id; geef het zoals u het kreeg.", "This is no id; give it as you got it."),
    "not_yes_or_no": ("Geef true of false, zonder aanhalingstekens.", "Give true or false, without quotation marks."),
    "no_offset": ("Geef de tijd met tijdzone, zoals 2026-11-20T15:30:00+01:00.", "Give the time with its offset, such as 2026-11-20T15:30:00+01:00."),
    "in_future": (
        "Dit moment ligt in de toekomst; controleer de klok van het systeem.",
        "This moment lies in the future; check the clock of the system.",
    ),
    "too_long_ago": ("Dit moment ligt onwaarschijnlijk ver terug; controleer de datum.", "This moment is unlikely far back; check the date."),
    "wrong_period": (
        "Deze periode klopt niet: de laatste dag ligt vóór de eerste, of te ver weg.",
        "This period is not right: its last day lies before its first, or too far off.",
    ),
    "unknown_branch": ("Deze vestiging bestaat niet.", "There is no such branch."),
    "number_of_another_customer": (
        "Onder dit nummer staat al een opdracht van een andere klant. Verbeter het nummer, of geef een eigen job_id mee. Data van beide: {why}.",
        "Another customer's job has this number already. Correct the number, or give a job_id of your own. Dates of both: {why}.",
    ),
    "number_of_several_jobs": (
        "Onder dit nummer staat meer dan één opdracht. Geef er kind, customer of job_id bij, zodat duidelijk is welke.",
        "More than one job has this number. Add kind, customer or job_id, so that it is clear which one is meant.",
    ),
    "not_json": ("De inhoud is geen geldige JSON (UTF-8).", "The body is no valid JSON (UTF-8)."),
    "too_many": ("Dit zijn er te veel in één keer; verdeel ze over meer aanroepen.", "These are too many at once; spread them over more calls."),
    **damaged.SENTENCES,
}


class Repeated(dict[str, Any]):
    """A JSON object that names a field twice, so that it is not clear which value was meant."""

    twice: frozenset[str] = frozenset()

    @classmethod
    def of(cls, pairs: list[tuple[str, Any]]) -> "Repeated":
        """Make one from names and values in their order; of a repeated name it holds the last value."""
        made = cls(pairs)
        seen, twice = set[str](), set[str]()
        for name, _ in pairs:
            (twice if name in seen else seen).add(name)
        made.twice = frozenset(twice)
        return made


def field_error(field: str, code: str, why: str = "") -> FieldError:
    """Make an error with its Dutch sentence."""
    return FieldError(field, code, SENTENCES[code][0].format(why=why))


def in_english(found: FieldError) -> FieldError:
    """Return the same error with its English sentence, where the closed list has one."""
    if found.code not in SENTENCES:
        return found
    return FieldError(found.field, found.code, SENTENCES[found.code][1].format(why=why_of(found)))


def why_of(found: FieldError) -> str:
    """Return what the sentence of an error quotes, empty for one that quotes nothing."""
    before, _, after = SENTENCES[found.code][0].partition("{why}")
    return found.detail.removeprefix(before).removesuffix(after)


def read(raw: object, shape: type[S], further: Callable[[S], list[FieldError]] | None = None) -> S:
    """Return `raw` as `shape`; raise InvalidError with every error in it, those of `further` included."""
    try:
        # msgspec reports only the first error, so `_all` looks at each field once it has failed.
        value = msgspec.convert(raw, shape)
    except msgspec.ValidationError:
        raise InvalidError(_all(raw, shape, "")) from None
    found = [*(_all(raw, shape, "") if _says_twice(raw) else []), *(further(value) if further else [])]
    if found:
        raise InvalidError(found)
    return value


def also(problem: InvalidError, found: Iterable[FieldError]) -> InvalidError:
    """Return the problem with what else was found, at most one error per field."""
    named = {known.field for known in problem.errors}
    return InvalidError([*problem.errors, *(one for one in found if one.field not in named)])


def _says_twice(raw: object) -> bool:
    """Whether an object of a request, or one within it, names a field twice; the shapes here are no deeper than two."""
    if not isinstance(raw, dict):
        return False
    given = typing.cast("dict[str, Any]", raw)
    return isinstance(given, Repeated) or any(isinstance(value, Repeated) for value in given.values())


def _all(raw: object, shape: type[msgspec.Struct], path: str) -> list[FieldError]:
    if not isinstance(raw, dict):
        return [field_error(path.rstrip(".") or "body", "not_an_object")]
    given = typing.cast("dict[str, Any]", raw)
    fields = {field.encode_name: field for field in msgspec.structs.fields(shape)}
    found = [field_error(f"{path}{name}", "unknown_field") for name in islice((name for name in given if name not in fields), MOST_STRANGERS)]
    twice = sorted(given.twice)[:MOST_STRANGERS] if isinstance(given, Repeated) else ()
    found += [field_error(f"{path}{name}", "repeated_field") for name in twice]
    for name, field in fields.items():
        if name in given:
            found += _wrong(given[name], field.type, f"{path}{name}")
        elif field.required:
            found.append(field_error(f"{path}{name}", "missing"))
    return found


def _wrong(value: object, kind: Any, path: str) -> list[FieldError]:
    struct = _struct_in(kind)
    if struct is not None and value is not None:
        return _all(value, struct, f"{path}.")
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as problem:
        return [field_error(path, *_why(value, msgspec.inspect.type_info(kind), str(problem).split(" - at", maxsplit=1)[0]))]
    return []


def _why(value: object, kind: msgspec.inspect.Type, said: str) -> tuple[str, str]:
    """Return the code for what is wrong with a value, and the value for `{why}` in its sentence.

    A type may name a code of its own: `msgspec.Meta(extra={"error_code": "not_an_amount"})`.
    """
    if isinstance(kind, msgspec.inspect.UnionType):
        return _why(value, next(one for one in kind.types if not isinstance(one, msgspec.inspect.NoneType)), said)
    if value is None:
        return "missing", ""
    if isinstance(kind, msgspec.inspect.Metadata):
        return (kind.extra or {}).get("error_code", "wrong_value"), said
    if isinstance(kind, msgspec.inspect.LiteralType):
        return "not_a_choice", ", ".join(map(str, kind.values))
    if isinstance(kind, msgspec.inspect.DateTimeType | msgspec.inspect.BoolType):
        return "not_a_time" if isinstance(kind, msgspec.inspect.DateTimeType) else "not_yes_or_no", ""
    return _why_no_text(value, kind) if isinstance(kind, msgspec.inspect.StrType) else ("wrong_value", said)


def _why_no_text(value: object, kind: msgspec.inspect.StrType) -> tuple[str, str]:
    if not isinstance(value, str):
        return "not_text", ""
    if kind.max_length is not None and len(value) > kind.max_length:
        return "too_long", str(kind.max_length)
    return ("missing", "") if not value else ("wrong_value", kind.pattern or "")


def _struct_in(kind: Any) -> type[msgspec.Struct] | None:
    """Return the struct in `kind`, also where it may be absent."""
    choices = typing.get_args(kind) if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union else (kind,)
    return next((choice for choice in choices if isinstance(choice, type) and issubclass(choice, msgspec.Struct)), None)


def text_errors(field: str, value: str | None) -> list[FieldError]:
    """Refuse what could reach a mail header as something else than text: control characters, and encoded words that Python would decode."""
    if value is None:
        return []
    # isprintable() first: it answers for nearly every value, and the categories cost a loop.
    if not value.isprintable() and any(unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"} for character in value):
        return [field_error(field, "control_characters")]
    return [field_error(field, "encoded_word")] if "=?" in value else []


def damage_errors(field: str, value: str | None) -> list[FieldError]:
    """Refuse what another program damaged before it came here: what that is, depends on the last part of the field's path."""
    found = damaged.damage_of(field, value) if value else None
    return [field_error(field, found.code, found.why)] if found else []


def name_errors(field: str, value: str | None) -> list[FieldError]:
    """Refuse what is no name of a person, firm or place but an address or a link, beside what no text may hold.

    A firm may be called by its host, such as Zon.nl B.V.: that is let through here, and no mail prints it (`links.is_link`).
    """
    if found := text_errors(field, value):
        return found
    return [field_error(field, "holds_address")] if value and links.is_written_out(value) else []


def address_errors(field: str, value: str | None) -> list[FieldError]:
    """Refuse all but one well-formed e-mail address that can be mailed, with the one that was probably meant; a mailbox is not looked for here.

    A domain may be beyond ASCII, what stands before the @ may not: such a mail would be refused later, by one of the servers on its way.
    """
    if value is None:
        return []
    # The length before a closer look: what is longer is no address (RFC 5321), and may be as long as a body.
    if found := text_errors(field, value) or ([field_error(field, "not_an_address")] if len(value) > 254 else []):
        return found
    local, _, domain = value.rpartition("@")
    if _PLAIN.fullmatch(local) and len(local) <= 64 and _is_domain(domain):
        return []
    plain = addresses.is_plain(value)
    if plain and _is_address(value):
        return []
    meant = addresses.look_alike(value)
    if meant is not None and addresses.is_plain(meant) and _is_address(meant):
        return [field_error(field, "misspelt_address" if plain else "look_alike_address", meant)]
    return [field_error(field, "not_an_address" if plain or not _is_address(value) else "address_not_ascii")]


@lru_cache(maxsize=4096)
def _is_domain(domain: str) -> bool:
    """Whether addresses may stand in a domain. Few domains have most of the addresses, and looking at one takes a quarter of a millisecond."""
    return domain.isascii() and _is_address(f"somebody@{domain}")


def _is_address(value: str) -> bool:
    try:
        validate_email(value, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    # An A-label is longer than its letters.
    sent = addresses.as_sent(value)
    return len(sent) <= 254 and sent.rpartition("@")[2].isascii()
