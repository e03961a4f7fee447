"""SVG elements escape what they are given."""

from muster.report.charts.scales import element


def test_an_element_escapes_text_and_keeps_its_own_markup() -> None:
    inner = element("b", "1 < 2")

    assert element("p", "a & b ", inner, None, title='"') == (
        '<p title="&#34;">a &amp; b <b>1 &lt; 2</b></p>'
    )


def test_an_attribute_loses_its_underscores_and_needless_digits() -> None:
    rect = element("rect", x=1.0, y=0.333, width=-0.001, class_="area", aria_hidden="true", id=None)

    assert rect == '<rect x="1" y="0.33" width="0" class="area" aria-hidden="true"></rect>'
