"""A spreadsheet in which several customers have one number, as Excel makes it of long ones."""

from reviews.database.tables import Job
from tests.invitations.intake.sheets.test_importing import Ground, ground

__all__ = ["ground"]

SCIENTIFIC = """nummer;soort;datum;naam;email;postcode;huisnummer;totaal;grondslag
2,02612E+11;reparatie;20-11-2026;J. de Vries;a@example.nl;3511 AB;12;1.234,56;klant
2,02612E+11;reparatie;21-11-2026;P. Bakker;b@example.nl;3512 AB;14;234,56;klant
2,02612E+11;reparatie;22-11-2026;K. Smit;c@example.nl;3513 AB;16;334,56;klant
"""


async def test_no_line_of_another_customer_is_taken_for_the_first_ones(ground: Ground) -> None:
    """Whether such a number is read at all is another question: taken in or refused, no customer may be lost."""
    data = SCIENTIFIC.replace("2,02612E+11", "202612").encode()
    for counts in (await ground.bring(data, chunk=2), await ground.bring(data, chunk=2)):
        assert counts.refused == 2
        assert [(refused.line, [found.code for found in refused.errors]) for refused in ground.notes.refusals] == [
            (3, ["number_of_another_customer"]),
            (4, ["number_of_another_customer"]),
        ]
    assert await ground.many(Job) == 1
    assert (
        ground.notes.refusals[0]
        .errors[0]
        .detail.startswith("Dit nummer is al van een opdracht van 20-11-2026 van een andere klant; deze regel is van")
    )


async def test_a_trial_refuses_the_same_lines(ground: Ground) -> None:
    data = SCIENTIFIC.replace("2,02612E+11", "202612").encode()
    counts = [await ground.bring(data, dry_run=dry_run, chunk=chunk) for dry_run, chunk in ((True, 1), (True, 3), (False, 3))]

    assert {(one.created, one.refused) for one in counts} == {(1, 2)}


async def test_a_column_with_ids_of_their_own_makes_each_a_job(ground: Ground) -> None:
    head, *body = SCIENTIFIC.splitlines()
    data = "\n".join([f"{head};job_id", *(f"{line};{place}" for place, line in enumerate(body))]).replace("2,02612E+11", "202612")
    counts = await ground.bring(data.encode())

    assert (counts.created, counts.refused, await ground.many(Job)) == (3, 0, 3)
