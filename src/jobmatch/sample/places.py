"""Cities with their true coordinates, and what work is paid in their countries.

The weights are uneven on purpose: half of all postings lie in one country, some countries hold less
than one in a hundred, and two about one in five thousand, so that filters of every selectivity can
be tried.
"""

from dataclasses import dataclass
from typing import Any

from jobmatch.sample.chance import deck, shares


@dataclass(frozen=True, slots=True)
class Country:
    """`weight` counts postings in 10,000; `scale` turns a US dollar wage into a local one."""

    code: str
    name: str
    weight: int
    currency: str
    scale: float
    wages: str
    salaries: str
    cities: str


@dataclass(frozen=True, slots=True)
class City:
    name: str
    region: str
    country: Country
    latitude: float
    longitude: float

    def record(self) -> dict[str, Any]:
        return {
            "city": self.name,
            "region": self.region,
            "country": self.country.code,
            "latitude": self.latitude,
            "longitude": self.longitude,
        }


COUNTRIES = (
    Country("US", "the United States", 5300, "USD", 1.0, "hour", "year", """
        New York, New York, 40.7128, -74.0060, 9
        Los Angeles, California, 34.0522, -118.2437, 7
        Chicago, Illinois, 41.8781, -87.6298, 6
        Houston, Texas, 29.7604, -95.3698, 5
        Dallas, Texas, 32.7767, -96.7970, 5
        Austin, Texas, 30.2672, -97.7431, 4
        San Antonio, Texas, 29.4241, -98.4936, 2
        Phoenix, Arizona, 33.4484, -112.0740, 3
        Tucson, Arizona, 32.2226, -110.9747, 1
        Philadelphia, Pennsylvania, 39.9526, -75.1652, 3
        Pittsburgh, Pennsylvania, 40.4406, -79.9959, 2
        San Diego, California, 32.7157, -117.1611, 3
        San Jose, California, 37.3382, -121.8863, 3
        San Francisco, California, 37.7749, -122.4194, 4
        Sacramento, California, 38.5816, -121.4944, 2
        Seattle, Washington, 47.6062, -122.3321, 4
        Spokane, Washington, 47.6588, -117.4260, 1
        Portland, Oregon, 45.5152, -122.6784, 2
        Denver, Colorado, 39.7392, -104.9903, 3
        Boise, Idaho, 43.6150, -116.2023, 1
        Salt Lake City, Utah, 40.7608, -111.8910, 2
        Minneapolis, Minnesota, 44.9778, -93.2650, 2
        Milwaukee, Wisconsin, 43.0389, -87.9065, 1
        Detroit, Michigan, 42.3314, -83.0458, 2
        Columbus, Ohio, 39.9612, -82.9988, 2
        Cleveland, Ohio, 41.4993, -81.6944, 1
        Kansas City, Missouri, 39.0997, -94.5786, 1
        Omaha, Nebraska, 41.2565, -95.9345, 1
        Nashville, Tennessee, 36.1627, -86.7816, 2
        Memphis, Tennessee, 35.1495, -90.0490, 1
        Atlanta, Georgia, 33.7490, -84.3880, 4
        Charlotte, North Carolina, 35.2271, -80.8431, 2
        Raleigh, North Carolina, 35.7796, -78.6382, 2
        Miami, Florida, 25.7617, -80.1918, 3
        Tampa, Florida, 27.9506, -82.4572, 2
        New Orleans, Louisiana, 29.9511, -90.0715, 1
        Boston, Massachusetts, 42.3601, -71.0589, 4
        Baltimore, Maryland, 39.2904, -76.6122, 1
        Albuquerque, New Mexico, 35.0844, -106.6504, 1
    """),
    Country("GB", "the United Kingdom", 1400, "GBP", 0.64, "hour", "year", """
        London, England, 51.5074, -0.1278, 10
        Manchester, England, 53.4808, -2.2426, 4
        Birmingham, England, 52.4862, -1.8904, 4
        Leeds, England, 53.8008, -1.5491, 3
        Bristol, England, 51.4545, -2.5879, 3
        Newcastle upon Tyne, England, 54.9783, -1.6178, 1
        Sheffield, England, 53.3811, -1.4701, 1
        Edinburgh, Scotland, 55.9533, -3.1883, 2
        Glasgow, Scotland, 55.8642, -4.2518, 2
        Cardiff, Wales, 51.4816, -3.1791, 1
        Belfast, Northern Ireland, 54.5973, -5.9301, 1
    """),
    Country("DE", "Germany", 900, "EUR", 0.66, "hour", "year", """
        Berlin, Berlin, 52.5200, 13.4050, 5
        Hamburg, Hamburg, 53.5511, 9.9937, 4
        Munich, Bavaria, 48.1351, 11.5820, 4
        Nuremberg, Bavaria, 49.4521, 11.0767, 1
        Cologne, North Rhine-Westphalia, 50.9375, 6.9603, 3
        Dortmund, North Rhine-Westphalia, 51.5136, 7.4653, 1
        Frankfurt, Hesse, 50.1109, 8.6821, 3
        Stuttgart, Baden-Wurttemberg, 48.7758, 9.1829, 2
        Leipzig, Saxony, 51.3397, 12.3731, 1
        Hanover, Lower Saxony, 52.3759, 9.7320, 1
    """),
    Country("CA", "Canada", 700, "CAD", 1.02, "hour", "year", """
        Toronto, Ontario, 43.6532, -79.3832, 6
        Ottawa, Ontario, 45.4215, -75.6972, 2
        Montreal, Quebec, 45.5017, -73.5673, 4
        Vancouver, British Columbia, 49.2827, -123.1207, 4
        Calgary, Alberta, 51.0447, -114.0719, 2
        Edmonton, Alberta, 53.5461, -113.4938, 2
        Winnipeg, Manitoba, 49.8951, -97.1384, 1
        Halifax, Nova Scotia, 44.6488, -63.5752, 1
    """),
    Country("IN", "India", 500, "INR", 14.0, "month", "year", """
        Bengaluru, Karnataka, 12.9716, 77.5946, 5
        Mumbai, Maharashtra, 19.0760, 72.8777, 4
        Pune, Maharashtra, 18.5204, 73.8567, 2
        Hyderabad, Telangana, 17.3850, 78.4867, 3
        Chennai, Tamil Nadu, 13.0827, 80.2707, 2
        New Delhi, Delhi, 28.6139, 77.2090, 3
        Kolkata, West Bengal, 22.5726, 88.3639, 1
    """),
    Country("AU", "Australia", 380, "AUD", 1.25, "hour", "year", """
        Sydney, New South Wales, -33.8688, 151.2093, 5
        Melbourne, Victoria, -37.8136, 144.9631, 5
        Brisbane, Queensland, -27.4698, 153.0251, 3
        Perth, Western Australia, -31.9505, 115.8605, 2
        Adelaide, South Australia, -34.9285, 138.6007, 1
        Hobart, Tasmania, -42.8821, 147.3272, 1
    """),
    Country("FR", "France", 240, "EUR", 0.54, "month", "year", """
        Paris, Ile-de-France, 48.8566, 2.3522, 6
        Lyon, Auvergne-Rhone-Alpes, 45.7640, 4.8357, 3
        Marseille, Provence-Alpes-Cote d'Azur, 43.2965, 5.3698, 2
        Toulouse, Occitanie, 43.6047, 1.4442, 2
        Lille, Hauts-de-France, 50.6292, 3.0573, 1
        Nantes, Pays de la Loire, 47.2184, -1.5536, 1
    """),
    Country("NL", "the Netherlands", 170, "EUR", 0.64, "hour", "month", """
        Amsterdam, North Holland, 52.3676, 4.9041, 4
        Rotterdam, South Holland, 51.9244, 4.4777, 3
        Utrecht, Utrecht, 52.0907, 5.1214, 2
        Eindhoven, North Brabant, 51.4416, 5.4697, 1
    """),
    Country("ES", "Spain", 110, "EUR", 0.42, "month", "year", """
        Madrid, Community of Madrid, 40.4168, -3.7038, 4
        Barcelona, Catalonia, 41.3851, 2.1734, 4
        Valencia, Valencian Community, 39.4699, -0.3763, 2
        Seville, Andalusia, 37.3891, -5.9845, 1
    """),
    Country("IE", "Ireland", 90, "EUR", 0.70, "hour", "year", """
        Dublin, Leinster, 53.3498, -6.2603, 5
        Cork, Munster, 51.8985, -8.4756, 2
        Galway, Connacht, 53.2707, -9.0568, 1
    """),
    Country("PL", "Poland", 70, "PLN", 1.75, "month", "month", """
        Warsaw, Masovia, 52.2297, 21.0122, 4
        Krakow, Lesser Poland, 50.0647, 19.9450, 2
        Wroclaw, Lower Silesia, 51.1079, 17.0385, 2
        Gdansk, Pomerania, 54.3520, 18.6466, 1
    """),
    Country("SE", "Sweden", 50, "SEK", 6.6, "month", "month", """
        Stockholm, Stockholm County, 59.3293, 18.0686, 4
        Gothenburg, Vastra Gotaland, 57.7089, 11.9746, 2
        Malmo, Skane, 55.6050, 13.0038, 1
    """),
    Country("CH", "Switzerland", 36, "CHF", 1.05, "hour", "year", """
        Zurich, Zurich, 47.3769, 8.5417, 4
        Geneva, Geneva, 46.2044, 6.1432, 2
        Basel, Basel-Stadt, 47.5596, 7.5886, 2
        Bern, Bern, 46.9480, 7.4474, 1
    """),
    Country("BR", "Brazil", 20, "BRL", 1.3, "month", "month", """
        Sao Paulo, Sao Paulo, -23.5505, -46.6333, 3
        Rio de Janeiro, Rio de Janeiro, -22.9068, -43.1729, 2
        Curitiba, Parana, -25.4284, -49.2733, 1
    """),
    Country("JP", "Japan", 14, "JPY", 72.0, "month", "year", """
        Tokyo, Tokyo, 35.6762, 139.6503, 4
        Osaka, Osaka, 34.6937, 135.5023, 2
        Fukuoka, Fukuoka, 33.5904, 130.4017, 1
    """),
    Country("NZ", "New Zealand", 10, "NZD", 1.15, "hour", "year", """
        Auckland, Auckland, -36.8509, 174.7645, 3
        Wellington, Wellington, -41.2866, 174.7756, 2
    """),
    Country("SG", "Singapore", 6, "SGD", 0.95, "month", "month", """
        Singapore, Central Region, 1.3521, 103.8198, 1
    """),
    Country("IS", "Iceland", 2, "ISK", 118.0, "month", "month", """
        Reykjavik, Capital Region, 64.1466, -21.9426, 1
    """),
    Country("MT", "Malta", 2, "EUR", 0.40, "month", "year", """
        Valletta, South Eastern Region, 35.8989, 14.5146, 1
    """),
)  # fmt: skip


def cities(country: Country) -> list[tuple[City, int]]:
    """The cities of a country, each with its share of the postings in 10,000."""
    rows = [line.strip().rsplit(", ", 4) for line in country.cities.strip().splitlines()]
    weights = shares([int(row[4]) for row in rows], country.weight)
    return [
        (City(name, region, country, float(latitude), float(longitude)), weight)
        for (name, region, latitude, longitude, _), weight in zip(rows, weights, strict=True)
    ]


CITIES = deck(card for country in COUNTRIES for card in cities(country))
NEIGHBOURS = {country.code: tuple(city for city, _ in cities(country)) for country in COUNTRIES}
