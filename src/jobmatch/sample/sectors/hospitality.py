"""Hotels, kitchens and cafés."""

from jobmatch.sample.occupation import occupation, sector

CHEF = occupation(
    "chef",
    field="cooking",
    titles="Chef, Line Cook, Chef de Partie, Pastry Chef, Cook",
    skills="""menu planning, sauces, knife skills, food hygiene, grilling, pastry, stock rotation,
        portion control, kitchen organisation, HACCP, allergen knowledge""",
    duties="""
        cook and plate dishes during service
        prepare stocks, sauces and doughs in the morning
        plan menus around what the market offers
        hold portions and food cost within the plan
        label, rotate and cool everything by the hygiene plan
        order fish, meat and vegetables from local suppliers
        teach kitchen porters and apprentices
        clean down the line after the last order
    """,
    needs="""
        a cook's training or several years in professional kitchens
        clean and quick work under pressure
        a food hygiene certificate
    """,
    settings="""
        in an open kitchen with 70 covers
        in a hotel with restaurant and banqueting
        in a canteen that cooks fresh for 400 guests
    """,
    results="""
        Lowered food cost from 36 to 29 percent without smaller plates
        Cooked banquets for up to 350 guests
        Earned the top hygiene mark at each inspection
    """,
    studies="""
        Apprenticeship as a cook
        Diploma in culinary arts
    """,
    industries="Restaurants, Hotels, Catering",
    pay=45,
    paid="hour",
    weight=4,
)

WAITER = occupation(
    "waiter",
    field="restaurant service",
    titles="Waiter, Waitress, Restaurant Server, Banquet Server",
    skills="""table service, taking orders, wine knowledge, cash handling, guest relations, tray carrying,
        reservations, upselling, point of sale systems, allergen knowledge""",
    duties="""
        welcome guests and show them to their table
        take orders and explain the dishes of the day
        serve food and wine with quiet skill
        settle bills and balance the till
        lay tables and fold napkins before service
        handle complaints so that guests come back
        recommend wines and desserts
        set up the terrace and the banquet room
    """,
    needs="""
        a friendly manner and a good memory
        stamina for busy evenings
        first experience in a restaurant or café
    """,
    settings="""
        in a restaurant with a garden terrace
        in a bistro that is full every noon
        at weddings and banquets
    """,
    results="""
        Served a section of ten tables on the busiest nights
        Raised dessert and wine sales by 15 percent
        Trained eight new servers
    """,
    studies="""
        Vocational training in restaurant service
        Secondary school certificate
    """,
    industries="Restaurants, Hotels, Events",
    pay=33,
    paid="hour",
    weight=4,
)

RECEPTIONIST = occupation(
    "hotel-receptionist",
    field="hotel reception",
    titles="Hotel Receptionist, Front Desk Agent, Night Auditor, Guest Service Agent",
    skills="""check-in and check-out, reservations, guest relations, property management systems,
        foreign languages, cash handling, complaint handling, night audit, telephone manner, upselling""",
    duties="""
        check guests in and out with a smile
        answer calls and emails about rooms and rates
        assign rooms together with housekeeping
        balance the till and close the night audit
        arrange taxis, tables and tours
        solve complaints before they reach a review site
        sell upgrades and late check-outs
        keep keys, deposits and guest data safe
    """,
    needs="""
        hotel training or work at a front desk
        two languages or more
        practice with a booking system
    """,
    settings="""
        at the front desk of a city hotel with 120 rooms
        in a small family-run guest house
        in a conference hotel near the airport
    """,
    results="""
        Lifted the guest rating from 8.1 to 9.0 within a year
        Increased upgrade revenue by 30 percent
        Handled group arrivals of up to 90 guests
    """,
    studies="""
        Training as a hotel specialist
        Bachelor of Arts, tourism management
    """,
    industries="Hotels, Tourism",
    pay=36,
    paid="hour",
    weight=2,
)

HOUSEKEEPER = occupation(
    "housekeeper",
    field="housekeeping",
    titles="Housekeeper, Room Attendant, Cleaner, Cleaning Operative",
    skills="""room cleaning, laundry, bed making, floor care, disinfection, stain removal, linen inventory,
        cleaning chemicals, attention to detail, window cleaning""",
    duties="""
        clean bedrooms, bathrooms and corridors
        make beds and change towels and linen
        vacuum, mop and polish floors
        refill soap, tea and minibar
        report broken lamps and dripping taps
        wash, iron and fold linen
        disinfect surfaces and handles
        look after lost property
    """,
    needs="""
        an eye for cleanliness and order
        physical stamina and reliable hours
        care with cleaning chemicals
    """,
    settings="""
        in a hotel with 80 rooms
        in offices early in the morning
        in a clinic with strict cleaning plans
    """,
    results="""
        Cleaned sixteen rooms a shift to inspection standard
        Reduced linen losses by a quarter
        Led the deep cleaning of three floors each spring
    """,
    studies="""
        Training in building cleaning
        Secondary school certificate
    """,
    industries="Hotels, Cleaning Services, Hospitals",
    pay=31,
    paid="hour",
    weight=3,
)

HOSPITALITY = sector(
    "hospitality",
    style="service",
    tails="Hotels, Kitchen, Restaurants, House, Bistro, Resorts, Hospitality, Tavern",
    needs="""
        pleasure in looking after guests
        readiness for evenings and weekends
        a tidy appearance and good teamwork
    """,
    benefits="""
        meals on duty and a share of the tips
        staff rates in all our houses
        two fixed days off in a row
        help with finding a room nearby
    """,
    occupations=(CHEF, WAITER, RECEPTIONIST, HOUSEKEEPER),
)
