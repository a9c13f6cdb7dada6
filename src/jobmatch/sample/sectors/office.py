"""Office, finance, law and sales."""

from jobmatch.sample.occupation import occupation, sector

ACCOUNTANT = occupation(
    "accountant",
    field="accounting",
    titles="Accountant, Financial Accountant, Tax Accountant, Bookkeeper, General Ledger Accountant",
    skills="""general ledger, month-end close, bank reconciliation, accounts payable, tax returns,
        financial statements, Excel, IFRS, SAP, fixed assets, audit preparation, VAT""",
    duties="""
        close the books at month end and explain the variances
        reconcile bank, supplier and intercompany accounts
        prepare financial statements and tax returns
        post invoices, accruals and depreciation
        answer the auditors' questions with documents at hand
        file value added tax and payroll reports on time
        maintain the fixed asset register
        improve the controls around payments
    """,
    needs="""
        a degree or certificate in accounting
        confident use of Excel and an ERP system
        knowledge of IFRS or local accounting rules
    """,
    settings="""
        in a finance team of eight
        in an accounting practice with 200 small clients
        at the head office of a family-owned group
    """,
    results="""
        Brought the month-end close down from nine working days to four
        Prepared three clean audits in a row
        Recovered 180,000 in duplicate supplier payments
    """,
    studies="""
        Bachelor of Commerce, accounting
        Chartered accountant qualification
    """,
    industries="Accounting, Financial Services, Manufacturing",
    pay=74,
    remote="some",
    weight=4,
)

FINANCIAL_ANALYST = occupation(
    "financial-analyst",
    field="financial planning",
    titles="Financial Analyst, Controller, Business Controller, FP&A Analyst",
    skills="""financial modelling, budgeting, forecasting, variance analysis, Excel, Power BI, SQL,
        management reporting, investment appraisal, cash flow planning, valuation""",
    duties="""
        build financial models for new products and sites
        run the yearly budget and the quarterly forecast
        analyse margins and report what moved them
        present the figures to managers who are not accountants
        appraise investments by payback and net present value
        plan cash flow week by week
        automate the management report
        challenge cost centres on their spending
    """,
    needs="""
        a degree in finance, economics or business
        strong spreadsheet and modelling practice
        the nerve to question a number
    """,
    settings="""
        close to the finance director
        in a controlling team for three plants
        at an investment firm with a small staff
    """,
    results="""
        Built the forecast model that came within two percent of actual sales
        Found savings of 1.2 million in freight and energy contracts
        Cut the reporting cycle by three days through automation
    """,
    studies="""
        Master of Science, finance
        Bachelor of Economics
    """,
    industries="Financial Services, Banking, Consumer Goods",
    pay=88,
    remote="some",
)

HR_SPECIALIST = occupation(
    "hr-specialist",
    field="human resources",
    titles="HR Specialist, Human Resources Generalist, Recruiter, HR Business Partner",
    skills="""recruiting, onboarding, employment law, payroll, interviewing, employee relations,
        performance reviews, HR information systems, compensation, training programmes""",
    duties="""
        recruit for office and production roles from advert to contract
        interview candidates together with the hiring manager
        welcome new colleagues and plan their first weeks
        advise managers on employment law and difficult talks
        prepare payroll changes and certificates
        run the yearly round of performance reviews
        organise training and keep track of its effect
        maintain personnel files and headcount reports
    """,
    needs="""
        a degree or certificate in human resources
        working knowledge of employment law
        absolute discretion
    """,
    settings="""
        in a people team of five for 600 employees
        at a recruiting agency for technical staff
        across two sites and their works councils
    """,
    results="""
        Lowered the time to hire from 58 to 31 days
        Set up an onboarding plan that halved early resignations
        Introduced an HR system for 600 employees
    """,
    studies="""
        Bachelor of Arts, human resource management
        Certificate in employment law
    """,
    industries="Human Resources, Staffing, Business Services",
    pay=70,
    remote="some",
    weight=3,
)

OFFICE_ASSISTANT = occupation(
    "administrative-assistant",
    field="office administration",
    titles="Administrative Assistant, Office Assistant, Executive Assistant, Secretary",
    skills="""calendar management, travel booking, minute taking, filing, Microsoft Office, reception,
        correspondence, data entry, expense reports, event planning""",
    duties="""
        manage calendars, travel and expense reports
        greet visitors and answer the telephone
        take minutes and chase the open points
        write letters and proofread presentations
        order supplies and keep the meeting rooms ready
        file contracts so that they can be found again
        prepare board meetings and their papers
        sort incoming post and route it to the right desk
    """,
    needs="""
        office training or comparable practice
        faultless spelling and quick typing
        calm when three people ask at once
    """,
    settings="""
        at the front desk of a busy office
        for a management team of three
        in the secretariat of a law practice
    """,
    results="""
        Organised a move of 120 desks over one weekend
        Moved paper files to a searchable archive
        Saved a fifth of travel costs by booking early
    """,
    studies="""
        Diploma in office administration
        Training as an office clerk
    """,
    industries="Business Services, Legal Services, Real Estate",
    pay=43,
    paid="hour",
    remote="some",
    weight=4,
)

PARALEGAL = occupation(
    "paralegal",
    field="legal services",
    titles="Paralegal, Legal Assistant, Contracts Specialist, Legal Counsel",
    skills="""legal research, contract drafting, case management, due diligence, court filings, compliance,
        document review, litigation support, corporate law, privacy law""",
    duties="""
        draft contracts, letters and court filings
        research case law and sum it up for the lawyers
        review documents in due diligence and disclosure
        keep deadlines and case files under control
        negotiate standard clauses with suppliers
        check adverts and products for compliance
        register companies, trademarks and changes
        prepare witnesses and bundles for hearings
    """,
    needs="""
        a law degree or paralegal certificate
        precise writing and careful reading
        experience with contracts or court procedure
    """,
    settings="""
        in a commercial law firm with ten partners
        in the legal department of an insurer
        in a litigation team that often goes to court
    """,
    results="""
        Reviewed 12,000 documents for a merger within the deadline
        Created clause templates that cut contract turnaround to two days
        Missed no court deadline in six years
    """,
    studies="""
        Bachelor of Laws
        Paralegal certificate
    """,
    industries="Legal Services, Insurance, Real Estate",
    pay=67,
    remote="some",
)

MARKETING_SPECIALIST = occupation(
    "marketing-specialist",
    field="marketing",
    titles="Marketing Specialist, Digital Marketer, Campaign Manager, Brand Manager, SEO Specialist",
    skills="""campaign planning, SEO, Google Ads, email marketing, social media, web analytics, branding,
        market research, content planning, A/B testing, marketing automation""",
    duties="""
        plan campaigns across search, social and email
        write briefs for designers and copywriters
        optimise pages so that search engines find them
        measure clicks, leads and cost per sale
        test headlines and audiences against each other
        look after the brand and its tone
        organise trade fairs and webinars
        manage the advertising budget by channel
    """,
    needs="""
        practice in running digital campaigns
        a feel for customers and for numbers
        experience with analytics and automation tools
    """,
    settings="""
        in a marketing team that works with sales every day
        at an agency with twenty clients
        for a consumer brand with its own shop
    """,
    results="""
        Doubled organic visits to the shop within a year
        Lowered the cost per lead by 35 percent
        Launched a brand in three countries
    """,
    studies="""
        Bachelor of Business, marketing
        Certificate in digital marketing
    """,
    industries="Marketing, E-commerce, Consumer Goods",
    pay=68,
    remote="often",
    weight=3,
)

SALES_REPRESENTATIVE = occupation(
    "sales-representative",
    field="sales",
    titles="Sales Representative, Account Manager, Sales Executive, Business Development Manager",
    skills="""cold calling, negotiation, CRM, account planning, lead generation, product demonstrations,
        quotations, pipeline management, key accounts, closing deals""",
    duties="""
        win new customers by telephone, visit and fair
        look after existing accounts and widen them
        demonstrate the product and answer objections
        write quotations and follow them up
        keep the pipeline in the CRM honest
        negotiate prices, terms and delivery dates
        visit customers in the territory three days a week
        report what the market asks for to product management
    """,
    needs="""
        proven success in selling to businesses
        ease on the telephone and in the meeting room
        discipline with CRM notes
    """,
    settings="""
        in a regional territory with a company car
        in an inside sales team
        with key accounts in industry and trade
    """,
    results="""
        Beat the yearly quota by 20 percent three times
        Won 45 new accounts in a territory that had been given up
        Grew the largest account from 200,000 to 900,000 a year
    """,
    studies="""
        Bachelor of Business Administration
        Vocational training in wholesale and foreign trade
    """,
    industries="Wholesale, Business Services, Software",
    pay=72,
    remote="some",
    weight=5,
)

OFFICE = sector(
    "office",
    style="desk",
    tails="Partners, Group, Advisory, Associates, Consulting, Holdings, Company, Business Services",
    needs="""
        accuracy and an eye for deadlines
        clear written and spoken English
        ease with office software
    """,
    benefits="""
        flexitime and every second Friday off in summer
        a yearly bonus tied to team results
        private health cover and a pension plan
        paid professional examinations
    """,
    occupations=(
        ACCOUNTANT,
        FINANCIAL_ANALYST,
        HR_SPECIALIST,
        OFFICE_ASSISTANT,
        PARALEGAL,
        MARKETING_SPECIALIST,
        SALES_REPRESENTATIVE,
    ),
)
