"""The grid of windows: nine scales, each twice as long as the one before, six windows a span.

Windows are counted in slots of the service and aligned to multiples of their length, so whatever arrives in whatever
order falls into the same windows, and a window of one scale is two windows of the scale below: only the three older
windows of each scale are ever stored. At one scrape a minute the spans are 18 minutes to 3.2 days. On recorded fleets
aligned windows lost nothing against sliding ones but two minutes of delay, and cost a tenth.
"""

SCALES = 9
WINDOWS = 6
FIRST_WINDOW_SLOTS = 3
LONGEST_SPAN_SLOTS = WINDOWS * (FIRST_WINDOW_SLOTS << (SCALES - 1))


def window_slots(scale: int) -> int:
    """Give the length of a window at a scale, in slots."""
    return FIRST_WINDOW_SLOTS << scale


def count_closing(number: int) -> int:
    """Give how many scales have a window that ends with this slot: the lowest so many; mostly none."""
    closing = 0
    while closing < SCALES and (number + 1) % window_slots(closing) == 0:
        closing += 1
    return closing
