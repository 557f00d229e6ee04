"""The words of Dutch and Belgian trade documents: what they call themselves, and what they call what stands on them.

Trade usage, not the habits of one branch. Everything is written as `patterns.compact` leaves it: no case, accents, spaces or dots.
"""

from enum import StrEnum


class Kind(StrEnum):
    """What a document is; only the first two prove a purchase."""

    FACTUUR = "factuur"
    WERKBON = "werkbon"
    OFFERTE = "offerte"
    ORDERBEVESTIGING = "orderbevestiging"
    CREDITNOTA = "creditnota"
    PAKBON = "pakbon"
    AANMANING = "aanmaning"
    KASSABON = "kassabon"
    BETAALBEWIJS = "betaalbewijs"
    ANDERS = "anders"


def _words(text: str) -> tuple[str, ...]:
    return tuple("".join(char for char in word if char.isalnum()) for word in text.split())


TITLES: dict[Kind, tuple[str, ...]] = {
    Kind.FACTUUR: _words(
        "factuur faktuur nota factuurnota faktuurnota verkoopfactuur verkoopfaktuur verkoopnota rekening termijnfactuur deelfactuur "
        "aanbetalingsfactuur voorschotfactuur slotfactuur eindfactuur eindafrekening termijnnota deelnota slotnota kopiefactuur "
        "factuurkopie kopienota duplicaatfactuur factuurduplicaat invoice facture rechnung btwfactuur digitalefactuur servicefactuur "
        "restantfactuur restfactuur faktura btwfaktuur abschlagsrechnung schlussrechnung factuurrekening"
    ),
    Kind.WERKBON: _words(
        "werkbon servicebon serviceorder servicerapport serviceopdracht serviceorderbon montagebon montageorder opdrachtbon werkorder "
        "werkopdracht reparatiebon reparatieorder onderhoudsbon onderhoudsrapport opleverbon werkbonopleverbon opleverrapport "
        "opleveringsbon uitvoeringsbon storingsbon werkrapport interventiebon werkfiche arbeidsbon regiebon workorder bondetravail "
        "arbeitsschein dagbon installatiebon servicerapportage onderhoudsopdracht fichedintervention bondintervention "
        "rapportdintervention arbeitsnachweis montagerapport reparatierapport opleveringsrapport"
    ),
    Kind.OFFERTE: _words(
        "offerte prijsopgave prijsvoorstel aanbieding aanbod voorstel kostenbegroting begroting prijsofferte vrijblijvendeofferte "
        "quotation quote devis angebot"
    ),
    Kind.ORDERBEVESTIGING: _words(
        "orderbevestiging opdrachtbevestiging bevestiging bestelbevestiging koopovereenkomst koopovereenkomstorderbevestiging "
        "bestelbon overeenkomst orderconfirmation bevestigingorder bevestigingvanuworder bevestigingvanorder bevestigingopdracht "
        "bestelling verkooporder auftragsbestatigung koopcontract koopbevestiging inkooporder confirmationdecommande bondecommande"
    ),
    Kind.CREDITNOTA: _words(
        "creditnota creditfactuur creditfaktuur kredietnota creditnote creditering notedecredit gutschrift correctienota retournota creditinvoice"
    ),
    Kind.PAKBON: _words(
        "pakbon paklijst vrachtbrief afleverbon leverbon leveringsbon verzendbon afleveringsbon zendnota afleverbewijs leverbewijs "
        "afleveringsbewijs leverantiebewijs packingslip deliverynote bondelivraison lieferschein afhaalbon verzendnota "
        "paklijstafleverbon pakbonafleverbon"
    ),
    Kind.AANMANING: _words(
        "aanmaning herinnering betalingsherinnering betaalherinnering sommatie ingebrekestelling laatsteaanmaning tweedeherinnering "
        "tweedeaanmaning eersteaanmaning eersteherinnering laatsteherinnering reminder rappel mahnung herinneringopenstaandefactuur "
        "vriendelijkeherinnering openstaandeposten rekeningoverzicht"
    ),
    Kind.KASSABON: _words("kassabon kassaticket kasticket pinbon kassabonnetje klantticket klantenbon pintransactie kopiekassabon"),
    Kind.BETAALBEWIJS: _words(
        "betaalbewijs overschrijving overboeking afschrift bankafschrift rekeningafschrift transactiedetails transactie betaling "
        "betaalbevestiging betalingsbewijs afgeschreven afschrijving bijschrijving overgeboekt overboekingsbewijs bijenafschrijvingen "
        "betalingvoltooid betaalopdracht overgemaakt idealbetaling kwitantie details"
    ),
    Kind.ANDERS: _words(
        "proforma proformafactuur proformanota proformainvoice conceptfactuur concept afspraakbevestiging ontvangstbewijs "
        "garantiebewijs garantiecertificaat meetstaat inmeetformulier opnameformulier inmeetstaat proformarechnung factureproforma "
        "garantiekaart"
    ),
}

TILL_WORDS = (
    "contactloos",
    "akkoord",
    "pinnen",
    "tot ziens",
    "kaartnr",
    "kaartnummer",
    "terminal",
    "merchant",
    "v pay",
    "maestro",
    "wisselgeld",
    "kassa",
    "bediend",
)
"""What a till prints; two of them on a document without a title make it a till receipt."""
TITLE_TAIL = "kopie copy duplicaat origineel nr nummer no klantexemplaar digitaal"
"""What may follow a title without changing what it says."""


class Label(StrEnum):
    """What a label announces."""

    INVOICE_NUMBER = "invoice_number"
    WORK_NUMBER = "work_number"
    CREDIT_NUMBER = "credit_number"
    PLAIN_NUMBER = "plain_number"
    ORDER_NUMBER = "order_number"
    OTHER_NUMBER = "other_number"
    INVOICE_DATE = "invoice_date"
    FORM_DATE = "form_date"
    WORK_DATE = "work_date"
    PLAIN_DATE = "plain_date"
    OTHER_DATE = "other_date"
    CUSTOMER = "customer"
    OTHER_ADDRESS = "other_address"
    STREET = "street"
    PLACE = "place"
    EMAIL = "email"
    PHONE = "phone"
    COMPANY = "company"
    TABLE = "table"
    OTHER = "other"


LABELS: dict[Label, tuple[str, ...]] = {
    Label.INVOICE_NUMBER: _words(
        "factuurnummer factuurnr factuurno factnr factnummer faktuurnummer faktuurnr notanummer notanr nota-nr onsfactuurnr "
        "onsfactuurnummer verkoopfactuurnummer verkoopfactuurnr factuur/nota factuurnotanummer invoicenumber invoiceno invoicenr "
        "numerodefacture factureno facturenr nrdefacture nrfacture nofacture nodefacture numerofacture ndefacture nfacture "
        "rechnungsnummer rechnungsnr factuurkenmerk verkoopnotanummer verkoopnotanr faktnr factuurid factuurcode faktuurno "
        "factuurnummernr nrfactuur nummerfactuur nummernota rechnungno rechnungnr belegnummer faktnummer uwfactuurnummer "
        "factuurvolgnummer rekeningno"
    ),
    Label.WORK_NUMBER: _words(
        "werkbonnummer werkbonnr bonnummer bonnr servicebonnummer servicebonnr serviceordernummer serviceordernr montagebonnummer "
        "montagebonnr opdrachtbonnummer opdrachtbonnr reparatiebonnummer reparatiebonnr werkordernummer werkordernr reparatienummer "
        "reparatienr onderhoudsbonnr onderhoudsbonnummer opleverbonnr opleverbonnummer servicenummer servicenr interventienummer "
        "interventienr werkbonno bonno nummerwerkbon nrwerkbon werkbonid onderhoudsnummer montagenummer montagenr klusnummer klusnr "
        "numerodubon auftragsnummer regiebonnummer regiebonnr"
    ),
    Label.CREDIT_NUMBER: _words(
        "creditnotanummer creditnotanr creditnotano creditnummer creditnr creditfactuurnummer creditfactuurnr kredietnotanummer "
        "creditnotenumber creditnoteno gutschriftsnummer gutschriftsnr numerodavoir numerodenotedecredit"
    ),
    Label.PLAIN_NUMBER: _words(
        "nummer nr onsnummer onsnr notrenumero unserzeichen ourref ournumber documentno documentnummer documentnr docnr onskenmerk "
        "onzereferentie onzeref nº no volgnummer"
    ),
    Label.ORDER_NUMBER: _words("ordernummer ordernr opdrachtnummer opdrachtnr order opdracht"),
    Label.OTHER_NUMBER: _words(
        "klantnummer klantnr uwklantnummer uwklantnr klantcode debiteurnummer debiteurnr debiteurennummer debiteurennr debiteur "
        "relatienummer relatienr offertenummer offertenr offerteno cfofferte conformofferte volgensofferte offerte uwreferentie uwref "
        "uwkenmerk referentie ref projectnummer projectnr project onzeorder onzeordernr onzeordernummer uworder uwordernummer "
        "uwordernr bestelnummer bestelnr artikelnummer artikelnr artnr artikelcode serienummer lidnummer pagina blz bladzijde blad "
        "page rekeningnummer betalingskenmerk kenmerk leverancierspecificatie customernumber customerno orderbevestiging "
        "bankrekeningnummer contractnummer dossiernummer dossiernr dossier medewerker verkoopadviseur verkoper adviseur behandelddoor "
        "monteur uitgevoerddoor beginstop begineind begineinde begin eind tijd aankomst vertrek geleidebon orderref rekeningnr "
        "kundennummer kundennr numeroclient nrclient clientno referenceclient ihrzeichen contract relatie leveranciersnummer lidnr "
        "polisnummer betalingsreferentie gestructureerdemededeling mededeling structuredcommunication uwbestelling uwopdracht "
        "uwopdrachtnr uwopdrachtnummer werknummer werknr uwbtwnummer uwbtwnr btwnummerklant ordercode ncommande nocommande noclient "
        "ndecommande nodecommande numerodecommande commande bestellnummer bestellnr auftragsnr uwnummer uwnr votrereference votreref "
        "ref.client numclient nodeclient ndeclient numerodeclient nrcommande"
    ),
    Label.INVOICE_DATE: _words(
        "factuurdatum faktuurdatum factdatum faktdatum notadatum datumfactuur datumnota verkoopdatum invoicedate datedefacture "
        "rechnungsdatum datefacture documentdatum rekeningdatum factuurdd datumvanfactuur datumrekening verkoopfactuurdatum "
        "datumdocument opgemaaktop belegdatum datedemission datedefacturation datefacturation datum.factuur"
    ),
    Label.FORM_DATE: _words(
        "bondatum datumwerkbon werkbondatum datumbon servicebondatum datumservicebon montagebondatum opdrachtbondatum datumopmaak"
    ),
    Label.WORK_DATE: _words(
        "datumwerk uitgevoerdop uitgevoerdd.d. uitvoeringsdatum datumuitvoering montagedatum montagedd montageop datummontage "
        "werkdatum bezoekdatum datumbezoek datumservice servicedatum datumreparatie reparatiedatum datumonderhoud datumwerkzaamheden "
        "datumopdracht gereeddatum datumgereed opleverdatum datumoplevering opgeleverdop geplaatstop gemonteerdop datummonteur "
        "datuminterventie interventiedatum datumuitgevoerd uitvoering datedintervention arbeitsdatum"
    ),
    Label.PLAIN_DATE: _words("datum dd dagtekening date datumvandaag"),
    Label.OTHER_DATE: _words(
        "vervaldatum vervaldag vervalt verval betalenvoor betaalvoor tebetalenvoor uiterstebetaaldatum betaaldatum betaaltermijntot "
        "betaaltermijn betalingstermijn leverdatum leveringsdatum geleverdop geleverd levering orderdatum besteldatum offertedatum "
        "afdrukdatum printdatum aanmaakdatum duedate geldigtot geldigheid betalingvoor uiterlijkbetalen datumlevering afleverdatum "
        "periode verwachtelevering incassodatum aanvraagdatum oorspronkelijkefactuurdatum datumofferte datumorder meldingdatum "
        "datummelding lieferdatum leistungsdatum echeance datedecheance datelivraison datedelivraison falligkeit falligam faelligam "
        "uiterlijkebetaaldatum betalenvoorofop tevoldoenvoor uiterlijktebetalen betaaldop betaaldd.d. datumbetaling leverweek "
        "afspraakdatum datumafspraak besteldop bestellingvan datumbestelling opdrachtdatum orderdd offertedd valutadatum "
        "datedecommande datecommande bestelldatum auftragsdatum zahlbarbis tebetalentot geldigtotenmet"
    ),
    Label.CUSTOMER: _words(
        "klant klantnaam naamklant klantgegevens naam opdrachtgever factuuradres factuuraan factureren factureeraan notaadres "
        "gegevensklant afnemer koper debiteurnaam aan gefactureerdaan client kunde customer billto naamopdrachtgever "
        "factuuradresklant facturatieadres facturatiegegevens factuurgegevens rekeningaan notaaan adressedefacturation facturea "
        "rechnungsadresse rechnungan kundenname nomduclient nom naamenadres naamadres bestemdvoor gerichtaan kundenanschrift "
        "clientname invoiceto uwgegevens klantadres factuurvoor rekeningvoor notavoor werkbonvoor factuurgerichtaan soldto"
    ),
    Label.OTHER_ADDRESS: _words(
        "afleveradres leveradres leveringsadres werkadres montageadres uitvoeringsadres bezoekadres postadres objectadres "
        "plaatsingsadres werfadres werf object afleverenaan geleverdaan leverenaan leveringaan verzendadres adreswerkzaamheden "
        "adreswerk lieferadresse lieferanschrift adressedelivraison shipto montageadresklant uitvoeringop locatie werklocatie "
        "adresmontage adresuitvoering plaatsvanuitvoering"
    ),
    Label.STREET: _words("straatnr straat straathuisnr straathuisnummer adres straatennr straatenhuisnummer straatnaam strasse rue"),
    Label.PLACE: _words(
        "postcodeplaats postcodewoonplaats pcplaats pcwoonplaats postcode woonplaats plaats postcodegemeente gemeente postcodeenplaats pc"
    ),
    Label.EMAIL: _words("email mail emailadres mailadres uwemail emailklant"),
    Label.PHONE: _words("tel telefoon telefoonnr telefoonnummer telnr gsm mobiel mob telefoonmobiel"),
    Label.COMPANY: _words(
        "kvk kvknr kvknummer kamervankoophandel handelsregister btwid btwnr btwnummer iban bank banknr bankrek bankrekening rekening "
        "bic btw-id ondernemingsnummer rpr website internet www tva tvanr numerotva ustid ustidnr steuernr steuernummer hrb "
        "bankgegevens tnv"
    ),
    Label.TABLE: _words(
        "omschrijving artikelomschrijving productomschrijving aantal aant artikel eenheid eenheidsprijs stuksprijs prijsst stukprijs "
        "description quantite quantity menge beschreibung bezeichnung designation werkzaamhedenomschrijving aantalomschrijving"
    ),
    Label.OTHER: _words("betreft onderwerp prijs bedrag wat werkzaamheden btwbedrag subtotaal totaal totaalbedrag tebetalen betaald voldaan"),
}

FORMS_OF_ADDRESS = (
    r"den?\s+heer\s+en\s+mevr\.?|m(?:evrouw|evr\.?|w\.?)\s*(?:/|en|&|\+)\s*(?:de\s+heer|mijnheer|dhr\.?)|mijnheer|meneer|gezin|eheleute|"
    r"monsieur\s+et\s+madame|m\.\s+et\s+mme|mr\.?\s*(?:and|&)\s*mrs\.?|"
    r"de\s+heer\s*(?:/|en|&)\s*mevrouw|dhr\.?\s*(?:/|en|&|\+)\s*(?:mevr|mw)\.?|de\s+heer|den\s+heer|dh[il1]?r\.?|mevrouw|mevr\.?|mw\.?|hr\.?|heer|"
    r"familie|fam\.?|de\s+fam\.?|de\s+familie|t\.?\s?a\.?\s?v\.?|aan|ter\s+attentie\s+van|erven|"
    r"monsieur|madame|mme\.?|mlle\.?|mr\.?\s+en\s+mrs\.?|mrs\.?|ms\.|mr\.|herrn?|frau|"
    r"drs\.|dr\.|ir\.|ing\.|prof\."
)
COMPANY_FORMS = (
    r"\b(?:b\.?\s?v\.?|n\.?\s?v\.?|v\.?o\.?f\.?|c\.?v\.?|b\.?v\.?b\.?a\.?|b\.?v\.?\s?i\.?o\.?|bvba|gmbh|ltd|stichting|vereniging|v\.?v\.?e\.?|coöperatie|maatschap|"
    r"holding|beheer|gemeente|h\.?o\.?d\.?n\.?|handelsnaam)(?!\w)"
)
COMPANY_WORDS = (
    r"(?:bedrijf|praktijk|slagerij|bakkerij|kapsalon|restaurant|caf[eé]|hotel|winkel|garage|makelaar|installati|advies|bouw|techniek|school|kerk|zorg|"
    r"apotheek|kantoor|groep|transport|autobedrijf|appartement|eigenaren|eigenaars|kliniek|tandarts|notaris|drogist|bloemist|optiek|salon|atelier|studio|zonen\b|gebroeders|gebr\.)"
)
