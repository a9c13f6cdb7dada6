"""Transport and warehousing."""

from jobmatch.sample.occupation import occupation, sector

TRUCK_DRIVER = occupation(
    "truck-driver",
    field="road haulage",
    titles="Truck Driver, HGV Driver, Long-Haul Driver, Delivery Driver",
    skills="""commercial driving licence, route planning, load securing, tachograph, vehicle checks,
        tail lift, delivery paperwork, safe driving, hazardous goods, fuel-saving driving""",
    duties="""
        drive loads between depots and customers on time
        check tyres, lights and brakes before departure
        secure pallets with straps and bars
        keep driving times and tachograph in order
        unload with tail lift and pallet truck
        plan routes around traffic and low bridges
        obtain signatures and hand in delivery notes
        report damage and delays to dispatch
    """,
    needs="""
        a licence for heavy goods vehicles
        a clean driving record
        practice in securing loads
    """,
    settings="""
        on regional tours that end at home each evening
        on long-haul routes across borders
        in city deliveries with a twelve-tonne truck
    """,
    results="""
        Drove 900,000 km without an accident at fault
        Kept delivery on time at 98 percent
        Lowered fuel use by eight percent after an economy course
    """,
    studies="""
        Professional driver qualification
        Hazardous goods certificate
    """,
    industries="Transport, Freight, Food Distribution",
    pay=55,
    paid="hour",
    weight=6,
)

WAREHOUSE_WORKER = occupation(
    "warehouse-worker",
    field="warehousing",
    titles="Warehouse Worker, Order Picker, Forklift Operator, Warehouse Operative",
    skills="""order picking, forklift driving, packing, stock counting, barcode scanners, loading trucks,
        goods receipt, pallet stacking, inventory systems, safe lifting""",
    duties="""
        pick orders by scanner and trolley
        pack parcels so that nothing breaks
        drive forklift and reach truck between racks
        unload containers and check the delivery note
        count stock and clear up differences
        load trucks in the order of their tour
        label and wrap pallets
        keep aisles free and batteries charged
    """,
    needs="""
        a forklift licence or the wish to take one
        physical fitness and punctuality
        first practice in a warehouse
    """,
    settings="""
        in a distribution centre with three shifts
        in a cold store for fresh food
        in the parts store of a machine builder
    """,
    results="""
        Picked 140 lines an hour with an error rate below 0.2 percent
        Reorganised the fast-moving aisle and saved 3 km of walking a shift
        Counted 12,000 bins at stocktaking without a difference
    """,
    studies="""
        Forklift licence
        Training as a warehouse clerk
    """,
    industries="Warehousing, E-commerce, Food Distribution",
    pay=39,
    paid="hour",
    weight=6,
)

LOGISTICS_COORDINATOR = occupation(
    "logistics-coordinator",
    field="supply chain",
    titles="Logistics Coordinator, Dispatcher, Supply Chain Planner, Freight Forwarder",
    skills="""freight booking, customs documents, route planning, inventory planning, SAP, Incoterms,
        carrier management, shipment tracking, demand planning, Excel""",
    duties="""
        book freight by road, sea and air
        plan tours and assign drivers and trucks
        prepare customs papers and certificates of origin
        track shipments and warn customers of delays
        negotiate rates with carriers
        balance stock between warehouses
        settle freight invoices and claims
        measure delivery performance by carrier
    """,
    needs="""
        training in freight forwarding or supply chain
        knowledge of customs and Incoterms
        calm on the telephone when a ship is late
    """,
    settings="""
        in a dispatch office with forty trucks
        at a forwarder near the port
        in the planning team of a manufacturer
    """,
    results="""
        Cut empty kilometres by 12 percent with combined tours
        Cleared 5,000 customs entries without a fine
        Reduced safety stock by 900,000 at the same service level
    """,
    studies="""
        Training as a freight forwarding agent
        Bachelor of Science, supply chain management
    """,
    industries="Freight, Manufacturing, E-commerce",
    pay=58,
    remote="some",
    weight=3,
)

LOGISTICS = sector(
    "logistics",
    style="craft",
    tails="Logistics, Transport, Freight, Haulage, Distribution, Forwarding, Couriers, Storage",
    needs="""
        punctuality and sound paperwork
        willingness to work shifts
        attention to safety around trucks and pallets
    """,
    benefits="""
        shift plans known a month ahead
        paid overtime and a bonus for safe work
        modern trucks and lifting aids
        free safety shoes and work clothes
    """,
    occupations=(TRUCK_DRIVER, WAREHOUSE_WORKER, LOGISTICS_COORDINATOR),
)
