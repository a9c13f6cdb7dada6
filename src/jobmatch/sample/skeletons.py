"""The sentence skeletons of a posting, slot by slot.

Duties fill {0} and {1} with verb phrases, needs with noun phrases. No skeleton belongs to two slots,
hence sentences of neighbouring slots never share one.
"""

OPENINGS = (
    "{company} is looking for {post} in {city}.",
    "Our team in {city} has room for {post}.",
    "Could your next step be a position as {post} with {company}?",
    "{company} is growing in {city}, and we are hiring {post}.",
    "Join {company} as {post}.",
    "We have an opening for {post} at our {city} site.",
    "From {city} we serve customers near and far, and {post} is the colleague we are missing.",
    "A place has come free at {company} in {city}: we need {post}.",
    "There is plenty of work ahead of us in {city}, which is why {company} wants to hire {post}.",
    "If you are {post} who likes to see a job through, {company} would like to meet you.",
    "For our site in {city} we are recruiting {post}.",
    "Good people make good work, so {company} is taking its time to find {post} in {city}.",
)
ABOUT = (
    "{company} has been active in {industry} for {years} years and employs {people} people.",
    "With {people} employees we are a well-known name in {industry}.",
    "We started {years} years ago as a small firm in {industry}; today we are {people} colleagues.",
    "Our {people} colleagues share {years} years of company history in {industry}.",
    "{company} is an independent employer in {industry} with {people} staff.",
    "Customers in {industry} have trusted {company} for {years} years.",
)
SETTINGS = (
    "You will work {0}.",
    "The work takes place {0}.",
    "Your place is {0}.",
    "You would spend most of your week {0}.",
)
DUTIES = (
    "You will {0}.",
    "On a typical day you {0}.",
    "Your main task is to {0}.",
    "We count on you to {0}.",
    "You {0}, and you {1}.",
    "Part of the week you {0}; in the rest of it you {1}.",
    "Besides helping us to {0}, you will {1}.",
    "Most days you {0}, and when things are calmer you {1}.",
    "Expect to {0}, and also to {1}.",
)
DUTY_LISTS = (
    "What you will do:\n- {0}\n- {1}\n- {2}\n- {3}",
    "Your tasks:\n* {0}\n* {1}\n* {2}\n* {3}",
    "In this role you:\n- {0}\n- {1}\n- {2}",
    "The work at a glance:\n- {0}\n- {1}\n- {2}\n- {3}",
)
NEEDS = (
    "We ask for {0}, and for {1}.",
    "You bring {0}, together with {1}.",
    "What matters to us: {0}.",
    "The post calls for {0} as well as {1}.",
    "Please apply if you can offer {0}.",
    "Two things count here: {0}, and {1}.",
)
SKILLS = (
    "You should feel at home with {skills}.",
    "Knowledge of {skills} will serve you well.",
    "We would like to see practice in {skills}.",
    "Your skills include {skills}.",
    "In daily work you will need {skills}.",
    "Experience with {skills} is what sets an application apart.",
)
BENEFITS = (
    "We offer {0}, plus {1}.",
    "In return you get {0}.",
    "You can look forward to {0} and to {1}.",
    "Part of the package: {0}.",
    "Our people value {0}; many also mention {1}.",
)
WORKPLACES: dict[str | None, tuple[str, ...]] = {
    "onsite": (
        "The job is done on site in {city}.",
        "You would work on site with your colleagues in {city}.",
        "This is hands-on work at our location in {city}.",
    ),
    "hybrid": (
        "Two or three days a week may be worked from home.",
        "We work in a hybrid way, with shared days in {city}.",
        "You divide your week between home and our office in {city}.",
    ),
    "remote": (
        "The position is fully remote, wherever you live in {country}.",
        "You work from home; our office in {city} is open to you whenever you like.",
        "This is a remote role for people based in {country}.",
    ),
    None: (
        "Where and when you work is something that we agree on together.",
        "We are happy to talk about how your working week should look.",
    ),
}
EMPLOYMENTS: dict[str | None, tuple[str, ...]] = {
    "full_time": (
        "The position is permanent and full time.",
        "We offer an open-ended full-time contract.",
    ),
    "part_time": (
        "The position is part time, with 18 to 28 hours a week.",
        "Part-time hours can be spread over three or four days.",
    ),
    "contract": (
        "You would join us as a contractor for six to twelve months.",
        "This is contract work with a likely extension.",
    ),
    "temporary": (
        "The post is temporary and covers a busy season.",
        "We fill this temporary post for four months, perhaps longer.",
    ),
    "internship": (
        "The placement lasts three to six months and is paid.",
        "At the end of your training period we would like to keep you.",
    ),
    None: (
        "Hours and contract are open to discussion.",
        "Tell us which working hours suit you.",
    ),
}
CLOSINGS = (
    "Send us a short application; a cover letter is not needed.",
    "Interested? {company} replies to every application within a week.",
    "We look forward to your résumé and your earliest starting date.",
    "Apply online in a few minutes, and we will call you.",
    "Questions are welcome before you apply.",
    "People of every age, origin and gender are welcome at {company}.",
    "The first meeting is a relaxed talk, the second a tour of the team.",
    "{company} treats all applications in confidence.",
)
