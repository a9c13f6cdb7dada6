"""Software and operations."""

from jobmatch.sample.occupation import occupation, sector

BACKEND_DEVELOPER = occupation(
    "backend-developer",
    field="software engineering",
    titles="Backend Developer, Software Engineer, Python Developer, Java Developer, API Engineer",
    skills="""Python, Java, PostgreSQL, REST APIs, Docker, Redis, message queues, unit testing, Git,
        microservices, SQL, Kubernetes""",
    duties="""
        build services and REST APIs that other teams rely on
        design database schemas and tune slow queries
        write automated tests before the code is merged
        review pull requests with kindness and rigour
        split an old monolith where it hurts most
        watch latency and errors in production
        move background work to message queues
        plan small releases with product and design
    """,
    needs="""
        solid experience in Python, Java or Go
        a good grasp of relational databases
        the habit of testing your own code
    """,
    settings="""
        in a product team of six with its own roadmap
        on a platform that handles millions of requests a day
        on the payment services of an online shop
    """,
    results="""
        Cut the p95 latency of the order API from 900 to 120 milliseconds
        Moved a billing monolith to services without a day of downtime
        Raised test coverage of the core from 40 to 88 percent
    """,
    studies="""
        Bachelor of Science, computer science
        Master of Science, software engineering
    """,
    industries="Software, Financial Technology, E-commerce",
    pay=128,
    remote="often",
    weight=7,
)

FRONTEND_DEVELOPER = occupation(
    "frontend-developer",
    field="web development",
    titles="Frontend Developer, Web Developer, React Developer, UI Engineer",
    skills="""JavaScript, TypeScript, React, CSS, HTML, accessibility, Vue, webpack, design systems,
        browser testing, Git, GraphQL""",
    duties="""
        build interfaces in TypeScript and React
        turn designs into components that work on every screen
        make pages accessible to keyboard and screen reader
        shorten load times until they can be felt
        care for the design system with the designers
        connect the interface to REST and GraphQL endpoints
        write browser tests for the main paths
        track down layout bugs in old browsers
    """,
    needs="""
        several years with JavaScript and modern CSS
        practice with React, Vue or a similar framework
        an eye for detail and usability
    """,
    settings="""
        in a web team beside two designers
        on a customer portal used by two million people
        at an agency that builds shops and campaigns
    """,
    results="""
        Brought the start page from 6 to 1.8 seconds on mobile
        Built a component library used by five teams
        Led the portal to full accessibility conformance
    """,
    studies="""
        Bachelor of Science, media informatics
        Certificate in web development
    """,
    industries="Software, Media, E-commerce",
    pay=112,
    remote="often",
    weight=4,
)

DEVOPS_ENGINEER = occupation(
    "devops-engineer",
    field="platform engineering",
    titles="DevOps Engineer, Site Reliability Engineer, Cloud Engineer, Systems Administrator",
    skills="""Kubernetes, Terraform, AWS, Linux, CI/CD pipelines, Prometheus, Ansible, Docker, networking,
        incident response, Bash, Git""",
    duties="""
        run Kubernetes clusters and keep them patched
        describe infrastructure as code with Terraform
        build deployment pipelines that developers trust
        set alerts on what users notice
        lead incidents and write reviews without blame
        automate backups and practise restoring them
        plan capacity and keep the cloud bill in check
        harden Linux hosts and networks
    """,
    needs="""
        deep knowledge of Linux and networks
        practice with a public cloud and containers
        readiness to share the on-call rota
    """,
    settings="""
        in a platform team that serves twelve product teams
        across two cloud regions and a data centre
        at a hosting provider with thousands of servers
    """,
    results="""
        Raised availability from 99.5 to 99.95 percent in a year
        Cut the cloud bill by 28 percent with right-sized nodes
        Shortened deployments from an hour to six minutes
    """,
    studies="""
        Bachelor of Science, information systems
        Certified Kubernetes administrator
    """,
    industries="Software, Cloud Services, Telecommunications",
    pay=130,
    remote="often",
    weight=3,
)

SECURITY_ANALYST = occupation(
    "security-analyst",
    field="information security",
    titles="Security Analyst, Information Security Engineer, Penetration Tester",
    skills="""penetration testing, SIEM, threat modelling, vulnerability management, incident response,
        network security, ISO 27001, forensics, identity management, Python, phishing training""",
    duties="""
        watch alerts in the security operations centre
        investigate intrusions and preserve the evidence
        test applications and networks for weaknesses
        rank vulnerabilities and see them closed
        model threats with the developers of a new system
        train colleagues to spot phishing
        maintain firewall and identity rules
        prepare evidence for ISO 27001 audits
    """,
    needs="""
        experience in security operations or testing
        an understanding of networks, identity and malware
        a recognised security certificate
    """,
    settings="""
        in a security operations centre with shifts
        in an offensive team that tests its own company
        at a consultancy for banks and hospitals
    """,
    results="""
        Contained a ransomware attack within forty minutes
        Closed 90 percent of critical vulnerabilities inside the agreed time
        Brought phishing clicks from 18 down to 4 percent
    """,
    studies="""
        Bachelor of Science, cyber security
        Offensive security certificate
    """,
    industries="Information Security, Banking, Consulting",
    pay=116,
    remote="often",
)

QA_TESTER = occupation(
    "qa-tester",
    field="software testing",
    titles="QA Tester, Test Engineer, Test Automation Engineer, Software Tester",
    skills="""test planning, Selenium, Playwright, regression testing, bug reporting, API testing, SQL,
        exploratory testing, load testing, test cases, Jira""",
    duties="""
        write test cases from user stories
        automate regression tests in the browser
        explore new features the way a user would
        report bugs so that they can be reproduced
        test APIs and the data behind them
        measure how the system behaves under load
        sign off releases with the product owner
        keep test data and environments usable
    """,
    needs="""
        experience in manual and automated testing
        curiosity about how things break
        clear written bug reports
    """,
    settings="""
        in a scrum team as the only tester
        in a test group for banking software
        on mobile and web releases every two weeks
    """,
    results="""
        Automated 600 regression cases and freed three days per release
        Found a rounding error before it reached 80,000 invoices
        Introduced load tests that stopped two bad releases
    """,
    studies="""
        Certified software tester
        Bachelor of Science, business informatics
    """,
    industries="Software, Banking, Telecommunications",
    pay=82,
    remote="often",
)

SOFTWARE = sector(
    "software",
    style="desk",
    tails="Software, Labs, Digital, Technologies, Cloud, Systems, Apps, Networks",
    needs="""
        fluent English in writing and in calls
        curiosity about how the product is used
        experience with agile teams and code review
    """,
    benefits="""
        a laptop of your choice and a home office budget
        a day each month for learning
        shares in the company after the first year
        conference tickets and books
    """,
    occupations=(
        BACKEND_DEVELOPER,
        FRONTEND_DEVELOPER,
        DEVOPS_ENGINEER,
        SECURITY_ANALYST,
        QA_TESTER,
    ),
)
