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
