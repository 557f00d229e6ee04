"""Names are the same for certain when surname with tussenvoegsel and first initial agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.proofs.evidence import names
from reviews.proofs.evidence.names import Likeness


@pytest.mark.parametrize(
    ("reviewer", "customer"),
    [
        ("Jan van der Wal", "J.P. van der Wal"),
        ("Jan van der Wal", "Wal, van der, J. P."),
        ("jan van der wal", "dhr. J. v.d. Wal"),
        ("Jan van der Wal", "JP v/d Wal"),
        ("Jan van der Wal", "J. VAN DER WAL"),
        ("Ömer Çelik", "Omer Celik"),
        ("Marie d'Hondt", "M. D'Hondt"),
        ("Karin l'Ami", "Ami, l', K."),
        ("Saar van 't Hof", "mevr. S. van het Hof"),
        ("Anna de Boer-Smit", "A. de Boer - Smit"),
        ("Ivo van den Broek", "IN van den Broek"),
        ("Youssef El Idrissi", "Y. el Idrissi"),
        ("Youssef El Idrissi", "Y. El-Idrissi"),
        ("Jan Peeters", "PEETERS JAN"),
        ("Luc Van Damme", "Van Damme Luc"),
        ("P. Janssens", "Janssens P."),
        ("Jan op den Kamp", "Kamp, J.J.G., op den"),
        ("Tineke 't Lam", "Lam, T., 't"),
        ("J.J.G. op den Kamp", "Kamp J.J.G. op den"),
        ("Jan de Vries", "De heer ir. J. de Vries MSc"),
        ("Jan de Vries", "J. de Vries jr."),
        ("Marie de Vries", "J. en M. de Vries"),
        ("Petra Bakker", "J. de Boer & P. Bakker"),
        ("Anne Marie Jansen", "Anne-Marie Jansen"),
        ("Theo Bos", "Th. Bos"),
        ("Ad Bos", "A.D. Bos"),
        ("Maria Vandenberghe", "M. Van den Berghe"),
    ],
)
def test_one_person_written_in_two_ways_is_the_same(reviewer: str, customer: str) -> None:
    assert names.compare(reviewer, customer) is Likeness.SAME


@pytest.mark.parametrize(
    ("reviewer", "customer", "likeness"),
    [
        ("Jan de Vries", "Fam. de Vries", Likeness.FAMILY),
        ("W. 't Lam", "Fam. 't Lam", Likeness.FAMILY),
        ("Jan de Vries", "P. de Vries", Likeness.OTHER_GIVEN),
        ("Jan de Vries", "Johannes de Vries", Likeness.OTHER_GIVEN),
        ("Els Smit", "E. de Boer-Smit", Likeness.PART),
        ("Jan van Loon", "J. van Coon", Likeness.NEAR),
        ("Jan Meijer", "Jan Meyer", Likeness.NEAR),
        ("Jan de Vries", "P. de Boer & J. Bakker", Likeness.DIFFERENT),
        ("Piet de Vries", "J. en M. de Vries", Likeness.OTHER_GIVEN),
        ("Jan de Vries", "J. Bakker", Likeness.DIFFERENT),
        ("Jan van der Berg", "J. van den Berg", Likeness.PART),
    ],
)
def test_less_than_that_is_said_for_what_it_is(reviewer: str, customer: str, likeness: Likeness) -> None:
    assert names.compare(reviewer, customer) is likeness


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_can_be_compared_and_the_order_does_not_matter(one: str, other: str) -> None:
    assert names.compare(one, other) is names.compare(other, one)


@given(
    st.sampled_from(["Jan", "Els", "Thijs"]),
    st.sampled_from(["", "de ", "van der ", "van 't "]),
    st.sampled_from(["Smit", "Hoekstra", "Wal"]),
    st.sampled_from(["", "dhr. ", "Mevrouw "]),
)
def test_a_name_is_the_same_as_its_initials_with_any_form_of_address(given_name: str, prefix: str, surname: str, form: str) -> None:
    assert names.compare(f"{given_name} {prefix}{surname}", f"{form}{given_name[0]}. {prefix}{surname}") is Likeness.SAME


@pytest.mark.parametrize(
    ("text", "given_names", "initials_only", "prefix", "surname"),
    [
        ("Jan van der Wal", "jan", False, "van der", "wal"),
        ("Wal, van der, J. P.", "j p", True, "van der", "wal"),
        ("van der Wal, Jan", "jan", False, "van der", "wal"),
        ("J.P. v.d. Wal", "j p", True, "vd", "wal"),
        ("J. v. d. Wal", "j", True, "vd", "wal"),
        ("JP v/d Wal", "j p", True, "vd", "wal"),
        ("Aa, v.d., N.", "n", True, "vd", "aa"),
        ("Vries, D. de", "d", True, "de", "vries"),
        ("Vries, d, J.", "j", True, "d", "vries"),
        ("Boer, o, J.", "o j", True, "", "boer"),
        ("Boer, v, J.", "j", True, "v", "boer"),
        ("Karin l`Ami", "karin", False, "l", "ami"),
        ("Karin l’Ami", "karin", False, "l", "ami"),
        ("Karin I'Ami", "karin", False, "l", "ami"),
        ("Karin d' Hondt", "karin", False, "d", "hondt"),
        ("D'Hondt", "", False, "d", "hondt"),
        ("Jan van'Dam", "jan", False, "van", "dam"),
        ("W. 't Lam", "w", True, "t", "lam"),
        ("'T Lam", "t", True, "", "lam"),
        ("Jan 's Heer", "jan", False, "s", "heer"),
        ("Jan s Heer", "jan", False, "s", "heer"),
        ("Jan S. Heer", "jan s", False, "", "heer"),
        ("Jan S Heer", "jan s", False, "", "heer"),
        ("Y. El-Idrissi", "y", True, "el", "idrissi"),
        ("y. el-Idrissi", "y", True, "el", "idrissi"),
        ("Janssens P.", "p", True, "", "janssens"),
        ("Janssens Joh.", "j o h", True, "", "janssens"),
        ("Janssens Joha.", "janssens", False, "", "joha"),
        ("van Damme P.", "p", True, "van", "damme"),
        ("J. P.", "j", True, "", "p"),
        ("J.", "", False, "", "j"),
        ("Wal", "", False, "", "wal"),
        ("De Vries", "", False, "de", "vries"),
        ("DE Vries", "d e", True, "", "vries"),
        ("J. DE VRIES", "j", True, "de", "vries"),
        ("D. E. Vries", "d e", True, "", "vries"),
        ("J. v der Wal", "j", True, "v der", "wal"),
        ("vd Wal", "", False, "vd", "wal"),
        ("V.d. Wal", "vd", False, "", "wal"),
        ("J. V.d. Wal", "j", True, "vd", "wal"),
        ("J. VD Wal", "j v d", True, "", "wal"),
        ("A Smit", "a", True, "", "smit"),
        ("Jan a Smit", "jan a", False, "", "smit"),
        ("J.van Dam", "j", True, "van", "dam"),
        ("JAN Smit", "j a n", True, "", "smit"),
        ("JPMK Smit", "j p m k", True, "", "smit"),
        ("ANNA Smit", "anna", False, "", "smit"),
        ("JPMKL Smit", "jpmkl", False, "", "smit"),
        ("Chr. Smit", "c h r", True, "", "smit"),
        ("Chri. Smit", "chri", False, "", "smit"),
        ("J. Piet Smit", "j piet", False, "", "smit"),
        ("Anna de Boer - Smit", "anna", False, "de", "boer smit"),
        ("Anna van der Linden–van Gestel", "anna", False, "van der", "linden gestel"),
        ("Jan de Vries MSc", "jan", False, "de", "vries"),
        ("Jan de Vries, jr.", "jan", False, "de", "vries"),
        ("Jan de Vries Senior", "jan", False, "de", "vries"),
        ("Çelik, Ömer", "omer", False, "", "celik"),
        ("Jan van", "jan", False, "", "van"),
    ],
)
def test_a_name_is_taken_apart_as_it_is_written(text: str, given_names: str, initials_only: bool, prefix: str, surname: str) -> None:
    assert names.parse(text) == names.Name(tuple(given_names.split()), initials_only, prefix, tuple(surname.split()))


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("J. Piet Bos", "Jan Bos", Likeness.SAME),
        ("J. Piet Bos", "Klaas Bos", Likeness.OTHER_GIVEN),
        ("Marie-Anne Bos", "Marie-Louise Bos", Likeness.SAME),
        ("Anne Bos", "Anna Bos", Likeness.OTHER_GIVEN),
        ("Jan Bos", "Bos", Likeness.FAMILY),
        ("J. v der Wal", "Jan van der Wal", Likeness.SAME),
        ("J. v.t. Hof", "Jan van 't Hof", Likeness.SAME),
        ("J. v.h. Hof", "Jan van het Hof", Likeness.SAME),
        ("J. van 't Hof", "Jan van het Hof", Likeness.SAME),
        ("J. v.d. Wal", "J. op den Wal", Likeness.PART),
        ("J. v.d. Wal", "J. Wal", Likeness.PART),
        ("J. Wal", "J. v.d. Wal", Likeness.PART),
        ("Jan van de Wal", "J. van der Wal", Likeness.PART),
        ("Els Boer-Smit", "Els Smit-Boer", Likeness.SAME),
        ("Jan Janse", "Jan Jasne", Likeness.NEAR),
        ("Jan Loon", "Jan Lon", Likeness.DIFFERENT),
        ("Jan Vos", "Jan Bos", Likeness.DIFFERENT),
        ("Jan Loon", "Jan Loons", Likeness.NEAR),
        ("Jan Jansen", "Jan Hanser", Likeness.DIFFERENT),
        ("Jan Boermans", "Jan Bormens", Likeness.NEAR),
        ("J Vries", "Vries J", Likeness.SAME),
        ("J.P. Vries", "Vries JP", Likeness.SAME),
        ("J Bos", "Bos J", Likeness.SAME),
        ("Luc Jan van Damme", "van Damme Luc", Likeness.SAME),
        ("Jan Piet Klaassen", "Klaassen Jan Piet", Likeness.SAME),
        ("Jan Peeters", "Peeters Jan Maria", Likeness.SAME),
        ("Jan Peeters", "PEETERS JAN MARIA", Likeness.SAME),
        ("Jan Peeters", "Peeters Johan", Likeness.DIFFERENT),
        ("J. Peeters", "Peeters Jan Maria", Likeness.DIFFERENT),
        ("Jan de Boer", "Boer de Jan", Likeness.SAME),
        ("Jan Bos", "Piet Smit en Jan Bos", Likeness.SAME),
        ("Jan Bos", "Jan Bos e/o Els Smit", Likeness.SAME),
        ("Jan Bos", "dhr. J. + mevr. E. Bos", Likeness.SAME),
        ("Els Bos", "dhr. J. + mevr. E. Bos", Likeness.SAME),
        ("Jan de Vries", "de Vries en Smit", Likeness.FAMILY),
        ("Jan de Vries en Els Smit", "K. Smit", Likeness.OTHER_GIVEN),
    ],
)
def test_how_two_names_relate_whichever_stands_first(one: str, other: str, likeness: Likeness) -> None:
    assert (names.compare(one, other), names.compare(other, one)) == (likeness, likeness)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("J. en M. de Vries", [("m", "de", "vries"), ("j", "de", "vries")]),
        ("Jan, Piet", [("piet", "", "jan")]),
        ("J. de Boer & P. Bakker", [("p", "", "bakker"), ("j", "de", "boer")]),
        ("de Vries en Smit", [("", "", "smit"), ("", "de", "vries")]),
        ("dhr. Jan en mevr. Els Bos", [("els", "", "bos"), ("jan", "", "bos")]),
        ("Jan und Els und Tim Bos", [("tim", "", "bos"), ("jan", "", "bos"), ("els", "", "bos")]),
        ("J.P. en M. Bos", [("m", "", "bos"), ("j p", "", "bos")]),
        ("Henk", [("", "", "henk")]),
    ],
)
def test_of_several_people_each_has_a_name(text: str, found: list[tuple[str, str, str]]) -> None:
    assert names.persons("J. en M. de Vries")[1] == names.parse("J. de Vries")
    assert [(" ".join(name.given), name.prefix, " ".join(name.surname)) for name in names.persons(text)] == found
