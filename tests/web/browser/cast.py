"""Who is there on the morning that all pages show, and what happened: all of it invented."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

LANGUAGES = ("en", "fr")
Words = tuple[str, str]
"""What somebody typed, in the languages above."""

STAFF = (
    # login, name, telephone, line
    ("zoe", "Zoé Martin", "PJSIP/101", "support"),
    ("ali", "Ali Benali", "PJSIP/102", "support"),
    ("lea", "Léa Fontaine", "PJSIP/103", "network"),
    ("hugo", "Hugo Lambert", "PJSIP/104", "printing"),
    ("nina", "Nina Castel", "PJSIP/105", "cloud"),
    ("theo", "Théo Garnier", "PJSIP/106", "servers"),
    ("rosa", "Rosa Almeida", "PJSIP/107", "network"),
    ("sam", "Sam Leroy", "PJSIP/108", "sales"),
)
TELEPHONES = {login: telephone for login, _, telephone, _ in STAFF}

LINES = tuple(dict.fromkeys(line for *_, line in STAFF))

FIRMS = (
    # name, number of its switchboard, contract, last day of it, account owner, people
    ("Boulangerie Durand", "0199001200", "Support Gold", None, "Zoé Martin", ("Lucie Petit",)),
    ("Ardoise & Fils", "0261911300", "Support Silver", None, "Ali Benali", ("Élise Vannier",)),
    (
        "Cabinet Lemoine-Carpentier et Associés",
        "0353011400",
        "Infogérance Sérénité 24/7",
        date(2026, 10, 31),
        "Léa Fontaine",
        ("Bénédicte de La Rochefontaine", "Paul Lemoine"),
    ),
    ("Transports Hérault", "0465711500", "Support Gold", None, "Sam Leroy", ("Karim Saïdi",)),
    (
        "Hôtel du Vieux Phare",
        "0536491600",
        None,
        None,
        "Nina Castel",
        ("Yann Le Goff", "Anne Roux"),
    ),
)
NUMBERS = ("0639981122", "0261911300", "0353011400", "0639980105", "0536491600")
"""What the people of each company call from."""

FILE = """company,contact,phone,mobile,email,contract,account_owner,backup
Boulangerie Durand,,0199001200,,,Support Platinum,Zoé Martin,Ali Benali
Boulangerie Durand,Lucie Petit,,0639981177,lucie@durand.example,,,
Ardoise & Fils,Élise Vannier,,12345,,,,
Menuiserie Quatre-Vents,,0536491600,,,Support Silver,Sam Leroy,
Menuiserie Quatre-Vents,Anaïs Quatre-Vents,,0639981188,nobody,,,
"""

BAKERY, ROOFERS, LAWYERS, HAULIERS, HOTEL = range(len(FIRMS))

CATEGORIES: Mapping[Words, Sequence[Words]] = {
    ("Network", "Réseau"): (("VPN", "VPN"), ("Wi-Fi", "Wi-Fi")),
    ("Printing", "Impression"): (),
    ("Workplace", "Poste de travail"): (("E-mail", "Messagerie"), ("Password", "Mot de passe")),
    ("Till", "Caisse"): (),
}


@dataclass(frozen=True, slots=True)
class Past:
    """A call of this morning that is over. ``by`` None: nobody took it."""

    firm: int | None
    by: str | None
    title: Words = ("", "")
    category: str = "Workplace"
    status: str = "in_progress"  # "complete" with the summary
    priority: str = "medium"
    summary: Words = ("", "")
    wait_s: int = 9
    talk_s: int = 184
    raw: str | None = None  # None: the number of the company's people
    line: str = "support"


PAST = (
    Past(
        BAKERY,
        "zoe",
        ("The oven’s control panel does not start", "Le pupitre du four ne démarre pas"),
        "Workplace",
        "waiting",
        "high",
        wait_s=6,
        talk_s=412,
    ),
    Past(
        ROOFERS,
        "ali",
        ("Password expired", "Mot de passe expiré"),
        "Password",
        "complete",
        "low",
        (
            "Password changed with her on the telephone.",
            "Mot de passe changé avec elle au téléphone.",
        ),
        talk_s=96,
    ),
    Past(None, None, wait_s=47, raw="0639980177"),
    Past(
        HAULIERS,
        "zoe",
        (
            "Drivers’ tablets lose the VPN in the depot",
            "Les tablettes des chauffeurs perdent le VPN au dépôt",
        ),
        "VPN",
        "in_progress",
        "critical",
        wait_s=14,
        talk_s=1287,
    ),
    Past(
        LAWYERS,
        "lea",
        ("No e-mail since Friday evening", "Plus de courriels depuis vendredi soir"),
        "E-mail",
        "new",
        "high",
        line="network",
    ),
    Past(None, None, wait_s=4, raw="anonymous"),
    Past(
        BAKERY,
        "ali",
        ("Till 2 prints blank receipts", "La caisse 2 imprime des tickets blancs"),
        "Till",
        "in_progress",
        "medium",
        talk_s=233,
    ),
    Past(
        HOTEL,
        "nina",
        (
            "Guests’ Wi-Fi is slow on the third floor",
            "Le Wi-Fi des clients est lent au troisième étage",
        ),
        "Wi-Fi",
        "waiting",
        "low",
        line="cloud",
        raw="0536491600",
    ),
    Past(
        HAULIERS,
        "ali",
        ("New telephone for the workshop", "Nouveau téléphone pour l’atelier"),
        "Network",
        "complete",
        "medium",
        ("Delivered and registered.", "Livré et enregistré."),
        talk_s=75,
    ),
    Past(
        BAKERY,
        "zoe",
        ("Backup did not run", "La sauvegarde n’a pas tourné"),
        "Workplace",
        "complete",
        "medium",
        ("Disk was full; run by hand and checked.", "Disque plein ; lancée à la main et vérifiée."),
    ),
)

COUNTS = {
    "calls": 212,
    "obligations": 212,
    "obligations.ticketed": 30,
    "obligations.qualified": 180,
    "obligations.exempt": 2,
    "records.main.ledger": 0,
    "records.main.queue_log": 148,
    "records.main.cdr": 213,
    "desk.builtin": 210,
}
