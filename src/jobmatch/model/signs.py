"""Signs that make another word of the one that they stand at: *C#* is not *C*, and *$100* not *100*.

They are put in letters, so that a text search, which knows letters and digits only, tells them apart. Each makes a word
with a digit in it, which is no function word, and which no stemmer touches.
"""

import re

#: Each begins with its sign, for that is looked for quickly; and PostgreSQL reads them alike, which looks for the words
#: of somebody else's table by the same. They know the letters of ASCII only.
RULES: tuple[tuple[str, str, str], ...] = (
    # Sign, pattern, what it becomes. Of a word of three letters and more a plus is no part: LGBTQ+, Notepad++.
    ("+", r"\+\+(?![A-Za-z])(?:(?<=(?<![A-Za-z0-9])[A-Za-z]..)|(?<=(?<![A-Za-z0-9])[A-Za-z][A-Za-z]..))", "0pp "),
    ("+", r"\+(?![A-Za-z+])(?:(?<=(?<![A-Za-z0-9])[A-Za-z].)|(?<=(?<![A-Za-z0-9])[A-Za-z][A-Za-z].))", "0p "),
    ("#", r"#(?![A-Za-z#])(?:(?<=(?<![A-Za-z0-9])[A-Za-z].)|(?<=(?<![A-Za-z0-9])[A-Za-z][A-Za-z].))", "0s "),
    # .NET and ASP.NET, but not node.js, and no end of a sentence.
    (".", r"\.(?=[A-Za-z])(?:(?<![^ \t\r\n\"'(*+,:;<=>{|~/-]\.)|(?=[Nn][Ee][Tt](?![A-Za-z0-9])))", " 0dot "),
    ("%", r"%(?:(?<=[0-9].)|(?<=[0-9] .))", " 0percent "),
    # Single letters: A and I alone are function words, but not in A/B, Q&A, I/O.
    ("/", r"/(?=[A-Za-z](?![A-Za-z0-9+#]))(?<=(?<![A-Za-z0-9])[A-Za-z].)", "0v"),
    ("&", r"&(?=[A-Za-z](?![A-Za-z0-9+#]))(?<=(?<![A-Za-z0-9])[A-Za-z].)", "0u"),
    (" & ", r" & (?=[A-Za-z](?![A-Za-z0-9+#]))(?<=(?<![A-Za-z0-9])[A-Za-z]...)", "0u"),
    *(
        (sign, rf"[{sign}](?:(?= ?[0-9])|(?<=[0-9].)|(?<=[0-9] .))", f" 0{name} ")
        for sign, name in (("$", "dollar"), ("€", "euro"), ("£", "pound"), ("¥", "yen"), ("₹", "rupee"))
    ),
)
_RULES = tuple((sign, re.compile(pattern, re.ASCII), letters) for sign, pattern, letters in RULES)


def in_letters(text: str) -> str:
    """Return *text* with the signs that make other words in letters."""
    for sign, pattern, letters in _RULES:
        if sign in text:
            text = pattern.sub(letters, text)
    return text
