"""E-invoices of the branch of the tests, in UBL 2.1 (NLCIUS, Peppol BIS) and in CII (Factur-X)."""

from reviews.demo.documents.content import Document

UBL_NAMES = (
    'xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2" '
    'xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" '
    'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"'
)
CII_NAMES = (
    'xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" '
    'xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" '
    'xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"'
)
_ENVELOPE = (
    '<StandardBusinessDocument xmlns="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader">'
    "<StandardBusinessDocumentHeader><HeaderVersion>1.0</HeaderVersion></StandardBusinessDocumentHeader>{}</StandardBusinessDocument>"
)


def ubl(document: Document, *, root: str = "Invoice", type_code: str = "380", total: str = "2770.00", buyer: str = "J. de Vries") -> bytes:
    """Return a UBL invoice or credit note as Dutch bookkeeping programs write it."""
    issuer, customer = document.issuer, document.customer
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<{root} {UBL_NAMES.format(root=root)}>
 <cbc:CustomizationID>urn:cen.eu:en16931:2017#compliant#urn:fdc:nen.nl:nlcius:v1.0</cbc:CustomizationID>
 <cbc:ID>{document.number}</cbc:ID><cbc:IssueDate>{document.dated_on.isoformat()}</cbc:IssueDate>
 <cbc:{root}TypeCode>{type_code}</cbc:{root}TypeCode><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
 <cac:AccountingSupplierParty><cac:Party>
  <cbc:EndpointID schemeID="0106">{issuer.kvk}</cbc:EndpointID>
  <cac:PartyName><cbc:Name>{issuer.trade_name}</cbc:Name></cac:PartyName>
  <cac:PostalAddress><cbc:StreetName>{issuer.address}</cbc:StreetName><cbc:CityName>{issuer.city}</cbc:CityName>
   <cbc:PostalZone>{issuer.postcode}</cbc:PostalZone></cac:PostalAddress>
  <cac:PartyTaxScheme><cbc:CompanyID>{issuer.btw_id}</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
  <cac:PartyLegalEntity><cbc:RegistrationName>{issuer.legal_name}</cbc:RegistrationName>
   <cbc:CompanyID schemeID="0106">{issuer.kvk}</cbc:CompanyID></cac:PartyLegalEntity>
  <cac:Contact><cbc:Telephone>{issuer.phone}</cbc:Telephone><cbc:ElectronicMail>{issuer.email}</cbc:ElectronicMail></cac:Contact>
 </cac:Party></cac:AccountingSupplierParty>
 <cac:AccountingCustomerParty><cac:Party>
  <cac:PostalAddress><cbc:StreetName>{customer.address}</cbc:StreetName><cbc:CityName>{customer.city}</cbc:CityName>
   <cbc:PostalZone>{customer.postcode}</cbc:PostalZone></cac:PostalAddress>
  <cac:PartyLegalEntity><cbc:RegistrationName>{buyer}</cbc:RegistrationName></cac:PartyLegalEntity>
 </cac:Party></cac:AccountingCustomerParty>
 <cac:PaymentMeans><cac:PayeeFinancialAccount><cbc:ID>{issuer.iban}</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>
 <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">480.74</cbc:TaxAmount></cac:TaxTotal>
 <cac:LegalMonetaryTotal><cbc:TaxExclusiveAmount currencyID="EUR">2289.26</cbc:TaxExclusiveAmount>
  <cbc:TaxInclusiveAmount currencyID="EUR">{total}</cbc:TaxInclusiveAmount>
  <cbc:PayableAmount currencyID="EUR">{total}</cbc:PayableAmount></cac:LegalMonetaryTotal>
 <cac:{root}Line><cbc:ID>1</cbc:ID><cbc:LineExtensionAmount currencyID="EUR">2289.26</cbc:LineExtensionAmount>
  <cac:Item><cbc:Name>Knikarmscherm Sorrento, zijde &amp; motor</cbc:Name></cac:Item></cac:{root}Line>
</{root}>""".encode()


def cii(document: Document, *, type_code: str = "380", total: str = "2770.00", buyer: str = "J. de Vries", number: str | None = None) -> bytes:
    """Return a CII invoice as Factur-X carries it."""
    issuer, customer = document.issuer, document.customer
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<rsm:CrossIndustryInvoice {CII_NAMES}>
 <rsm:ExchangedDocument><ram:ID>{number or document.number}</ram:ID><ram:TypeCode>{type_code}</ram:TypeCode>
  <ram:IssueDateTime><udt:DateTimeString format="102">{document.dated_on:%Y%m%d}</udt:DateTimeString></ram:IssueDateTime></rsm:ExchangedDocument>
 <rsm:SupplyChainTradeTransaction>
  <ram:IncludedSupplyChainTradeLineItem><ram:SpecifiedTradeProduct><ram:Name>Knikarmscherm</ram:Name></ram:SpecifiedTradeProduct>
   <ram:SpecifiedLineTradeSettlement><ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>2289.26</ram:LineTotalAmount>
   </ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement></ram:IncludedSupplyChainTradeLineItem>
  <ram:ApplicableHeaderTradeAgreement>
   <ram:SellerTradeParty><ram:Name>{issuer.legal_name}</ram:Name>
    <ram:SpecifiedLegalOrganization><ram:ID schemeID="0106">{issuer.kvk}</ram:ID>
     <ram:TradingBusinessName>{issuer.trade_name}</ram:TradingBusinessName></ram:SpecifiedLegalOrganization>
    <ram:PostalTradeAddress><ram:PostcodeCode>{issuer.postcode}</ram:PostcodeCode><ram:LineOne>{issuer.address}</ram:LineOne>
     <ram:CityName>{issuer.city}</ram:CityName></ram:PostalTradeAddress>
    <ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">{issuer.btw_id}</ram:ID></ram:SpecifiedTaxRegistration></ram:SellerTradeParty>
   <ram:BuyerTradeParty><ram:Name>{buyer}</ram:Name>
    <ram:PostalTradeAddress><ram:PostcodeCode>{customer.postcode}</ram:PostcodeCode><ram:LineOne>{customer.address}</ram:LineOne>
     <ram:CityName>{customer.city}</ram:CityName></ram:PostalTradeAddress></ram:BuyerTradeParty></ram:ApplicableHeaderTradeAgreement>
  <ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
   <ram:SpecifiedTradeSettlementPaymentMeans><ram:PayeePartyCreditorFinancialAccount><ram:IBANID>{issuer.iban}</ram:IBANID>
   </ram:PayeePartyCreditorFinancialAccount></ram:SpecifiedTradeSettlementPaymentMeans>
   <ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:TaxBasisTotalAmount>2289.26</ram:TaxBasisTotalAmount>
    <ram:TaxTotalAmount currencyID="EUR">480.74</ram:TaxTotalAmount><ram:GrandTotalAmount>{total}</ram:GrandTotalAmount>
   </ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>
 </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>""".encode()


def in_envelope(invoice: bytes) -> bytes:
    """Return an invoice in the envelope in which Peppol carries it."""
    return _ENVELOPE.format(invoice.decode().partition("?>")[2]).encode()
