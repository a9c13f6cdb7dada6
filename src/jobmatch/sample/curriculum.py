"""The sentence skeletons of a résumé. Verb phrases fill {0} in their base form."""

BEGINNERS = (
    "At the start of my career in {field}, I am looking for work as {post}.",
    "New to {field} but quick to learn, I would like to begin as {post}.",
    "My training in {field} is fresh, and I want to use it.",
)
PROFESSIONALS = (
    "{title} with {years} years in {field}, most recently in {industry}.",
    "I have spent {years} years in {field}, for employers in {industry} above all.",
    "{years} years of {field} have taught me to plan well and to finish what I begin.",
    "After {years} years in {field} I am looking for my next position as {post}.",
)
STRENGTHS = (
    "My strengths are {skills}.",
    "Colleagues ask me when it comes to {skills}.",
    "I am confident with {skills}.",
    "What I do best: {skills}.",
)
HOMES = (
    "I feel most at home {0}.",
    "Ideally I would work {0}.",
    "I like to work {0}.",
)
TASKS = (
    "Hired to {0}.",
    "Trusted to {0}.",
    "It was my part to {0}.",
    "Asked by the team to {0}.",
    "Worked with two colleagues to {0}.",
)
AIMS = (
    "I work well in a team, keep my word about dates and am glad to learn from others.",
    "In a new position I look for honest colleagues, clear tasks and room to improve things.",
    "I take care with details, say so when something is wrong and stay until it is right.",
)
EXTRAS = (
    "Languages: English, and some Spanish",
    "Languages: English, German",
    "Languages: English, French",
    "Volunteer work: youth club, one evening a week",
    "Driving licence; free to start after one month's notice",
    "References are available on request",
)
