"""Building and repair trades."""

from jobmatch.sample.occupation import occupation, sector

ELECTRICIAN = occupation(
    "electrician",
    field="electrical works",
    titles="Electrician, Maintenance Electrician, Industrial Electrician, Residential Electrician",
    skills="""conduit bending, circuit testing, switchgear, electrical wiring, motor controls,
        lighting installation, fault finding, wiring diagrams, cable pulling, earthing and bonding,
        distribution boards, lockout tagout""",
    duties="""
        install lighting, sockets and distribution boards in new and occupied buildings
        trace faults in power circuits with a multimeter and an insulation tester
        read wiring diagrams before the first cable is pulled
        bend conduit and mount cable trays for three-phase supplies
        replace worn switchgear and motor starters during planned shutdowns
        test every circuit and record the readings for the inspection certificate
        connect heat pumps, chargers and solar inverters to the mains
        keep the electrical panels labelled, clean and safely locked out
    """,
    needs="""
        a valid electrician's licence or trade certificate
        sound knowledge of the wiring rules and earthing
        practice in testing low-voltage installations
    """,
    settings="""
        on housing sites, in shops and in older homes that need rewiring
        in a factory with conveyors, motors and high-current panels
        in hospitals and offices where the power has to stay on
    """,
    results="""
        Rewired a terrace of 24 flats without cutting the power to any tenant for over two hours
        Halved the number of tripped circuits in a bottling hall by renewing its motor controls
        Passed every electrical inspection for four years in a row
    """,
    studies="""
        Apprenticeship as an electrician
        Trade certificate in electrical installation
    """,
    industries="Construction, Electrical Contracting, Facility Management",
    pay=62,
    paid="hour",
    weight=4,
)

PLUMBER = occupation(
    "plumber",
    field="plumbing",
    titles="Plumber, Service Plumber, Plumbing and Heating Fitter, Pipefitter",
    skills="""pipe fitting, soldering copper, drain clearing, leak detection, boiler servicing,
        water heaters, backflow prevention, bathroom installation, gas lines, press fittings,
        pressure testing""",
    duties="""
        fit water, waste and gas pipes in bathrooms and plant rooms
        find hidden leaks with pressure tests and a thermal camera
        clear blocked drains with a jetter and inspect them by camera
        service boilers, water heaters and circulation pumps
        solder copper and press stainless pipework to drawing
        replace taps, valves, toilets and showers in lived-in homes
        answer emergency calls for burst pipes and flooded cellars
        explain to customers what leaked and what the repair will cost
    """,
    needs="""
        a plumber's licence or a finished plumbing apprenticeship
        practice with copper, plastic and press-fit pipe
        a gas fitting card or the will to obtain one
    """,
    settings="""
        in family homes, where tidy boots and clean joints are noticed
        on new blocks of flats, from the first riser to the last tap
        in boiler rooms and basements of large buildings
    """,
    results="""
        Cut repeat leak calls by 40 percent by pressure testing each job before leaving
        Piped 60 bathrooms in a new apartment block ahead of the tiling crew
        Trained three apprentices in soldering and drain inspection
    """,
    studies="""
        Apprenticeship in plumbing and heating
        Vocational diploma in sanitary installation
    """,
    industries="Construction, Plumbing Services, Facility Management",
    pay=60,
    paid="hour",
    weight=3,
)

WELDER = occupation(
    "welder",
    field="welding",
    titles="Welder, MIG Welder, TIG Welder, Structural Welder, Welder Fabricator",
    skills="""MIG welding, TIG welding, stick welding, blueprint reading, plasma cutting, grinding,
        weld inspection, metal fabrication, flux-core welding, jig setup, stainless steel""",
    duties="""
        weld carbon and stainless steel frames by MIG and TIG
        read blueprints and weld symbols to set up jigs
        cut plate and profile with plasma, oxy-fuel and band saw
        grind and dress seams until they pass visual inspection
        tack large assemblies in the right order to hold distortion down
        check penetration and undercut against the welding procedure
        repair cracked buckets, brackets and trailers
        set wire feed, gas flow and amperage for each joint
    """,
    needs="""
        current welding certificates for at least one process
        a steady hand in flat, vertical and overhead positions
        practice in reading fabrication drawings
    """,
    settings="""
        in a fabrication hall with overhead cranes and extraction at each bay
        on bridge and steel-frame sites
        in a shipyard with long seams and tight corners
    """,
    results="""
        Kept the rejection rate of X-rayed seams under one percent for two years
        Welded the handrails and stairs of a five-storey steel frame
        Built a jig that shortened trailer assembly by a full shift
    """,
    studies="""
        Welding certificate for plate and pipe
        Apprenticeship in metal construction
    """,
    industries="Metal Fabrication, Shipbuilding, Construction",
    pay=52,
    paid="hour",
)

CARPENTER = occupation(
    "carpenter",
    field="carpentry",
    titles="Carpenter, Finish Carpenter, Framing Carpenter, Joiner, Cabinet Maker",
    skills="""framing, finish carpentry, cabinetmaking, formwork, door hanging, roof trusses,
        blueprint reading, timber joints, table saw, measuring and levelling, drywall, staircases""",
    duties="""
        frame walls, floors and roofs from timber to the drawing
        hang doors, trim windows and scribe skirting in finished rooms
        build cabinets, shelves and counters in the workshop
        set out stairs and cut the strings and treads
        put up formwork for concrete walls and slabs
        measure rooms on site and order the timber that is needed
        mend rotten sills, floors and rafters in old houses
        sharpen and look after saws, planes and routers
    """,
    needs="""
        a finished carpentry apprenticeship or several years on the tools
        a good eye for level, plumb and square
        practice with table saw, router and nail gun
    """,
    settings="""
        on timber-frame sites, from the sole plate to the ridge
        in a joinery workshop that makes windows and stairs
        in old houses where no corner is square
    """,
    results="""
        Framed eleven houses in a season with a crew of four
        Fitted kitchens and built-in cupboards in 70 homes with no open snag list
        Restored the oak staircase of a listed town hall
    """,
    studies="""
        Apprenticeship in carpentry and joinery
        Vocational certificate in timber construction
    """,
    industries="Construction, Joinery, Furniture",
    pay=54,
    paid="hour",
    weight=3,
)

HVAC_TECHNICIAN = occupation(
    "hvac-technician",
    field="heating and cooling",
    titles="HVAC Technician, Refrigeration Technician, Heating Engineer, Air Conditioning Installer",
    skills="""refrigerant handling, heat pumps, ductwork, compressor repair, thermostats, brazing,
        air balancing, chillers, preventive maintenance, wiring diagrams, leak detection""",
    duties="""
        install heat pumps, split units and rooftop air handlers
        charge and recover refrigerant by the book
        diagnose compressors, fans and control boards that have failed
        balance air flow through ducts and diffusers
        service chillers and cooling towers before the summer
        braze line sets and pressure test them with nitrogen
        set up thermostats and building controls
        log temperatures, pressures and parts used after each visit
    """,
    needs="""
        a refrigerant handling certificate
        practice in diagnosing heating and cooling systems
        a working knowledge of control wiring
    """,
    settings="""
        on rooftops and in plant rooms across the city
        in supermarkets where a warm freezer is an emergency
        in homes that swap a gas furnace for a heat pump
    """,
    results="""
        Brought summer breakdowns of 120 rooftop units down by a third with spring servicing
        Commissioned 45 residential heat pumps in one heating season
        Recovered and logged refrigerant on every job with a clean audit
    """,
    studies="""
        Diploma in heating, ventilation and air conditioning
        Apprenticeship in refrigeration technology
    """,
    industries="Building Services, Facility Management, Construction",
    pay=58,
    paid="hour",
)

CAR_MECHANIC = occupation(
    "car-mechanic",
    field="vehicle service",
    titles="Car Mechanic, Automotive Technician, Vehicle Service Technician, Diesel Mechanic",
    skills="""engine diagnostics, brake repair, oil changes, suspension, wheel alignment,
        transmission repair, hybrid vehicles, scan tools, tyre fitting, air conditioning service,
        electrical fault finding""",
    duties="""
        diagnose engine and gearbox faults with a scan tool
        replace brakes, clutches, timing belts and wheel bearings
        carry out oil changes and inspections by the service plan
        align wheels and fit tyres
        find short circuits in wiring looms and sensors
        isolate the high-voltage battery of hybrid and electric cars before a repair
        road test each vehicle before it goes back to its owner
        write down findings and hours on the job card
    """,
    needs="""
        a trade certificate as a vehicle technician
        practice with scan tools and workshop manuals
        a feeling for noises, smells and vibrations
    """,
    settings="""
        in a garage with six lifts and a diagnostic bay
        in a dealership workshop for cars and vans
        in the depot of a bus and lorry fleet
    """,
    results="""
        Raised first-time fixes in the workshop from 82 to 94 percent
        Rebuilt more than 30 diesel engines for a delivery fleet
        Qualified for high-voltage work and set up the electric vehicle bay
    """,
    studies="""
        Apprenticeship as an automotive technician
        Certificate in high-voltage vehicle systems
    """,
    industries="Automotive Repair, Car Dealerships, Fleet Services",
    pay=49,
    paid="hour",
)

TRADES = sector(
    "trades",
    style="craft",
    tails="Contractors, Building Services, Brothers, Mechanical, Works, Site Services, Craft, Repairs",
    needs="""
        a driving licence for the service van
        respect for safety rules, ladders and power tools
        the habit of leaving a site clean
    """,
    benefits="""
        a stocked van, good tools and paid travel time
        overtime paid at a higher rate
        work clothes and boots at our expense
        paid certificates and safety courses
    """,
    occupations=(ELECTRICIAN, PLUMBER, WELDER, CARPENTER, HVAC_TECHNICIAN, CAR_MECHANIC),
)
