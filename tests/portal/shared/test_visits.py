"""Who opened a page behind a link: only a visit of somebody outside is told as the customer's."""

import pytest
from werkzeug.datastructures import Headers

from portal.shared.visits import is_visit_of_somebody

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
PEOPLE = [
    CHROME,
    f"{CHROME} Edg/126.0",
    f"{CHROME} OPR/111.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    f"{IPHONE}Version/17.5 Mobile/15E148 Safari/604.1",
    f"{IPHONE}GSA/320.0 Mobile/15E148 Safari/604.1",
    # The browsers inside programs of people
    f"{IPHONE}Mobile/15E148 [FBAN/FBIOS;FBAV/466.0;FBDV/iPhone14,5]",
    f"{IPHONE}Mobile/15E148 Instagram 334.0",
    f"{IPHONE}Mobile/15E148 [Pinterest/iOS]",
    "Mozilla/5.0 (Linux; Android 14; SM-S911B; wv) Chrome/126.0 Mobile Safari/537.36 Telegram-Android/10.14",
    f"{CHROME} Teams/24004.1307.2669.7070",
    f"{IPHONE}Mobile/15E148 Outlook-iOS/723.0",
    # What only sounds like a program
    "Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20 PRO) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36",
    "Opera/9.80 (Android; Opera Mini/36.2/119.132; U; pt) Presto/2.12.423 Version/12.16",
    "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko",
]
PROGRAMS = [
    "",
    "Mozilla/5.0",  # the mail proxy of Apple
    "WhatsApp/2.23.20.0 A",
    "WhatsApp/2.2413.51 W",
    "TelegramBot (like TwitterBot)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Slack-ImgProxy (+https://api.slack.com/robots)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) "
        "Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"
    ),  # Messages of an iPhone
    "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",  # Teams
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b",  # SafeLinks
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/80.0 Safari/537.36 SafeLinks",
    "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.5134; Pro)",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) Chrome/126.0 Mobile (compatible; Googlebot/2.1)",
    "Mozilla/5.0 (compatible; Google-Read-Aloud; +https://support.google.com/webmasters/answer/1061943)",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1.15 (Applebot/0.1)",
    "Mozilla/5.0 (compatible; BarracudaCentral)",
    "Mozilla/5.0 (X11; Linux) MailScanner",
    "Mozilla/5.0 (compatible; UptimeRobot/2.0)",
    f"{CHROME} Chrome-Lighthouse",
    "curl/8.5.0",
    "python-requests/2.32",
    "Go-http-client/2.0",
    "okhttp/4.12.0",
    "Mozilla/5.0 (compatible; Python/3.12 aiohttp/3.9)",
]


def counts(
    user_agent: str = CHROME,
    *,
    method: str = "GET",
    is_signed_in: bool = False,
    headers: dict[str, str] | None = None,
) -> bool:
    return is_visit_of_somebody(
        method=method, user_agent=user_agent, headers=Headers(headers or {}), is_signed_in=is_signed_in
    )


class TestAVisitCounts:
    @pytest.mark.parametrize("user_agent", PEOPLE)
    def test_of_a_person(self, user_agent: str) -> None:
        assert counts(user_agent)

    @pytest.mark.parametrize(
        "headers", [{"Sec-Purpose": ""}, {"Sec-Fetch-Mode": "navigate", "Priority": "u=0"}]
    )
    def test_with_what_browsers_send_else(self, headers: dict[str, str]) -> None:
        assert counts(headers=headers)


class TestAVisitCountsNot:
    @pytest.mark.parametrize("user_agent", PROGRAMS)
    def test_of_a_program(self, user_agent: str) -> None:
        assert not counts(user_agent)
        assert not counts(user_agent.upper())

    @pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "POST"])
    def test_that_looks_at_nothing(self, method: str) -> None:
        assert not counts(method=method)

    def test_of_somebody_who_is_signed_in(self) -> None:
        assert not counts(is_signed_in=True)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("Sec-Purpose", "prefetch"),
            ("Sec-Purpose", "prefetch;prerender"),
            ("sec-purpose", "prefetch;anonymous-client-ip"),
            ("Purpose", "prefetch"),
            ("Purpose", "preview"),
            ("X-Purpose", "preview"),
            ("X-Moz", "prefetch"),
            ("X-Moz", "Prefetch"),
        ],
    )
    def test_of_a_browser_that_fetches_ahead(self, name: str, value: str) -> None:
        assert not counts(headers={name: value})
