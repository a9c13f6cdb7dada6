"""The contract of keywords: in which words of a posting an index finds them, whoever wrote them how."""

from collections.abc import Awaitable, Callable, Sequence

import pytest

from jobmatch.errors import InvalidInput
from jobmatch.model import Filters
from jobmatch.ports import Entry, JobIndex, SearchQuery
from jobmatch.testing.job_search import EXACT, find, ids
from jobmatch.testing.material import axis, entry

#: A text, and keywords that it has.
FOUND = [
    ("We use node.js and Java/Python", ("node.js", "Java", "python", "Java/Python", "js and java")),
    ("Arbeit in Köln, für Krankenpfleger", ("Köln", "koln", "für", "FÜR", "Krankenpfleger")),
    ("C++/C# on https://example.com/kotlin, ask foo@bar.com", ("C++", "c#", "kotlin", "bar.com")),
    ("state-of-the-art full-stack foo_bar", ("full-stack", "full stack", "state-of-the-art", "foo_bar", "bar")),
    ("café résumé naïve", ("café", "CAFE", "re\u0301sume\u0301", "naive")),
    ("Разработчик, Ёлка", ("разработчик", "Ёлка", "ёлка")),
    ("Straße ΝΑΎΠΑΚΤΟΣ İstanbul ﬁle", ("Straße", "STRASSE", "Ναύπακτος", "istanbul", "file")),
    ("CI/CD, TCP/IP, 24/7, v1.2.3, R&D, 4bytes", ("CI/CD", "ci", "ip", "24/7", "v1.2.3", "R&D", "4bytes")),
    ("it’s the nurse’s shift — “now”", ("nurse's shift", "nurses", "shift now")),
    ("𝐍𝐮𝐫𝐬𝐞 in 𝐄𝐦𝐞𝐫𝐠𝐞𝐧𝐜𝐲", ("nurse", "emergencies")),
    ("Organization of universities, some evening", ("organize", "university", "evenings")),
    ("C++17 and C#/.NET (ASP.NET), F#; A+", ("C++", "c#", "C#/.NET", ".net", "ASP.NET", "f#", "A+", "C# .NET")),
    ("pays $25/hr or € 30, 40€, 100% remote", ("$25", "25", "$ 25", "€30", "40 €", "100%", "100 %", "100% remote")),
    ("A/B testing, R&D, Q & A, I/O", ("A/B", "a/b testing", "R&D", "R & D", "Q&A", "i/o")),
    (
        "LGBTQ+, Notepad++, Java+Python, 5+ years, #1",
        ("LGBTQ", "Notepad", "Java", "Python", "5 years", "5+ years", "1"),
    ),
    ("招聘项目采购工程师_EM，熟悉Python。", ("工程师", "采购", "项目采购", "Python", "招聘项目采购工程师")),
    ("看護師のお仕事、アルバイト歓迎", ("看護", "看護師", "アルバイト", "ｱﾙﾊﾞｲﾄ", "仕事")),
    ("รับสมัครพยาบาลวิชาชีพ", ("พยาบาล", "วิชาชีพ")),
    ("ဆေးရုံသူနာပြု", ("သူနာပြု",)),
    ("គិលានុបដ្ឋាកនៅមន្ទីរពេទ្យ", ("មន្ទីរពេទ្យ",)),
    ("☎️Nurse ❤️ wanted\ufeff", ("nurse", "nurse wanted", "wanted", "❤️ wanted")),
    ("IT Manager at AT&T for the WHO", ("IT", "it manager", "IT MANAGER", "AT&T", "WHO", "manager at AT&T")),
]
#: A text, and keywords that it does not have.
NOT_FOUND = [
    ("we love it, at all who will", ("IT", "AT&T", "WHO")),
    ("Sales manager", ("IT Manager",)),
    ("serves 4byte words", ("4bytes",)),
    (
        "C shift, vitamin C, plan B, 100 patients, a net of 30 testers; R. D. Smith",
        ("C#", "C++", "$100", "100%", ".NET"),
    ),
    ("C shift, plan B; R. D. Smith, Q; A, I, O", ("A/B", "R&D", "Q&A", "I/O", "A+")),
    ("C++, F#", ("C", "C#", "F", "F++")),
    ("工程 人员，程师；师程工", ("工程师", "工师")),
]
#: Words that are in every text.
IN_VAIN = ("the", "Will", "it", "And the", "' | & ! (", "I", "")
Hold = Callable[[Sequence[Entry]], Awaitable[JobIndex]]


async def told(index: JobIndex, *keywords: str) -> dict[str, tuple[bool, ...]]:
    """Return for each posting which of some keywords it has."""
    found = await index.search(SearchQuery(vector=axis(0), filters=Filters(), keywords=keywords), EXACT)
    return {hit.job.id: hit.keywords for hit in found.hits}


class WordingContract:
    """Give a fixture ``hold``, which makes an index hold entries."""

    @pytest.mark.parametrize(("text", "keywords"), FOUND)
    async def test_a_word_is_found_however_it_is_written(
        self, hold: Hold, text: str, keywords: tuple[str, ...]
    ) -> None:
        index = await hold([entry("has", description=text), entry("lacks")])
        for keyword in keywords:
            assert ids(await find(index, keywords=keyword)) == ["has"], keyword
            assert ids(await find(index, exclude_keywords=keyword)) == ["lacks"], keyword
        assert await told(index, *keywords) == {"has": (True,) * len(keywords), "lacks": (False,) * len(keywords)}

    @pytest.mark.parametrize(("text", "keywords"), NOT_FOUND)
    async def test_a_word_is_not_taken_for_another(self, hold: Hold, text: str, keywords: tuple[str, ...]) -> None:
        index = await hold([entry("other", description=text)])
        for keyword in keywords:
            assert ids(await find(index, keywords=keyword)) == [], keyword
            assert ids(await find(index, exclude_keywords=keyword)) == ["other"], keyword
        assert await told(index, *keywords) == {"other": (False,) * len(keywords)}

    @pytest.mark.parametrize("keyword", IN_VAIN)
    async def test_a_filter_on_nothing_but_stop_words_is_refused(self, hold: Hold, keyword: str) -> None:
        index = await hold([entry("a", description="IT will, and the rest too")])
        wanted = (keyword, "rest")
        for filters in (Filters(keywords=wanted), Filters(exclude_keywords=wanted)):
            if keyword in (*filters.keywords, *filters.exclude_keywords):
                with pytest.raises(InvalidInput, match=r"filters\.(exclude_)?keywords: .* has no word"):
                    await index.search(SearchQuery(vector=axis(0), filters=filters), EXACT)
                with pytest.raises(InvalidInput, match="has no word"):
                    await index.survey(filters)

    async def test_an_index_tells_what_it_cannot_look_for(self, hold: Hold) -> None:
        index = await hold([entry("a")])
        assert await index.unsearchable([*IN_VAIN, "IT", "AT&T", "rest", "the rest"]) == frozenset(IN_VAIN)
