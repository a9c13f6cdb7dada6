"""How far the default embedder sees across languages: ``python benchmarks/languages.py``.

Eight occupations, each as a posting and as a résumé, in four languages. For each language, of all pairs of a posting of
the right occupation in another language and one of a wrong occupation in the résumé's own: the share in which the right
one is nearer. By chance that is one in two; below it, language counts for more than occupation.
"""

import json

import numpy as np

from jobmatch.backends.embedders.wordllama import embed
from jobmatch.composing import unit

#: By language: title, text of the posting, résumé; the occupations in the same order.
OCCUPATIONS = {
    "en": (
        ("Baker", "Bake bread and rolls, prepare doughs at night", "I have baked bread for years and know all doughs"),
        ("Electrician", "Install cables and switches in houses", "Installed cables, switches and lamps in houses"),
        ("Nurse", "Care for patients on the ward, dress wounds", "Ten years of patients and wounds on the ward"),
        ("Gardener", "Plant trees and hedges, mow lawns", "I plant trees, cut hedges and mow lawns"),
        ("Bus driver", "Drive buses through the city, sell tickets", "Drove buses in the city and sold tickets"),
        ("Accountant", "Bookkeeping, taxes and annual accounts", "Taxes, bookkeeping, annual accounts of companies"),
        ("Teacher", "Teach mathematics to pupils, prepare lessons", "I teach pupils mathematics and prepare lessons"),
        ("Carpenter", "Build roofs and stairs of wood", "Built wooden stairs, roofs and doors"),
    ),
    "de": (
        (
            "Bäcker",
            "Brot und Brötchen backen, Teige ansetzen",
            "Ich backe seit Jahren Brot und kenne alle Teige",
        ),
        ("Elektriker", "Kabel und Schalter in Häusern verlegen", "Kabel, Schalter und Lampen in Häusern verlegt"),
        ("Krankenpfleger", "Patienten pflegen, Wunden versorgen", "Zehn Jahre Patienten und Wunden auf der Station"),
        ("Gärtner", "Bäume und Hecken pflanzen, Rasen mähen", "Ich pflanze Bäume, schneide Hecken, mähe Rasen"),
        ("Busfahrer", "Busse durch die Stadt fahren, Karten verkaufen", "Busse gefahren und Karten verkauft"),
        ("Buchhalter", "Buchführung, Steuern und Jahresabschlüsse", "Steuern, Buchführung, Jahresabschlüsse"),
        ("Lehrer", "Schüler in Mathematik unterrichten", "Ich unterrichte Schüler in Mathematik"),
        ("Zimmerer", "Dächer und Treppen aus Holz bauen", "Treppen, Dächer und Türen aus Holz gebaut"),
    ),
    "fr": (
        ("Boulanger", "Cuire le pain, préparer les pâtes la nuit", "Je cuis le pain et connais toutes les pâtes"),
        ("Électricien", "Poser des câbles et des interrupteurs", "Câbles, interrupteurs et lampes dans des maisons"),
        ("Infirmier", "Soigner les patients, panser les plaies", "Dix ans de patients et de plaies à l'hôpital"),
        ("Jardinier", "Planter arbres et haies, tondre le gazon", "Je plante des arbres et tonds le gazon"),
        (
            "Chauffeur de bus",
            "Conduire des bus en ville, vendre des billets",
            "J'ai conduit des bus en ville",
        ),
        ("Comptable", "Comptabilité, impôts et comptes annuels", "Impôts, comptabilité, comptes annuels"),
        ("Enseignant", "Enseigner les mathématiques aux élèves", "J'enseigne les mathématiques aux élèves"),
        ("Charpentier", "Construire des toits et des escaliers en bois", "Escaliers, toits et portes en bois"),
    ),
    "zh": (
        ("面包师", "烤面包，夜间准备面团", "我多年烤面包，熟悉各种面团"),
        ("电工", "在房屋中安装电缆和开关", "在房屋里安装过电缆、开关和灯"),
        ("护士", "在病房护理病人，包扎伤口", "十年病房护理病人和伤口的经验"),
        ("园丁", "种植树木和树篱，修剪草坪", "我种树，修剪树篱和草坪"),
        ("公交车司机", "在城市驾驶公交车，售票", "在城市驾驶公交车并售票"),
        ("会计", "记账，税务和年度报表", "税务，记账，公司年度报表"),
        ("教师", "教学生数学，备课", "我教学生数学并备课"),
        ("木匠", "用木头建造屋顶和楼梯", "建造过木楼梯、屋顶和门"),
    ),
}


def shares() -> dict[str, float]:
    """Return by language how often the right occupation in another one is nearer than a wrong one in it."""
    languages, count = list(OCCUPATIONS), len(OCCUPATIONS["en"])
    titles, texts, resumes = zip(*(one for several in OCCUPATIONS.values() for one in several), strict=True)
    near = (embed(list(resumes)) @ unit(embed(list(texts)) + embed(list(titles))).T).reshape(
        len(languages), count, len(languages), count
    )
    found = {}
    for number, language in enumerate(languages):
        pairs = [
            near[number, job, other, job] > near[number, job, number, wrong]
            for job in range(count)
            for other in range(len(languages))
            for wrong in range(count)
            if other != number and wrong != job
        ]
        found[language] = float(np.mean(pairs))
    return found


def main() -> None:
    """Print a table and JSON."""
    found = shares()
    for language, share in found.items():
        print(f"{language}  {share:.0%}")
    print(json.dumps({"right_nearer_across_languages": found}))


if __name__ == "__main__":
    main()
