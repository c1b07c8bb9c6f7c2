"""Which entries of the directory may be there twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.core.likeness import Known, Likeness, Pair, company_key, pairs, person_key


@pytest.mark.parametrize(
    "name",
    [
        "Ardoise & Fils",
        "ARDOISE ET FILS",
        "Ardoise et Fils SARL",
        "S.A.R.L. Ardoise & fils",
        "SAS Ardoise, et Fils",
        "  Ardoisé   et Fils",
    ],
)
def test_capitals_accents_signs_and_legal_forms_make_no_other_company(name: str) -> None:
    assert company_key(name) == "ardoise et fils"


def test_what_is_left_of_a_name_is_never_nothing() -> None:
    assert company_key("S.A.") == "sa"
    assert company_key("Cœur de Ville") == company_key("COEUR DE VILLE")
    assert company_key("Durand Nord") != company_key("Durand Sud")


def test_a_family_name_may_come_first() -> None:
    assert person_key("Élise Vannier") == person_key("VANNIER Elise")
    assert person_key("Élise Vannier") != person_key("Élise Vanier")


def test_what_two_have_in_common_is_said_and_the_likeliest_come_first() -> None:
    entries = [
        Known(1, "Bleu Nuit"),
        Known(2, "Bleu Nuit SAS"),
        Known(3, "Ardoise", frozenset({"+33199001100"})),
        Known(4, "ARDOISE", frozenset({"+33199001100"})),
        Known(5, "Ciel", email="contact@ciel.example"),
        Known(6, "Dune", email="Contact@ciel.example"),
    ]
    assert pairs(entries, company_key) == [
        Pair(3, 4, (Likeness.NUMBER, Likeness.NAME)),
        Pair(1, 2, (Likeness.NAME,)),
        Pair(5, 6, (Likeness.EMAIL,)),
    ]


def test_a_number_that_many_share_is_an_offices_and_proposes_nobody() -> None:
    office = frozenset({"+33199001100"})
    assert pairs([Known(n, f"Person {n}", office) for n in range(3)], person_key) == []
    assert len(pairs([Known(n, f"Person {n}", office) for n in range(2)], person_key)) == 1


def test_people_of_different_companies_are_different_people() -> None:
    entries = [Known(1, "Anna Vidal", within=1), Known(2, "Anna Vidal", within=2)]
    assert pairs(entries, person_key) == []


@given(st.lists(st.text(max_size=8), max_size=12))
def test_no_pair_comes_twice_and_each_has_a_reason(names: list[str]) -> None:
    found = pairs([Known(n, name) for n, name in enumerate(names)], company_key)
    keys = [(pair.first, pair.second) for pair in found]
    assert len(set(keys)) == len(keys)
    assert all(pair.first < pair.second and pair.reasons for pair in found)
