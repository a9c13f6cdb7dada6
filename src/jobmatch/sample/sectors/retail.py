"""Shops and customer contact."""

from jobmatch.sample.occupation import occupation, sector

SHOP_ASSISTANT = occupation(
    "shop-assistant",
    field="retail sales",
    titles="Shop Assistant, Sales Associate, Retail Assistant, Cashier",
    skills="""customer advice, cash register, shelf stocking, visual merchandising, product knowledge,
        returns handling, stocktaking, price labelling, upselling, queue management""",
    duties="""
        advise customers on sizes, models and prices
        scan goods and take payment at the till
        fill shelves before the doors open
        dress tables and windows for the season
        accept returns and solve complaints
        count stock and mark down old goods
        keep fitting rooms and aisles tidy
        open and close the shop by the checklist
    """,
    needs="""
        a friendly way with customers
        care with cash and stock
        free time on Saturdays
    """,
    settings="""
        in a clothing store on the main street
        in a supermarket with long opening hours
        in a garden centre
    """,
    results="""
        Sold above target in eleven of twelve months
        Kept till differences under five a month
        Won the regional prize for window dressing
    """,
    studies="""
        Training in retail sales
        Secondary school certificate
    """,
    industries="Retail, Fashion, Grocery",
    pay=34,
    paid="hour",
    weight=8,
)

STORE_MANAGER = occupation(
    "store-manager",
    field="store operations",
    titles="Store Manager, Branch Manager, Shop Manager, Department Manager",
    skills="""staff scheduling, sales targets, inventory control, profit and loss, visual merchandising,
        recruiting, loss prevention, customer service, coaching, cash management""",
    duties="""
        run the shop from opening to closing time
        schedule staff for busy and quiet hours
        coach the sales floor towards its targets
        control stock, shrinkage and cash
        recruit and train sales associates
        plan promotions with head office
        answer for turnover, margin and wages
        walk the floor daily with the eyes of a customer
    """,
    needs="""
        experience in leading a shop or department
        a grip on turnover, margin and stock
        a talent for hiring and coaching
    """,
    settings="""
        in a flagship store with 30 employees
        in a supermarket branch
        in a shopping centre by the motorway
    """,
    results="""
        Turned a loss-making branch to a profit in two years
        Cut shrinkage from 2.4 to 0.9 percent
        Opened three new branches on time
    """,
    studies="""
        Diploma in retail management
        Bachelor of Business, retail
    """,
    industries="Retail, Grocery, Furniture",
    pay=60,
    weight=3,
)

SUPPORT_AGENT = occupation(
    "customer-support-agent",
    field="customer support",
    titles="Customer Support Agent, Call Centre Agent, Customer Service Representative",
    skills="""ticket systems, telephone support, live chat, complaint handling, CRM, order tracking, typing,
        de-escalation, product knowledge, knowledge base writing""",
    duties="""
        answer customers by telephone, chat and email
        track orders and arrange replacements
        calm angry callers and find a way out
        log every case in the ticket system
        pass technical problems on to the second line
        write articles for the help pages
        process refunds within the rules
        spot trouble that many customers share
    """,
    needs="""
        a patient ear and clear writing
        quick typing and ease with several windows
        first experience in customer service
    """,
    settings="""
        in a contact centre with friendly team leads
        on the chat desk of an online shop
        in a helpdesk for an energy supplier
    """,
    results="""
        Held customer satisfaction at 94 percent over 9,000 tickets
        Wrote 120 help articles that cut calls by a tenth
        Brought the first answer time from nine hours to two
    """,
    studies="""
        Training in dialogue marketing
        Secondary school certificate
    """,
    industries="Customer Service, E-commerce, Utilities",
    pay=40,
    paid="hour",
    remote="often",
    weight=5,
)

RETAIL = sector(
    "retail",
    style="service",
    tails="Stores, Market, Outfitters, Retail, Home, Fashion, Grocers, Supplies",
    needs="""
        pleasure in contact with customers
        flexibility in the weekly roster
        good manners under pressure
    """,
    benefits="""
        a staff discount in all branches
        fixed hours agreed month by month
        training on products and sales
        a bonus when the team reaches its target
    """,
    occupations=(SHOP_ASSISTANT, STORE_MANAGER, SUPPORT_AGENT),
)
