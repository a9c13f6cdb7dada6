"""Public service."""

from jobmatch.sample.occupation import occupation, sector

SOCIAL_WORKER = occupation(
    "social-worker",
    field="social work",
    titles="Social Worker, Case Manager, Family Support Worker, Youth Worker",
    skills="""case management, counselling, safeguarding, crisis intervention, home visits, care planning,
        benefits advice, report writing, family mediation, multi-agency work""",
    duties="""
        counsel families in crisis and plan the next steps
        visit homes and judge whether children are safe
        write reports for the family court
        help clients to apply for housing and benefits
        coordinate schools, doctors and the police
        lead groups for young people after school
        review care plans every quarter
        stand by clients at hearings and appointments
    """,
    needs="""
        a degree in social work with state registration
        experience in child protection or counselling
        steadiness in hard conversations
    """,
    settings="""
        in a district team for children and families
        in a hospital's social service
        in a youth centre and on the street
    """,
    results="""
        Carried a caseload of 35 families with every review on time
        Set up a youth night that brought petty crime down
        Reunited eleven children with their families
    """,
    studies="""
        Bachelor of Social Work
        Certificate in systemic counselling
    """,
    industries="Public Administration, Social Services, Charities",
    pay=57,
    weight=3,
)

FIREFIGHTER = occupation(
    "firefighter",
    field="fire and rescue",
    titles="Firefighter, Fire Officer, Fire Safety Inspector",
    skills="""fire suppression, breathing apparatus, rescue techniques, first aid, hose handling,
        fire prevention, hazardous materials, ladder work, emergency driving, fire inspections""",
    duties="""
        fight fires in buildings, woods and vehicles
        rescue people from smoke, water and wreckage
        wear breathing apparatus in heat and darkness
        inspect buildings for exits and alarms
        maintain engines, hoses and ladders
        train daily for heights, depths and chemicals
        give first aid until the ambulance comes
        teach fire prevention at schools and firms
    """,
    needs="""
        firefighter training or a finished trade
        top physical fitness and a clear medical
        courage with discipline
    """,
    settings="""
        at a city fire station on 24-hour shifts
        at an airport fire service
        with a plant fire brigade in the chemical park
    """,
    results="""
        Turned out to more than 2,000 incidents
        Trained a platoon of 16 in breathing apparatus
        Inspected 300 buildings for fire safety
    """,
    studies="""
        Fire academy basic course
        Certificate in fire prevention
    """,
    industries="Emergency Services, Public Administration",
    pay=56,
    paid="hour",
)

LIBRARIAN = occupation(
    "librarian",
    field="library services",
    titles="Librarian, Archivist, Information Specialist, Library Assistant",
    skills="""cataloguing, reference service, collection development, archives, reading promotion,
        digital libraries, metadata, event planning, information literacy, records management""",
    duties="""
        catalogue books, journals and media
        help readers to find what they did not know to ask for
        choose and weed the collection
        run story hours and author evenings
        digitise letters, maps and photographs
        teach students to search and to cite
        answer reference questions at the desk
        manage loans, reminders and interlibrary requests
    """,
    needs="""
        a degree in library or information science
        knowledge of cataloguing rules and metadata
        openness towards readers of every age
    """,
    settings="""
        in a public library with a large children's room
        in a university library
        in the city archive
    """,
    results="""
        Doubled visits to the children's library in three years
        Digitised 30,000 photographs of the city archive
        Moved the catalogue to a new system over one summer
    """,
    studies="""
        Master of Library and Information Science
        Training as an archivist
    """,
    industries="Libraries, Public Administration, Higher Education",
    pay=55,
    weight=1,
)

URBAN_PLANNER = occupation(
    "urban-planner",
    field="urban planning",
    titles="Urban Planner, Town Planner, Transport Planner, Policy Officer",
    skills="""zoning, GIS, public consultation, transport planning, planning law, site analysis,
        policy writing, housing policy, master plans, environmental review""",
    duties="""
        draw up zoning and master plans for growing districts
        review building applications under planning law
        hold public hearings and take the objections seriously
        plan cycle lanes, bus routes and safe crossings
        map land use and population in GIS
        write policy papers for the council
        negotiate with developers about housing and parks
        coordinate water, energy and road departments
    """,
    needs="""
        a degree in planning, geography or architecture
        knowledge of planning law and GIS
        skill in moderating public meetings
    """,
    settings="""
        at the planning department of a growing city
        in a regional transport authority
        in a consultancy for municipalities
    """,
    results="""
        Led the master plan for a district of 4,000 homes
        Won approval for 26 km of protected cycle lanes
        Cut the time for building permits by five weeks
    """,
    studies="""
        Master of Urban Planning
        Bachelor of Science, geography
    """,
    industries="Public Administration, Infrastructure, Real Estate",
    pay=76,
    remote="some",
    weight=1,
)

PUBLIC = sector(
    "public",
    style="desk",
    tails="City Council, District Office, Foundation, Public Services, Authority, Community Trust",
    needs="""
        a sense of duty towards citizens
        correct files and clear reports
        patience with rules and people
    """,
    benefits="""
        a secure post with a public pension
        a job ticket for buses and trains
        time credits for long days
        thirty days of leave
    """,
    occupations=(SOCIAL_WORKER, FIREFIGHTER, LIBRARIAN, URBAN_PLANNER),
)
