"""Windows, days, ranks, rates and money, as the document defines them."""
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal


def within(day, window):
    """Whether a day lies in a window; without one all do, and what has no day lies in none."""
    return window is None or (day is not None and window[0] <= day < window[1])


def of_window(window):
    """The parameters of a window."""
    return {"from": window[0], "to": window[1]} if window else {}


def worth(orders):
    return sum(order.amount for order in orders)


def half_away(value, places):
    """Rounded to so many places, half away from zero; of a float what it was before it was one."""
    value = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def rate(part, whole):
    """Six places; none where nothing was counted."""
    return float(half_away(Decimal(part) / Decimal(whole), 6)) if whole else None


def money(amount):
    return f"{half_away(amount, 2):.2f}"


def nearest_rank(values, part, whole):
    """The least value that is not below so many of all."""
    return sorted(values)[-(-len(values) * part // whole) - 1]


def median(values):
    return nearest_rank(values, 1, 2)


def days(first, last):
    """Never below zero."""
    return max((last - first).days, 0)


def shifted(day, months):
    """The same day of another month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, day.day)


def window_before(window, compare):
    """The window before one of whole months, or the same a year before."""
    first, end = window
    if compare == "last_year":
        return shifted(first, -12), shifted(end, -12)
    return shifted(first, (first.year - end.year) * 12 + first.month - end.month), first


def period(length, day):
    """The key of the month, quarter or year that a day lies in."""
    return {"year": f"{day.year}", "quarter": f"{day.year}-Q{(day.month + 2) // 3}", "month": f"{day:%Y-%m}"}[length]


def periods(length, window):
    """The keys of all in a window, in their order; none of what is no length of time."""
    if length not in ("year", "quarter", "month"):
        return []
    return sorted({period(length, window[0] + timedelta(days=n)) for n in range((window[1] - window[0]).days)})
