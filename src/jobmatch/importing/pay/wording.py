"""Words that stand beside amounts and say neither currency nor time."""

from jobmatch.importing.pay.items import Item, key

#: Per kind; `grammar` tells what each stands for. A ``_`` is a space.
_WORDS = {
    # before a time: "per", "in the"
    "P": """
per p pr pro je jede jeder every each for_each par par_la por pour al all alla alle a_la à_la del della dell im
in in_the der om na za v vo ve la el le les los las il lo l ob o kada pe pé σε ανά τον την τη το στον на в за у
ва kwa setiap tiap qua mỗi một ต่อ 每 毎 매 لكل في प्रति au nő""",
    "G": "de da di du",
    # towards the higher end; before a single amount: at most
    "T": """
to till til tot do bis à hasta ate até до through thru sampai hingga s_d đến kadar kuni iki līdz 至 到 から ถึง
až έως ως إلى עד""",
    "H": """
up_to upto max maximum maximal maximaal maximale massimo máximo maksimum maks bis_zu bis_max jusqu_a jusqua
jusqu_au fino_a upp_till op_til opptil opp_til tot_maximaal at_most not_more_than no_more_than maksimalno
maksimalnie nawet_do do_max akár 以下 以内 まで 이하 까지 не_более максимум""",
    "F": """
from min minimum minimal minimaal minimale minimo mínimo start starting starting_at starting_from starts_at
starts_from at_least not_less_than ab von mindestens mind à_partir_de a_partir_de dès desde a_partire_da vanaf
van från fra od от від з alates nuo alkaen dari mulai mulai_dari từ başlayan over more_than больше_чем and_up
or_more and_above upwards не_менее minst mindst vähintään minimálně minimalnie asgari από 以上 起 이상 부터
ตั้งแต่""",
    "W": """
between zwischen entre tra tussen mellan mellem mellom między mezi medzi između между між arasında""",
    "&": "et e i og och en oraz",
    "n": "and und",
    # parts what pays from what else there is
    "|": """
plus sowie zzgl zuzüglich including incl inkl inklusive inclusive inclusief excluding excl exkl with mit avec""",
    # before numbers that are no amounts
    "L": """
band grade level step tier gs scale point points scp spine nhs afc njc entgeltgruppe eg tvöd tvöd_e tv_l tv_l_e
lohngruppe kategorie category schaal gruppe stufe""",
    # what is paid beside the pay
    "X": """
bonus bonuses commission commissions comm ote on_target_earnings super superannuation equity stock options share
shares rsu rsus tips benefits allowance allowances overtime incentive incentives pension holiday holiday_pay pto
vacation perks insurance signing sign_on profit_sharing prämie prämien provision provisionen boni tantiem
urlaubsgeld weihnachtsgeld prime primes variable variables intéressement participation tickets_restaurant
bonificación bonificaciones incentivos comisión comisiones comissão comissões provvigioni provisie vakantiegeld
premia premie prowizja prémie премия бонус бонусы car""",
    # says nothing that matters here
    "_": """
salary salaries pay wage wages base basic gross rate range compensation remuneration package total guaranteed
fixed sal base_pay base_salary gross_pay hiring_range pay_range pay_rate pay_scale salary_range before_tax
before_taxes competitive negotiable neg excellent good attractive depending dependent on upon experience doe
estimated est expected offered target actual equivalent fte pro_rata prorata full_time fulltime circa c ca
approx avg average approximately about around roughly up only just for i_e gehalt grundgehalt entgelt lohn
vergütung gehaltsspanne fixgehalt fixum fix brutto auf_vollzeitbasis kv_mindestgehalt mindestgehalt verhandelbar
vb vhb n_v nach_vereinbarung vollzeit etwa attraktives salaire rémunération brut brute bruts env environ
à_négocier négociable selon_expérience selon_profil profil salario sueldo retribución bruto brutos
según_experiencia a_convenir aprox salário remuneração bruta a_combinar stipendio retribuzione lordo lorda ral
loon salaris lön bruttolön løn lønn palkka laun wynagrodzenie pensja stawka ok około oko plat mzda hrubého hrubá
cca asi fizetés bér bruttó plaća plata salariu зарплата заработная_плата оклад доход около до_вычета_налогов
gaji gaji_pokok kasar lương maaş ücret 給与 支給 税前 税込 薪资 薪資 工资 約 约 급여 기본급 약""",
}


def _items() -> dict[str, Item]:
    found: dict[str, Item] = {}
    for kind, words in _WORDS.items():
        for word in words.split():
            found.setdefault(key(word), Item(kind))
    return found


ITEMS = _items()
