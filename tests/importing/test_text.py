"""Cleaning of text: what is broken is repaired, what is right stays."""

import pytest

from jobmatch.importing.text import name, one_line, several_lines


@pytest.mark.parametrize(
    ("broken", "right"),
    [
        ("Cityâ€™s", "City’s"),
        ("Ã¢â‚¬â„¢s", "’s"),
        ("cafÃ© â€“ naÃ¯ve", "café – naïve"),
        ("ï¼ˆ2027", "（2027"),
        ("Ð¡Ñ‚Ð°Ð¶ÐµÑ€", "Стажер"),
        ("x\x92s \x95", "x’s •"),
        ("\uf0b7 first", "• first"),
        ("R&amp;amp;D", "R&D"),
        ("caf&eacute; &#8211; &#x2013;", "café – –"),
        ("&acirc;&euro;&trade;", "’"),
        ("<p>One</p><p>Two<br/>Three</p>", "One\n\nTwo\nThree"),
        ("<ul><li>a<li>b</ul>", "• a\n• b"),
        ("&lt;b&gt;bold&lt;/b&gt; &lt;script&gt;bad()&lt;/script&gt;text", "bold text"),
        ("a<!-- hidden <b> -->b", "ab"),
        ('<p title="a > b">one</p><p style=\'x>y\' class="z">two</p>', "one\n\ntwo"),
        ('<a href="https://x.example/?a=1&b=2" target=_blank>link</a><br />next<br/>last', "link\nnext\nlast"),
        ("<td width=100% nowrap>a</td><font face=Times New Roman>b</font><p class='x'' id=y>c", "a\nb\nc"),
        ("<input disabled><button type=submit hidden>go</button>", "go"),
        ("<o:p>one</o:p> <w:sdt w:val='1'>two</w:sdt><v:shape />", "one two"),
        ("<figure><picture><source srcset='a.webp'></picture><figcaption>seen</figcaption></figure>", "seen"),
        ("<![CDATA[<p>one</p>]]>", "one"),
        ("<?xml version='1.0'?><!DOCTYPE html><p>one<![if !supportLists]>two<![endif]></p>", "onetwo"),
        ("zero\u200bwidth\ufeff soft\xadhyphen", "zerowidth softhyphen"),
        ("a\r\nb\rc\x00\x07", "a\nb\nc"),
        ("a   b\xa0\tc\n\n\n\nd ", "a b c\n\nd"),
        ('"He said ""1"" above"', 'He said "1" above'),
    ],
)
def test_broken_text_is_repaired(broken: str, right: str) -> None:
    assert several_lines(broken) == right


@pytest.mark.parametrize(
    "text",
    [
        "AT&T, R&D, a < b > c, <5 years, C<T>",
        "if a<b and c>d then a[b[1]]>2",
        "List<String>, Map<K, V>, x <y> z, write to <jobs@x.example> or <https://x.example>",
        "https://x.example/?a=1&copy=2",
        "CAFÉ» and IRMÃ” and soufflé’”",
        "NAÏVE Œuvre ŠKODA Ångström",
        "线上销售代表 Стажер в отдел",
        "می\u200cخواهم",
        "C++ and C# — “quoted”",
        'Sizes 5" and 7"',
        "line\n\n- item\n- item",
    ],
)
def test_right_text_stays(text: str) -> None:
    assert several_lines(text) == text


def test_hostile_markup_takes_linear_time() -> None:
    text = "<script" * 50_000 + "<!--" * 50_000 + "&" * 50_000
    assert several_lines(text)
    assert several_lines(
        "<b a='" * 50_000 + '<p a="x>" ' * 50_000 + "<b a=1 " + "a=1 hidden " * 50_000 + "<![CDATA[" * 9_000
    )


def test_one_line() -> None:
    assert one_line(" Senior\u200b \r\n Nurse\t(RN) ") == "Senior Nurse (RN)"


@pytest.mark.parametrize("value", ["", "  ", "N/A", "null", "None", "-", "not specified", True, 1.5, None, ["a"]])
def test_nothing_is_no_name(value: object) -> None:
    assert name(value) is None


def test_a_number_is_a_name() -> None:
    assert name(4711) == "4711"
