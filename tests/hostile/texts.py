"""Texts that would do something if anybody took them for more than text."""

MARKUP = "<x-hostile onclick=alert(1)>\"'</x-hostile>&lt;<script>alert(1)</script><!--"
FORMULA = "=cmd|'/c calc'!A1"
TYPST = '#read("x") *forte* $a^2$ @ref `cru` = Título // nota \\ #let a = 1'
TEMPLATE = "{{ 7*7 }}{% if 1 %}{0.__class__}%(a)s${x}#{y}"
SQL = "Robert'); DROP TABLE customers;-- %_\\"
UNSEEN = "a\u202eb\u200bc\u2066d\ufefff\u0301"
FOREIGN = "パン屋 مخبز 🍞 Ñandú"
CONTROL = "a\x00b\x07c\x1bd\re\nf\tg"
HEADERS = "Ana\r\nBcc: everybody@evil.example\r\n\r\nX"
ENDLESS = "ã" * 5_000

SHORT = {
    "markup": MARKUP,
    "formula": FORMULA,
    "typst": TYPST,
    "template": TEMPLATE,
    "sql": SQL,
    "unseen": UNSEEN,
    "foreign": FOREIGN,
    "control": CONTROL,
    "headers": HEADERS,
}
ALL = SHORT | {"endless": ENDLESS, "surrogate": "a\ud800b".encode("utf-8", "surrogatepass").decode("latin-1")}
