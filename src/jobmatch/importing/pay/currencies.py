"""Currencies: by code, sign and name, of countries, and about what a year of work is paid in them."""

from jobmatch.importing.pay.items import Item, Money, key


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


_COUNTRIES = """
AED AE;AFN AF;ALL AL;AMD AM;AOA AO;ARS AR;AUD AU CC CX HM KI NF NR TV;AWG AW;AZN AZ;BAM BA;BBD BB;BDT BD;BHD BH;BIF BI;
BMD BM;BND BN;BOB BO;BRL BR;BSD BS;BTN BT;BWP BW;BYN BY;BZD BZ;CAD CA;CDF CD;CHF CH LI;CLP CL;CNY CN;COP CO;CRC CR;
CUP CU;CVE CV;CZK CZ;DJF DJ;DKK DK FO GL;DOP DO;DZD DZ;EGP EG;ERN ER;ETB ET;FJD FJ;FKP FK;GBP GB GG GS IM JE;GEL GE;
EUR AD AT AX BE BG BL CY DE EE ES FI FR GF GP GR HR IE IT LT LU LV MC ME MF MQ MT NL PM PT RE SI SK SM TF VA XK YT;
GHS GH;GIP GI;GMD GM;GNF GN;GTQ GT;GYD GY;HKD HK;HNL HN;HTG HT;HUF HU;IDR ID;ILS IL;INR IN;IQD IQ;IRR IR;ISK IS;JMD JM;
JOD JO PS;JPY JP;KES KE;KGS KG;KHR KH;KMF KM;KPW KP;KRW KR;KWD KW;KYD KY;KZT KZ;LAK LA;LBP LB;LKR LK;LRD LR;LSL LS;
LYD LY;MAD EH MA;MDL MD;MGA MG;MKD MK;MMK MM;MNT MN;MOP MO;MRU MR;MUR MU;MVR MV;MWK MW;MXN MX;MYR MY;MZN MZ;NAD NA;
NGN NG;NIO NI;NOK BV NO SJ;NPR NP;NZD CK NU NZ PN TK;OMR OM;PEN PE;PGK PG;PHP PH;PKR PK;PLN PL;PYG PY;QAR QA;RON RO;
RSD RS;RUB RU;RWF RW;SAR SA;SBD SB;SCR SC;SDG SD;SEK SE;SGD SG;SHP SH;SLE SL;SOS SO;SRD SR;SSP SS;STN ST;SYP SY;SZL SZ;
THB TH;TJS TJ;TMT TM;TND TN;TOP TO;TRY TR;TTD TT;TWD TW;TZS TZ;UAH UA;UGX UG;UYU UY;UZS UZ;VES VE;VND VN;VUV VU;WST WS;
USD AS BQ EC FM GU IO MH MP PA PR PW SV TC TL UM US VG VI;XAF CF CG CM GA GQ TD;XCD AG AI DM GD KN LC MS VC;XCG CW SX;
XOF BF BJ CI GW ML NE SN TG;XPF NC PF WF;YER YE;ZAR ZA;ZMW ZM;ZWG ZW
"""
#: What a full-time year is usually paid in a currency: roughly, for it tells amounts from others of another size.
_USUAL = """
AED 150e3;ALL 800e3;AMD 3e6;ARS 15e6;AUD 50e3;AZN 12e3;BAM 25e3;BDT 350e3;BGN 28e3;BHD 8e3;BOB 50e3;BRL 45e3;BYN 25e3;
CAD 50e3;CHF 50e3;CLP 12e6;CNY 110e3;COP 35e6;CRC 8e6;CZK 550e3;DKK 480e3;DOP 400e3;EGP 180e3;EUR 50e3;GBP 50e3;
GEL 25e3;GHS 40e3;GTQ 60e3;HKD 240e3;HUF 7.5e6;IDR 60e6;ILS 150e3;INR 500e3;IQD 10e6;ISK 9e6;JMD 1.8e6;JOD 8e3;
JPY 4.5e6;KES 800e3;KRW 42e6;KWD 10e3;KZT 5e6;LKR 900e3;MAD 80e3;MDL 180e3;MKD 550e3;MUR 500e3;MXN 180e3;MYR 45e3;
NGN 3e6;NOK 620e3;NPR 400e3;NZD 50e3;OMR 9e3;PEN 30e3;PHP 300e3;PKR 700e3;PLN 90e3;QAR 130e3;RON 80e3;RSD 1.3e6;
RUB 1e6;SAR 110e3;SEK 440e3;SGD 50e3;THB 250e3;TND 20e3;TRY 500e3;TWD 650e3;TZS 10e6;UAH 280e3;UGX 12e6;UYU 700e3;
USD 50e3;UZS 60e6;VND 120e6;XAF 3e6;XOF 3e6;ZAR 320e3
"""
#: From where on an amount without a period is one for a year, in currencies in which people speak of yearly pay.
#: Elsewhere that is the pay of a usual year, which hardly anybody has in a month.
_YEARLY_FROM = """
AUD 10e3;CAD 10e3;CHF 20e3;EUR 10e3;GBP 10e3;INR 200e3;DKK 250e3;SEK 300e3;JPY 2e6;KRW 20e6;NOK 250e3;NZD 10e3;
SGD 30e3;USD 10e3
"""
#: Currencies in which pay without a period may be for an hour.
HOURLY = _codes("AUD CAD CHF EUR GBP NZD SGD USD")
#: Currencies of those who write thousands with a full stop.
DOTTED = _codes("""
ALL AOA ARS BAM BOB BRL CLP COP CRC DKK EUR IDR ISK MKD MZN NOK PLN PYG RON RSD SEK TRY UYU VES VND
""")
#: Currencies of a thousand parts.
THREE_DECIMALS = _codes("BHD IQD JOD KWD LYD OMR TND")
#: Codes = signs and names, with ``_`` for a space. With several codes, that of the posting's country is meant, else the
#: one before ``:``, if any.
_NAMES = """
USD:USD ARS AUD BBD BMD BND BSD BZD CAD CLP COP CUP DOP FJD GYD HKD JMD KYD LRD MXN NAD NIO NZD SBD SGD SRD TTD TWD
    UYU XCD = $ dollar dollars dolar dolares dólares dollari dolarów dolarů долларов доллар долл 美元
USD = us$ usd$ u$s u$d usa$ usd us_dollar us_dollars
AUD = a$ au$ aud$ aus$ australian_dollars
CAD = ca$ cad$ can$ cdn$ canadian_dollars
CAD:CAD NIO = c$
NZD = nz$ nzd$
SGD = s$ sg$ sgd$ singapore_dollars
HKD = hk$ hkd$ 港币 港幣
TWD = nt$ ntd$ tw$ twd$ ntd 台币 台幣 新台幣
BRL = r$ br$ brl$ real reais reais_brasileiros
MXN = mx$ mex$ mxn$
ARS = ar$ ars$
CLP = clp$ cl$
COP = col$ cop$
JMD = j$ ja$
TTD = tt$
BZD = bz$
BBD = bds$
XCD = ec$
FJD = fj$
NAD = n$
DOP = rd$
UYU = uy$
EUR = € euro euros eur evro евро евра eura eurot euró ευρώ eiro eurų eurai yuro ユーロ 欧元 歐元 유로 ยูโร يورو
GBP:GBP EGP FKP GIP LBP SDG SHP SSP SYP = £ pound pounds quid funt funtów
GBP = gbp stg sterling pounds_sterling british_pounds 英镑 ポンド
JPY CNY = ¥
JPY = 円 圓 yen yenes ienes jpy
CNY = rmb yuan renminbi cny cnh 人民币 人民幣 元人民币
CNY:CNY TWD HKD MOP SGD = 元
INR = ₹ inr रुपये रुपए
INR LKR MUR NPR PKR SCR = rs ₨ rupee rupees
KRW = ₩ won 원 krw
ILS = ₪ nis ils shekel shekels שח שקל שקלים שקלים_חדשים
RUB:RUB BYN = ₽ руб рублей рубль рубля р rub rubles roubles ruble
UAH = ₴ грн гривень гривня гривен uah hrn українських_гривень
KZT = ₸ тг тенге
PLN = zł zl złotych złote złoty zloty złotych_polskich pln
CZK = kč kc korun koruny českých_korun czk
HUF = ft forint magyar_forint huf
RON:RON MDL = lei leu lej de_lei
BGN = лв лева bgn leva
RSD = дин динара динар din dinara српских_динара rsd
MKD = денари денар
BAM = km konvertibilnih
GEL = ₾ ლარი lari gel
AMD = ֏ դրամ dram
AZN = ₼ manat
UZS:UZS RUB = сум soʻm so'm som
KGS:KGS RUB = сом
TRY = ₺ tl türk_lirası lira lirası liras
SEK NOK DKK ISK = kr
SEK = kronor krona svenska_kronor sek skr
NOK DKK = kroner krone
NOK = norske_kroner nok nkr
DKK = danske_kroner dkk dkr
ISK = krónur króna isk
CHF:CHF XAF XOF = francs franc fr
CHF = sfr chf franken schweizer_franken franchi
XOF:XOF XAF = fcfa cfa
VND = ₫ vnđ vnd đồng đồng_việt_nam dong
IDR = rp rupiah rupiah_indonesia idr
MYR = rm ringgit ringgit_malaysia
THB = ฿ บาท baht thb
PHP = ₱ php piso
LAK = ₭
KHR = ៛
MNT = ₮ төгрөг
BDT = ৳ টাকা taka tk
NGN = ₦ naira ngn
GHS = ₵ gh₵ gh¢ cedi cedis
KES TZS UGX = shilling shillings
KES = ksh kshs kes
TZS = tsh tzs
UGX = ush ugx
ZAR = r rand zar
ETB = birr
PEN = s/ soles sol
CRC = ₡ colones
PYG = ₲ gs guaraníes
BOB = bs bolivianos
ARS CLP COP CUP DOP MXN PHP UYU = peso pesos
GTQ = quetzales
HNL = lempiras
AED MAD = dirham dirhams dh dhs درهم
AED = aed د.إ
SAR QAR YER OMR IRR = riyal riyals rial rials ريال ﷼
SAR = sar ر.س
QAR = qar qr
BHD DZD IQD JOD KWD LYD TND RSD = دينار dinar dinars
EGP = جنيه ج.م جنيه_مصري
RUB = российских_рублей
KWD = kd kwd
OMR = omr
MUR = mur
LKR = lkr
PKR = pkr
XPF = xpf
MAD = درهم_مغربي
"""
#: Codes that are also words: as such they count in capitals only, and two of them not even so.
_WORDS_TOO = _codes("ALL BAM BOB COP CUP LAK MAD MOP PEN RON SLE SOS TOP TRY")
_NEVER = frozenset(("ALL", "TOP"))


def _pairs(table: str) -> list[tuple[str, str]]:
    found = (entry.strip().partition(" ") for entry in table.replace("\n", " ").split(";"))
    return [(code, rest) for code, _, rest in found]


_CURRENCY_OF = {country: code for code, countries in _pairs(_COUNTRIES) for country in countries.split(" ")}
_CODES = frozenset(_CURRENCY_OF.values()) | {"BGN"}
_YEAR = {code: float(amount) for code, amount in _pairs(_USUAL)}
_FROM = _YEAR | {code: float(amount) for code, amount in _pairs(_YEARLY_FROM)}


def _money(codes: str) -> Money:
    usual, _, several = codes.rpartition(":")
    return Money(frozenset(several.split()), usual or (several if " " not in several else None))


def _named() -> dict[str, Money]:
    found: dict[str, Money] = {}
    for entry in _NAMES.strip().replace("\n ", " ").splitlines():
        codes, _, names = entry.partition(" = ")
        for name in names.split():
            found.setdefault(key(name), _money(codes))
    return found


_BY_NAME = _named()
_BY_CODE = {code: Money(frozenset((code,)), code) for code in sorted(_CODES)}
ITEMS = {name: Item("C", money=money) for name, money in _BY_NAME.items()} | {
    code.lower(): Item("C", money=money) for code, money in _BY_CODE.items() if code not in _WORDS_TOO
}


def of_country(country: str | None) -> str:
    """Return the currency that a posting which names none most likely means: dollars where the country is unknown."""
    return _CURRENCY_OF.get(country or "US", "USD")


def by_code(word: str) -> Money | None:
    """Return the currency whose code *word* is, as it stands in a text."""
    return None if word in _NEVER else _BY_CODE.get(word)


def by_name(word: str) -> Money | None:
    """Return what a sign or a name means, ``k€`` and the like left out."""
    return _BY_NAME.get(key(word))


def usual_year(code: str) -> float | None:
    """Return about what a year of work is paid, None where that is not known."""
    return _YEAR.get(code)


def yearly_from(code: str) -> float | None:
    """Return from which amount on pay without a period is for a year, None where nobody can tell."""
    return _FROM.get(code)
