"""The post office, as a mail server meets it and as a person and a program look into it."""

import smtplib
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.standins import programs
from tests.standins.programs import PostOffice


def mail(to: str = "jan@example.nl", subject: str = "Hoe ging het, café?") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Ambiance <post@example.nl>", to, subject
    message.set_content("Hallo Jan,\nhttps://example.nl/tekst.\n")
    message.add_alternative('<p>Hallo</p><a href="https://example.nl/knop?a=1&amp;b=2">Ga</a>', subtype="html")
    return message


def deliver(office: PostOffice, *mails: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", office.smtp_port) as line:
        for each in mails:
            line.send_message(each)


def test_a_mail_is_kept_and_laid_out(post: PostOffice) -> None:
    deliver(post, mail())

    (kept,) = post.mails("JAN@example.nl")
    assert kept["subject"] == "Hoe ging het, café?"
    assert kept["links"] == ["https://example.nl/knop?a=1&b=2", "https://example.nl/tekst"]
    assert "Hallo Jan" in str(kept["text"])
    assert "=?utf-8?q?caf=C3=A9=3F?=" in str(kept["raw"]), "the raw mail is what came over the wire"
    assert post.mails("piet@example.nl") == []


def test_the_page_lists_the_newest_mail_first_and_escapes_what_it_shows(post: PostOffice) -> None:
    deliver(post, mail(subject="Eerste"), mail(subject="<script>alert(1)</script>"))

    page = post.web.get("/demo/post").text

    assert page.index("&lt;script&gt;") < page.index("Eerste")
    assert "<script>" not in page


def test_a_mail_is_shown_where_its_scripts_cannot_run(post: PostOffice) -> None:
    deliver(post, mail())
    number = post.mails()[0]["id"]

    page = post.web.get(f"/demo/post/{number}")
    part = post.web.get(f"/demo/post/{number}/html")

    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert "sandbox allow-popups" in part.headers["Content-Security-Policy"]
    assert "script" not in part.headers["Content-Security-Policy"]
    assert post.web.get("/demo/post/999999").status_code == 404


def test_mails_are_thrown_away_on_request(post: PostOffice) -> None:
    deliver(post, mail(), mail())

    assert post.web.delete("/api/messages").json() == {"deleted": 2}
    assert post.mails() == []


def test_nonsense_in_a_mail_does_not_stop_the_page(post: PostOffice) -> None:
    with smtplib.SMTP("127.0.0.1", post.smtp_port) as line:
        line.sendmail("a@example.nl", ["b@example.nl"], b"Content-Type: text/plain; charset=nonsense\r\nSubject: =?x?q?\xff?=\r\n\r\n\xff\xfe\r\n")

    assert post.web.get("/demo/post").status_code == 200
    assert post.web.get(f"/demo/post/{post.mails()[0]['id']}").status_code == 200


@pytest.mark.parametrize("kept", [True, False])
def test_a_share_of_the_replies_can_be_lost(post: PostOffice, kept: bool) -> None:
    post.misbehave(at="final", mode="lost_reply" if kept else "close", times=1, share=1.0)

    with pytest.raises(smtplib.SMTPServerDisconnected):
        deliver(post, mail())

    assert len(post.mails()) == kept


def test_an_unknown_fault_is_refused(post: PostOffice) -> None:
    assert post.web.post("/api/faults", json={"at": "never"}).status_code == 400


def test_mails_in_a_folder_survive_a_restart(tmp_path: Path) -> None:
    with programs.post_office("--folder", str(tmp_path)) as first:
        deliver(first, mail(), mail(subject="Tweede"))

    with programs.post_office("--folder", str(tmp_path)) as second:
        assert [kept["subject"] for kept in second.mails()] == ["Hoe ging het, café?", "Tweede"]
