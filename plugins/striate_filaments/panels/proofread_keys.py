"""Tools and keys of the Proofread panel, and the cheat sheet made of them."""

from __future__ import annotations

__all__ = ["DRAGS", "KEYS", "TOOLS", "cheat_sheet", "tool_keys"]

TOOLS: dict[str, tuple[str, str, str]] = {
    "look": ("Look", "1", "Click a neuron to choose it."),
    "merge": ("Merge", "2", "Click a neuron to merge it into {chosen}."),
    "bridge": ("Bridge", "3", "Click a neuron to join to {chosen} over the gap."),
    "split": (
        "Split",
        "4",
        "Click on one part of {chosen}, and with Shift on the other; Enter splits.",
    ),
    "cut": ("Cut", "5", "Click where {chosen} should fall apart."),
    "paint": ("Paint", "6", "Drag to add to {chosen}."),
    "erase": ("Erase", "7", "Drag to take from {chosen}."),
    "grow": ("Grow", "8", "Click where {chosen} should reach along the image."),
    "lasso": ("Lasso", "9", "Circle what should come off {chosen}."),
    "trace": ("Trace", "0", "Click along a neuron; Enter makes it a neuron."),
}
"""Name, key, and what the next click will do."""

DRAGS = ("paint", "erase", "lasso")
"""Tools that are dragged and not clicked."""

KEYS = {
    "n": ("next_item", "Next place"),
    "p": ("previous_item", "Previous place"),
    "d": ("done_item", "Done with this place"),
    "a": ("accept", "Accept the chosen neurons"),
    "Delete": ("delete", "Delete the chosen neurons"),
    "u": ("un_overlap", "Un-overlap the chosen neurons"),
    "k": ("take_apart", "Take the chosen neuron apart"),
    "i": ("renumber", "Give the chosen neuron the id in the box"),
    "t": ("trace_neuron", "Trace on from the chosen neuron"),
    "b": ("branch", "Go on from another node of a trace"),
    "j": ("join", "Join another trace to the marked node"),
    "r": ("root", "Make a node the root of its trace"),
    "x": ("trim", "Trim a trace beyond a node"),
    "Enter": ("commit", "Split as previewed, or finish the traces"),
    "Escape": ("drop", "Drop seeds, preview and traces"),
    "Control-Z": ("undo", "Undo"),
    "Control-Shift-Z": ("redo", "Redo"),
}
"""What other keys do: the panel's method, and the words for it."""


def tool_keys() -> list[tuple[str, str]]:
    """Tools and their keys."""
    return [(tool, key) for tool, (_, key, _) in TOOLS.items()]


def cheat_sheet() -> str:
    """All keys, one a line."""
    rows = [f"{key}: {TOOLS[tool][0]}" for tool, key in tool_keys()]
    shown = {key: key.upper() if len(key) == 1 else key for key in KEYS}
    rows += [f"{shown[key]}: {text}" for key, (_, text) in KEYS.items()]
    return "\n".join(rows)
