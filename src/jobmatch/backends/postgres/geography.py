"""Places on a globe, in the flat boxes that an index can hold.

A box is (west, south, east, north) in degrees. A box never wraps around: an area across the antimeridian is two boxes,
one around a pole reaches over all longitudes.
"""

from math import asin, cos, degrees, inf, pi, radians, sin

from jobmatch.conditions import EARTH_RADIUS_KM
from jobmatch.model import Place

#: Widens an area a little, degrees, so that rounding leaves no point at its edge outside; more than `ROUNDING_KM`.
MARGIN = 1e-6
BoxValue = tuple[float, float, float, float]


def around(latitude: float, longitude: float, radius_km: float) -> list[BoxValue]:
    """Return one or two boxes that hold every point within a distance."""
    angle = radius_km / EARTH_RADIUS_KM
    south, north = latitude - degrees(angle) - MARGIN, latitude + degrees(angle) + MARGIN
    if south <= -90 or north >= 90 or angle >= pi / 2:
        return [(-180.0, max(south, -90.0), 180.0, min(north, 90.0))]
    half = degrees(asin(min(sin(angle) / cos(radians(latitude)), 1.0))) + MARGIN
    return _unwrapped(longitude - half, south, longitude + half, north)


def _unwrapped(west: float, south: float, east: float, north: float) -> list[BoxValue]:
    if west < -180:
        return [(-180.0, south, east, north), (west + 360, south, 180.0, north)]
    if east > 180:
        return [(west, south, 180.0, north), (-180.0, south, east - 360, north)]
    return [(west, south, east, north)]


def bounds(places: tuple[Place, ...]) -> BoxValue | None:
    """Return the box around the points of *places*; it may be wide, it is never too small."""
    west, south, east, north = inf, inf, -inf, -inf
    for place in places:
        if place.latitude is not None and place.longitude is not None:
            west, east = min(west, place.longitude), max(east, place.longitude)
            south, north = min(south, place.latitude), max(north, place.latitude)
    return None if west == inf else (west, south, east, north)


def literal(box: BoxValue) -> str:
    """Return a box as PostgreSQL reads it."""
    west, south, east, north = box
    return f"(({west!r},{south!r}),({east!r},{north!r}))"
