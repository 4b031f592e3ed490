"""Those who open a link that is not theirs."""

PREVIEW = {"User-Agent": "WhatsApp/2.23.20.0 A"}
SCANNER = {"User-Agent": "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ BingPreview/1.0b"}
AHEAD = {"Sec-Purpose": "prefetch;prerender"}
NOT_THE_CUSTOMER = {"preview": PREVIEW, "scanner": SCANNER, "prefetch": AHEAD}
