"""The dissertation's side: escapes, tables, sections, macros; compiled where TeX is installed.

Tolerances: none; texts are equal or they are not.
"""

import json
import re
import shutil
import subprocess

import pandas as pd
import pytest
from matplotlib.figure import Figure

from workbench.errors import MissingArtifactError, StoreError, ValidationError
from workbench.report.drawing import Finding
from workbench.report.latex.gather import DOCUMENT, gather
from workbench.report.latex.items import FigureItem, TableItem, leave
from workbench.report.latex.tables import table_tex
from workbench.report.latex.text import escaped, macro_name
from workbench.report.page import KeyNumber
from workbench.settings import load_settings
from workbench.stages.studies.catalogue import STUDIES
from workbench.stages.studies.keys import study_folder
from workbench.stages.studies.latest import latest_runs

SPECIALS = r"50 % of A&B_1 #2 {x} ~y^2 \z $3 <4> −5–6 × 7 ≥ 8 °F → Müller’s “line” χ² ✓"


class FakeRun:
    def __init__(self, folder, key="abc123"):
        self.folder, self.key = folder, key


def drawing():
    figure = Figure(figsize=(4, 2))
    figure.subplots().plot([0, 1], [0, 1])
    return Finding(figure, "Byes are worth less than 100 % of the line's move", "points, 2002–2024", "a line")


def marked(folder, *, key="abc123", name="effects"):
    frame = pd.DataFrame({"shock": ["Bye & rest", "Wind_1"], "effect": [0.31, None], "n": [700, 12]})
    run = FakeRun(folder, key)
    leave(
        run, section="causal_inference", title="Effects & shocks", sentences=[SPECIALS, "Nothing survives."],
        items=[TableItem(name, frame, "Two numbers a shock", note=SPECIALS), FigureItem(f"{name}-figure", drawing())],
        numbers=[KeyNumber("Bye week 2011", 0.31, -0.2, 0.82, unit="points"), KeyNumber("Events", 1251, digits=0)],
        as_of="2024-11-06T17:00:00+00:00", data_hash="f" * 64, revision="0123456789ab", simulated=True,
    )  # fmt: skip
    return run.folder


class TestText:
    def test_no_special_character_is_left_bare(self):
        bare = re.sub(r"\\[&%$#_{}~^]|\\[a-z]+\{\}|\$[^$]*\$|\\,", "", escaped(SPECIALS))
        assert not set(bare) & set("&%$#_{}~^\\<>|")

    def test_a_sign_nobody_knows_is_marked_not_dropped(self):
        assert escaped("a\U0001f3c8b") == "a[?]b"

    @pytest.mark.parametrize("words", [("wb", "bye week"), ("wb", "2011-bye"), ("wb", "é__x")])
    def test_macro_names_hold_letters_alone(self, words):
        assert re.fullmatch(r"[a-zA-Z]+", macro_name(*words))


class TestTable:
    def test_writes_numbers_as_the_page_does(self):
        text = table_tex(pd.DataFrame({"a": [-1234.5, None]}), caption="c", label="l", digits=1)
        assert r"$-$1,234.5 \\" in text
        assert r"-- \\" in text

    def test_numbers_stand_right_and_long_words_wrap(self):
        frame = pd.DataFrame({"n": [1], "who": ["KC"], "why": ["a reason " * 9]})
        assert r"\begin{tabular}{rlp{" in table_tex(frame, caption="c", label="l")

    def test_a_table_wider_than_the_text_is_scaled_down(self):
        frame = pd.DataFrame({f"a long column {i}": [0.5] for i in range(9)})
        assert r"\resizebox{\linewidth}" in table_tex(frame, caption="c", label="l")


class TestGather:
    def test_puts_every_run_into_its_section_with_its_stamp(self, tmp_path):
        runs = {"03-effects": marked(tmp_path / "one"), "study-did": marked(tmp_path / "two", key="def456")}
        section, document = gather(runs, to=tmp_path / "out")
        text = section.read_text()
        assert section.name == "section_causal_inference.tex"
        assert text.count(r"\subsection{Effects \& shocks}") == 2
        assert "run abc123, as of 2024-11-06T17:00:00+00:00, data ffffffffffff, revision 0123456789ab" in text
        assert "run def456" in text
        assert text.count("Simulated league") == 2
        assert (tmp_path / "out" / "03-effects" / "effects-figure.pdf").read_bytes().startswith(b"%PDF")
        assert document.name == DOCUMENT

    def test_numbers_become_macros_with_their_intervals(self, tmp_path):
        gather({"effects": marked(tmp_path / "one")}, to=tmp_path / "out")
        macros = (tmp_path / "out" / "numbers_causal_inference.tex").read_text()
        assert r"\newcommand{\wbEffectsByeWeekTwoZeroOneOne}{0.3 points (95\,\% interval $-$0.2 to 0.8)}" in macros
        assert r"\newcommand{\wbEffectsEvents}{1,251}" in macros

    def test_the_same_runs_give_the_same_bytes(self, tmp_path):
        folder = marked(tmp_path / "one")
        made = [gather({"effects": folder}, to=tmp_path / out) for out in ("a", "b")]
        assert [p.read_bytes() for p in made[0]] == [p.read_bytes() for p in made[1]]

    def test_nothing_left_for_print_says_what_to_run(self, tmp_path):
        with pytest.raises(MissingArtifactError, match="workbench weekly"):
            gather({"effects": tmp_path}, to=tmp_path / "out")

    def test_a_damaged_index_names_its_run(self, tmp_path):
        folder = marked(tmp_path / "one")
        (folder / "export" / "export.json").write_text("{")
        with pytest.raises(StoreError, match="effects"):
            gather({"effects": folder}, to=tmp_path / "out")

    @pytest.mark.parametrize("name", ["a b", "a/b", "..", "é"])
    def test_a_name_that_would_not_do_for_a_file_is_refused(self, tmp_path, name):
        with pytest.raises(ValidationError, match="letters, digits and dashes"):
            marked(tmp_path, name=name)

    @pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no TeX here: pdflatex is not installed")
    def test_compiles_without_a_warning_of_missing_characters(self, tmp_path):
        runs = {"03-effects": marked(tmp_path / "one"), "study-did": marked(tmp_path / "two", name="did")}
        gather(runs, to=tmp_path / "out")
        compiled(tmp_path / "out")

    @pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no TeX here: pdflatex is not installed")
    def test_a_section_is_read_from_another_folder(self, tmp_path):
        gather({"effects": marked(tmp_path / "one")}, to=tmp_path / "out")
        text = (tmp_path / "out" / DOCUMENT).read_text().replace(r"\input{", r"\input{out/")
        (tmp_path / DOCUMENT).write_text(
            text.replace(r"\begin{document}", "\\newcommand{\\workbenchexport}{out}\n\\begin{document}")
        )
        compiled(tmp_path)


class TestLatestRuns:
    def test_a_full_run_goes_before_a_later_trial_and_another_leagues_is_not_ours(self, tmp_path):
        study = STUDIES[0]
        demo_settings = load_settings("demo", overrides={"artifacts": str(tmp_path)})
        for run, smoke, finished, league in (("a", False, "2024-01", "demo"), ("b", True, "2024-02", "demo"),
                                             ("c", False, "2024-03", "nfl")):  # fmt: skip
            folder = study_folder(study, demo_settings) / run
            folder.mkdir(parents=True)
            result = {"league": league, "finished": finished, "parameters": {"smoke": smoke}}
            (folder / "result.json").write_text(json.dumps(result))
        half = study_folder(study, demo_settings) / "d"
        half.mkdir()
        (half / "result.json").write_text("{")
        assert latest_runs(demo_settings)[study.name].name == "a"


def compiled(folder):
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", DOCUMENT]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Missing character" not in done.stdout
    assert (folder / DOCUMENT).with_suffix(".pdf").is_file()
