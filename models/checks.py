"""The words in which tables say what they refuse. Each CHECK carries the field it is about and what people read."""

from collections.abc import Callable

from sqlalchemy import CheckConstraint, Index


def check(field: str, name: str, condition: str, message: str) -> CheckConstraint:
    """CHECK `condition`, called after `field` and `name`; what people read is the field's name and `message`."""
    return CheckConstraint(condition, name=f"{field}_{name}", info={"field": field, "message": message})


def currency(field: str) -> CheckConstraint:
    """CHECK that `field` is three capitals (ISO 4217 form; the sources' own AZR passes too)."""
    return check(field, "form", f"{field} ~ '^[A-Z]{{3}}$'", "must be three capital letters, like USD")


def country(field: str) -> CheckConstraint:
    """CHECK that `field` is an ISO 3166-1 alpha-2 code."""
    return check(field, "form", f"{field} ~ '^[A-Z]{{2}}$'", "must be two capital letters, like US")


def email(field: str) -> CheckConstraint:
    """CHECK that `field` has the form of an e-mail address, in lower case."""
    form = f"{field} = lower({field}) AND {field} ~ '^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$'"
    return check(field, "form", form, "must be an e-mail address in lower case")


def phone(field: str) -> CheckConstraint:
    """CHECK that `field` is a telephone number in E.164 form."""
    return check(field, "form", f"{field} ~ '^\\+[1-9][0-9]{{5,14}}$'", "must be a number like +4915112345678")


def slug(field: str) -> CheckConstraint:
    """CHECK that `field` consists of small letters, digits and single hyphens."""
    form = f"{field} ~ '^[a-z0-9]+(-[a-z0-9]+)*$'"
    return check(field, "form", form, "must be small letters, digits and single hyphens, like my-shop")


def rating(field: str) -> CheckConstraint:
    """CHECK that `field` is from 1, poor, to 5, excellent."""
    return within(1, 5)(field)


def within(low: int, high: int) -> Callable[[str], CheckConstraint]:
    """The rule that a column is from `low` to `high`."""
    return lambda field: check(field, "range", f"{field} BETWEEN {low} AND {high}", f"must be from {low} to {high}")


def percentage(field: str) -> CheckConstraint:
    """CHECK that `field` is from 0 to 100."""
    return within(0, 100)(field)


def positive(field: str) -> CheckConstraint:
    """CHECK that `field` is above zero."""
    return check(field, "positive", f"{field} > 0", "must be above zero")


def at_least_zero(*fields: str) -> tuple[CheckConstraint, ...]:
    """CHECKs that none of `fields` is negative."""
    return tuple(check(field, "at_least_zero", f"{field} >= 0", "must not be negative") for field in fields)


def in_order(first: str, last: str) -> CheckConstraint:
    """CHECK that the time, date or amount `last` is not before `first`."""
    return check(last, f"not_before_{first}", f"{first} <= {last}", f"must not be before {first.replace('_', ' ')}")


def filled(most: int = 200) -> Callable[[str], CheckConstraint]:
    """The rule that a text has from 1 to `most` characters."""
    return lambda field: check(field, "length", f"length({field}) BETWEEN 1 AND {most}", f"must have 1 to {most} characters")


def not_itself(field: str) -> CheckConstraint:
    """CHECK that `field` does not name its own row."""
    return check(field, "is_another", f"{field} <> id", "must name another row")


def trigram(table: str, field: str) -> Index:
    """The index for people who type parts of `field` of `table`."""
    return Index(f"ix_{table}_{field}_trigram", field, postgresql_using="gin", postgresql_ops={field: "gin_trgm_ops"})
