"""What may be wrong with a file of jobs or with one of its lines, as a sentence that says what to do."""

from collections.abc import Mapping
from typing import Final

from reviews.errors import EventIdReusedError, FieldError, InvalidError, NumberOfAnotherCustomerError, RefusedEventError

SENTENCES: Final[Mapping[str, str]] = {
    # a file
    "too_large": "Dit bestand is groter dan {megabytes} MB. Verdeel het over meer bestanden, bijvoorbeeld per jaar.",
    "too_many_columns": "Dit bestand heeft meer dan {columns} kolommen. Bewaar alleen de kolommen die nodig zijn.",
    "too_many_rows": "Dit bestand heeft meer dan {rows} regels. Verdeel het over meer bestanden.",
    "sheet_too_full": "Dit Excel-bestand heeft meer dan {cells} cellen, lege meegeteld. Bewaar alleen het blad met de opdrachten, als CSV.",
    "unpacks_too_large": "Dit Excel-bestand wordt uitgepakt groter dan {unpacked} MB. Bewaar alleen het blad met de opdrachten, als CSV.",
    "empty_file": "Er staat niets in dit bestand.",
    "only_a_header": "Onder de kolomnamen staan geen regels.",
    "wrong_encoding": "De tekens in dit bestand zijn niet te lezen. Bewaar het als 'CSV UTF-8' en probeer het opnieuw.",
    "not_a_spreadsheet": "Dit is geen CSV- of Excel-bestand (.xlsx) dat wij kunnen lezen. Open het in Excel en bewaar het opnieuw.",
    "old_excel": "Dit is een oud Office-bestand (zoals .xls), of er zit een wachtwoord op. Bewaar het als .xlsx zonder wachtwoord, of als CSV.",
    "other_kind": "Dit is {what}, wat de naam ook zegt, en daar lezen wij geen opdrachten uit. {to_do}",
    "column_missing": "Er is geen kolom voor {name}. Wijs er een aan, of geef de kolom de naam {example}.",
    "two_columns": "Meer dan een kolom kan {name} zijn: {headers}. Wijs aan welke het is.",
    "unknown_column": "Er is geen kolom met de naam {header} in dit bestand.",
    "same_header": "De kolomnaam {header} komt meer dan eens voor. Geef de kolommen verschillende namen.",
    "unknown_field": "{name} is geen kolom die wij kennen; kies uit {known}.",
    "wrong_map": "De indeling van kolommen is niet te lezen: {why}.",
    # a line
    "bad_quotes": "De aanhalingstekens op deze regel kloppen niet.",
    "line_too_long": "Deze regel is te lang om te lezen.",
    "too_many_cells": "Deze regel heeft meer cellen dan er kolomnamen zijn; zet tekst met een scheidingsteken tussen aanhalingstekens.",
    # a cell
    "formula": "Hier staat een formule; zet de waarde zelf neer.",
    "cell_too_long": "Deze cel is te lang.",
    "not_a_date": "Dit is geen datum; schrijf haar als 20-11-2026 of 2026-11-20, met of zonder tijd.",
    "short_year": "Schrijf het jaar van deze datum met vier cijfers.",
    "ambiguous_date": "Dag en maand zijn niet te onderscheiden en de rest van het bestand maakt het niet duidelijk; schrijf de datum als 2026-11-20.",
    "skipped_hour": "Dit tijdstip bestond niet: die nacht ging de klok een uur vooruit.",
    "not_an_amount": "Dit is geen bedrag; schrijf het als 1.234,56.",
    "unknown_word": "Dit woord kennen wij hier niet; gebruik {known}.",
    "other_branch": "Deze regel noemt een andere vestiging; lees hem daar in.",
    "event_id_reused": "Dit event_id hoort al bij een andere melding; geef deze regel een nieuw event_id of laat het leeg.",
    "number_of_another_customer": "Dit nummer is al van een opdracht van {known_on:%d-%m-%Y} van een andere klant; deze regel is van"
    " {told_on:%d-%m-%Y}. Verbeter het nummer, of geef elke opdracht een eigen job_id.",
    "number_of_several_jobs": "Meer dan één opdracht heeft dit nummer. Vul de soort opdracht of de klant in, zodat duidelijk is welke.",
}

SHOWN: Final[Mapping[str, str]] = {
    "event_id": "kenmerk van de melding",
    "type": "gebeurtenis",
    "kind": "soort opdracht",
    "number": "opdrachtnummer",
    "job_id": "job_id",
    "credit_number": "nummer creditnota",
    "occurred_at": "datum",
    "name": "naam",
    "first_name": "voornaam",
    "infix": "tussenvoegsel",
    "last_name": "achternaam",
    "email": "e-mailadres",
    "postcode": "postcode",
    "house_number": "huisnummer",
    "total": "bedrag",
    "language": "taal",
    "basis": "grondslag",
    "final": "laatste levering",
    "consent_at": "datum van toestemming",
    "consent_text_version": "tekst van toestemming",
    "branch": "vestiging",
}
"""What a column is called on the screen."""


def remark(field: str, code: str, **values: object) -> FieldError:
    """Return what is wrong with a field, in a sentence."""
    return FieldError(field, code, SENTENCES[code].format(**values))


def refused_beside(problem: RefusedEventError) -> FieldError:
    """Return why a line can't be taken in beside what is known, in a sentence."""
    if isinstance(problem, NumberOfAnotherCustomerError):
        return remark("number", problem.slug, known_on=problem.known_on, told_on=problem.told_on)
    return remark("event_id" if isinstance(problem, EventIdReusedError) else "number", problem.slug)


def refusal(code: str, **values: object) -> InvalidError:
    """Return the error that says why a whole file can't be read."""
    return InvalidError([remark("file", code, **values)])


def told(errors: tuple[FieldError, ...]) -> str:
    """Return all that is wrong with a line in one text, each with the name of its column."""
    return " ".join(told_apart(errors))


def told_apart(errors: tuple[FieldError, ...]) -> list[str]:
    """Return each thing that is wrong with a line, with the name of its column."""
    return [f"{name[:1].upper()}{name[1:]}: {found.detail}" if (name := SHOWN.get(column_of(found.field))) else found.detail for found in errors]


def column_of(field: str) -> str:
    """Return the column from which a field of a melding comes."""
    names = {"consent": "consent_at", "consent.at": "consent_at", "consent.text_version": "consent_text_version"}
    return names.get(field, field.removeprefix("customer."))
