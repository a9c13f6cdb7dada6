"""Design, words and pictures."""

from jobmatch.sample.occupation import occupation, sector

GRAPHIC_DESIGNER = occupation(
    "graphic-designer",
    field="graphic design",
    titles="Graphic Designer, Brand Designer, Art Director, Illustrator",
    skills="""typography, Adobe Illustrator, Photoshop, InDesign, logo design, layout, packaging design,
        print production, brand guidelines, colour theory, illustration""",
    duties="""
        design logos, posters and packaging
        set type for books, menus and annual reports
        develop brand guidelines and defend them
        prepare files for print and check the proofs
        sketch three ideas before choosing one
        retouch photographs for catalogues
        present layouts to clients
        animate a banner when the campaign needs it
    """,
    needs="""
        a portfolio that shows how you think
        mastery of type, layout and colour
        practice with the usual design programs
    """,
    settings="""
        in a studio with eight designers
        in the in-house studio of a food brand
        at a publisher of art books
    """,
    results="""
        Redesigned a packaging line whose sales then grew by a fifth
        Created the identity of a city festival
        Won a national prize for book design
    """,
    studies="""
        Bachelor of Arts, communication design
        Diploma in visual arts
    """,
    industries="Design, Advertising, Publishing",
    pay=59,
    remote="often",
    weight=2,
)

UX_DESIGNER = occupation(
    "ux-designer",
    field="user experience",
    titles="UX Designer, Product Designer, Interaction Designer, UX Researcher",
    skills="""user research, wireframes, prototyping, Figma, usability testing, information architecture,
        design systems, accessibility, user interviews, interaction design, journey maps""",
    duties="""
        interview users and watch them at work
        sketch flows and wireframes with the product team
        prototype interactions in Figma
        test designs with five people before building
        shape the design system with frontend developers
        simplify forms, menus and error messages
        map journeys across web, app and telephone
        argue for accessibility from the start
    """,
    needs="""
        a portfolio of shipped digital products
        practice in user research and prototyping
        the courage to throw ideas away
    """,
    settings="""
        in a product team with engineers and researchers
        at a bank that rebuilds its app
        in a design agency for public services
    """,
    results="""
        Raised the completion of a tax form from 48 to 79 percent
        Ran 120 usability sessions in two years
        Built a design system for web and mobile
    """,
    studies="""
        Master of Arts, interaction design
        Bachelor of Science, psychology
    """,
    industries="Software, Design, Banking",
    pay=98,
    remote="often",
    weight=2,
)

COPYWRITER = occupation(
    "copywriter",
    field="editorial",
    titles="Copywriter, Content Writer, Editor, Technical Writer, Journalist",
    skills="""copywriting, editing, proofreading, storytelling, content strategy, SEO writing, interviews,
        style guides, research, newsletters, content management systems""",
    duties="""
        write web pages, newsletters and advertisements
        edit drafts until every sentence earns its place
        interview experts and turn their words into stories
        keep the style guide and its tone of voice
        proofread catalogues before they go to print
        plan topics for blog and social media
        research facts and name the sources
        adapt texts for readers in other countries
    """,
    needs="""
        published texts that you are proud of
        faultless grammar and a sense of rhythm
        curiosity for dry subjects
    """,
    settings="""
        in an editorial team with a daily deadline
        at an advertising agency
        in the documentation group of a software maker
    """,
    results="""
        Built a newsletter from zero to 40,000 readers
        Rewrote 300 help pages in plain language
        Edited a magazine of 96 pages every month
    """,
    studies="""
        Bachelor of Arts, journalism
        Master of Arts, literature
    """,
    industries="Publishing, Advertising, Media",
    pay=63,
    remote="often",
    weight=2,
)

VIDEO_EDITOR = occupation(
    "video-editor",
    field="film production",
    titles="Video Editor, Videographer, Motion Designer, Photographer",
    skills="""video editing, Premiere Pro, After Effects, colour grading, camera operation, sound editing,
        motion graphics, storyboarding, lighting, DaVinci Resolve, photography""",
    duties="""
        cut interviews, trailers and product films
        grade colour and clean up sound
        shoot on location with a small crew
        animate titles and motion graphics
        sketch storyboards with the director
        set up lights, microphones and cameras
        deliver versions for cinema, web and phone
        archive footage so that it can be found
    """,
    needs="""
        a showreel with finished work
        command of a professional editing program
        a feel for timing and music
    """,
    settings="""
        in a post-production house
        in the media team of a sports club
        on shoots all over the country
    """,
    results="""
        Edited a documentary shown at four festivals
        Delivered 200 clips a year for a sports channel
        Halved editing time with a shared template library
    """,
    studies="""
        Bachelor of Arts, film and television
        Training as a media designer for image and sound
    """,
    industries="Media, Advertising, Sports",
    pay=61,
    remote="some",
    weight=1,
)

CREATIVE = sector(
    "creative",
    style="desk",
    tails="Studio, Media, Creative, Press, Pictures, Design, Agency, Productions",
    needs="""
        openness to criticism and a second draft
        reliable deadlines in spite of good ideas
        friendly talk with clients
    """,
    benefits="""
        a bright studio and good equipment
        free choice of hours outside the team round
        an exhibition and cinema budget
        credits under your own name
    """,
    occupations=(GRAPHIC_DESIGNER, UX_DESIGNER, COPYWRITER, VIDEO_EDITOR),
)
