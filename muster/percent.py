"""Shares (0 to 1) as people read them, in percent.

Decides that rounding hides nothing: what is there is never `0 %`, what is not all never `100 %`.
"""


def words(share: float, digits: int = 2) -> str:
    """In percent with at most so many decimals: `99.97 %`, `50 %`, `< 0.01 %`, `> 99.99 %`."""
    text = f"{share * 100:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if digits else text
    least = 10.0**-digits
    if text == "0" and share > 0:
        return f"< {least:g} %"
    if text == "100" and share < 1:
        return f"> {100 - least:g} %"
    return f"{text} %"


def above(share: float, limit: float) -> str:
    """A share that exceeds a limit, with as many decimals as tell it from the limit."""
    digits = 2
    while digits < 12 and words(share, digits) == words(limit, digits):
        digits += 1
    return words(share, digits)
