"""Who lives in the sample town: invented residents, the same ones each time.

An identity number carries area 329900, which no district ever had, so it cannot be anybody's. A phone starts with 154,
a range that was never given to an operator, so nobody answers it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from ankang.rules.days import birthday_on
from ankang.rules.identity import check_digit
from ankang.sample.names import person_name

AREA = "329900"
PHONE_PREFIX = "154"
MALE, FEMALE = "1", "2"
OLDEST = 104

# Five years of age and their share in a thousand: 17 in a hundred are 80 or over.
_AGES = ((60, 252), (65, 262), (70, 188), (75, 128), (80, 84), (85, 46), (90, 17), (95, 5), (100, 1))
_HOUSEHOLD_SIZES = (1, 2, 3)
_HOUSEHOLD_WEIGHTS = (36, 59, 5)


@dataclass(frozen=True, slots=True)
class Listing:
    """A place on one of the lists, and on what paper."""

    group: str
    from_on: date
    evidence: str


@dataclass(frozen=True, slots=True)
class Person:
    village: int  # the serial number, 1 to 20
    name: str
    number: str
    birth_date: date
    sex: str
    household: str
    address: str
    phone: str
    child_phone: str
    listings: tuple[Listing, ...] = ()
    died_on: date | None = None


@dataclass(frozen=True, slots=True)
class _Home:
    village: int
    number: int
    listings: tuple[Listing, ...] = ()


def identity_number(birth: date, sequence: int) -> str:
    """Return a number with a right check character. `sequence` 1 to 999: odd for men. Source: GB 11643."""
    body = f"{AREA}{birth:%Y%m%d}{sequence:03d}"
    return body + check_digit(body)


def people_of(village: int, count: int, day: date, taken: set[str]) -> list[Person]:
    """Return `count` people of one village, aged 60 to 104 on `day`, in households. Adds their numbers to `taken`."""
    rng = Random(f"people {village}")
    people: list[Person] = []
    home = 0
    while len(people) < count:
        home += 1
        people.extend(_household(rng, village, home, day, taken))
    return people[:count]


def the_dead(villages: Sequence[int], days: Sequence[date], taken: set[str]) -> Iterator[Person]:
    """Yield people who lived in one of the villages and died on these days, aged 63 to 95."""
    for index, died_on in enumerate(days):
        rng = Random(f"dead {index}")
        village = villages[index % len(villages)]
        birth = _birth(rng, 63 + (index * 7) % 32, died_on)
        home = _Home(village, 900 + index)
        yield _person(rng, home, birth, rng.choice((MALE, FEMALE)), taken, died_on=died_on)


def _household(rng: Random, village: int, number: int, day: date, taken: set[str]) -> list[Person]:
    size = rng.choices(_HOUSEHOLD_SIZES, _HOUSEHOLD_WEIGHTS)[0]
    age = _age(rng)
    ages = [age]
    sexes = [_sex_alone(rng, age)]
    if size > 1:
        ages.append(max(60, min(OLDEST, age + rng.randint(-3, 3))))
        sexes.append(FEMALE if sexes[0] == MALE else MALE)
    if size > 2:  # a parent of one of the two, where they are young enough for it
        ages.append(min(OLDEST, 84 + rng.randint(0, 12)) if age < 72 else _age(rng))
        sexes.append(FEMALE if rng.random() < 0.7 else MALE)
    home = _Home(village, number, _listings(rng, size))
    return [_person(rng, home, _birth(rng, years, day), sex, taken) for years, sex in zip(ages, sexes, strict=True)]


def _person(rng: Random, home: _Home, birth: date, sex: str, taken: set[str], *, died_on: date | None = None) -> Person:
    return Person(
        village=home.village,
        name=person_name(rng, sex),
        number=_free_number(rng, birth, sex, taken),
        birth_date=birth,
        sex=sex,
        household=f"{home.village:02d}-{home.number:04d}",
        address=f"XX镇{home.village:02d}村{1 + home.number % 12}组{1 + home.number // 12}号",
        phone=phone(rng) if rng.random() < 0.72 else "",
        child_phone=phone(rng) if rng.random() < 0.64 else "",
        listings=home.listings,
        died_on=died_on,
    )


def _age(rng: Random) -> int:
    low = rng.choices([start for start, _ in _AGES], [share for _, share in _AGES])[0]
    return low + rng.randrange(5)


def _sex_alone(rng: Random, age: int) -> str:
    """Women live longer: of those alone at 85, two in three are women."""
    return FEMALE if rng.random() < 0.46 + max(0, age - 65) * 0.01 else MALE


def _birth(rng: Random, age: int, day: date) -> date:
    """Return a birth date with which exactly `age` years are completed on `day`."""
    latest = birthday_on(day, -age)  # the same day of the year, `age` years before
    earliest = birthday_on(day, -age - 1) + timedelta(days=1)
    return earliest + timedelta(days=rng.randrange((latest - earliest).days + 1))


def _listings(rng: Random, size: int) -> tuple[Listing, ...]:
    """Return the household's list: dibao for whole households, wubao and sanwu for people alone."""
    draw = rng.random()
    alone = size == 1
    if draw < 0.06:
        group, paper = "dibao", "低保证"
    elif alone and draw < 0.06 + 0.071:
        group, paper = "wubao", "特困供养证"
    elif alone and draw < 0.06 + 0.071 + 0.019:
        group, paper = "sanwu", "三无人员审批表"
    else:
        return ()
    since = date(rng.randint(2015, 2022), rng.randint(1, 12), 1)
    return (Listing(group, since, f"示例{paper}{since.year}-{rng.randint(1, 9999):04d}"),)


def _free_number(rng: Random, birth: date, sex: str, taken: set[str]) -> str:
    while True:
        number = identity_number(birth, 2 * rng.randrange(1, 499) + (1 if sex == MALE else 0))
        if number not in taken:
            taken.add(number)
            return number


def phone(rng: Random) -> str:
    """Return a mobile number of the range that no operator has."""
    return f"{PHONE_PREFIX}{rng.randrange(10**8):08d}"
