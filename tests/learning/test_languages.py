import pytest

from labelloop.learning.languages import detect_languages


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wind turbines turn wind into electricity, on land and at sea.", "en"),
        ("Die Sonne scheint, und die Anlage auf dem Dach liefert Strom.", "de"),
        ("Les éoliennes produisent de l'électricité sur terre et en mer.", "fr"),
        ("風力発電は風の力で電気を作ります。海の上にもあります。", "ja"),
        ("", None),
        ("ok", None),
        ("12345 67890 !!!", None),
    ],
)
def test_languages(text, language):
    assert detect_languages([text]) == [language]


def test_in_order_and_however_long():
    long = "This is a perfectly ordinary English sentence about nothing. " * 5_000
    assert detect_languages(["", long]) == [None, "en"]
    assert detect_languages([]) == []
