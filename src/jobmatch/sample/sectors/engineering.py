"""Engineering and manufacturing."""

from jobmatch.sample.occupation import occupation, sector

MECHANICAL_ENGINEER = occupation(
    "mechanical-engineer",
    field="mechanical engineering",
    titles="Mechanical Engineer, Mechanical Design Engineer, Product Design Engineer",
    skills="""SolidWorks, finite element analysis, tolerance analysis, GD&T, sheet metal design,
        injection moulding, thermal analysis, prototyping, technical drawings, design for assembly""",
    duties="""
        design housings, gears and brackets in 3D CAD
        run finite element analysis on parts under load
        draw up tolerances and surface finishes for manufacture
        build prototypes and take them through vibration and drop tests
        select bearings, motors and seals from the catalogues
        review designs with toolmakers to lower the part cost
        write test reports and keep the bill of materials current
        follow a product from the first sketch to series production
    """,
    needs="""
        a degree in mechanical engineering
        fluency in a parametric CAD system
        a grasp of materials, fatigue and tolerances
    """,
    settings="""
        in a design office next to the prototype workshop
        in a product group for pumps and drives
        at a maker of medical and laboratory devices
    """,
    results="""
        Took 18 percent of weight out of a gearbox housing at equal stiffness
        Brought a pump family from sketch to series in fourteen months
        Holds two patents on sealing rings
    """,
    studies="""
        Bachelor of Engineering, mechanical engineering
        Master of Science, machine design
    """,
    industries="Machinery, Medical Devices, Automotive",
    pay=95,
    remote="some",
)

ELECTRICAL_ENGINEER = occupation(
    "electrical-engineer",
    field="electrical engineering",
    titles="Electrical Engineer, Electronics Engineer, Hardware Engineer, Power Systems Engineer",
    skills="""circuit design, PCB layout, Altium, power electronics, microcontrollers, oscilloscopes,
        EMC testing, PLC programming, signal integrity, embedded C, schematic capture""",
    duties="""
        design analogue and power circuits for series products
        lay out multilayer boards and review them with the fabricator
        measure signals with oscilloscope and spectrum analyser
        bring up new boards together with the firmware developers
        prepare products for EMC and safety approval
        size transformers, converters and protection relays
        simulate load flow and faults in the supply
        document schematics and test limits for production
    """,
    needs="""
        a degree in electrical or electronic engineering
        practice in schematic capture and board layout
        experience at the bench with measuring equipment
    """,
    settings="""
        in a hardware laboratory with its own EMC chamber
        in a team that builds converters for wind and solar power
        at a maker of industrial controls
    """,
    results="""
        Lowered converter losses by 22 percent with a new gate driver stage
        Brought nine boards through EMC approval at the first attempt
        Moved a controller family to parts that can be bought from two sources
    """,
    studies="""
        Bachelor of Engineering, electrical engineering
        Master of Science, power electronics
    """,
    industries="Electronics, Energy, Industrial Automation",
    pay=102,
    remote="some",
)

CIVIL_ENGINEER = occupation(
    "civil-engineer",
    field="civil engineering",
    titles="Civil Engineer, Structural Engineer, Site Engineer, Highway Engineer",
    skills="""structural analysis, AutoCAD Civil 3D, reinforced concrete, site supervision, surveying,
        drainage design, cost estimating, geotechnics, building codes, bridge inspection""",
    duties="""
        design roads, drainage and retaining walls
        calculate steel and reinforced concrete structures
        supervise earthworks and concrete pours on site
        prepare quantities, estimates and tender papers
        inspect bridges and culverts and rate their condition
        set out levels with the survey crew
        check subcontractors' drawings against the building code
        report progress and cost to the client each month
    """,
    needs="""
        a degree in civil engineering
        registration as a professional engineer or the path towards it
        knowledge of concrete and steel design codes
    """,
    settings="""
        between the design office and the site cabin
        on road, rail and water schemes
        in a structural design group for bridges and halls
    """,
    results="""
        Delivered a 6 km bypass four weeks before the contract date
        Redesigned footings on soft ground and spared 300 piles
        Inspected and rated 80 bridges over two winters
    """,
    studies="""
        Bachelor of Science, civil engineering
        Master of Engineering, structural engineering
    """,
    industries="Construction, Infrastructure, Engineering Consulting",
    pay=92,
    remote="some",
)

CNC_MACHINIST = occupation(
    "cnc-machinist",
    field="machining",
    titles="CNC Machinist, CNC Milling Operator, CNC Lathe Operator, Toolmaker",
    skills="""CNC milling, CNC turning, G-code, tool setup, micrometers, blueprint reading, CAM software,
        deburring, fixtures, statistical process control, surface grinding""",
    duties="""
        set up milling and turning centres for small series
        edit G-code at the control to save cycle time
        measure bores and faces with micrometers and gauges
        choose inserts, feeds and speeds for steel and aluminium
        clamp castings in fixtures without bending them
        change worn tools before they spoil a part
        deburr and wash the finished parts
        enter measurements in the control chart
    """,
    needs="""
        a trade certificate in machining or toolmaking
        practice with Fanuc or Heidenhain controls
        confidence with metric and imperial drawings
    """,
    settings="""
        in an air-conditioned hall with twelve machining centres
        in a tool room that makes dies and fixtures
        at a supplier of aerospace parts
    """,
    results="""
        Shortened the cycle of a valve body from 14 to 9 minutes
        Held bores within five micrometres over a run of 20,000 parts
        Introduced a tool cabinet that ended missing inserts on night shift
    """,
    studies="""
        Apprenticeship as a precision machinist
        Certificate in CNC programming
    """,
    industries="Manufacturing, Aerospace, Tool Making",
    pay=51,
    paid="hour",
)

QUALITY_ENGINEER = occupation(
    "quality-engineer",
    field="quality",
    titles="Quality Engineer, Quality Assurance Engineer, Supplier Quality Engineer",
    skills="""ISO 9001, root cause analysis, FMEA, statistical process control, internal audits, CAPA,
        measurement systems, supplier audits, control plans, Six Sigma, complaint handling""",
    duties="""
        investigate complaints and lead the root cause analysis
        audit suppliers and follow up their corrective actions
        write control plans and inspection instructions
        watch process capability with control charts
        moderate FMEA rounds with design and production
        prepare the plant for ISO certification audits
        qualify gauges and measuring machines
        report scrap and rework costs to the plant management
    """,
    needs="""
        an engineering degree or a comparable technical training
        practice with ISO 9001 and problem-solving methods
        a head for statistics
    """,
    settings="""
        on the shop floor and in the measuring room
        in a plant that supplies the car industry
        with suppliers on two continents
    """,
    results="""
        Lowered customer complaints from 31 to 9 per million parts
        Led the plant through two certification audits without a major finding
        Trained 40 operators in reading control charts
    """,
    studies="""
        Bachelor of Engineering, industrial engineering
        Six Sigma Green Belt
    """,
    industries="Manufacturing, Automotive, Medical Devices",
    pay=84,
    remote="some",
)

ENGINEERING = sector(
    "engineering",
    style="desk",
    tails="Engineering, Industries, Precision, Drives, Systems, Manufacturing, Technik, Instruments",
    needs="""
        careful documentation of tests and changes
        readiness to stand at the machine as well as at the desk
        plain speech between design, production and customers
    """,
    benefits="""
        a workshop that you may use for your own ideas
        a yearly training budget and paid standards courses
        flexible hours around the core time
        a share in the result of the plant
    """,
    occupations=(
        MECHANICAL_ENGINEER,
        ELECTRICAL_ENGINEER,
        CIVIL_ENGINEER,
        CNC_MACHINIST,
        QUALITY_ENGINEER,
    ),
)
