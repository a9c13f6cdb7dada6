"""Countries, and the states and provinces that postings write instead of a country. ISO 3166-1, names as in CLDR."""

from enum import Enum
from functools import lru_cache

from jobmatch.importing import cities
from jobmatch.model.text import fold

_COUNTRIES = """
AD AND Andorra; AE ARE United Arab Emirates; AF AFG Afghanistan; AG ATG Antigua and Barbuda; AI AIA Anguilla;
AL ALB Albania; AM ARM Armenia; AO AGO Angola; AQ ATA Antarctica; AR ARG Argentina; AS ASM American Samoa;
AT AUT Austria; AU AUS Australia; AW ABW Aruba; AX ALA Åland Islands; AZ AZE Azerbaijan;
BA BIH Bosnia and Herzegovina; BB BRB Barbados; BD BGD Bangladesh; BE BEL Belgium; BF BFA Burkina Faso;
BG BGR Bulgaria; BH BHR Bahrain; BI BDI Burundi; BJ BEN Benin; BL BLM St. Barthélemy; BM BMU Bermuda; BN BRN Brunei;
BO BOL Bolivia; BQ BES Caribbean Netherlands; BR BRA Brazil; BS BHS Bahamas; BT BTN Bhutan; BV BVT Bouvet Island;
BW BWA Botswana; BY BLR Belarus; BZ BLZ Belize; CA CAN Canada; CC CCK Cocos (Keeling) Islands; CD COD DR Congo;
CF CAF Central African Republic; CG COG Congo; CH CHE Switzerland; CI CIV Côte d'Ivoire; CK COK Cook Islands;
CL CHL Chile; CM CMR Cameroon; CN CHN China; CO COL Colombia; CR CRI Costa Rica; CU CUB Cuba; CV CPV Cape Verde;
CW CUW Curaçao; CX CXR Christmas Island; CY CYP Cyprus; CZ CZE Czechia; DE DEU Germany; DJ DJI Djibouti;
DK DNK Denmark; DM DMA Dominica; DO DOM Dominican Republic; DZ DZA Algeria; EC ECU Ecuador; EE EST Estonia;
EG EGY Egypt; EH ESH Western Sahara; ER ERI Eritrea; ES ESP Spain; ET ETH Ethiopia; FI FIN Finland; FJ FJI Fiji;
FK FLK Falkland Islands; FM FSM Micronesia; FO FRO Faroe Islands; FR FRA France; GA GAB Gabon; GB GBR United Kingdom;
GD GRD Grenada; GE GEO Georgia; GF GUF French Guiana; GG GGY Guernsey; GH GHA Ghana; GI GIB Gibraltar;
GL GRL Greenland; GM GMB Gambia; GN GIN Guinea; GP GLP Guadeloupe; GQ GNQ Equatorial Guinea; GR GRC Greece;
GS SGS South Georgia and South Sandwich Islands; GT GTM Guatemala; GU GUM Guam; GW GNB Guinea-Bissau; GY GUY Guyana;
HK HKG Hong Kong; HM HMD Heard and McDonald Islands; HN HND Honduras; HR HRV Croatia; HT HTI Haiti; HU HUN Hungary;
ID IDN Indonesia; IE IRL Ireland; IL ISR Israel; IM IMN Isle of Man; IN IND India;
IO IOT British Indian Ocean Territory; IQ IRQ Iraq; IR IRN Iran; IS ISL Iceland; IT ITA Italy; JE JEY Jersey;
JM JAM Jamaica; JO JOR Jordan; JP JPN Japan; KE KEN Kenya; KG KGZ Kyrgyzstan; KH KHM Cambodia; KI KIR Kiribati;
KM COM Comoros; KN KNA St. Kitts and Nevis; KP PRK North Korea; KR KOR South Korea; KW KWT Kuwait;
KY CYM Cayman Islands; KZ KAZ Kazakhstan; LA LAO Laos; LB LBN Lebanon; LC LCA St. Lucia; LI LIE Liechtenstein;
LK LKA Sri Lanka; LR LBR Liberia; LS LSO Lesotho; LT LTU Lithuania; LU LUX Luxembourg; LV LVA Latvia; LY LBY Libya;
MA MAR Morocco; MC MCO Monaco; MD MDA Moldova; ME MNE Montenegro; MF MAF St. Martin; MG MDG Madagascar;
MH MHL Marshall Islands; MK MKD North Macedonia; ML MLI Mali; MM MMR Myanmar; MN MNG Mongolia; MO MAC Macao;
MP MNP Northern Mariana Islands; MQ MTQ Martinique; MR MRT Mauritania; MS MSR Montserrat; MT MLT Malta;
MU MUS Mauritius; MV MDV Maldives; MW MWI Malawi; MX MEX Mexico; MY MYS Malaysia; MZ MOZ Mozambique; NA NAM Namibia;
NC NCL New Caledonia; NE NER Niger; NF NFK Norfolk Island; NG NGA Nigeria; NI NIC Nicaragua; NL NLD Netherlands;
NO NOR Norway; NP NPL Nepal; NR NRU Nauru; NU NIU Niue; NZ NZL New Zealand; OM OMN Oman; PA PAN Panama; PE PER Peru;
PF PYF French Polynesia; PG PNG Papua New Guinea; PH PHL Philippines; PK PAK Pakistan; PL POL Poland;
PM SPM St. Pierre and Miquelon; PN PCN Pitcairn Islands; PR PRI Puerto Rico; PS PSE Palestinian Territories;
PT PRT Portugal; PW PLW Palau; PY PRY Paraguay; QA QAT Qatar; RE REU Réunion; RO ROU Romania; RS SRB Serbia;
RU RUS Russia; RW RWA Rwanda; SA SAU Saudi Arabia; SB SLB Solomon Islands; SC SYC Seychelles; SD SDN Sudan;
SE SWE Sweden; SG SGP Singapore; SH SHN St. Helena; SI SVN Slovenia; SJ SJM Svalbard and Jan Mayen; SK SVK Slovakia;
SL SLE Sierra Leone; SM SMR San Marino; SN SEN Senegal; SO SOM Somalia; SR SUR Suriname; SS SSD South Sudan;
ST STP São Tomé and Príncipe; SV SLV El Salvador; SX SXM Sint Maarten; SY SYR Syria; SZ SWZ Eswatini;
TC TCA Turks and Caicos Islands; TD TCD Chad; TF ATF French Southern Territories; TG TGO Togo; TH THA Thailand;
TJ TJK Tajikistan; TK TKL Tokelau; TL TLS Timor-Leste; TM TKM Turkmenistan; TN TUN Tunisia; TO TON Tonga;
TR TUR Türkiye; TT TTO Trinidad and Tobago; TV TUV Tuvalu; TW TWN Taiwan; TZ TZA Tanzania; UA UKR Ukraine;
UG UGA Uganda; UM UMI U.S. Outlying Islands; US USA United States; UY URY Uruguay; UZ UZB Uzbekistan;
VA VAT Vatican City; VC VCT St. Vincent and Grenadines; VE VEN Venezuela; VG VGB British Virgin Islands;
VI VIR U.S. Virgin Islands; VN VNM Vietnam; VU VUT Vanuatu; WF WLF Wallis and Futuna; WS WSM Samoa; YE YEM Yemen;
YT MYT Mayotte; ZA ZAF South Africa; ZM ZMB Zambia; ZW ZWE Zimbabwe
"""
_ALIASES = """
US u.s.; US u.s.a.; US united states of america; US america; US usa; US estados unidos; GB uk; GB u.k.;
GB great britain; GB england; GB scotland; GB wales; GB northern ireland; DE deutschland; AT osterreich; CH schweiz;
CH suisse; ES espana; IT italia; FR la france; NL the netherlands; NL holland; NL nederland; BE belgie; BE belgique;
BR brasil; MX méxico; CZ czech republic; KR korea; KR republic of korea; KR south korea; RU russian federation;
TR turkey; AE uae; AE u.a.e.; VN viet nam; TW taiwan, province of china; CI ivory coast; CV cabo verde; MK macedonia;
MM burma; SZ swaziland; BA bosnia; CD congo - kinshasa; CG congo - brazzaville; PS palestine; VA holy see; LA lao pdr;
LA lao people's democratic republic; LA lao peoples democratic republic; SY syrian arab republic;
IR islamic republic of iran; MD republic of moldova; TZ united republic of tanzania;
VE bolivarian republic of venezuela; BO plurinational state of bolivia; HK hong kong sar; HK hong kong sar china;
MO macau; PL polska; SE sverige; NO norge; DK danmark; FI suomi; PT portugal; IE republic of ireland; IE eire;
CN people's republic of china; CN mainland china; CN prc; PH the philippines; BS the bahamas; GM the gambia; SA ksa;
NZ aotearoa; JP nippon
"""
_STATES = """
AL Alabama; AK Alaska; AZ Arizona; AR Arkansas; CA California; CO Colorado; CT Connecticut; DE Delaware; FL Florida;
GA Georgia; HI Hawaii; ID Idaho; IL Illinois; IN Indiana; IA Iowa; KS Kansas; KY Kentucky; LA Louisiana; ME Maine;
MD Maryland; MA Massachusetts; MI Michigan; MN Minnesota; MS Mississippi; MO Missouri; MT Montana; NE Nebraska;
NV Nevada; NH New Hampshire; NJ New Jersey; NM New Mexico; NY New York; NC North Carolina; ND North Dakota; OH Ohio;
OK Oklahoma; OR Oregon; PA Pennsylvania; RI Rhode Island; SC South Carolina; SD South Dakota; TN Tennessee; TX Texas;
UT Utah; VT Vermont; VA Virginia; WA Washington; WV West Virginia; WI Wisconsin; WY Wyoming; DC District of Columbia;
DC D.C.
"""
_PROVINCES = """
AB Alberta; BC British Columbia; MB Manitoba; NB New Brunswick; NL Newfoundland and Labrador; NS Nova Scotia;
NT Northwest Territories; NU Nunavut; ON Ontario; PE Prince Edward Island; QC Quebec; SK Saskatchewan; YT Yukon
"""
#: Countries whose codes mean a state unless the city tells otherwise: so few people live there.
_SMALL = frozenset({"KY", "MS", "NC", "SC", "VA"})


class Meant(Enum):
    """What a word for a state or a province means beside a city."""

    STATE = "state"
    COUNTRY = "country"
    OPEN = "open"


def _entries(table: str) -> list[tuple[str, str]]:
    """Split ``CODE rest; CODE rest`` into pairs."""
    found = (entry.strip().partition(" ") for entry in table.replace("\n", " ").split(";"))
    return [(code, rest) for code, _, rest in found]


def _names() -> dict[str, str]:
    names = {fold(name): code for code, name in _entries(_ALIASES)}
    for code, rest in _entries(_COUNTRIES):
        long_code, _, name = rest.partition(" ")
        names |= {fold(name): code, fold(long_code): code, fold(code): code}
    return names | {"uk": "GB", "en": "", "eu": ""}


def _regions(table: str) -> dict[str, str]:
    return {key: code for code, name in _entries(table) for key in (fold(code), fold(name))}


_CODE_OF = _names()
_STATE_OF = _regions(_STATES)
_PROVINCE_OF = _regions(_PROVINCES)


@lru_cache(maxsize=4_096)
def country(text: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of a country given by code or name."""
    return _CODE_OF.get(fold(text).removesuffix(" (the)")) or None


def of_region(region: str, city: str | None) -> str | None:
    """Return the country of a state or province, ``US`` or ``CA``, unless *city* tells that it may not be meant."""
    return home(region) if meant(region, city) is Meant.STATE else None


def home(region: str) -> str | None:
    """Return ``US`` for its states, ``CA`` for its provinces, by name or abbreviation."""
    key = fold(region)
    return "US" if key in _STATE_OF else "CA" if key in _PROVINCE_OF else None


@lru_cache(maxsize=16_384)
def meant(region: str, city: str | None) -> Meant | None:
    """Return what *region* means beside *city*, None if there is no such state or province.

    ``DE`` is a state beside Dover, a country beside Mainz, and open beside a city that is not known in either.
    """
    key = fold(region)
    state = _STATE_OF.get(key) or _PROVINCE_OF.get(key)
    if state is None or city is None:
        return Meant.STATE if state else None
    land = _CODE_OF.get(key)
    abroad = cities.is_abroad(city, state, land) if land else False
    if abroad is None and (land in _SMALL or len(key) > 2):
        abroad = False
    if abroad is False and len(key) == 2 and key in _STATE_OF and cities.is_elsewhere(city, state):
        return Meant.OPEN
    return {True: Meant.COUNTRY, False: Meant.STATE, None: Meant.OPEN}[abroad]


def is_state(text: str) -> bool:
    """Tell whether *text* is a state of the United States, by name or abbreviation."""
    return fold(text) in _STATE_OF


def is_larger(text: str) -> bool:
    """Tell whether *text* is a country, a state or a province."""
    return bool(country(text) or of_region(text, None))


def is_elsewhere(state: str, city: str | None) -> bool:
    """Tell whether *city* is known in other countries, and not in a state of the United States."""
    code = _STATE_OF.get(fold(state))
    return bool(city and code and cities.is_elsewhere(city, code))
