"""Numbers as people write amounts of money, and the words that multiply them."""

import re

from jobmatch.importing.pay.items import Amount, Item, Money, key

#: Groups of three parted by spaces or apostrophes, or anything with full stops and commas; at its end what stands for
#: no cents, as in ``2.500,-``.
NUMBER = (
    r"(?:\d{1,3}(?P<parting>[ '’])\d{3}(?:(?P=parting)\d{3})*(?!\d|[ '’]\d|[.,]\d{3})(?:[.,]\d{1,2})?|\d+(?:[.,]\d+)*)"
    r"(?:[.,][-–—]{1,2}(?! ?\d))?"
)
_ENDS = re.compile(r"[.,]?[-–—]+$")
_WAYS = {
    "point": re.compile(r"\d+(?:\.\d{1,8})?|(?:[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d?(?:,\d\d)+,\d{3})(?:\.\d{1,2})?"),
    "comma": re.compile(r"\d+(?:,\d{1,3})?|[1-9]\d{0,2}(?:\.\d{3})+(?:,\d{1,2})?"),
}
_THREE = re.compile(r"[1-9]\d{0,2}([.,])\d{3}")
_MOST_DIGITS = 20
_TIMES = {
    1e2: "百 백",
    1e3: """
k tsd tsd. thousand thousands grand thous tausend mille mila mil. tis tys tysięcy tisíc ezer mii tusen tusind
tuhat тыс тысяч тис тисяч хил хиляди χιλιάδες bin tūkst tūkst. ribu rb nghìn ngàn rb. พัน 千 천 elfu tusind. alf
אלף ألف हजार""",
    1e4: "万 萬 만 หมื่น",
    1e5: "lakh lakhs lac lacs लाख แสน",
    1e6: """
million millions mio mn millionen millones milhões milhão milioni miljoen milj miljon miljoner miljoona million.
mln млн milion milionu milionů milionów millió milioane milijuna milijun jt juta triệu tr milyon εκατ ล้าน 百万
백만""",
    1e7: "crore crores cr करोड़ 천만 千万",
    1e8: "億 亿 억",
}
#: What in one language is a thousand, and a million in another.
_EITHER = {"mil": (1e3, 1e6)}
#: Currencies of those who count in such words. A lakh of dollars there is none.
_IMPLIED = {
    Money(frozenset(("INR", "BDT", "LKR", "NPR", "PKR")), "INR"): "lakh lakhs lac lacs लाख crore crores cr करोड़ हजार",
    Money(frozenset(("JPY", "CNY", "TWD", "HKD", "MOP"))): "万 萬 千 百 百万 千万 億 亿",
    Money(frozenset(("KRW",)), "KRW"): "만 천 백 백만 천만 억",
    Money(frozenset(("VND",)), "VND"): "nghìn ngàn triệu tr",
    Money(frozenset(("IDR",)), "IDR"): "ribu rb jt juta",
    Money(frozenset(("THB",)), "THB"): "พัน หมื่น แสน ล้าน",
}
_MONEY_OF = {key(word): money for money, words in _IMPLIED.items() for word in words.split()}
ITEMS = {
    **{
        key(word): Item("M", times=(times,), money=_MONEY_OF.get(key(word)))
        for times, words in _TIMES.items()
        for word in words.split()
    },
    **{word: Item("M", times=times) for word, times in _EITHER.items()},
    "t": Item("t", times=(1e3,)),
}
MILLION = (1e6,)


def amount(text: str) -> Amount | None:
    """Return the number that *text* is, None if it is written as none is."""
    digits = _ENDS.sub("", text)
    groups = "".join(sorted(set(digits) & {".", ","}))
    plain = re.sub("[ '’]", "", digits)
    if len(plain) > _MOST_DIGITS:
        return None
    point = float(plain.replace(",", "")) if _WAYS["point"].fullmatch(plain) else None
    comma = float(plain.replace(".", "").replace(",", ".")) if _WAYS["comma"].fullmatch(plain) else None
    if re.search("[ '’]", digits) and len(groups) == 1:  # thousands are parted already: what follows are the decimals
        point, comma = (point, None) if groups == "." else (None, comma)
    if point is None and comma is None:
        return None
    three = _THREE.fullmatch(plain)
    return Amount(point, comma, groups=groups, three="" if three is None else "point" if three[1] == "." else "comma")
