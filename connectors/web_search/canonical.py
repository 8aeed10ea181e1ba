"""One spelling per web address, so that the same page found twice is one document.

Rules, in this order:

1. Scheme and host in lower case, international host names in their ASCII form, no trailing dot.
2. No user name, no port where it is the scheme's own.
3. Dot segments resolved; an empty path is ``/``; percent-encoding in capitals, and gone where
   the letter needs none.
4. No fragment.
5. No parameter that only tells where a visitor came from or who it is (``utm_*``, ``gclid``,
   ``PHPSESSID`` …; ``TRACKING`` is the list). The others stay, in their order.

Not touched, because it may name another page: ``www.``, http or https, a trailing slash, case
in the path, the order of parameters. courlan's ``clean_url`` was looked at and not taken: it
also drops parameters such as ``id``, ``source`` and ``keyword``, which name pages on many sites.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from requests.utils import unquote_unreserved
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

TRACKING = frozenset({
    "_ga", "_gl", "_hsenc", "_hsmi", "dclid", "epik", "fbclid", "gbraid", "gclid", "gclsrc",
    "igshid", "jsessionid", "mc_cid", "mc_eid", "mkt_tok", "msclkid", "phpsessid", "srsltid",
    "ttclid", "twclid", "vero_conv", "vero_id", "wbraid", "yclid", "ysclid",
})  # fmt: skip
TRACKING_PREFIXES = ("utm_", "mtm_", "pk_", "hsa_", "oly_")
LONGEST = 2000
"""Characters; what is longer is no page that anybody links to."""

_ESCAPE = re.compile("%[0-9a-fA-F]{2}")
_PORTS = {"http": 80, "https": 443}


def canonical_url(url: str) -> str:
    """The address in its one spelling.

    Raises:
        ValueError: It is not the address of a web page, or longer than ``LONGEST``.
    """
    try:
        # urllib3 writes escapes in capitals, but no more once yt-dlp is loaded beside it.
        parts = parse_url(_ESCAPE.sub(lambda found: found[0].upper(), unquote_unreserved(url.strip())))
    except (LocationParseError, ValueError) as error:
        raise ValueError(f"not a web address: {error}") from None
    host = (parts.host or "").rstrip(".")
    if parts.scheme not in _PORTS or not host or len(url) > LONGEST:
        raise ValueError("not a web address")
    port = f":{parts.port}" if parts.port and parts.port != _PORTS[parts.scheme] else ""
    query = _kept(parts.query or "")
    return f"{parts.scheme}://{host}{port}{parts.path or '/'}{'?' if query else ''}{query}"


def _kept(query: str) -> str:
    return "&".join(part for part in query.split("&") if part and not _is_tracking(part))


def _is_tracking(parameter: str) -> bool:
    name = unquote_plus(parameter.partition("=")[0]).lower()
    return name in TRACKING or name.startswith(TRACKING_PREFIXES)


def is_within(url: str, site: str) -> bool:
    """Whether a canonical address belongs to a host or to one below it."""
    host = parse_url(url).host or ""
    wanted = site.lower().strip(".")
    return host == wanted or host.endswith(f".{wanted}")
