"""However an amount, a currency and a time are written: they are read as meant, or not at all."""

from collections.abc import Iterable

import pytest
from attrs import frozen
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st

from jobmatch.importing.pay import Beside, amount, currency, currency_of, in_any, in_columns, period
from jobmatch.importing.pay.currencies import usual_year
from jobmatch.model import Pay, PayPeriod
from jobmatch.model.job import PERIODS_PER_YEAR

#: Per locale: words for an hour, a day, a week, a month and a year, with ``+`` between those that say the same.
LOCALES = """
en_US: an hour+/hr+hourly, per day+daily, a week+/wk, monthly+per month, a year+/yr+per annum
en_GB: per hour+p/h, per day+a day, pw+per week, pcm+per month, p.a.+annually
en_AU: per hour+hourly, daily+/day, weekly+per week, per month+monthly, per year+pa
en_IN: per hour+/hour, per day+/day, per week+weekly, per month+p.m., per annum+p.a.
en_ZA: per hour+/h, per day+daily, per week+weekly, per month+pm, per annum+p.a.
de_DE: pro Stunde+/Std.+je Stunde, pro Tag+/Tag+täglich, pro Woche+wöchentlich, im Monat+/Monat+mtl., p.a.+im Jahr
de_AT: pro Stunde+/h, am Tag+pro Tag, pro Woche+/Woche, pro Monat+brutto/Monat, pro Jahr+jährlich
de_CH: pro Stunde+/Std., pro Tag+/Tag, pro Woche+wöchentlich, pro Monat+/Mt., pro Jahr+p.a.
fr_FR: de l'heure+/heure+par heure, par jour+/jour, par semaine+/semaine, par mois+brut mensuel, par an+annuel+brut/an
fr_CA: de l'heure+/h, par jour+/jour, par semaine+/sem., par mois+mensuel, par année+par an+annuel
es_ES: por hora+/hora+la hora, al día+por día, a la semana+semanal, al mes+/mes+mensuales, al año+brutos/año+anual
es_MX: por hora+la hora, por día+diarios, por semana+semanales, mensuales+al mes, anuales+al año
es_CL: por hora+/hora, diarios+por día, semanal+a la semana, mensual+al mes, anual+al año
pt_BR: por hora+/hora, por dia+/dia, por semana+semanal, por mês+mensal+/mês, por ano+anual
pt_PT: por hora+à hora+/h, por dia+/dia, por semana+semanal, por mês+mensais, por ano+anuais
it_IT: all'ora+l'ora+/ora, al giorno+giornalieri, a settimana+settimanali, al mese+mensili+/mese, all'anno+annui+/anno
nl_NL: per uur+/uur, per dag+/dag, per week+/week, per maand+bruto/maand, per jaar+/jaar
sv_SE: per timme+/tim+i timmen, per dag+/dag, per vecka+/vecka, i månaden+/mån+per månad, per år+/år+årligen
da_DK: i timen+pr. time+/time, om dagen+pr. dag, om ugen+pr. uge, om måneden+pr. måned+/md., om året+pr. år
nb_NO: i timen+per time+/time, per dag+/dag, i uken+per uke, i måneden+per måned+/mnd, i året+per år
fi_FI: tunnissa+/tunti, päivässä+/päivä, viikossa+/viikko, kuukaudessa+/kk+kuussa, vuodessa+/vuosi
is_IS: á klukkustund+/klst, á dag+/dag, á viku+/viku, á mánuði, á ári
pl_PL: za godzinę+/godz.+/h, dziennie+za dzień, tygodniowo+/tydzień, miesięcznie+/mies.+na miesiąc, rocznie+/rok
cs_CZ: za hodinu+/hod.+/h, denně+/den, týdně+za týden, měsíčně+/měsíc+za měsíc, ročně+/rok
sk_SK: za hodinu+/hod, denne+/deň, týždenne+/týždeň, mesačne+/mesiac, ročne+/rok
hu_HU: óránként+/óra, naponta+/nap, hetente+/hét, havonta+/hó+/hónap, évente+/év
ro_RO: pe oră+/oră, pe zi+/zi, pe săptămână+/săptămână, pe lună+lunar+/lună, pe an+anual
hr_HR: na sat+po satu+/sat, dnevno+/dan, tjedno+/tjedan, mjesečno+/mjesec, godišnje+/god
sl_SI: na uro+/uro, na dan+dnevno, na teden+tedensko, na mesec+mesečno, na leto+letno
bg_BG: на час+/час, на ден+дневно, седмично+на седмица, на месец+месечно, годишно+на година
el_GR: την ώρα+ανά ώρα+/ώρα, την ημέρα+/ημέρα, την εβδομάδα, τον μήνα+/μήνα+μηνιαίως, τον χρόνο+ετησίως
tr_TR: saatlik+/saat, günlük+/gün, haftalık+/hafta, aylık+/ay, yıllık+/yıl
ru_RU: в час+/час, в день+/день, в неделю+/неделя, в месяц+/мес.+ежемесячно, в год+/год
uk_UA: на годину+/год, на день+/день, на тиждень+/тиждень, на місяць+/міс.+щомісяця, на рік+/рік
lt_LT: per valandą+/val., per dieną+/diena, per savaitę+/savaitė, per mėnesį+/mėn., per metus
lv_LV: stundā+/stunda, dienā+/diena, nedēļā+/nedēļa, mēnesī+/mēn., gadā+/gads
et_EE: tunnis+/tund, päevas+/päev, nädalas+/nädal, kuus+/kuu, aastas+/aasta
he_IL: לשעה+/שעה, ליום+/יום, /שבוע, לחודש+/חודש, לשנה+/שנה
ar_AE: في الساعة, في اليوم, في الأسبوع, في الشهر+شهريا, في السنة+سنويا
hi_IN: प्रति घंटा, प्रति दिन, प्रति सप्ताह, प्रति माह+मासिक, प्रति वर्ष+वार्षिक
th_TH: ต่อชั่วโมง+/ชั่วโมง, ต่อวัน+/วัน, ต่อสัปดาห์, ต่อเดือน+/เดือน, ต่อปี+/ปี
vi_VN: /giờ+mỗi giờ, /ngày+mỗi ngày, /tuần+mỗi tuần, /tháng+mỗi tháng, /năm+mỗi năm
id_ID: per jam+/jam, per hari+/hari, per minggu+/minggu, per bulan+/bulan, per tahun+/tahun
ms_MY: sejam+per jam, sehari+per hari, seminggu+per minggu, sebulan+/bulan, setahun+/tahun
fil_PH: kada oras+/oras, kada araw+/araw, kada linggo, kada buwan+/buwan, kada taon
ja_JP: /時間+/時, /日, /週, /月, /年
zh_CN: /小时+每小时, /天+每天, /周+每周, /月+每月, /年+每年
zh_TW: /小時+/時, /天, /週, /月, /年
ko_KR: /시간+시간당, /일, /주+주당, /월+월당, /년
"""
RANGES = ["-", " - ", " – ", "–", " to ", " bis ", " à ", " a ", " do ", " ~ "]
NOISE = ["", "", "", "Salary: ", "brutto ", "ca. ", "Level 3: ", "fathoms ", "7: "]
AFTER = ["", "", "", ", 40 hours a week", " + 10% bonus", " (DOE)", " for 38 hours", ", 2 fathoms", " net", " x 13"]


@frozen
class Meant:
    """What is written: amounts per period, in a currency, as people of a locale do."""

    locale: str
    words: tuple[tuple[str, ...], ...]

    @property
    def money(self) -> str:
        return currency_of(self.locale[-2:])


def _locale(line: str) -> Meant:
    name, _, words = line.partition(": ")
    return Meant(name, tuple(tuple(several.split("+")) for several in words.split(", ")))


KNOWN = [_locale(line) for line in LOCALES.strip().splitlines()]
PERIODS = tuple(PayPeriod)


def written(amount: float, meant: Meant, form: str) -> str:
    """Return an amount as *form* says: by its sign, by its code on either side, in thousands, or bare."""
    digits = format_decimal(amount, locale=meant.locale)
    thousands = f"{format_decimal(amount / 1_000, locale=meant.locale, decimal_quantization=False)}k"
    return {
        "sign": format_currency(amount, meant.money, locale=meant.locale),
        "code": f"{digits} {meant.money}",
        "code before": f"{meant.money}{digits}",
        "thousands": f"{thousands} {meant.money}",
        "ascii": f"{amount:.2f} {meant.money}",
        "plain": f"{amount:g}" if amount < 1e6 else f"{amount:.0f}",
        "plain thousands": thousands,
    }[form]


def rounded(amount: float, digits: int) -> float:
    return float(f"{amount:.{digits}g}") if amount >= 1_000 else round(amount, 2)


def same(pay: Pay, low: float, high: float, period: PayPeriod) -> bool:
    """Tell whether *pay* is what was meant, up to rounding in the notation."""
    times = PERIODS_PER_YEAR[pay.period] / PERIODS_PER_YEAR[period]
    ends = [(found, end) for found, end in ((pay.minimum, low), (pay.maximum, high)) if found is not None]
    return bool(ends) and all(abs(found * times / end - 1) < 0.01 for found, end in ends)


def plain_notations() -> Iterable[tuple[str, str, float, PayPeriod]]:
    for meant in KNOWN:
        for unit, words in zip(PERIODS, meant.words, strict=True):
            end = rounded((usual_year(meant.money) or 1) / PERIODS_PER_YEAR[unit] * 1.2, 2)
            for word in words:
                for form in ("sign", "code"):
                    yield f"{written(end, meant, form)} {word}", meant.money, end, unit


PLAIN = list(plain_notations())


@given(data=st.data(), country=st.booleans(), digits=st.integers(2, 5), ratio=st.sampled_from([1, 1, 1.1, 1.37, 2]))
def test_what_is_read_is_what_was_meant(data: st.DataObject, country: bool, digits: int, ratio: float) -> None:
    meant = data.draw(st.sampled_from(KNOWN))
    period = data.draw(st.sampled_from(PERIODS))
    word = data.draw(st.sampled_from(meant.words[PERIODS.index(period)]))
    forms = ["sign", "code", "code before", "thousands", "ascii"] + (["plain", "plain thousands"] if country else [])
    form = data.draw(st.sampled_from(forms))
    low = rounded((usual_year(meant.money) or 1) / PERIODS_PER_YEAR[period] * data.draw(st.floats(0.4, 5)), digits)
    high = rounded(low * ratio, digits)
    amounts = [written(end, meant, form) for end in dict.fromkeys((low, high))]
    before, after = data.draw(st.sampled_from(NOISE)), data.draw(st.sampled_from(AFTER))
    text = f"{before}{data.draw(st.sampled_from(RANGES)).join(amounts)} {word}{after}"
    pay = in_any(text, beside=Beside(meant.money if country else None))
    assert pay is None or same(pay, low, high, period), text
    assert pay is None or pay.currency == meant.money or ("$" in text and not country), text


@given(data=st.data(), word=st.sampled_from(["fathoms", "xyzzy", "無題", "ünbekannt", "13:", "(2026)", "Q4", "/", "§"]))
def test_a_word_more_makes_no_other_pay(data: st.DataObject, word: str) -> None:
    text, money, end, unit = data.draw(st.sampled_from(PLAIN))
    pieces = text.split()
    pieces.insert(data.draw(st.integers(0, len(pieces))), word)
    pay = in_any(" ".join(pieces), beside=Beside(money))
    assert pay is None or same(pay, end, end, unit), pieces


@given(data=st.data(), ratio=st.sampled_from([1, 1.1, 1.37, 2]), form=st.sampled_from(["sign", "ascii", "plain"]))
def test_columns_mean_what_texts_mean(data: st.DataObject, ratio: float, form: str) -> None:
    meant = data.draw(st.sampled_from(KNOWN))
    unit = data.draw(st.sampled_from(PERIODS))
    word = data.draw(st.sampled_from(meant.words[PERIODS.index(unit)])).removeprefix("/")
    low = rounded((usual_year(meant.money) or 1) / PERIODS_PER_YEAR[unit] * data.draw(st.floats(0.4, 5)), 3)
    high = rounded(low * ratio, 3)
    beside = Beside(
        money=currency(meant.money), spans=period(word) or frozenset(), unread=(False, period(word) is None)
    )
    pay = in_columns(*(amount(written(end, meant, form)) for end in (low, high)), beside=beside)
    assert pay is None or (same(pay, low, high, unit) and pay.currency == meant.money), (low, high, word)


@given(data=st.data(), factor=st.floats(0.5, 4), form=st.sampled_from(["sign", "code", "ascii", "plain"]))
def test_without_a_period_none_is_guessed_but_the_right_one(data: st.DataObject, factor: float, form: str) -> None:
    """What is usual for an hour, a month or a year is never taken for another of these."""
    meant = data.draw(st.sampled_from(KNOWN))
    period = data.draw(st.sampled_from([PayPeriod.HOUR, PayPeriod.MONTH, PayPeriod.YEAR]))
    amount = rounded((usual_year(meant.money) or 1) / PERIODS_PER_YEAR[period] * min(factor, 2.2), 2)
    text = written(amount, meant, form)
    pay = in_any(text, beside=Beside(meant.money))
    assert pay is None or same(pay, amount, amount, period), text


@pytest.mark.parametrize(("country", "few"), [(True, 0.02), (False, 0.12)])
def test_nearly_all_plain_notations_are_read(country: bool, few: float) -> None:
    unread = []
    count = 0
    for text, money, end, unit in PLAIN:
        count += 1
        pay = in_any(text, beside=Beside(money if country else None))
        if pay is None:
            unread.append(text)
        else:
            assert same(pay, end, end, unit), text
    assert len(unread) < few * count, unread
