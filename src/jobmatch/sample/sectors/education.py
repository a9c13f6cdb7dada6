"""Teaching and training."""

from jobmatch.sample.occupation import occupation, sector

PRIMARY_TEACHER = occupation(
    "primary-teacher",
    field="primary education",
    titles="Primary School Teacher, Elementary Teacher, Class Teacher",
    skills="""lesson planning, classroom management, early literacy, phonics, numeracy, parent meetings,
        differentiated instruction, pupil assessment, reading support, project weeks""",
    duties="""
        teach reading, writing and arithmetic as the class teacher
        plan lessons that reach quick and slow learners alike
        assess pupils' progress and write term reports
        meet parents and carers to talk about their child
        keep order in the classroom with calm and humour
        organise outings, plays and project weeks
        support children who learn in a second language
        share material with the other teachers of the year group
    """,
    needs="""
        a teaching qualification for primary schools
        practice in teaching early literacy and numeracy
        a clear child protection record
    """,
    settings="""
        in a primary school with two classes per year
        in a village school with mixed age groups
        in a city school where thirty languages are spoken
    """,
    results="""
        Raised the share of fluent readers in year two from 61 to 84 percent
        Founded a school garden that every class now uses
        Mentored four trainee teachers
    """,
    studies="""
        Bachelor of Education, primary teaching
        Postgraduate certificate in education
    """,
    industries="Primary Schools, Education",
    pay=58,
    weight=4,
)

SECONDARY_TEACHER = occupation(
    "mathematics-teacher",
    field="mathematics teaching",
    titles="Mathematics Teacher, Secondary School Teacher, Maths and Physics Teacher",
    skills="""algebra, geometry, exam preparation, lesson planning, classroom management, calculus,
        curriculum design, grading, tutoring, pupil assessment, graphing software""",
    duties="""
        teach algebra, geometry and statistics in years seven to twelve
        prepare pupils for their final examinations
        set and mark tests that show what was understood
        run a mathematics club or a revision class
        explain proofs and problems in more than one way
        act as form tutor for a class of teenagers
        adapt the curriculum for pupils with gaps
        advise families on courses and careers
    """,
    needs="""
        a degree in mathematics or physics with a teaching licence
        confidence in front of teenagers
        practice in exam marking
    """,
    settings="""
        in a secondary school with 900 pupils
        in a grammar school with a strong science wing
        in a vocational college with adult evening classes
    """,
    results="""
        Improved the final examination average by half a grade in two years
        Led a team of pupils to the national mathematics olympiad
        Wrote the department's workbook for statistics
    """,
    studies="""
        Master of Education, mathematics and physics
        Bachelor of Science, mathematics
    """,
    industries="Secondary Schools, Education",
    pay=62,
    weight=3,
)

EARLY_EDUCATOR = occupation(
    "early-childhood-educator",
    field="early childhood education",
    titles="Early Childhood Educator, Kindergarten Teacher, Nursery Teacher, Childcare Worker",
    skills="""play-based learning, child development, nappy changing, storytelling, parent communication,
        first aid for children, arts and crafts, group supervision, safeguarding, outdoor play""",
    duties="""
        look after a group of toddlers through the day
        invent games, songs and crafts that fit the season
        watch each child's development and note it
        comfort children who miss their parents
        serve snacks and help at nap time
        talk with parents at drop-off and pick-up
        take the group outside in every weather
        prepare five-year-olds for school
    """,
    needs="""
        a childcare diploma or training as an educator
        joy in noise, questions and mud
        a paediatric first aid certificate
    """,
    settings="""
        in a nursery with four small groups
        in a forest kindergarten
        in a company crèche near the park
    """,
    results="""
        Built up a new toddler group from three to eighteen children
        Introduced picture diaries that parents read every week
        Organised the summer festival with 150 guests
    """,
    studies="""
        Diploma in early childhood education
        Training as a state-recognised educator
    """,
    industries="Childcare, Education",
    pay=36,
    paid="hour",
    weight=3,
)

LECTURER = occupation(
    "university-lecturer",
    field="teaching and research",
    titles="University Lecturer, Assistant Professor, Teaching Fellow",
    skills="""lecturing, thesis supervision, research methods, grant writing, academic publishing,
        curriculum design, peer review, seminar teaching, statistics, conference talks""",
    duties="""
        give lectures and seminars to undergraduates
        supervise theses from the first idea to the defence
        publish research in peer-reviewed journals
        write grant proposals with partners abroad
        examine students and mark their papers fairly
        renew a course that has grown old
        serve on the examination and admissions boards
        present findings at conferences
    """,
    needs="""
        a doctorate in a relevant subject
        a record of peer-reviewed publications
        experience in lecturing and thesis supervision
    """,
    settings="""
        in a faculty with 1,200 students
        at a research university with a graduate school
        at a university of applied sciences
    """,
    results="""
        Supervised 25 master's theses and three doctoral candidates
        Won a three-year research grant as principal investigator
        Received the faculty's prize for good teaching
    """,
    studies="""
        Doctor of Philosophy
        Master of Arts, higher education
    """,
    industries="Higher Education, Research",
    pay=79,
    remote="some",
)

EDUCATION = sector(
    "education",
    style="desk",
    tails="School, Academy, Learning, College, Education Trust, Campus, Institute, Montessori",
    needs="""
        belief that every learner can make progress
        good cooperation with parents and colleagues
        regular further training
    """,
    benefits="""
        long holidays outside term time
        small classes and a shared pool of lesson material
        a pension scheme for teaching staff
        a mentor during your first year
    """,
    occupations=(PRIMARY_TEACHER, SECONDARY_TEACHER, EARLY_EDUCATOR, LECTURER),
)
