"""Read an e-invoice: UBL 2.1 or CII (EN 16931), alone, in the envelope of Peppol, or attached to a PDF (Factur-X, ZUGFeRD)."""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from decimal import Decimal

from reviews.adapters.documents.reading.einvoices import xml_tree
from reviews.adapters.documents.reading.failures import ReadingError
from reviews.proofs.evidence.strengths import CREDITS, PRO_FORMA
from reviews.proofs.reading import Invoice

_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,20})?")
_ROUNDING = re.compile(r"-?[01](\.\d{1,4})?")
"""To whole euros or to five cents: never more than one."""
_ZERO = re.compile(r"-?0*(\.0*)?")
LARGEST_ATTACHED = 5_000_000
LONGEST = 200
MOST_LINES = 40
MOST_NUMBERS = 8
BUSINESS_SCHEMES = frozenset({"0106", "0208", "0190", "0002", "0009"})
"""ISO 6523: KvK, KBO/BCE, OIN, SIREN, SIRET."""


@dataclass(frozen=True, slots=True)
class Party:
    """Who sells or buys: names, address as lines with postcode and city apart, and numbers with their schemes."""

    name: str | None = None
    trade_name: str | None = None
    contact: str | None = None
    street: str | None = None
    postcode: str | None = None
    city: str | None = None
    email: str | None = None
    phone: str | None = None
    ids: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """What an e-invoice says, for a page as well as for a comparison; dates are ISO, amounts as written."""

    kind: str
    type_code: str | None
    number: str | None
    issued: str | None
    due: str | None
    currency: str | None
    seller: Party
    buyer: Party
    iban: str | None
    lines: tuple[tuple[str, str], ...] = field(default=())
    net: str | None = None
    tax: str | None = None
    total: str | None = None
    rounding: str | None = None

    def invoice(self) -> Invoice:
        """Return the part that is compared with pages and known jobs."""
        return Invoice(
            number=self.number,
            issued=self.issued,
            seller_ids=tuple(number for _, number in self.seller.ids) + ((self.iban,) if self.iban else ()),
            seller_name=self.seller.name or self.seller.trade_name,
            buyer_name=self.buyer.name or self.buyer.trade_name or self.buyer.contact,
            total=self.total,
            currency=self.currency,
            buyer_postcode=self.buyer.postcode,
            buyer_street=self.buyer.street,
            buyer_email=self.buyer.email,
            type_code=self.type_code,
        )


def read_invoice(attachments: dict[str, bytes]) -> Invoice | None:
    """Return what the first e-invoice among the attachments says, or None when there is none that can be read."""
    for content in attachments.values():
        # Byte order marks and blanks first; only what begins like XML is parsed.
        if len(content) <= LARGEST_ATTACHED and content.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1] == b"<" and (found := read_content(content)):
            return found.invoice()
    return None


def read_standalone(data: bytes) -> Content:
    """Return what a file says that is nothing but an e-invoice; raise ReadingError for one that can't be read, or doesn't add up.

    With btw the total is the total without btw and the btw (EN 16931, rule BR-CO-15): with no page beside it, nothing else would show a change.
    """
    found = read_content(data)
    if found is None or not _adds_up(found):
        raise ReadingError("malformed_file")
    return found


def _adds_up(found: Content) -> bool:
    """Whether the amounts agree; negative sums and what is no amount are left to the judging of the page.

    Some programs write the rounding of the sum that is paid (BT-114) into the total already.
    """
    net, tax, total = (amount if amount and _AMOUNT.fullmatch(amount) else None for amount in (found.net, found.tax, found.total))
    if net is None or tax is None or total is None:
        return True
    rounding = Decimal(found.rounding) if found.rounding and _ROUNDING.fullmatch(found.rounding) else Decimal(0)
    # Exact: BR-CO-15 knows no tolerance, so these are decimals and never floats.
    return Decimal(total) - Decimal(net) - Decimal(tax) in {Decimal(0), rounding}


def read_content(data: bytes) -> Content | None:
    """Return what an e-invoice says; None for anything else, and for XML with declarations of types or entities."""
    root = xml_tree.parse(data)
    if root is not None and local(root) == "StandardBusinessDocument":
        # Peppol's envelope (SBDH) holds a header and one document.
        root = next((child for child in root if local(child) in _READERS), None)
    reader = _READERS.get(local(root)) if root is not None else None
    return reader(root) if reader is not None and root is not None else None


def local(element: ET.Element) -> str:
    """Return an element's name without its namespace."""
    # Namespaces are ignored: programs write old and wrong ones, and the root's name decides.
    return element.tag.rpartition("}")[2]


def _find(element: ET.Element | None, *path: str) -> ET.Element | None:
    for name in path:
        element = None if element is None else next((child for child in element if local(child) == name), None)
    return element


def _all(element: ET.Element | None, name: str) -> list[ET.Element]:
    return [] if element is None else [child for child in element if local(child) == name]


def _either(one: ET.Element | None, other: ET.Element | None) -> ET.Element | None:
    return other if one is None else one


def _text(element: ET.Element | None, *path: str) -> str | None:
    found = _find(element, *path)
    text = " ".join((found.text or "").split())[:LONGEST] if found is not None else ""
    return text or None


def _kind(type_code: str | None, *, gives_back: bool) -> str:
    if gives_back or type_code in CREDITS:
        return "Creditnota"
    return "Pro forma factuur" if type_code == PRO_FORMA else "Factuur"


def _joined(*parts: str | None) -> str | None:
    return " ".join(part for part in parts if part) or None


def _label(number: str, scheme: str | None) -> str:
    """Say what a seller's number is: by its scheme, or by its form where programs leave the scheme out."""
    # VA: CII; 9944 and 9925: Dutch and Belgian VAT numbers in Peppol.
    if scheme in {"VA", "VAT", "9944", "9925"} or (number[:2].isalpha() and number[:2].isupper() and number[2:3].isdigit()):
        return "Btw-nummer"
    # 0190 is the OIN, a number of government bodies and no registration of a company.
    if scheme in BUSINESS_SCHEMES and scheme != "0190":
        return "Ondernemingsnummer" if scheme == "0208" else "KvK"
    return "KvK" if len(number) == 8 and number.isdigit() else ""


def _numbers(found: list[tuple[str | None, str | None]]) -> tuple[tuple[str, str], ...]:
    """Return numbers once each, with their labels."""
    return tuple({number: (_label(number, scheme), number) for number, scheme in found if number}.values())[:MOST_NUMBERS]


def _from_ubl(root: ET.Element) -> Content:
    totals = _find(root, "LegalMonetaryTotal")
    type_code = _text(root, "InvoiceTypeCode") or _text(root, "CreditNoteTypeCode")
    lines = _all(root, "InvoiceLine") + _all(root, "CreditNoteLine")
    return Content(
        kind=_kind(type_code, gives_back=local(root) == "CreditNote"),
        # 381: credit note (UNCL1001). UBL says it by the root element and may leave the code out.
        type_code=type_code or ("381" if local(root) == "CreditNote" else None),
        number=_text(root, "ID"),
        issued=_text(root, "IssueDate"),
        due=_text(root, "DueDate") or _text(root, "PaymentMeans", "PaymentDueDate"),
        currency=_text(root, "DocumentCurrencyCode"),
        seller=_ubl_party(_find(root, "AccountingSupplierParty", "Party")),
        buyer=_ubl_party(_either(_find(root, "AccountingCustomerParty", "Party"), _find(root, "BuyerCustomerParty", "Party"))),
        iban=_text(root, "PaymentMeans", "PayeeFinancialAccount", "ID"),
        lines=tuple((_text(line, "Item", "Name") or "", _text(line, "LineExtensionAmount") or "") for line in lines[:MOST_LINES]),
        net=_told(_text(totals, "TaxExclusiveAmount")),
        tax=_in_currency([_find(one, "TaxAmount") for one in _all(root, "TaxTotal")], _text(root, "DocumentCurrencyCode")),
        total=_told(_text(totals, "TaxInclusiveAmount")) or _before_payments(totals),
        rounding=_text(totals, "PayableRoundingAmount"),
    )


def _told(amount: str | None) -> str | None:
    """Return an amount, None for the zeros that UBL 1.6 to 1.9 has where nothing was filled in."""
    return None if amount is None or _ZERO.fullmatch(amount) else amount


def _before_payments(totals: ET.Element | None) -> str | None:
    """Return what is to be paid and what was paid in advance (BT-113) together, where the total itself is left out."""
    payable, prepaid = _text(totals, "PayableAmount"), _text(totals, "PrepaidAmount")
    if payable and prepaid and _AMOUNT.fullmatch(payable) and _AMOUNT.fullmatch(prepaid):
        return str(Decimal(payable) + Decimal(prepaid))
    return payable


def _in_currency(amounts: list[ET.Element | None], currency: str | None) -> str | None:
    """Return the btw in the currency of the invoice: a second one (BT-111) is in that of the seller's books."""
    listed = [amount for amount in amounts if amount is not None]
    own = [amount for amount in listed if currency and amount.get("currencyID") == currency]
    return next((_text(amount) for amount in (*own, *listed)), None)


def _ubl_party(party: ET.Element | None) -> Party:
    address = _find(party, "PostalAddress")
    listed = [_find(party, "EndpointID"), _find(party, "PartyLegalEntity", "CompanyID")]
    listed += [_find(item, "ID") for item in _all(party, "PartyIdentification")]
    taxed = [(_text(item, "CompanyID"), "VAT") for item in _all(party, "PartyTaxScheme")]
    numbers = [(_text(item), item.get("schemeID")) for item in listed if item is not None]
    person = _find(party, "Person")
    return Party(
        name=_text(party, "PartyLegalEntity", "RegistrationName") or _joined(_text(person, "FirstName"), _text(person, "FamilyName")),
        trade_name=_text(party, "PartyName", "Name"),
        contact=_text(party, "Contact", "Name"),
        street=_joined(
            _text(address, "StreetName"),
            _text(address, "BuildingNumber"),
            _text(address, "AdditionalStreetName"),
            _text(address, "AddressLine", "Line"),
        ),
        postcode=_text(address, "PostalZone"),
        city=_text(address, "CityName"),
        email=_text(party, "Contact", "ElectronicMail"),
        phone=_text(party, "Contact", "Telephone"),
        ids=_numbers([*taxed, *numbers]),
    )


def _from_cii(root: ET.Element) -> Content:
    trade = _find(root, "SupplyChainTradeTransaction")
    agreement, settlement = _find(trade, "ApplicableHeaderTradeAgreement"), _find(trade, "ApplicableHeaderTradeSettlement")
    totals = _find(settlement, "SpecifiedTradeSettlementHeaderMonetarySummation")
    type_code = _text(root, "ExchangedDocument", "TypeCode")
    lines = _all(trade, "IncludedSupplyChainTradeLineItem")[:MOST_LINES]
    amount = ("SpecifiedLineTradeSettlement", "SpecifiedTradeSettlementLineMonetarySummation", "LineTotalAmount")
    return Content(
        kind=_kind(type_code, gives_back=False),
        type_code=type_code,
        number=_text(root, "ExchangedDocument", "ID"),
        issued=_iso(_text(root, "ExchangedDocument", "IssueDateTime", "DateTimeString")),
        due=_iso(_text(settlement, "SpecifiedTradePaymentTerms", "DueDateDateTime", "DateTimeString")),
        currency=_text(settlement, "InvoiceCurrencyCode"),
        seller=_cii_party(_find(agreement, "SellerTradeParty")),
        buyer=_cii_party(_find(agreement, "BuyerTradeParty")),
        iban=_text(settlement, "SpecifiedTradeSettlementPaymentMeans", "PayeePartyCreditorFinancialAccount", "IBANID"),
        lines=tuple((_text(line, "SpecifiedTradeProduct", "Name") or "", _text(line, *amount) or "") for line in lines),
        net=_text(totals, "TaxBasisTotalAmount"),
        tax=_in_currency([*_all(totals, "TaxTotalAmount")], _text(settlement, "InvoiceCurrencyCode")),
        total=_text(totals, "GrandTotalAmount"),
        rounding=_text(totals, "RoundingAmount"),
    )


def _iso(written: str | None) -> str | None:
    """Return a date of format 102 (CCYYMMDD) as ISO; what is something else stays away."""
    digits = (written or "").replace("-", "")
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}" if len(digits) >= 8 and digits[:8].isdigit() else None


def _cii_party(party: ET.Element | None) -> Party:
    address, contact = _find(party, "PostalTradeAddress"), _find(party, "DefinedTradeContact")
    listed = [*_all(party, "ID"), *_all(party, "GlobalID"), _find(party, "SpecifiedLegalOrganization", "ID")]
    taxed = [item for held in _all(party, "SpecifiedTaxRegistration") for item in _all(held, "ID")]
    return Party(
        name=_text(party, "Name"),
        trade_name=_text(party, "SpecifiedLegalOrganization", "TradingBusinessName"),
        contact=_text(contact, "PersonName"),
        street=_joined(_text(address, "LineOne"), _text(address, "LineTwo"), _text(address, "LineThree")),
        postcode=_text(address, "PostcodeCode"),
        city=_text(address, "CityName"),
        email=_text(contact, "EmailURIUniversalCommunication", "URIID"),
        phone=_text(contact, "TelephoneUniversalCommunication", "CompleteNumber"),
        ids=_numbers([(_text(item), item.get("schemeID")) for item in [*taxed, *listed] if item is not None]),
    )


_READERS = {"Invoice": _from_ubl, "CreditNote": _from_ubl, "CrossIndustryInvoice": _from_cii}
