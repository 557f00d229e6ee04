"""Invoices that a program writes into the mail itself, as plain text and as HTML."""

from email.message import EmailMessage
from email.policy import SMTP

from tests import cast
from tests.invitations import copied_mails

SELLER = "\n".join(f"{label}{cast.UTRECHT[key]}" for label, key in (("", "legal_name"), ("KvK ", "kvk"), ("Btw-nummer ", "btw_id")))
PLAIN = (
    SELLER
    + """

Factuur

J. de Vries
Oudegracht 12
3511 AB Utrecht

Factuurnummer:   F2026-0042
Factuurdatum:    20-11-2026

Omschrijving                                    Bedrag
Knikarmscherm Sorrento 450 x 300 cm             € 2.061,98
Btw 21%                                         € 433,02
Totaal incl. btw                                € 2.495,00

Met vriendelijke groet,
Van Dam Zonwering
"""
)
HTML = f"""\
<html><head><title>Factuur 2019-9999</title><style>p {{ color: red }}</style></head><body background="http://x.example/volg.png">
<div style="display:none">Uw factuur F1999-0001 van 1 januari 1999</div><!-- <p>Factuurnummer: F2000-0001</p> -->
<img src="http://x.example/pixel.gif" style="display:none"><table><tr><td><h1>FACTUUR</h1></td></tr></table>
<table><tr><td><p>J. de Vries<br>Oudegracht 12<br>3511 AB&nbsp;&nbsp;Utrecht</p></td></tr></table>
<table>
<tr><th>Factuurnummer</th><th>Factuurdatum</th><th>Vervaldatum</th></tr>
<tr><td><p>F2026-0042</p></td><td><p>20-11-2026</p></td><td><p>04-12-2026</p></td></tr>
</table>
<table>
<tr><td>Omschrijving</td><td>Bedrag</td></tr>
<tr><td>Knikarmscherm Sorrento</td><td>&euro; 2.061,98</td></tr>
<tr><td>Btw 21%</td><td>&euro; 433,02</td></tr>
<tr><td><b>Totaal incl. btw</b></td><td><b>&euro; 2.495,00</b></td></tr>
</table><p>{SELLER}</p><script>document.write("Factuurnummer: F3000-1")</script></body></html>
"""
SIGNATURE = "-- \nKees Bakker, factuurnummer F1990-0001\nTotaal incl. btw € 1,00\n"
DISCLAIMER = "\nDit e-mailbericht is uitsluitend bestemd voor de geadresseerde. Factuurnummer F1991-0001\nvan 1 januari 1991.\n"
FORWARDED = """\
-----Oorspronkelijk bericht-----
Van: Van Dam Zonwering <facturen@vandamzonwering.example>
Verzonden: maandag 2 februari 1998 09:30
Aan: Piet Pietersen <piet@example.com>
Onderwerp: Factuur F1998-0001

"""


def mail(plain: str | None = None, html: str | None = None, **changes: str) -> bytes:
    """Return a mail with these texts; `changes` are headers by their names with underscores."""
    message = EmailMessage(policy=SMTP)
    headers = {
        "From": f"Van Dam Zonwering <{copied_mails.PROGRAM}>",
        "To": "Jan de Vries <jan@example.com>",
        "Subject": "Uw factuur F2026-0042",
        "Message-ID": "<42@vandamzonwering.example>",
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    for name, value in headers.items():
        message[name] = value
    if plain is not None:
        message.set_content(plain)
    if html is not None:
        (message.add_alternative if plain is not None else message.set_content)(html, subtype="html")
    return message.as_bytes()
