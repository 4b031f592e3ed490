"""Who opens a page behind a link: the customer, one of our people, or a program.

A link that is sent is opened by many who are not its reader: the messenger draws a preview, the mail server
looks for dangers, the browser fetches ahead, the seller looks at what the customer sees. The pages answer
them all; only a visit of somebody is told as the customer's.
"""

import re

from flask import request
from werkzeug.datastructures import Headers

from portal.shared.auth import signed_in

# Every browser that a person holds calls itself so, also inside WhatsApp or Outlook; the programs named below
# sometimes do, too.
_BROWSER = re.compile(r"(?:Mozilla|Opera)/\S+ \(")
_PROGRAMS = re.compile(
    # The phone maker Cubot is no bot.
    r"(?<!cu)bot\b|crawl|spider|slurp|scanner|preview|prerender|monitor|validator|archiver"
    # Previews of messengers and networks, by the names they give themselves
    r"|whatsapp|slack-imgproxy|facebookexternalhit|facebookcatalog|meta-external|vkshare|line-poker"
    r"|embedly|iframely|mattermost|rocket\.chat"
    # Mail programs and servers that load pictures and links themselves
    r"|googleimageproxy|ggpht\.com|yahoomailproxy|yahoocachesystem|ms-office|msoffice|microsoft office"
    r"|microsoft outlook|microsoft-exchange|safelinks|thunderbird"
    # What looks for dangers in links
    r"|barracuda|proofpoint|mimecast|ironport|symantec|messagelabs|trend ?micro|sophos|fireeye|trellix"
    r"|fortiguard|cloudmark|virustotal|urlscan|checkphish|safebrowsing|google-safety|avanan|spamassassin"
    # Search, reading aloud, measuring
    r"|google-read-aloud|google-inspectiontool|googleother|apis-google|mediapartners|feedfetcher"
    r"|lighthouse|gtmetrix|pingdom|uptime|statuscake|site24x7|w3c_|phantomjs"
    # Libraries that pretend in part to be a browser
    r"|curl/|wget/|python|aiohttp|httpx|go-http|okhttp|java/|libwww|node-fetch|axios|undici|postman",
    re.IGNORECASE,
)
_AHEAD = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
_AHEAD_WORDS = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)


def is_visit_of_somebody(*, method: str, user_agent: str, headers: Headers, is_signed_in: bool) -> bool:
    """Whether a person looks at the page who is not one of ours; the rule, pure.

    Not counted: HEAD and what is no GET, whoever is signed in, what calls itself a preview, scanner, robot or
    library (or nothing at all), and a page fetched ahead, which nobody may ever see.
    """
    if method != "GET" or is_signed_in:
        return False
    if not _BROWSER.match(user_agent) or _PROGRAMS.search(user_agent):
        return False
    return not any(_AHEAD_WORDS.search(headers.get(name, "")) for name in _AHEAD)


def is_customers() -> bool:
    """Whether the present request may be told as a visit of whom the link was sent to."""
    return is_visit_of_somebody(
        method=request.method,
        user_agent=request.user_agent.string,
        headers=request.headers,
        is_signed_in=signed_in() is not None,
    )
