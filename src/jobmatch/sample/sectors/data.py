"""Data and analysis."""

from jobmatch.sample.occupation import occupation, sector

DATA_SCIENTIST = occupation(
    "data-scientist",
    field="data science",
    titles="Data Scientist, Machine Learning Engineer, Applied Scientist",
    skills="""Python, machine learning, statistics, pandas, scikit-learn, deep learning, experiment design,
        SQL, natural language processing, PyTorch, forecasting, feature engineering""",
    duties="""
        train models that predict demand, churn or risk
        frame a business question as a measurable experiment
        clean and explore data in notebooks
        compare models by metrics that matter to users
        bring models into production with the engineers
        explain uncertainty to people who decide
        watch models for drift after launch
        design A/B tests and read their results
    """,
    needs="""
        a degree in statistics, computer science or a natural science
        practice in machine learning with Python
        a healthy distrust of good results
    """,
    settings="""
        in a research group close to the product
        on recommendation and search for a marketplace
        in an insurer's pricing team
    """,
    results="""
        Built a churn model that kept 4,000 customers a year
        Improved demand forecasts by 17 percent over the old method
        Published two papers on uplift modelling
    """,
    studies="""
        Master of Science, statistics
        Doctor of Philosophy, machine learning
    """,
    industries="Software, Insurance, E-commerce",
    pay=132,
    remote="often",
    weight=3,
)

DATA_ENGINEER = occupation(
    "data-engineer",
    field="data engineering",
    titles="Data Engineer, Analytics Engineer, ETL Developer, Data Platform Engineer",
    skills="""SQL, Python, Apache Spark, Airflow, data warehousing, ETL, dbt, Kafka, data modelling,
        Snowflake, data quality, Git""",
    duties="""
        build pipelines that load the data warehouse every night
        model tables that analysts can understand
        stream events through Kafka into the lake
        check data quality and raise an alarm when it drops
        tune Spark jobs that run too long
        schedule dependencies in Airflow
        protect personal data by design
        retire reports and tables that no one reads
    """,
    needs="""
        advanced SQL and good Python
        experience with a warehouse and an orchestrator
        a sense for naming and documentation
    """,
    settings="""
        in a central data team with twelve internal customers
        on a lakehouse with several hundred terabytes
        at a telecom operator with streaming data
    """,
    results="""
        Shortened the nightly load from seven hours to fifty minutes
        Replaced 300 hand-written scripts by tested models
        Cut warehouse cost by a third
    """,
    studies="""
        Bachelor of Science, computer science
        Master of Science, data engineering
    """,
    industries="Software, Telecommunications, Retail Analytics",
    pay=126,
    remote="often",
    weight=3,
)

DATA_ANALYST = occupation(
    "data-analyst",
    field="analytics",
    titles="Data Analyst, Business Intelligence Analyst, Reporting Analyst",
    skills="""SQL, Tableau, Power BI, Excel, dashboards, statistics, data cleaning, stakeholder reports,
        cohort analysis, Python, KPI definition""",
    duties="""
        build dashboards that answer the questions of the week
        query the warehouse in SQL and check the figures twice
        define key figures together with the departments
        analyse cohorts, funnels and outliers
        present findings in a page, not in fifty
        clean survey and sales data
        teach colleagues to use self-service reports
        investigate why a number moved
    """,
    needs="""
        confident SQL and spreadsheet practice
        experience with a dashboard tool
        the gift of explaining charts simply
    """,
    settings="""
        between marketing, finance and operations
        in a business intelligence team
        at a health insurer with a large archive of claims
    """,
    results="""
        Replaced forty weekly spreadsheets by six dashboards
        Found a pricing gap worth 600,000 a year
        Trained 80 colleagues in self-service reporting
    """,
    studies="""
        Bachelor of Science, economics and statistics
        Certificate in business intelligence
    """,
    industries="Retail Analytics, Insurance, Marketing",
    pay=80,
    remote="often",
    weight=3,
)

DATA = sector(
    "data",
    style="desk",
    tails="Analytics, Data, Insights, Labs, Intelligence, Research, Metrics, Technologies",
    needs="""
        clean queries and notebooks that others can run
        care for privacy and data protection
        plain words for complicated findings
    """,
    benefits="""
        a training budget and time to use it
        remote weeks and a home office budget
        fast hardware and a large sandbox
        shares in the company after the first year
    """,
    occupations=(DATA_SCIENTIST, DATA_ENGINEER, DATA_ANALYST),
)
