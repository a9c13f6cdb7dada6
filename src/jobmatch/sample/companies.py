"""Invented employers."""

STEMS = (
    "Alderbrook", "Ashgrove", "Bellwether", "Birchfield", "Blue Heron", "Brightwater", "Cedarline",
    "Clearford", "Cobalt Lane", "Copperhill", "Cresthaven", "Dunmore Vale", "Eastmark", "Elmstead",
    "Emberley", "Fairlight", "Fernhollow", "Finch & Tully", "Foxglade", "Glenwater", "Goldcrest",
    "Granite Bay", "Greyfell", "Halden", "Harborne", "Hartwick", "Hazelmere", "Highmoor", "Ironbridge",
    "Juniper Row", "Kestrel", "Kingsway North", "Lakeshore", "Larkfield", "Linden Park", "Lowell Reach",
    "Maplecourt", "Marlow Vance", "Meridian Point", "Millrace", "Northmoor", "Oakhaven", "Orchard Hill",
    "Overbrook", "Penrose", "Pinecrest", "Quillstone", "Ravenshaw", "Redfern", "Ridgeway", "Riverbend",
    "Rowan Tree", "Saltmarsh", "Silverlake", "Skylark", "Southgate", "Stonebridge", "Summerfield",
    "Tamarind", "Thornbury", "Three Rivers", "Underhill", "Valemont", "Verdant", "Wayfarer",
    "Westerly", "Whitby Cross", "Wildrose", "Winterbourne", "Yarrow",
)  # fmt: skip


def names(tails: tuple[str, ...]) -> tuple[str, ...]:
    """Every stem with two tails, so that a name tells its trade but sectors share their stems."""
    count = len(tails)
    return tuple(f"{stem} {tails[(place + turn * 3) % count]}" for turn in range(2) for place, stem in enumerate(STEMS))
