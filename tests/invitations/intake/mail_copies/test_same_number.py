"""A copy of a mail whose number is that of another customer's job waits for a person, who reads the dates of both documents."""

from datetime import date

import pytest

from reviews.database.tables import Job
from reviews.demo.documents.content import PaperCustomer
from reviews.errors import InvalidError
from reviews.web.desk import mail_copy_words
from tests.invitations import copied_mails
from tests.invitations.copying import INVOICE, Post

PIET = PaperCustomer(name="P. Bakker", address="Singel 7", postcode="9711 AA", city="Groningen")


async def test_it_waits_with_both_dates(post: Post) -> None:
    await post.teach()
    await post.bring(INVOICE)
    other = copied_mails.document(customer=PIET, dated_on=date(2026, 11, 22))

    mail = await post.bring(copied_mails.mail(other, To="P. Bakker <piet@example.com>", Message_ID="<43@vandamzonwering.example>"))

    assert (mail.state, mail.reason, mail.trigger_id) == ("unrecognised", "number_of_another_customer", None)
    assert mail_copy_words.state_of(mail).endswith("Die opdracht is van 20-11-2026, dit document van 22-11-2026.")
    assert [job.customer_name for job in await post.all(Job)] == ["J. de Vries"]
    with pytest.raises(InvalidError) as refused:
        await post.settle(mail, meaning="purchase", name="P. Bakker", email="piet@example.com")
    assert "Die opdracht is van 20-11-2026" in refused.value.errors[0].detail

    await post.settle(mail, meaning="purchase", number="F2026-0042-2", name="P. Bakker", email="piet@example.com")
    assert sorted(job.number for job in await post.all(Job)) == ["F2026-0042", "F2026-0042-2"]
