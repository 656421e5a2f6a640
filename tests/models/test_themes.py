"""Both themes have every color; text on them reads, and the scale keeps its order without hue."""

import pytest

from models.themes import COLOR_ROLES, NO_COLOR, SCALE_STEPS, Theme, ThemeName, rgba, role_code, theme

NAMES: tuple[ThemeName, ...] = ("light", "dark")


def _luminance(color: str) -> float:
    """Return the relative luminance (WCAG 2.1)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgba(color)[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", NAMES)
def test_text_has_contrast(name: ThemeName) -> None:
    colors = theme(name)
    for ground in (colors.canvas, colors.panel, colors.card, colors.boundary_fill, colors.boundary_nested_fill):
        for ink in (colors.text, colors.muted, colors.boundary_title, colors.flow_label):
            assert _contrast(ink, ground) >= 4.5, (ink, ground)
        assert _contrast(colors.flow, ground) >= 3
    for code in (*range(SCALE_STEPS), *(role_code(role) for role in COLOR_ROLES)):
        assert _contrast(colors.text_on(code), str(colors.color(code))) >= 4.5, code


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ink", ["text", "muted", "faint", "icon", "accent", "good", "bad", "warning", "unknown"])
def test_every_ink_reads_on_every_ground(name: ThemeName, ink: str) -> None:
    colors = theme(name)
    for ground in ("panel", "raised", "card", "field", "canvas", "boundary_fill", "boundary_nested_fill"):
        assert _contrast(getattr(colors, ink), getattr(colors, ground)) >= 4.5, ground
    assert _contrast(colors.accent_text, colors.accent) >= 4.5


@pytest.mark.parametrize("name", NAMES)
def test_the_scale_has_eight_steps_that_differ(name: ThemeName) -> None:
    colors: Theme = theme(name)
    assert len(colors.scale) == len(colors.scale_text) == SCALE_STEPS
    assert len(set(colors.scale)) == SCALE_STEPS


def test_codes_name_colors() -> None:
    light = theme("light")
    assert light.color(0) == light.scale[0]
    assert light.color(role_code("warning")) == light.warning
    assert light.color(NO_COLOR) is None
    assert rgba("#FF000080") == pytest.approx((1.0, 0.0, 0.0, 128 / 255))
    with pytest.raises(ValueError, match="not in tuple"):
        role_code("pink")
