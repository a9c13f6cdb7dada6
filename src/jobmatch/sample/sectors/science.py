"""Laboratories and field research."""

from jobmatch.sample.occupation import occupation, sector

LAB_TECHNICIAN = occupation(
    "laboratory-technician",
    field="laboratory work",
    titles="Laboratory Technician, Medical Laboratory Scientist, Lab Analyst",
    skills="""sample preparation, pipetting, microscopy, PCR, blood analysis, quality control, cell culture,
        laboratory information systems, calibration, sterile technique""",
    duties="""
        receive, label and prepare samples
        run blood counts and chemistry on the analysers
        amplify DNA by PCR and read the curves
        stain slides and examine them under the microscope
        calibrate pipettes, balances and centrifuges
        enter results and flag those outside the limits
        keep cultures alive and free of contamination
        dispose of chemicals and biological waste safely
    """,
    needs="""
        training as a laboratory technician
        practice with pipettes, analysers and microscopes
        a sure hand and complete notes
    """,
    settings="""
        in a hospital laboratory around the clock
        in a research group for molecular biology
        in a contract laboratory for food testing
    """,
    results="""
        Processed 300 samples a day with a repeat rate below one percent
        Validated a new PCR assay in eight weeks
        Reorganised the reagent store and ended expired stock
    """,
    studies="""
        Diploma as a medical laboratory technician
        Bachelor of Science, biomedical science
    """,
    industries="Diagnostics, Hospitals, Biotechnology",
    pay=56,
    paid="hour",
    weight=2,
)

CHEMIST = occupation(
    "chemist",
    field="chemistry",
    titles="Chemist, Analytical Chemist, Formulation Scientist, Process Chemist",
    skills="""HPLC, gas chromatography, mass spectrometry, synthesis, titration, method validation, GMP,
        formulation, spectroscopy, laboratory safety, stability testing""",
    duties="""
        develop HPLC and GC methods for new substances
        synthesise intermediates at gram scale
        validate methods under GMP
        formulate coatings, creams or tablets
        interpret spectra and settle structures
        scale reactions up with the pilot plant
        test the stability of finished batches
        write protocols, reports and safety sheets
    """,
    needs="""
        a degree in chemistry
        experience with chromatography and spectroscopy
        knowledge of GMP and laboratory safety
    """,
    settings="""
        in an analytical laboratory of a drug maker
        in a formulation group for paints
        between laboratory and pilot plant
    """,
    results="""
        Developed a method that halved the analysis time per batch
        Scaled a three-step synthesis from 10 g to 25 kg
        Co-invented a solvent-free coating
    """,
    studies="""
        Master of Science, chemistry
        Doctor of Philosophy, organic chemistry
    """,
    industries="Pharmaceuticals, Chemicals, Biotechnology",
    pay=86,
)

ENVIRONMENTAL_SCIENTIST = occupation(
    "environmental-scientist",
    field="environmental science",
    titles="Environmental Scientist, Ecologist, Environmental Consultant, Hydrologist",
    skills="""field sampling, GIS, impact assessment, water quality, soil analysis, species surveys,
        environmental law, statistics, report writing, remote sensing""",
    duties="""
        sample water, soil and air in the field
        map habitats and species with GIS
        assess the impact of roads, quarries and wind farms
        model how pollutants move through groundwater
        advise clients on environmental law
        survey birds, bats and amphibians in season
        write reports that authorities accept
        monitor rivers and wetlands over the years
    """,
    needs="""
        a degree in environmental science, ecology or geography
        practice in field work and GIS
        knowledge of environmental permits
    """,
    settings="""
        outdoors from spring to autumn and at the desk in winter
        in a consultancy for energy and transport projects
        at a river basin authority
    """,
    results="""
        Surveyed 140 sites for a national wetland inventory
        Steered a wind farm through its impact assessment in one round
        Traced a solvent plume to its source
    """,
    studies="""
        Master of Science, environmental science
        Bachelor of Science, geography
    """,
    industries="Environmental Consulting, Public Administration, Energy",
    pay=72,
    remote="some",
)

SCIENCE = sector(
    "science",
    style="desk",
    tails="Laboratories, Biosciences, Research, Diagnostics, Sciences, Analytics, Environmental, Pharma",
    needs="""
        careful sampling and honest data
        complete laboratory or field notes
        knowledge of good laboratory practice
    """,
    benefits="""
        time and money for conferences
        modern instruments in a bright laboratory
        support for publications and further degrees
        flexible hours when no experiment is running
    """,
    occupations=(LAB_TECHNICIAN, CHEMIST, ENVIRONMENTAL_SCIENTIST),
)
