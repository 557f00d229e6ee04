"""Read an e-invoice that lies in a PDF: UBL 2.1 or Factur-X (EN 16931), without entities and without any look-up."""

import xml.etree.ElementTree as ET

from reviews.proofs.inspection import Invoice

LARGEST = 2_000_000


def read_invoice(attachments: dict[str, bytes]) -> Invoice | None:
    """Return what the first e-invoice among the attachments says, or None when there is none that can be read."""
    for content in attachments.values():
        if len(content) <= LARGEST and b"<!DOCTYPE" not in content and b"<!ENTITY" not in content and (invoice := _parse(content)):
            return invoice
    return None


def _parse(content: bytes) -> Invoice | None:
    try:
        root = ET.fromstring(content)  # noqa: S314 - a document with a DTD or entity never gets here, and this is the isolated child
    except (ET.ParseError, ValueError, LookupError):
        return None
    name = _local(root)
    if name == "Invoice":
        return _from_ubl(root)
    return _from_cii(root) if name == "CrossIndustryInvoice" else None


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _find(element: ET.Element | None, *path: str) -> ET.Element | None:
    for name in path:
        element = None if element is None else next((child for child in element if _local(child) == name), None)
    return element


def _text(element: ET.Element | None, *path: str) -> str | None:
    found = _find(element, *path)
    return found.text.strip()[:200] if found is not None and found.text else None


def _all_text(element: ET.Element | None, names: set[str]) -> tuple[str, ...]:
    if element is None:
        return ()
    return tuple(child.text.strip()[:200] for child in element.iter() if _local(child) in names and child.text and child.text.strip())


def _from_ubl(root: ET.Element) -> Invoice:
    seller = _find(root, "AccountingSupplierParty", "Party")
    buyer = _find(root, "AccountingCustomerParty", "Party")
    return Invoice(
        number=_text(root, "ID"),
        issued=_text(root, "IssueDate"),
        seller_ids=_all_text(seller, {"CompanyID", "EndpointID", "ID"}),
        seller_name=_text(seller, "PartyLegalEntity", "RegistrationName") or _text(seller, "PartyName", "Name"),
        buyer_name=_text(buyer, "PartyLegalEntity", "RegistrationName") or _text(buyer, "PartyName", "Name"),
        total=_text(root, "LegalMonetaryTotal", "TaxInclusiveAmount"),
    )


def _from_cii(root: ET.Element) -> Invoice:
    agreement = _find(root, "SupplyChainTradeTransaction", "ApplicableHeaderTradeAgreement")
    seller = _find(agreement, "SellerTradeParty")
    settlement = _find(root, "SupplyChainTradeTransaction", "ApplicableHeaderTradeSettlement")
    issued = _text(root, "ExchangedDocument", "IssueDateTime", "DateTimeString")
    return Invoice(
        number=_text(root, "ExchangedDocument", "ID"),
        issued=f"{issued[:4]}-{issued[4:6]}-{issued[6:8]}" if issued and len(issued) >= 8 else None,
        seller_ids=_all_text(seller, {"ID", "GlobalID"}),
        seller_name=_text(seller, "Name"),
        buyer_name=_text(agreement, "BuyerTradeParty", "Name"),
        total=_text(settlement, "SpecifiedTradeSettlementHeaderMonetarySummation", "GrandTotalAmount"),
    )
