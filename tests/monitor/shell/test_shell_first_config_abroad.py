"""`leftturn init` on exports that are not in English, and on days and totals as spreadsheets write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import Settings, load
from config.errors import ConfigError
from monitor.cli import exit_code
from monitor.first_config.languages import HEADERS, LABELS, MOTIONS, STAGES, folded
from monitor.first_config.outcomes import outcome_of

SALESFORCE_GERMAN = """\
Opportunity-ID;Accountname;Opportunity-Inhaber;Erstelldatum;Schlusstermin;Phase;Betrag;Verlustgrund
006A;Müller GmbH;Ann;14.01.2026;02.03.2026;Geschlossen und gewonnen;1.200,50 €;
006B;Maier AG;Bob;15.01.2026;13.03.2026;Geschlossen und verloren;0,00 €;Preis
006C;Müller GmbH;Ann;16.01.2026;04.03.2026;Geschlossen und gewonnen;900,00 €;
006D;Kunz;Ann;17.01.2026;;Verhandlung;500,00 €;
006E;Kunz;Ann;17.01.2026;05.03.2026;Verloren - kein Budget;500,00 €;
"""
FRENCH = """\
ID opportunité;Nom du compte;Propriétaire de l'opportunité;Date de création;Date de clôture;Étape;Montant
1;Alpha;Anne;14/01/2026;02/03/2026;Fermée gagnée;1 200,50
2;Bêta;Bruno;15/01/2026;13/03/2026;Fermée perdue;100,00
3;Gamma;Bruno;15/01/2026;;Négociation;100,00
"""
SPANISH = """\
Número de oportunidad,Cuenta,Propietario,Fecha de creación,Fecha de cierre,Etapa,Importe
1,Alfa,Ana,2026-01-14,2026-03-02,Cerrada ganada,1200.50
2,Beta,Blas,2026-01-15,2026-03-13,Cerrada perdida,100
3,Gama,Blas,2026-01-15,,Propuesta,100
"""
ITALIAN = """\
ID opportunità;Nome account;Titolare opportunità;Data creazione;Data chiusura;Fase;Importo
1;Alfa;Ada;14/01/2026;02/03/2026;Chiusa vinta;1200,50
2;Beta;Bea;15/01/2026;13/03/2026;Chiusa persa;100,00
3;Gamma;Bea;15/01/2026;;Trattativa;100,00
"""
DUTCH = """\
Verkoopkans-ID;Klant;Eigenaar;Aanmaakdatum;Sluitingsdatum;Fase;Bedrag
1;Alfa;An;14-01-2026;02-03-2026;Gesloten gewonnen;1200,50
2;Beta;Bo;15-01-2026;13-03-2026;Gesloten verloren;100,00
3;Gamma;Bo;15-01-2026;;Offerte;100,00
"""
PORTUGUESE = """\
ID da oportunidade;Nome da conta;Proprietário da oportunidade;Data de criação;Data de fechamento;Fase;Valor
1;Alfa;Ana;14/01/2026;02/03/2026;Fechado ganho;1200,50
2;Beta;Bia;15/01/2026;13/03/2026;Fechado perdido;100,00
3;Gama;Bia;15/01/2026;;Proposta;100,00
"""


def first(folder: Path, text: str, encoding: str = "utf-8") -> tuple[str, Settings]:
    deals, out = folder / "deals.csv", folder / "leftturn.yaml"
    deals.write_bytes(text.encode(encoding))
    assert exit_code(["init", str(deals), "--out", str(out), "-q"]) == 0
    return out.read_text(), load(out, environ={})


@pytest.mark.parametrize(
    ("export", "encoding", "won", "lost"),
    [
        (SALESFORCE_GERMAN, "cp1252", "Geschlossen und gewonnen", "Geschlossen und verloren"),
        (FRENCH, "cp1252", "Fermée gagnée", "Fermée perdue"),
        (SPANISH, "utf-8", "Cerrada ganada", "Cerrada perdida"),
        (ITALIAN, "utf-8", "Chiusa vinta", "Chiusa persa"),
        (DUTCH, "utf-8", "Gesloten gewonnen", "Gesloten verloren"),
        (PORTUGUESE, "utf-8", "Fechado ganho", "Fechado perdido"),
    ],
    ids=["german", "french", "spanish", "italian", "dutch", "portuguese"],
)
def test_exports_in_other_languages_are_understood(
    tmp_path: Path, export: str, encoding: str, won: str, lost: str
) -> None:
    _, settings = first(tmp_path, export, encoding)
    (source,) = settings.sources
    headers = export.splitlines()[0].replace(",", ";").split(";")
    found = [source.columns[n] for n in ("deal_id", "account", "owner", "created_at", "closed_at")]
    assert found == headers[:5]
    assert source.columns["amount"] == headers[6]
    assert source.outcome is not None
    assert source.outcome.column == headers[5]
    assert source.outcome.won == (won,)
    assert source.outcome.lost == (lost,)


def test_a_currency_behind_the_amounts_is_the_companys_and_its_comma_is_read(tmp_path: Path) -> None:
    text, settings = first(tmp_path, SALESFORCE_GERMAN)
    assert settings.company.currency == "EUR"
    assert settings.sources[0].format.decimal == ","
    assert settings.sources[0].columns["loss_reason"] == "Verlustgrund"
    assert "no_decision: [Verloren - kein Budget]" in text


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Nicht gewonnen", "lost"),
        ("Abgebrochen", "no_decision"),
        ("Non gagnée", "lost"),
        ("Sans suite", "no_decision"),
        ("Non qualifié", "disqualified"),
        ("Dublette", "disqualified"),
        ("Verhandlung", "open"),
        ("Annullata", "no_decision"),
        ("Aguardando assinatura", "open"),
        ("Invitado", "open"),
        ("Personal", "open"),
    ],
)
def test_labels_of_other_languages_mean_what_they_say(label: str, kind: str) -> None:
    assert outcome_of(label) == kind


def test_the_words_are_written_as_they_are_compared() -> None:
    headers = [word for words in HEADERS.values() for word in (*words,)] + [*STAGES]
    labels = [word for words in (*LABELS.values(), *MOTIONS.values()) for word in words]
    assert all(word == folded(word) for word in headers + [label.replace(r"\b", "") for label in labels])
    assert all(word.isalnum() for word in headers)


@pytest.mark.parametrize(
    ("days", "pattern"),
    [
        (("02-Mar-2026", "13-Apr-2026"), "%d-%b-%Y"),
        (("Mar 2, 2026", "Apr 13, 2026"), "%b %d, %Y"),
        (("2026/03/02", "2026/04/13"), "iso"),
        (("02.03.26", "13.04.26"), "day_first"),
    ],
)
def test_days_as_spreadsheets_write_them_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], days: tuple[str, str], pattern: str
) -> None:
    text = f'Deal;Closed;Stage\n1;"{days[0]}";Won\n2;"{days[1]}";Lost\n'
    _, settings = first(tmp_path, text)
    assert settings.sources[0].columns["closed_at"] == "Closed"
    assert settings.sources[0].format.dates == pattern
    assert exit_code(["check", "--config", str(tmp_path / "leftturn.yaml"), "--json"]) in (0, 1)
    assert '"accepted": 2' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("amounts", "mark"),
    [
        (("$4,226", "$2,693", "$900"), "."),
        (("4.226", "2.693", "900"), ","),
        (("4.226", "2693", "1.5"), "."),
        (("1.200,50", "900", "12"), ","),
        (("1,200.50", "900", "1,200"), "."),
        (("1,5", "1,25", "12"), ","),
        (("1'200.50", "900", "12"), "."),
        (("1 200,50", "900", "12"), ","),
        (("1200", "900", "12"), "."),
    ],
)
def test_a_mark_between_thousands_is_no_decimal_mark(
    tmp_path: Path, amounts: tuple[str, ...], mark: str
) -> None:
    rows = "".join(f"{n}\t2026-03-{n + 13}\tWon\t{amount}\n" for n, amount in enumerate(amounts))
    _, settings = first(tmp_path, "Deal\tClosed\tStage\tAmount\n" + rows)
    assert settings.sources[0].format.decimal == mark


def test_a_line_of_totals_is_no_deal_and_hides_no_id(tmp_path: Path) -> None:
    text, settings = first(tmp_path, SALESFORCE_GERMAN + ";;;;;;3.100,50 €;\nSumme;;;;;;;\n")
    assert settings.sources[0].columns["deal_id"] == "Opportunity-ID"
    assert settings.sources[0].format.footer == 2
    assert "the last 2 lines are totals or remarks" in text


FLAGS = """\
Id,AccountId,CloseDate,IsWon,IsClosed,Amount
1,a,2026-03-02,true,true,10
2,b,2026-03-03,false,true,20
3,c,2026-09-30,false,false,30
"""


def test_flags_of_won_and_closed_stand_in_for_stages_and_open_deals_are_not_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, settings = first(tmp_path, FLAGS)
    outcome = settings.sources[0].outcome
    assert outcome is not None
    assert (outcome.column, outcome.won, outcome.lost) == ("IsWon", ("true",), ("false",))
    assert settings.sources[0].attributes == {}
    exit_code(["check", "--config", str(tmp_path / "leftturn.yaml"), "--json"])
    said = capsys.readouterr().out
    assert '"accepted": 2' in said
    assert '"ignored": 1' in said


def test_a_flag_of_won_alone_reads_deals_with_a_day_of_closing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first(tmp_path, "Id,Close Date,Won\n1,2026-03-02,Yes\n2,2026-03-03,No\n3,,No\n")
    exit_code(["check", "--config", str(tmp_path / "leftturn.yaml"), "--json"])
    assert '"accepted": 2' in capsys.readouterr().out


def test_stages_of_which_none_reads_like_a_win_are_asked_for_not_taken_as_won(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deals, out = tmp_path / "deals.csv", tmp_path / "leftturn.yaml"
    deals.write_text("Deal,Closed,Status\n1,2026-03-02,Hyvä\n2,2026-03-03,Huono\n3,2026-03-04,Hyvä\n")
    assert exit_code(["init", str(deals), "--out", str(out)]) == 0
    assert "none of the labels of Status reads like a win" in capsys.readouterr().err
    assert "outcome: won" not in out.read_text()
    with pytest.raises(ConfigError, match="the stages of a won deal"):
        load(out, environ={})
