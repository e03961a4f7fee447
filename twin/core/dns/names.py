"""Domain names as Route 53 compares them: labels of bytes in lower case.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
"""

import re
from collections.abc import Iterator
from functools import lru_cache

DomainName = tuple[bytes, ...]
"""Labels in lower case, the leftmost first, without the root's empty one."""

WILDCARD = b"*"
_PART = re.compile(r"\\([0-3][0-7]{2})|\\(.)|(\.)|([^\\.]+)|(\\)", re.DOTALL)


@lru_cache(maxsize=4096)
def parse_domain_name(text: str) -> DomainName:
    r"""Labels of a name in text form, absolute or not; `\052` is the octal form of `*`."""
    labels = [b""]
    for octal, escaped, dot, plain, stray in _PART.findall(text):
        if dot:
            labels.append(b"")
        elif octal:
            labels[-1] += bytes((int(octal, 8),))
        else:
            labels[-1] += (escaped or plain or stray).encode()
    return tuple(label.lower() for label in labels if label)


def ancestors(name: DomainName) -> Iterator[DomainName]:
    """The name itself, its parent, and so on; the root last."""
    return (name[depth:] for depth in range(len(name) + 1))
