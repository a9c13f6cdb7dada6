"""Words for the time that pay is for, in the languages that postings are written in."""

from jobmatch.importing.pay.items import Item, Span, key
from jobmatch.model import PayPeriod

_HOUR, _DAY, _WEEK, _MONTH, _YEAR = (Span(period) for period in PayPeriod)
_FORTNIGHT, _HALF_MONTH = Span(PayPeriod.WEEK, 1 / 2), Span(PayPeriod.MONTH, 2.0)
_QUARTER, _HALF_YEAR = Span(PayPeriod.MONTH, 1 / 3), Span(PayPeriod.MONTH, 1 / 6)


def _only(period: PayPeriod, *currencies: str) -> Span:
    return Span(period, only=frozenset(currencies))


#: Times, as in "per hour" and "40 hours": they say what pay is for only after a word such as "per", or after money.
_NOUNS = {
    _HOUR: """
hour hours hrs stunde stunden std stdn heure heures hora horas ora ore uur uren timme timmen timmar tim timer
timen tunti tunnissa tunnilta tuntia klukkustund klst klukkustundir godzina godzine godzinę godzin godziny godz
hodina hodinu hodin hod uro ura uri satu sati óránként oră час часа часов гадзіну гадзіна ώρα ώρες saat saati
soat сағат valanda valandą valandas val stunda stundu tund tunni tunnis ساعة الساعة ساعت גיעה שעה שעות घंटा घंटे
घण्टा ঘন্টা ชั่วโมง ชม giờ gio jam oras saa 小时 小時 时 時 時間 시간 საათი сат საათში ժամ ժամում ordu ordua awr
uair""",
    _DAY: """
day days diem tag tage tagen jour jours journée día días dia dias giorno giorni dag dagen dage dager päivä
päivässä päivältä dzień dzien dni den dny dní dňa deň dan dana nap naponta zi zile ден дня день дней дні дан
дзень ημέρα ημέρες μέρα gün günü gun ditë dite diena dieną dienu päev päevas يوم اليوم روز יום ימים दिन দিন วัน
ngày ngay hari araw siku 天 日 일 დღე დღეში օր օրում egun eguna diwrnod dienas dygn døgn doba dobę dobu сутки
сут суткі dennu""",
    _WEEK: """
week weeks wk wks woche wochen semaine semaines semana semanas sem settimana settimane weken vecka veckan veckor
uge ugen uger uke uken uker viikko viikossa viikolta vika viku tydzień tygodniu tygodni tydz týden týdnu týždeň
týždni teden tjedan tjedno tjedna nedelja nedelju nedeljno hét hetente săptămână săptămâna sapt седмица неделя
неделю недели тиждень тыдзень εβδομάδα hafta javë jave savaitė savaitę nedēļa nedēļā nädal nädalas أسبوع الأسبوع
هفته שבוע שבועות सप्ताह हफ़्ते সপ্তাহ สัปดาห์ อาทิตย์ tuần tuan minggu linggo wiki 周 週 週間 주 კვირა კვირაში
շաբաթ շաբաթում setmana aste astea wythnos seachtain недела недељно""",
    _MONTH: """
month months mo mos mth mths monat monate monaten mois mes meses mês mese mesi maand maanden månad månaden
månader mån måned måneden måneder mnd md mdr kuukausi kuukaudessa kuukaudelta kuussa kk mánuð mánuður mánuði
miesiąc miesiącu miesiąca mies mc měsíc měsíci měsíců měs mesiac mesiaci mesec mesecu mjesec mjesecu mesečno
hónap hó hónapban lună luna luni месец месеца месяц месяца месяцев мес місяць місяця міс месяцу μήνα μήνας ay
muaj mėnuo mėnesį mėn mėnesis mēnesis mēnesī mēn kuu kuus شهر الشهر ماه חודש חודשים महीना महीने माह মাস เดือน
tháng thang bulan bln buwan mwezi 月 个月 個月 ヶ月 か月 개월 თვე თვეში ամիս ամսում ай oy hilabete hil mis mí
mesos maandelik місяців месечно""",
    _YEAR: """
year years yr yrs annum jahr jahre jahren année années año años anno anni jaar jaren år året åra ár ári vuosi
vuodessa vuodelta rok roku lat rocznie let roce rocne leto letu godina godinu godini év évente ano anos година
годину год года лет рік року годзе έτος χρόνο χρόνος yıl yılı sene vit metai metus gads gadā aasta aastas سنة
السنة سال שנה वर्ष साल বছর ปี năm nam tahun thn taon mwaka 年 년 წელი წელიწადში տարի տարում жыл йил yil urte
urtea blwyddyn bliain""",
    _FORTNIGHT: "fortnight fortnights veertien_dagen quattordicina",
    _HALF_MONTH: "quincena quinzena quinzaine",
    _QUARTER: "quarter quarters quartal kwartał trimestre trimestru čtvrtletí kwartaal квартал",
}
#: What says by itself what pay is for.
_ALONE = {
    _HOUR: """
hourly ph per_hr stündlich stundenlohn stundensatz bruttostundenlohn horaire taux_horaire orario oraria
paga_oraria por_hora uurloon per_uur timlön timløn timelønn timepris tuntipalkka tuntipalkkaus tímakaup
godzinowa godzinowo hodinově hodinová hodinová_mzda órabér satnica na_sat po_satu urna_postavka urno urni
почасовая почасово ωριαία ωρομίσθιο saatlik saatlik_ücret valandinis 時給 时薪 時薪 시급 시간당 ชั่วโมงละ
รายชั่วโมง לשעה per_jam sejam hourly_rate tarif_horaire salario_hora valor_hora 每小时 每小時""",
    _DAY: """
daily pd per_diem täglich tagessatz tageslohn journalier journalière tjm tarif_journalier tarif_journalier_moyen
diario diaria diariamente giornaliero giornaliera dagloon dagtarief päiväpalkka dziennie denně dnevno napi
zilnic дневно ежедневно ημερήσια ημερομίσθιο günlük yevmiye päevatasu 日給 日薪 일급 일당 วันละ รายวัน ליום
harian per_hari day_rate dagspris dagrate 每天 每日""",
    _WEEK: """
weekly pw wöchentlich wochenlohn hebdomadaire hebdo semanal semanales semanalmente settimanale wekelijks
weekloon veckolön ugentlig ukentlig viikoittain viikkopalkka tygodniowo týdně týždenne tjedno tedensko heti
săptămânal еженедельно недељно седмично εβδομαδιαίως haftalık 週給 周薪 週薪 주급 주당 รายสัปดาห์ mingguan 每周
每週""",
    _MONTH: """
monthly pcm p_m pm mtl mthly monatlich monatslohn monatsgehalt bruttomonatsgehalt monatsbrutto mensuel mensuelle
mensuels mensuellement mensual mensuales mensualmente mensal mensais mensalmente por_mês mensile mensili
mensilmente maandelijks maandloon maandsalaris månadsvis månadslön månedlig månedligt månedslønn månedsløn
kuukausittain kuukausipalkka kuukaudessa mánaðarlaun mánaðarlega miesięcznie miesięczna miesięczne měsíčně
měsíční mesačne mesečno mjesečno mjesečna месечно mesečna havi havonta havibér lunar lunare lunara ежемесячно
щомісяця щомісячно помесячно μηνιαίως μηνιαίος μηνιαία μηνιαίες aylık maaş_aylık mujore mėnesinis mēnesī kuupalk
kuutasu kuus igakuiselt شهريا شهرياً شهري ماهانه ماهیانه חודשי לחודש मासिक प्रतिमाह মাসিক รายเดือน เดือนละ
ต่อเดือน hàng_tháng mỗi_tháng bulanan perbulan sebulan buwanan kada_buwan 月給 月收 月薪 月收入 月額 每月 每个月
月休 월 월급 매월 월당 თვიური ամսական айына oylik mensualment hileko misol kwa_mwezi""",
    _YEAR: """
annual annually yearly annualised annualized pa p_a jährlich jahresgehalt bruttojahresgehalt jahresbruttogehalt
jahresbrutto jahreslohn annuel annuelle annuels annuellement anual anuales anualmente anuais annuo annua annui
annualmente jaarlijks jaarsalaris årligen årlig årligt årslön årsløn årslønn årslaun vuosittain vuosipalkka
rocznie roczne roczna ročně roční ročne godišnje letno évi évente anuala ежегодно щорічно годишње годишно
ετησίως ετήσιος ετήσια ετήσιες yıllık vjetore metinis aastapalk aastas igal_aastal سنويا سنوياً سنوي سالانه שנתי
לשנה वार्षिक प्रतिवर्ष বার্ষিক ต่อปี รายปี hàng_năm mỗi_năm tahunan setahun taunan 年收 年収 年薪 年俸 年額 每年
연 연당 연봉 매년 წლიური տարեկան жылына yillik urteko per_annum annual_salary ctc""",
    _FORTNIGHT: """
fortnightly biweekly bi_weekly every_two_weeks every_other_week two_weekly zweiwöchentlich vierzehntägig
vierzehntäglich tweewekelijks varannan_vecka hver_anden_uge annenhver_uke co_dwa_tygodnie každé_dva_týdny
kéthetente""",
    _HALF_MONTH: """
semimonthly semi_monthly twice_monthly twice_a_month half_monthly quincenal quincenales quincenalmente quinzenal
quinzenais halbmonatlich""",
    _QUARTER: """
quarterly vierteljährlich quartalsweise trimestriel trimestrielle trimestral trimestrale kwartalnie čtvrtletně
ежеквартально driemaandelijks kvartalsvis üç_aylık""",
    _HALF_YEAR: """
semiannual semi_annual semiannually half_yearly halbjährlich semestriel semestral semestrale halvårsvis""",
}
#: Too short to mean anything but after "per" or "/".
_SHORT = {
    _HOUR: "time satu sat ч ώ tímann",
    _DAY: "d pv д ημ",
    _WEEK: "vk tj setm týd",
    _MONTH: "mj",
    _YEAR: "god έτ jr",
}
#: Short ones that mean something else elsewhere: see `grammar`.
_DOUBLE = {"a": "B", "an": "E", "w": "w", "m": "m", "y": "y"}
#: What means one time in one language, and another in another: a year and an hour in Slavonic ones that are neighbours.
_EITHER = {
    "a": {_YEAR, _only(PayPeriod.WEEK, "EUR")},
    "an": {_YEAR},
    "w": {_WEEK, _only(PayPeriod.MONTH, "NGN", "XOF")},
    "m": {_MONTH, _only(PayPeriod.YEAR, "EUR"), _only(PayPeriod.WEEK, "NGN", "XOF")},
    "y": {_YEAR},
    "h": {_HOUR, _only(PayPeriod.DAY, "IDR", "MYR")},
    "hr": {_HOUR, _only(PayPeriod.DAY, "IDR", "MYR")},
    "j": {_DAY, _YEAR, _only(PayPeriod.HOUR, "IDR", "MYR")},
    **{word: {_HOUR, _YEAR} for word in ("год", "година", "годину", "годин")},
}


def _items() -> dict[str, Item]:
    found: dict[str, Item] = {}
    for kind, table in (("V", _ALONE), ("S", _NOUNS), ("s", _SHORT)):
        for span, words in table.items():
            for word in words.split():
                found.setdefault(key(word), Item(kind, spans=frozenset((span,))))
    return found | {
        key(word): Item(_DOUBLE.get(word, "s" if len(word) == 1 else "S"), spans=frozenset(spans))
        for word, spans in _EITHER.items()
    }


ITEMS = _items()
