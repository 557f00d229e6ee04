"""The e-invoice that bookkeeping programs put inside a PDF: CII as Factur-X carries it."""

from decimal import Decimal
from xml.sax.saxutils import escape

from benchmarks.papers.content import Item, Kind, Paper

NAMES = (
    'xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" '
    'xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" '
    'xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"'
)


def cii(paper: Paper, *, more: Decimal = Decimal(0), sparse: bool = False) -> bytes:
    """Return the invoice as data; `more` is added to what it says that the total is, a `sparse` buyer has only a country."""
    issuer, net, tax = paper.issuer, paper.net + more, sum(paper.taxes.values(), Decimal(0))
    lines = "".join(_line(number, item, more if number == 1 else Decimal(0)) for number, item in enumerate(paper.items, 1))
    code = "381" if paper.kind is Kind.CREDITNOTA else "380"
    taxes = "".join(
        f"<ram:ApplicableTradeTax><ram:CalculatedAmount>{amount}</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode>"
        f"<ram:BasisAmount>{paper.nets[rate]:.2f}</ram:BasisAmount><ram:CategoryCode>S</ram:CategoryCode>"
        f"<ram:RateApplicablePercent>{rate}</ram:RateApplicablePercent></ram:ApplicableTradeTax>"
        for rate, amount in paper.taxes.items()
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice {NAMES}><rsm:ExchangedDocument><ram:ID>{escape(paper.number)}</ram:ID><ram:TypeCode>{code}</ram:TypeCode>
<ram:IssueDateTime><udt:DateTimeString format="102">{paper.dated_on:%Y%m%d}</udt:DateTimeString></ram:IssueDateTime></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>{lines}<ram:ApplicableHeaderTradeAgreement>
<ram:SellerTradeParty><ram:Name>{escape(issuer.legal_name)}</ram:Name><ram:SpecifiedLegalOrganization><ram:ID schemeID="0106">{issuer.kvk}</ram:ID>
<ram:TradingBusinessName>{escape(issuer.trade_name)}</ram:TradingBusinessName></ram:SpecifiedLegalOrganization>
<ram:PostalTradeAddress><ram:PostcodeCode>{issuer.postcode}</ram:PostcodeCode><ram:LineOne>{escape(issuer.address)}</ram:LineOne>
<ram:CityName>{escape(issuer.city)}</ram:CityName><ram:CountryID>NL</ram:CountryID></ram:PostalTradeAddress>
<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">{issuer.btw_id}</ram:ID></ram:SpecifiedTaxRegistration></ram:SellerTradeParty>
<ram:BuyerTradeParty>{_buyer(paper, sparse=sparse)}</ram:BuyerTradeParty></ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeDelivery/><ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
<ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>58</ram:TypeCode><ram:PayeePartyCreditorFinancialAccount><ram:IBANID>{issuer.iban}</ram:IBANID>
</ram:PayeePartyCreditorFinancialAccount></ram:SpecifiedTradeSettlementPaymentMeans>{taxes}
<ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:LineTotalAmount>{net:.2f}</ram:LineTotalAmount>
<ram:TaxBasisTotalAmount>{net:.2f}</ram:TaxBasisTotalAmount><ram:TaxTotalAmount currencyID="EUR">{tax:.2f}</ram:TaxTotalAmount>
<ram:GrandTotalAmount>{net + tax:.2f}</ram:GrandTotalAmount><ram:TotalPrepaidAmount>{paper.paid:.2f}</ram:TotalPrepaidAmount>
<ram:DuePayableAmount>{net + tax - paper.paid:.2f}</ram:DuePayableAmount></ram:SpecifiedTradeSettlementHeaderMonetarySummation>
</ram:ApplicableHeaderTradeSettlement></rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>""".encode()


def _line(number: int, item: Item, more: Decimal) -> str:
    return (
        "<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument>"
        f"<ram:LineID>{number}</ram:LineID></ram:AssociatedDocumentLineDocument>"
        f"<ram:SpecifiedTradeProduct><ram:Name>{escape(item.description)}</ram:Name></ram:SpecifiedTradeProduct><ram:SpecifiedLineTradeSettlement>"
        f"<ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>{item.net + more:.2f}</ram:LineTotalAmount>"
        "</ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement></ram:IncludedSupplyChainTradeLineItem>"
    )


def _buyer(paper: Paper, *, sparse: bool) -> str:
    land = {"de": "DE", "fr": "BE", "be": "BE"}.get(paper.language, "NL")
    name, country = f"<ram:Name>{escape(paper.addressee.name)}</ram:Name>", f"<ram:CountryID>{land}</ram:CountryID>"
    if sparse:
        return f"{name}<ram:PostalTradeAddress>{country}</ram:PostalTradeAddress>"
    lines = paper.addressee.lines
    town = max(number for number, line in enumerate(lines) if any(char.isdigit() for char in line))
    city = lines[town].rsplit("  ", 1)[-1].split(" ", 1)[-1]
    return (
        f"{name}<ram:PostalTradeAddress><ram:PostcodeCode>{paper.addressee.postcode}</ram:PostcodeCode><ram:LineOne>{escape(lines[town - 1])}"
        f"</ram:LineOne><ram:CityName>{escape(city)}</ram:CityName>{country}</ram:PostalTradeAddress>"
    )
