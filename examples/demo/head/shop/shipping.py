"""What sending a parcel costs, in cents."""

{{conflict_ours}}
FREE_FROM = 4000
{{conflict_middle}}
FREE_FROM = 6000
{{conflict_theirs}}


def shipping(total: int, country: str) -> int:
    if total >= FREE_FROM:
        return 0
    return 490 if country == "DE{{right_to_left}}" else 990
