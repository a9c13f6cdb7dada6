"""Languages by code or name. ISO 639-1, with the codes of ISO 639-2 for the same; names in English, some in others."""

import re
from functools import lru_cache

from jobmatch.model.text import fold

_LANGUAGES = """
aa aar Afar; ab abk Abkhazian; af afr Afrikaans; ak aka Akan; am amh Amharic; an arg Aragonese; ar ara Arabic;
as asm Assamese; av ava Avaric; ay aym Aymara; az aze Azerbaijani; ba bak Bashkir; be bel Belarusian; bg bul Bulgarian;
bi bis Bislama; bm bam Bambara; bn ben Bengali; bo bod Tibetan; br bre Breton; bs bos Bosnian; ca cat Catalan;
ce che Chechen; ch cha Chamorro; co cos Corsican; cs ces Czech; cv chv Chuvash; cy cym Welsh; da dan Danish;
de deu German; dv div Divehi; dz dzo Dzongkha; ee ewe Ewe; el ell Greek; en eng English; eo epo Esperanto;
es spa Spanish; et est Estonian; eu eus Basque; fa fas Persian; ff ful Fulah; fi fin Finnish; fj fij Fijian;
fo fao Faroese; fr fra French; fy fry Western Frisian; ga gle Irish; gd gla Scottish Gaelic; gl glg Galician;
gn grn Guarani; gu guj Gujarati; gv glv Manx; ha hau Hausa; he heb Hebrew; hi hin Hindi; hr hrv Croatian;
ht hat Haitian Creole; hu hun Hungarian; hy hye Armenian; id ind Indonesian; ig ibo Igbo; is isl Icelandic;
it ita Italian; iu iku Inuktitut; ja jpn Japanese; jv jav Javanese; ka kat Georgian; kg kon Kongo; ki kik Kikuyu;
kk kaz Kazakh; kl kal Greenlandic; km khm Khmer; kn kan Kannada; ko kor Korean; ks kas Kashmiri; ku kur Kurdish;
kw cor Cornish; ky kir Kyrgyz; la lat Latin; lb ltz Luxembourgish; lg lug Ganda; ln lin Lingala; lo lao Lao;
lt lit Lithuanian; lv lav Latvian; mg mlg Malagasy; mi mri Maori; mk mkd Macedonian; ml mal Malayalam;
mn mon Mongolian; mr mar Marathi; ms msa Malay; mt mlt Maltese; my mya Burmese; nb nob Norwegian Bokmal;
ne nep Nepali; nl nld Dutch; nn nno Norwegian Nynorsk; no nor Norwegian; nv nav Navajo; ny nya Chichewa;
oc oci Occitan; om orm Oromo; or ori Odia; os oss Ossetian; pa pan Punjabi; pl pol Polish; ps pus Pashto;
pt por Portuguese; qu que Quechua; rm roh Romansh; rn run Rundi; ro ron Romanian; ru rus Russian; rw kin Kinyarwanda;
sa san Sanskrit; sc srd Sardinian; sd snd Sindhi; se sme Northern Sami; sg sag Sango; si sin Sinhala; sk slk Slovak;
sl slv Slovenian; sm smo Samoan; sn sna Shona; so som Somali; sq sqi Albanian; sr srp Serbian; ss ssw Swati;
st sot Southern Sotho; su sun Sundanese; sv swe Swedish; sw swa Swahili; ta tam Tamil; te tel Telugu; tg tgk Tajik;
th tha Thai; ti tir Tigrinya; tk tuk Turkmen; tl tgl Tagalog; tn tsn Tswana; to ton Tongan; tr tur Turkish;
ts tso Tsonga; tt tat Tatar; ty tah Tahitian; ug uig Uyghur; uk ukr Ukrainian; ur urd Urdu; uz uzb Uzbek; ve ven Venda;
vi vie Vietnamese; wo wol Wolof; xh xho Xhosa; yi yid Yiddish; yo yor Yoruba; za zha Zhuang; zh zho Chinese; zu zul Zulu
"""
_ALIASES = """
bo tib; cs cze; cy wel; de ger; de Deutsch; de Allemand; el gre; en Anglais; en Englisch; en Inglés; es Español;
es Castilian; es Castellano; eu baq; fa per; fa Farsi; fr fre; fr Français; hr Hrvatski; hy arm; is ice; it Italiano;
ja 日本語; ka geo; ko 한국어; mi mao; mk mac; ms may; my bur; nl dut; nl Flemish; nl Nederlands; pl Polski;
pt Português; pt Brazilian Portuguese; ro rum; ru Русский; sk slo; sq alb; sv Svenska; da Dansk; no Norsk; fi Suomi;
cs Čeština; tr Türkçe; uk Українська; zh chi; zh Mandarin; zh 中文; ar العربية; he iw; id in; yi ji;
fil Filipino; fil Pilipino; nb Bokmal; nn Nynorsk
"""
#: Languages that a code means besides its own: of Norwegian postings some tell in which of its two forms they are.
_FORMS = {"no": ("nb", "nn")}
_REMARK = re.compile(r"\s*\(.*\)")
_CODE = re.compile(r"[a-z]{2,3}")
_LONGEST = 80


def _entries(table: str) -> list[list[str]]:
    """Split ``code rest; code rest`` into pairs."""
    return [entry.split(maxsplit=1) for entry in table.replace("\n", " ").split(";")]


def _names() -> dict[str, str]:
    names = {fold(name): code for code, name in _entries(_ALIASES)}
    for code, rest in _entries(_LANGUAGES):
        names |= {fold(name): code for name in (code, *rest.split(" ", 1))}
    return names


_CODE_OF = _names()


def language(text: str) -> str | None:
    """Return the ISO 639-1 code of a language given by a code, a tag such as ``en-US``, or a well-known name.

    A language that has no such code keeps that of ISO 639-3, of three letters.
    """
    return _language(text) if len(text) <= _LONGEST else None


def meant(code: str) -> tuple[str, ...]:
    """Return the codes of the postings that are written in a language: its own, and those of its written forms."""
    return (code, *_FORMS.get(code, ()))


@lru_cache(maxsize=4_096)
def _language(text: str) -> str | None:
    name = fold(_REMARK.sub("", text))
    code = name.replace("_", "-").partition("-")[0]
    return _CODE_OF.get(name) or _CODE_OF.get(code) or (code if _CODE.fullmatch(code) else None)
