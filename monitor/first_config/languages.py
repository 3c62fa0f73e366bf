"""Headers and labels of exports in other languages than English: German, French, Spanish, Italian, Dutch, Portuguese.

A CRM names its columns and stages in the language of who exports. Everything here is written as `folded` leaves it:
small letters, no accents, so that "Clôture" and "cloture" are one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

APART = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ı": "i"})
"""Letters that no decomposition takes apart."""

HEADERS: Mapping[str, tuple[str, ...]] = {
    "deal_id": (
        *(
            "opportunitynr",
            "opportunitynummer",
            "vorgangsnummer",
            "verkaufschance",
            "auftragsnummer",
            "belegnummer",
        ),
        *("vorgangsnr", "auftragsnr", "angebotsnummer", "angebotsnr", "dealnr", "dealnummer"),
        *("numerodopportunite", "iddopportunite", "idopportunite", "numerodaffaire", "reference"),
        *("idoportunidad", "idnegocio", "numerodeoportunidad", "idopportunita", "verkoopkansid", "kansid"),
        *("iddaoportunidade", "iddonegocio", "nr", "nummer", "numero"),
    ),
    "modified_at": (
        *("zuletztgeandertam", "geandertam", "letzteanderung", "anderungsdatum", "letztesanderungsdatum"),
        *("datedelamodification", "modifiele", "datedederneremodification", "datedemodification"),
        *("fechadeultimamodificacion", "fechademodificacion", "dataultimamodifica", "datamodifica"),
        *("gewijzigdop", "laatstgewijzigd", "datadamodificacao", "datadaultimamodificacao"),
    ),
    "account": (
        *(
            "kunde",
            "kundenname",
            "kundennummer",
            "kundennr",
            "kundenid",
            "firma",
            "firmenname",
            "unternehmen",
        ),
        *(
            "organisation",
            "debitor",
            "nomducompte",
            "compte",
            "client",
            "nomduclient",
            "entreprise",
            "societe",
        ),
        *("nombredelacuenta", "cuenta", "cliente", "empresa", "nomeaccount", "azienda", "clienti"),
        *("accountnaam", "klant", "klantnaam", "bedrijf", "organisatie", "nomedaconta", "conta"),
    ),
    "owner": (
        *("inhaber", "opportunityinhaber", "dealinhaber", "verkaufer", "vertriebler", "vertriebsmitarbeiter"),
        *("zustandig", "zustandigermitarbeiter", "betreuer", "besitzer", "mitarbeiter", "verantwortlicher"),
        *(
            "proprietaire",
            "proprietairedelopportunite",
            "proprietairedelatransaction",
            "commercial",
            "vendeur",
        ),
        *("responsable", "propietario", "propietariodelaoportunidad", "propietariodelnegocio", "comercial"),
        *("vendedor", "titolareopportunita", "titolare", "proprietario", "venditore", "commerciale"),
        *(
            "eigenaar",
            "dealeigenaar",
            "verkoper",
            "accountmanager",
            "proprietariodaoportunidade",
            "responsavel",
        ),
    ),
    "creator": (
        *("erstelltvon", "angelegtvon", "creepar", "creadopor", "creatoda", "aangemaaktdoor", "gemaaktdoor"),
        "criadopor",
    ),
    "created_at": (
        *("erstelldatum", "erstelltam", "erstellt", "angelegtam", "angelegt", "anlagedatum", "eroffnetam"),
        *("datedecreation", "creele", "datecreation", "fechadecreacion", "creadoel", "fechacreacion"),
        *("datacreazione", "datadicreazione", "creatoil", "aanmaakdatum", "gemaaktop", "aangemaaktop"),
        *("datadecriacao", "criadoem", "datacriacao"),
    ),
    "qualified_at": ("qualifiziertam", "qualifizierungsdatum", "datedequalification", "fechadecalificacion"),
    "closed_at": (
        *(
            "schlusstermin",
            "abschlussdatum",
            "abgeschlossenam",
            "abgeschlossen",
            "geschlossenam",
            "geschlossen",
        ),
        *("entscheidungsdatum", "auftragsdatum", "bestelldatum", "rechnungsdatum", "belegdatum", "datum"),
        *("datedecloture", "datecloture", "clotureele", "datedefermeture", "datedecommande", "datedefacture"),
        *("fechadecierre", "fechacierre", "cerradoel", "fechadepedido", "fechadefactura", "fecha"),
        *("datachiusura", "datadichiusura", "chiusoil", "dataordine", "datafattura"),
        *("sluitingsdatum", "geslotenop", "afsluitdatum", "besteldatum", "factuurdatum"),
        *("datadefechamento", "fechadoem", "datadopedido", "datafechamento", "data"),
    ),
    "amount": (
        *("betrag", "auftragswert", "dealwert", "wert", "umsatz", "volumen", "auftragssumme", "gesamtpreis"),
        *("preis", "nettobetrag", "montant", "valeur", "chiffredaffaires", "prix", "montanttotal"),
        *("importe", "monto", "cantidad", "valor", "ingresos", "precio", "importo", "valore", "ricavi"),
        *("bedrag", "waarde", "omzet", "dealwaarde", "prijs", "montante", "receita", "preco"),
    ),
    "list_amount": (
        *("listenpreis", "bruttopreis", "listenwert", "katalogpreis", "prixcatalogue", "prixliste", "tarif"),
        *("preciodelista", "preciocatalogo", "prezzodilistino", "listino", "lijstprijs", "catalogusprijs"),
        *("precodelista", "precodetabela"),
    ),
    "discount": (
        *(
            "rabatt",
            "nachlass",
            "rabattprozent",
            "remise",
            "remisepourcent",
            "descuento",
            "sconto",
            "korting",
        ),
        "desconto",
    ),
    "quantity": ("menge", "anzahl", "stuckzahl", "quantite", "quantita", "aantal", "quantidade", "lizenzen"),
    "term_months": ("laufzeit", "laufzeitmonate", "vertragslaufzeit", "duree", "dureeenmois", "looptijd"),
    "currency": ("wahrung", "devise", "monnaie", "moneda", "divisa", "valuta", "moeda"),
    "pipeline": ("vertriebspipeline", "verkaufsprozess", "processusdevente", "embudo"),
    "motion": (
        *(
            "typ",
            "opportunitytyp",
            "dealtyp",
            "geschaftsart",
            "auftragsart",
            "typedopportunite",
            "typedaffaire",
        ),
        *("tipo", "tipodenegocio", "tipodeoportunidad", "tipologia"),
    ),
    "channel": ("kanal", "vertriebskanal", "canal", "canaldevente", "canaldeventa", "canale", "kanaal"),
    "competitor": ("wettbewerber", "mitbewerber", "konkurrent", "concurrent", "competidor", "concorrente"),
    "loss_reason": (
        *(
            "verlustgrund",
            "absagegrund",
            "grundfurverlust",
            "raisondelaperte",
            "motifdeperte",
            "motivodeperdida",
        ),
        *(
            "razondeperdida",
            "motivoperdita",
            "motivodiperdita",
            "redenverlies",
            "verliesreden",
            "motivodaperda",
        ),
    ),
}
"""Ours to theirs, tried after the English names."""

STAGES = (
    *("phase", "vertriebsphase", "verkaufsphase", "dealphase", "ergebnis", "etape", "statut", "resultat"),
    *("etapa", "estado", "fase", "stato", "esito", "resultaat", "situacao", "resultado"),
)

LABELS: Mapping[str, tuple[str, ...]] = {
    "disqualified": (
        *("disqualifiz", "nicht qualif", "unqualif", "doppelt", "dublette", "duplikat", "ungultig"),
        *("non qualif", "disqualif", "doublon", "invalide", "descalif", "no calif", "duplicad"),
        *("squalific", "duplicat", "niet gekwalif", "gediskwalif", "dubbel", "ongeldig", "desqualif"),
    ),
    "no_decision": (
        *("keine entscheidung", "kein budget", "kein bedarf", "abgebroch", "storniert", "eingestellt"),
        *("pas de decision", "sans decision", "sans suite", "abandon", "annule", "pas de budget"),
        *("sin decision", "sin presupuesto", "cancelad", "nessuna decisione", "senza decisione", "annullat"),
        *("geen besluit", "geen beslissing", "geen budget", "geannuleerd", "sem decisao", "sem orcamento"),
    ),
    "lost": (
        *(r"verloren", r"nicht gewonnen", r"abgelehnt", r"absage", r"\bperdu", r"\bnon gagn", r"refuse"),
        *(r"\bperdid", r"\bno ganad", r"rechazad", r"\bpers[oa]\b", r"\bnon vint", r"rifiutat"),
        *(r"niet gewonnen", r"afgewezen", r"\bnao ganh", r"recusad"),
    ),
    "won": (
        *(
            r"gewonnen",
            r"beauftragt",
            r"auftrag erteilt",
            r"\bgagne",
            r"\bganad",
            r"\bvint[oa]\b",
            r"\bganh[oa]",
        ),
        *(r"\bsigne", r"firmad", r"firmat", r"getekend", r"assinad", r"unterschrieben"),
    ),
}
"""Words of stages, as patterns; English ones stand beside them in `outcomes.WORDS`."""

MOTIONS: Mapping[str, tuple[str, ...]] = {
    "renewal": (r"verlanger", r"renouvel", r"renovac", r"rinnov", r"verleng"),
    "expansion": (
        r"erweiter",
        r"bestandsk",
        r"bestehend",
        r"existant",
        r"existente",
        r"esistente",
        r"bestaand",
    ),
    "new": (r"\bneu", r"erst", r"nouve", r"nuev", r"nuov", r"nieuw", r"\bnov[oa]"),
}

TOTALS = r"^(sum|total|grand total|summe|gesamt|somme|suma|totale|totaal|soma|count|anzahl)\b"
"""How a report's line of totals begins."""


def folded(text: str) -> str:
    """The text in small letters without accents.

    >>> folded("Währung"), folded("Größe"), folded("Clôturée gagnée")
    ('wahrung', 'grosse', 'cloturee gagnee')
    """
    apart = unicodedata.normalize("NFKD", text.casefold().translate(APART))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))
