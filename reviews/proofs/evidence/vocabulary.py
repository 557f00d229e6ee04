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
        "factuur faktuur nota factuurnota faktuurnota verkoopfactuur verkoopfaktuur verkoopnota rekening termijnfactuur "
        "deelfactuur aanbetalingsfactuur voorschotfactuur slotfactuur eindfactuur eindafrekening termijnnota deelnota slotnota "
        "kopiefactuur factuurkopie kopienota duplicaatfactuur factuurduplicaat invoice facture rechnung btwfactuur "
        "digitalefactuur servicefactuur restantfactuur restfactuur"
    ),
    Kind.WERKBON: _words(
        "werkbon servicebon serviceorder servicerapport serviceopdracht serviceorderbon montagebon montageorder opdrachtbon "
        "werkorder werkopdracht reparatiebon reparatieorder onderhoudsbon onderhoudsrapport opleverbon werkbonopleverbon "
        "opleverrapport opleveringsbon uitvoeringsbon storingsbon werkrapport interventiebon werkfiche arbeidsbon regiebon "
        "workorder bondetravail arbeitsschein dagbon installatiebon"
    ),
    Kind.OFFERTE: _words(
        "offerte prijsopgave prijsvoorstel aanbieding aanbod voorstel kostenbegroting begroting prijsofferte "
        "vrijblijvendeofferte quotation quote devis angebot"
    ),
    Kind.ORDERBEVESTIGING: _words(
        "orderbevestiging opdrachtbevestiging bevestiging bestelbevestiging koopovereenkomst koopovereenkomstorderbevestiging "
        "bestelbon overeenkomst orderconfirmation bevestigingorder bevestigingvanuworder bevestigingvanorder "
        "bevestigingopdracht bestelling verkooporder auftragsbestatigung koopcontract"
    ),
    Kind.CREDITNOTA: _words(
        "creditnota creditfactuur creditfaktuur kredietnota creditnote creditering notedecredit gutschrift correctienota retournota creditinvoice"
    ),
    Kind.PAKBON: _words(
        "pakbon paklijst vrachtbrief afleverbon leverbon leveringsbon verzendbon afleveringsbon zendnota afleverbewijs "
        "leverbewijs afleveringsbewijs leverantiebewijs packingslip deliverynote bondelivraison lieferschein afhaalbon "
        "verzendnota paklijstafleverbon pakbonafleverbon"
    ),
    Kind.AANMANING: _words(
        "aanmaning herinnering betalingsherinnering betaalherinnering sommatie ingebrekestelling laatsteaanmaning "
        "tweedeherinnering tweedeaanmaning eersteaanmaning eersteherinnering laatsteherinnering reminder rappel mahnung "
        "herinneringopenstaandefactuur vriendelijkeherinnering openstaandeposten rekeningoverzicht"
    ),
    Kind.KASSABON: _words("kassabon kassaticket kasticket pinbon kassabonnetje klantticket klantenbon pintransactie kopiekassabon"),
    Kind.BETAALBEWIJS: _words(
        "betaalbewijs overschrijving overboeking afschrift bankafschrift rekeningafschrift transactiedetails transactie "
        "betaling betaalbevestiging betalingsbewijs afgeschreven afschrijving bijschrijving overgeboekt overboekingsbewijs "
        "bijenafschrijvingen betalingvoltooid betaalopdracht overgemaakt idealbetaling kwitantie details"
    ),
    Kind.ANDERS: _words("proforma proformafactuur proformanota proformainvoice conceptfactuur concept"),
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
    PLAIN_NUMBER = "plain_number"
    ORDER_NUMBER = "order_number"
    OTHER_NUMBER = "other_number"
    INVOICE_DATE = "invoice_date"
    WORK_DATE = "work_date"
    PLAIN_DATE = "plain_date"
    OTHER_DATE = "other_date"
    TOTAL = "total"
    PLAIN_TOTAL = "plain_total"
    OTHER_AMOUNT = "other_amount"
    CUSTOMER = "customer"
    OTHER_ADDRESS = "other_address"
    STREET = "street"
    PLACE = "place"
    EMAIL = "email"
    PHONE = "phone"
    COMPANY = "company"
    OTHER = "other"


LABELS: dict[Label, tuple[str, ...]] = {
    Label.INVOICE_NUMBER: _words(
        "factuurnummer factuurnr factuurno factnr factnummer faktuurnummer faktuurnr notanummer notanr nota-nr rekeningnr. "
        "onsfactuurnr onsfactuurnummer verkoopfactuurnummer verkoopfactuurnr factuur/nota factuurnotanummer invoicenumber "
        "invoiceno invoicenr numerodefacture factureno facturen rechnungsnummer rechnungsnr factuurkenmerk verkoopnotanummer "
        "verkoopnotanr faktnr"
    ),
    Label.WORK_NUMBER: _words(
        "werkbonnummer werkbonnr bonnummer bonnr servicebonnummer servicebonnr serviceordernummer serviceordernr "
        "montagebonnummer montagebonnr opdrachtbonnummer opdrachtbonnr reparatiebonnummer reparatiebonnr werkordernummer "
        "werkordernr reparatienummer reparatienr onderhoudsbonnr onderhoudsbonnummer opleverbonnr opleverbonnummer "
        "servicenummer servicenr interventienummer interventienr"
    ),
    Label.PLAIN_NUMBER: _words("nummer nr documentnummer documentnr docnr onskenmerk onzereferentie onzeref nº no volgnummer"),
    Label.ORDER_NUMBER: _words("ordernummer ordernr opdrachtnummer opdrachtnr order opdracht"),
    Label.OTHER_NUMBER: _words(
        "klantnummer klantnr uwklantnummer uwklantnr klantcode debiteurnummer debiteurnr debiteurennummer debiteurennr debiteur "
        "relatienummer relatienr offertenummer offertenr offerteno cfofferte conformofferte volgensofferte offerte uwreferentie "
        "uwref uwkenmerk referentie ref projectnummer projectnr project onzeorder onzeordernr onzeordernummer uworder "
        "uwordernummer uwordernr bestelnummer bestelnr artikelnummer artikelnr artnr artikelcode serienummer lidnummer pagina "
        "blz bladzijde blad page rekeningnummer betalingskenmerk kenmerk leverancierspecificatie customernumber customerno "
        "orderbevestiging bankrekeningnummer contractnummer dossiernummer dossiernr dossier medewerker verkoopadviseur verkoper "
        "adviseur behandelddoor monteur uitgevoerddoor beginstop begineind begineinde begin eind tijd aankomst vertrek "
        "geleidebon orderref"
    ),
    Label.INVOICE_DATE: _words(
        "factuurdatum faktuurdatum factdatum faktdatum notadatum datumfactuur datumnota verkoopdatum invoicedate datedefacture "
        "rechnungsdatum datefacture documentdatum rekeningdatum"
    ),
    Label.WORK_DATE: _words(
        "datumwerk uitgevoerdop uitgevoerdd.d. uitvoeringsdatum datumuitvoering montagedatum montagedd montageop datummontage "
        "werkdatum bondatum bezoekdatum datumbezoek datumservice servicedatum datumreparatie reparatiedatum datumonderhoud "
        "datumwerkzaamheden datumopdracht gereeddatum datumgereed opleverdatum datumoplevering opgeleverdop"
    ),
    Label.PLAIN_DATE: _words("datum dd dagtekening date"),
    Label.OTHER_DATE: _words(
        "vervaldatum vervaldag vervalt verval betalenvoor betaalvoor tebetalenvoor uiterstebetaaldatum betaaldatum "
        "betaaltermijntot betaaltermijn betalingstermijn leverdatum leveringsdatum geleverdop geleverd levering orderdatum "
        "besteldatum offertedatum afdrukdatum printdatum aanmaakdatum duedate geldigtot geldigheid betalingvoor "
        "uiterlijkbetalen datumlevering afleverdatum periode verwachtelevering incassodatum aanvraagdatum "
        "oorspronkelijkefactuurdatum datumofferte datumorder meldingdatum datummelding"
    ),
    Label.TOTAL: _words(
        "totaalincl totaalinclbtw totaalinclusief totaalinclusiefbtw totaalbedragincl totaalbedraginclbtw "
        "totaalbedraginclusiefbtw tebetaleninclbtw tebetaleninclusiefbtw tebetalenincl factuurbedrag factuurtotaal "
        "totaalfactuur totaalfaktuur eindtotaal totaaltebetalen tebetalenbedrag totaalnota notabedrag nettotebetalen "
        "bedraginclbtw bedraginclusiefbtw bedragincl prijsinclbtw totalincl totalinclvat totalttc gesamtbetrag totaalwerkbon "
        "eindbedrag totaalbedragfactuur factuurtotaalinclbtw totaleurincl totaaleurincl totaalbedragincl21btw totaalincl21btw "
        "totaalincl9btw"
    ),
    Label.PLAIN_TOTAL: _words("totaal totaalbedrag tebetalen tevoldoen totaaleur totaaleuro total totaalbedrageur tebetaleneur"),
    Label.OTHER_AMOUNT: _words(
        "subtotaal tussentotaal totaalexcl totaalexclbtw totaalexclusief totaalexclusiefbtw bedragexcl bedragexclbtw netto "
        "nettobedrag btw btwhoog btwlaag btw21 btw9 btw6 btw0 inclusief21btw inclusiefbtw waarvanbtw btwbedrag totaalbtw "
        "btw21intotaal btw9intotaal 21btw 9btw 6btw aanbetaling reedsbetaald aanbetaald betaald voldaan restant restbedrag "
        "nogtebetalen openstaand openstaandbedrag korting ontvangen reedsvoldaan reedsontvangen rest termijn opdrachtsom "
        "aanneemsom orderbedrag voorschot minaanbetaling afaanbetaling resterend"
    ),
    Label.CUSTOMER: _words(
        "klant klantnaam naamklant klantgegevens naam opdrachtgever factuuradres factuuraan factureren factureeraan notaadres "
        "gegevensklant afnemer koper debiteurnaam aan gefactureerdaan client kunde customer billto naamopdrachtgever"
    ),
    Label.OTHER_ADDRESS: _words(
        "afleveradres leveradres leveringsadres werkadres montageadres uitvoeringsadres bezoekadres postadres objectadres "
        "plaatsingsadres werfadres werf object"
    ),
    Label.STREET: _words("straatnr straat straathuisnr straathuisnummer adres straatennr straatenhuisnummer straatnaam strasse rue"),
    Label.PLACE: _words(
        "postcodeplaats postcodewoonplaats pcplaats pcwoonplaats postcode woonplaats plaats postcodegemeente gemeente postcodeenplaats pc"
    ),
    Label.EMAIL: _words("email mail emailadres mailadres uwemail emailklant"),
    Label.PHONE: _words("tel telefoon telefoonnr telefoonnummer telnr gsm mobiel mob telefoonmobiel"),
    Label.COMPANY: _words(
        "kvk kvknr kvknummer kamervankoophandel handelsregister btwid btwnr btwnummer iban bank banknr bankrek bankrekening "
        "rekening bic btw-id ondernemingsnummer rpr website internet www"
    ),
    Label.OTHER: _words("betreft onderwerp omschrijving artikelomschrijving aantal aant prijs prijsst eenheidsprijs bedrag wat"),
}

FORMS_OF_ADDRESS = (
    r"de\s+heer\s*(?:/|en|&)\s*mevrouw|dhr\.?\s*(?:/|en|&|\+)\s*(?:mevr|mw)\.?|de\s+heer|den\s+heer|dh[il1]?r\.?|mevrouw|mevr\.?|mw\.?|hr\.?|heer|"
    r"familie|fam\.?|de\s+fam\.?|de\s+familie|t\.?\s?a\.?\s?v\.?|aan|ter\s+attentie\s+van|erven|monsieur|madame|mr\.?\s+en\s+mrs\.?|herr|frau|drs\.|ir\.|ing\."
)
COMPANY_FORMS = (
    r"\b(?:b\.?\s?v\.?|n\.?\s?v\.?|v\.?o\.?f\.?|c\.?v\.?|b\.?v\.?b\.?a\.?|b\.?v\.?\s?i\.?o\.?|bvba|gmbh|ltd|stichting|vereniging|v\.?v\.?e\.?|coöperatie|maatschap|"
    r"holding|beheer|gemeente|h\.?o\.?d\.?n\.?|handelsnaam)(?!\w)"
)
COMPANY_WORDS = (
    r"(?:bedrijf|praktijk|slagerij|bakkerij|kapsalon|restaurant|caf[eé]|hotel|winkel|garage|makelaar|installati|advies|bouw|techniek|school|kerk|zorg|"
    r"apotheek|kantoor|groep|transport|autobedrijf|appartement|eigenaren|eigenaars|kliniek|tandarts|notaris|drogist|bloemist|optiek|salon|atelier|studio)"
)
