"""Print marks with pdfTeX and Computer Modern, in which accents are set as signs of their own above the letters."""

import subprocess
import tempfile
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from benchmarks.papers.drawing import POINT, Box, Drawing, Mark, Picture

FACES = {"sans": r"\sffamily", "serif": r"\rmfamily", "mono": r"\ttfamily"}
SIGNS = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}", "€": "EUR", "°": r"$^\circ$", "º": r"$^\circ$", "·": r"$\cdot$", "|": r"$|$", "<": r"$<$", ">": r"$>$",
    "\u00a0": "~", "²": r"$^2$",
}  # fmt: skip
FAILED = "pdflatex could not print a drawing: {}"


def print_all(drawings: Sequence[Drawing]) -> list[bytes]:
    """Print one after the other."""
    with tempfile.TemporaryDirectory(prefix="papers-latex-") as folder:
        return [_print(Path(folder), turn, drawing) for turn, drawing in enumerate(drawings)]


def _print(folder: Path, turn: int, drawing: Drawing) -> bytes:
    (folder / f"{turn}.tex").write_text(_in_latex(drawing, folder, turn), encoding="utf-8")
    command = ["pdflatex", "-interaction=batchmode", "-halt-on-error", f"{turn}.tex"]
    if subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120).returncode:
        raise ValueError(FAILED.format((folder / f"{turn}.log").read_text(errors="replace")[-600:]))
    return (folder / f"{turn}.pdf").read_bytes()


def _in_latex(drawing: Drawing, folder: Path, turn: int) -> str:
    """Return a document in which each sheet is one picture in millimetres."""
    pictures = [mark for page in drawing.pages for mark in page if isinstance(mark, Picture)]
    for number, picture in enumerate(pictures):
        (folder / f"{turn}-{number}.png").write_bytes(picture.png)
    names = {id(picture): f"{turn}-{number}.png" for number, picture in enumerate(pictures)}
    sheets = "\\newpage\n".join(
        f"\\noindent\\begin{{picture}}(0,0)(0,{drawing.height})\n{''.join(_mark(mark, drawing.height, names) for mark in page)}\\end{{picture}}\n"
        for page in drawing.pages
    )
    return (
        "\\documentclass{article}\\usepackage[utf8]{inputenc}\\usepackage{color,graphicx}\n"
        f"\\paperwidth={drawing.width}mm \\paperheight={drawing.height}mm\n"
        "\\hoffset=-1in \\voffset=-1in \\topmargin=0pt \\headheight=0pt \\headsep=0pt \\topskip=0pt \\oddsidemargin=0pt \\parindent=0pt\n"
        f"\\textwidth={drawing.width}mm \\textheight={drawing.height}mm \\pagestyle{{empty}} \\unitlength=1mm\n"
        "\\DeclareFontShape{OT1}{cmss}{m}{n}{<-> cmss10}{}\\DeclareFontShape{OT1}{cmss}{bx}{n}{<-> cmssbx10}{}\n"
        "\\DeclareFontShape{OT1}{cmr}{m}{n}{<-> cmr10}{}\\DeclareFontShape{OT1}{cmr}{bx}{n}{<-> cmbx10}{}\n"
        "\\DeclareFontShape{OT1}{cmtt}{m}{n}{<-> cmtt10}{}\n"
        f"\\begin{{document}}\n{sheets}\\end{{document}}\n"
    )


def _colour(code: str) -> str:
    return f"\\color[rgb]{{{','.join(f'{int(code[at : at + 2], 16) / 255:.3f}' for at in (1, 3, 5))}}}"


def _mark(mark: Mark, height: float, names: dict[int, str]) -> str:
    if isinstance(mark, Picture):
        size = f"width={mark.width}mm,height={mark.height}mm"
        return f"\\put({mark.x},{height - mark.y - mark.height}){{\\includegraphics[{size}]{{{names[id(mark)]}}}}}\n"
    if isinstance(mark, Box):
        return _box(mark, height)
    words = "".join(SIGNS.get(char, char) for char in unicodedata.normalize("NFC", mark.words))
    weight = "\\bfseries" if mark.bold else ""
    said = f"\\fontsize{{{mark.size}}}{{{mark.size}}}{FACES[mark.face]}{weight}\\selectfont{_colour(mark.colour)}{words}"
    side = {"left": "l", "right": "r", "centre": "c"}[mark.align]
    boxed = f"\\rotatebox{{{mark.angle}}}{{{said}}}" if mark.angle else f"\\makebox[0pt][{side}]{{{said}}}"
    return f"\\put({mark.x:.2f},{height - mark.y:.2f}){{{boxed}}}\n"


def _box(mark: Box, height: float) -> str:
    left, bottom = mark.x, height - mark.y - mark.height
    parts = [(mark.fill, left, bottom, mark.width, mark.height)] if mark.fill and mark.height else []
    thick = mark.weight * POINT
    if mark.stroke:
        parts += [(mark.stroke, left, bottom + mark.height, mark.width, thick)]
    if mark.stroke and mark.height:
        parts += [(mark.stroke, left, bottom, mark.width, thick), (mark.stroke, left, bottom, thick, mark.height)]
        parts += [(mark.stroke, left + mark.width, bottom, thick, mark.height)]
    return "".join(f"\\put({x:.2f},{y:.2f}){{{_colour(ink)}\\rule{{{w:.3f}mm}}{{{h:.3f}mm}}}}\n" for ink, x, y, w, h in parts)
