"""Health and care."""

from jobmatch.sample.occupation import occupation, sector

REGISTERED_NURSE = occupation(
    "registered-nurse",
    field="nursing",
    titles="Registered Nurse, Staff Nurse, Ward Nurse, Intensive Care Nurse, Community Nurse",
    skills="""patient assessment, medication administration, wound care, IV therapy, vital signs,
        electronic health records, infection control, triage, patient education, basic life support,
        discharge planning""",
    duties="""
        assess patients at the start of each shift and plan their care
        give medication and infusions and watch for their effects
        dress wounds and look after drains and catheters
        record vital signs and observations in the health record
        prepare patients and families for discharge
        respond to alarms and changes in condition without delay
        hand over to the next shift at the bedside
        guide students and care assistants on the ward
    """,
    needs="""
        a current nursing registration
        experience on an acute or medical ward
        a valid life support certificate
    """,
    settings="""
        on a surgical ward with 28 beds
        in an intensive care unit with one nurse to two patients
        in a community team that visits patients at home
    """,
    results="""
        Led the hand hygiene round that cut ward infections by a fifth
        Introduced bedside handover on a medical ward of 30 beds
        Precepted twelve newly qualified nurses
    """,
    studies="""
        Bachelor of Science in Nursing
        Diploma in general nursing
    """,
    industries="Hospitals, Community Health, Clinics",
    pay=82,
    paid="hour",
    weight=8,
)

CAREGIVER = occupation(
    "caregiver",
    field="home care",
    titles="Caregiver, Home Health Aide, Care Assistant, Elderly Care Worker",
    skills="""personal care, dementia care, meal preparation, mobility support, companionship,
        medication reminders, safe lifting, care records, first aid, light housekeeping""",
    duties="""
        help residents to wash, dress and eat at their own pace
        keep company with older people who live alone
        remind clients of their medication and appointments
        lift and transfer safely with hoist and slide sheet
        cook simple meals and keep the kitchen tidy
        note changes in mood, skin and appetite in the care record
        walk with clients to the shops or the park
        support people with dementia through a calm routine
    """,
    needs="""
        patience, warmth and a reliable nature
        a care certificate or the wish to gain one with us
        a clean background check
    """,
    settings="""
        in clients' own homes within a short drive
        in a residential home with 40 rooms
        in a small house share for people with dementia
    """,
    results="""
        Looked after the same six families for three years
        Set up a memory corner that calmed evenings on the dementia floor
        Kept complete care records with no missed visit in a year
    """,
    studies="""
        Care certificate for adult social care
        Training as a nursing assistant
    """,
    industries="Home Care, Residential Care, Social Services",
    pay=34,
    paid="hour",
    weight=6,
)

PHYSIOTHERAPIST = occupation(
    "physiotherapist",
    field="physiotherapy",
    titles="Physiotherapist, Physical Therapist, Rehabilitation Therapist, Sports Physiotherapist",
    skills="""manual therapy, exercise prescription, gait training, rehabilitation, pain management,
        post-operative care, patient assessment, electrotherapy, sports injuries, treatment planning""",
    duties="""
        examine joints, muscles and gait and agree on goals
        treat back, knee and shoulder pain with manual therapy
        teach exercises that patients can do at home
        mobilise patients in the first days after surgery
        lead small groups for balance and strength
        record progress after every treatment
        advise athletes on their return to sport
        coordinate rehabilitation with doctors and nurses
    """,
    needs="""
        a degree and state registration in physiotherapy
        practice in orthopaedic or neurological rehabilitation
        clear explanations for patients of every age
    """,
    settings="""
        in a bright practice with a gym floor
        on the orthopaedic wards of a hospital
        with a sports club and its youth teams
    """,
    results="""
        Shortened the stay after knee replacement by two days with an early walking plan
        Built a back school with 200 participants a year
        Looked after a football squad through two seasons
    """,
    studies="""
        Bachelor of Science in Physiotherapy
        Certificate in manual therapy
    """,
    industries="Rehabilitation, Hospitals, Sports Medicine",
    pay=88,
)

PHARMACIST = occupation(
    "pharmacist",
    field="pharmacy",
    titles="Pharmacist, Hospital Pharmacist, Community Pharmacist, Clinical Pharmacist",
    skills="""dispensing, drug interactions, patient counselling, compounding, stock control,
        prescription review, vaccination, pharmacy law, controlled drugs, medication therapy""",
    duties="""
        check prescriptions for dose and interactions
        dispense medicines and explain how to take them
        counsel patients who take many drugs at once
        compound creams and infusions in the laboratory
        keep the register of controlled drugs
        vaccinate against influenza and travel diseases
        join ward rounds and review medication charts
        manage stock and short supply with the wholesalers
    """,
    needs="""
        a pharmacy degree with a licence to practise
        sound knowledge of pharmacology and pharmacy law
        discretion at the counter
    """,
    settings="""
        in a neighbourhood pharmacy with many regular customers
        in a hospital pharmacy with a sterile unit
        at the counter and in the consulting room
    """,
    results="""
        Caught and resolved over 400 drug interactions in a year
        Opened a vaccination service that serves 3,000 people each winter
        Reduced expired stock by half
    """,
    studies="""
        Master of Pharmacy
        Doctor of Pharmacy
    """,
    industries="Pharmacies, Hospitals, Health Retail",
    pay=124,
)

PARAMEDIC = occupation(
    "paramedic",
    field="emergency care",
    titles="Paramedic, Emergency Medical Technician, Ambulance Paramedic",
    skills="""advanced life support, trauma care, triage, airway management, ECG interpretation,
        emergency driving, patient handover, defibrillation, radio communication, IV access""",
    duties="""
        respond to emergency calls with a partner on the ambulance
        secure the airway and start resuscitation
        read an ECG and treat heart attacks on scene
        splint fractures and stop bleeding
        drive with blue lights through city traffic
        hand patients over to the emergency department
        check drugs, oxygen and defibrillator at shift start
        calm relatives and bystanders
    """,
    needs="""
        a paramedic registration or licence
        a licence for emergency vehicles
        physical fitness for lifting and stairs
    """,
    settings="""
        on an ambulance with twelve-hour shifts
        at a rescue station that covers city and motorway
        with the air rescue crew on rotation
    """,
    results="""
        Answered more than 5,000 emergency calls
        Reached a return of circulation in one of three resuscitations
        Taught first aid to 600 volunteers
    """,
    studies="""
        Diploma in paramedic practice
        Emergency medical technician certificate
    """,
    industries="Emergency Services, Hospitals",
    pay=53,
    paid="hour",
)

CARE = sector(
    "care",
    style="service",
    tails="Health, Care, Clinic, Hospital Group, Medical Centre, Homecare, Wellbeing, Health Trust",
    needs="""
        kindness towards patients and their families
        clear handovers and complete records
        readiness for weekend and late shifts
    """,
    benefits="""
        rosters published six weeks ahead
        supplements for nights and weekends
        paid study days and supervision
        free uniforms and a place in the staff nursery
    """,
    occupations=(REGISTERED_NURSE, CAREGIVER, PHYSIOTHERAPIST, PHARMACIST, PARAMEDIC),
)
